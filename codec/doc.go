// Package codec packs the cells of a table's rows and gives them back exactly.
//
// A table asks its codec twice: EncodeBatch turns each row's cells (clustering, then values; the key stays with the
// table) into packed bytes, and EncodeBlock turns a whole bucket or chunk into the bytes that are stored. A codec does
// its work in one of the two places:
//
//	codec   row                               block               a get decodes
//	none    cells as they are                 as it is            nothing
//	cells   typed bit fields + phrase codes   as it is            one row
//	zstd    cells as they are                 one zstd frame      one block
//
// What a codec has learnt from a sample of the view's rows is its dictionary, a document of its own that belongs to the
// view, not to one table (docs/format/codec.md):
//
//	magic | format version | codec version | codec name | schema digest | body length | body | CRC-32C
//
// The nouns: a Codec is a name, a schema and a dictionary, read-only and shared by goroutines; an Encoder and a Decoder
// are one goroutine's working memory; a plan is how Cells packs one column, learnt from the sample, and package phrase
// packs its texts. Everything that decides a byte is integer arithmetic in a fixed order, so one sample gives one
// dictionary and one row gives one packing, on any machine, in any batch.
//
// Dictionaries and packed bytes are not trusted: damaged ones give an error that wraps ErrCorrupt.
package codec

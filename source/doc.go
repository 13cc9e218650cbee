// Package source turns Parquet files, local or in object storage, into typed columns whose values are CQL cells.
//
// The way of one file:
//
//	Storage.List    names, sizes and identities of the files of a source, with the folder columns of each
//	Storage.Open    Input: an open file with its Footer, read and checked before anything of it is trusted
//	Unify           Schema: the columns that all footers agree on, and their CQL types
//	Input.Read      Reader: one row group as batches of columns, in file order, for the wanted columns only
//
// The nouns, from the file up:
//
//	object          an open file; local files and bucket objects
//	node, shape     the schema as the footer writes it; the same as values: leaf, list, map, struct
//	chunkFacts      what page headers say of a column chunk, for checks and for Footer.Memory
//	leafReader      levels and physical values of one leaf column, page by page; by parquet-go's or arrow-go's decoders,
//	                chosen by the chunk's encodings (decoderOf), over one page reader (arrowPages)
//	stream, cursor  the entries of a leaf: of a flat column in runs, of a nested one singly
//	payloadFunc     a physical value as a CQL payload; slotFunc, many at once
//	flatColumn      cells of a leaf: one for each dictionary value, not one for each row
//	nestedColumn    cells of lists, maps and structs, put together from levels
//
// Nothing that a file says is trusted: lengths, counts, offsets and indexes are checked, panics of the Parquet libraries
// become errors, and a row group gives as many rows as its footer says or an error.
package source

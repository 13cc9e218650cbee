package source

import (
	"fmt"

	"github.com/parquet-go/parquet-go/format"
)

// decoder names the library that decodes a column chunk.
type decoder uint8

// parquet-go is the faster one. arrow-go reads what parquet-go reads wrongly: booleans in RLE pages. It cannot read
// DELTA_BYTE_ARRAY of fixed-length values.
const (
	decodeParquetGo decoder = iota
	decodeArrowGo
)

// encodingSet is a set of encodings, bit e for encoding number e.
type encodingSet uint16

func setOf(list ...format.Encoding) (s encodingSet) {
	for _, e := range list {
		s |= 1 << e
	}
	return s
}

func (s encodingSet) has(e format.Encoding) bool { return e >= 0 && e < 16 && s>>e&1 == 1 }

// decoderOf chooses the decoder of a column chunk from its codec and its list of encodings, or refuses by name. The list
// does not tell levels from values, so RLE on a boolean may be only its levels: arrow-go reads that as well.
func decoderOf(leaf *leafColumn, codec format.CompressionCodec, encodings []format.Encoding) (decoder, error) {
	d := decodeParquetGo
	switch codec {
	case format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd, format.Lz4, format.Lz4Raw:
	default:
		return d, unsupported("compression codec %s", codecName(codec))
	}
	for _, e := range encodings {
		if e == format.RLE && leaf.Physical == format.Boolean {
			d = decodeArrowGo
		}
	}
	for _, e := range encodings {
		if e == format.RLE || e == format.BitPacked { // levels; a page that has values so is refused when it is met
			continue
		}
		if e == format.PlainDictionary && leaf.Physical == format.Boolean { // Impala lists it and does not use it
			continue
		}
		if !pageEncodings(d, leaf).has(e) {
			return d, unsupported("encoding %s of %s compressed by %s", encodingName(e), leaf.Physical, codecName(codec))
		}
	}
	return d, nil
}

// pageEncodings is the set of encodings in which decoder d reads the values of leaf's data pages rightly.
func pageEncodings(d decoder, leaf *leafColumn) encodingSet {
	s := setOf(format.Plain, format.PlainDictionary, format.RLEDictionary)
	switch leaf.Physical {
	case format.Boolean:
		s = setOf(format.Plain)
		if d == decodeArrowGo {
			s |= setOf(format.RLE)
		}
	case format.Int32, format.Int64:
		s |= setOf(format.DeltaBinaryPacked, format.ByteStreamSplit)
	case format.Float, format.Double:
		s |= setOf(format.ByteStreamSplit)
	case format.ByteArray:
		s |= setOf(format.DeltaLengthByteArray, format.DeltaByteArray)
	case format.FixedLenByteArray:
		s |= setOf(format.ByteStreamSplit)
		if d == decodeParquetGo {
			s |= setOf(format.DeltaByteArray)
		}
	}
	return s
}

func codecName(c format.CompressionCodec) string {
	if c < 0 || c > format.Lz4Raw {
		return fmt.Sprintf("number %d", c)
	}
	return c.String()
}

func encodingName(e format.Encoding) string {
	if e < 0 || e > format.ByteStreamSplit || e == 1 {
		return fmt.Sprintf("number %d", e)
	}
	return e.String()
}

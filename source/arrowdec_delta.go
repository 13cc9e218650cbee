package source

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"
)

// deltaFacts is what the headers of one DELTA_BINARY_PACKED sequence say.
type deltaFacts struct {
	values int
	size   int  // bytes of the sequence
	wide   bool // its differences need more than 32 bits
}

// deltaSpan walks one DELTA_BINARY_PACKED sequence and returns its number of values and of bytes, so that a damaged
// header is found before arrow-go sizes its buffers by it.
func deltaSpan(b []byte, maxValues int) (values, size int, err error) {
	f, err := walkDelta(b, maxValues)
	return f.values, f.size, err
}

func walkDelta(b []byte, maxValues int) (deltaFacts, error) {
	at := 0
	header := [4]uint64{}
	for i := range header { // values in a block, miniblocks in a block, values, first value
		v, n := binary.Uvarint(b[at:])
		if n <= 0 {
			return deltaFacts{}, damaged("delta header of %d bytes", len(b))
		}
		header[i], at = v, at+n
	}
	block, minis, total := header[0], header[1], header[2]
	switch {
	case block == 0 || block > arrowMaxDeltaBlock || block%128 != 0:
		return deltaFacts{}, damaged("delta blocks of %d values", block)
	case minis == 0 || minis > block || block%minis != 0 || block/minis%32 != 0:
		return deltaFacts{}, damaged("%d miniblocks in a delta block of %d values", minis, block)
	case total > uint64(maxValues):
		return deltaFacts{}, damaged("%d delta values where %d are expected", total, maxValues)
	}
	perMini := int(block / minis)
	f := deltaFacts{values: int(total)}
	for left := int(total) - 1; left > 0; {
		least, n := binary.Varint(b[at:])
		if n <= 0 || len(b)-at-n < int(minis) {
			return deltaFacts{}, damaged("delta block is cut short")
		}
		f.wide = f.wide || least != int64(int32(least))
		widths := b[at+n : at+n+int(minis)]
		at += n + int(minis)
		for _, w := range widths {
			if left <= 0 {
				break // the last block need not hold the miniblocks that have no values
			}
			n := perMini / 8 * int(w)
			if w > 64 || n > len(b)-at {
				return deltaFacts{}, damaged("delta miniblock is cut short")
			}
			f.wide = f.wide || w > 32
			at += n
			left -= perMini
		}
	}
	f.size = at
	return f, nil
}

// narrowDelta makes a PLAIN page of a page of 32-bit integers whose differences need more bits. DuckDB writes such pages:
// it subtracts in 64 bits, where the format means 32. parquet-go reads other values out of them without an error, arrow-go
// refuses them. They are decoded as 64-bit integers here, which must fit 32 bits.
func (p *arrowPages) narrowDelta(page *arrowPage) error {
	var encoding *format.Encoding
	entries := 0
	switch h := &p.header; h.Type {
	case format.DataPage:
		encoding, entries = &h.DataPageHeader.V.Encoding, int(h.DataPageHeader.V.NumValues)
	case format.DataPageV2:
		encoding, entries = &h.DataPageHeaderV2.V.Encoding, int(h.DataPageHeaderV2.V.NumValues)
	default:
		return nil
	}
	body := page.Data[page.Values:]
	if *encoding != format.DeltaBinaryPacked || len(body) == 0 || body[0] == 0 {
		return nil
	}
	f, err := walkDelta(body, entries)
	if err != nil || !f.wide {
		return err
	}
	values, err := new(delta.BinaryPackedEncoding).DecodeInt64(nil, body)
	if err != nil {
		return damaged("decoding differences of over 32 bits: %v", err)
	}
	if len(values) != f.values {
		return damaged("%d differences of over 32 bits where %d are expected", len(values), f.values)
	}
	data := resize(nil, page.Values+4*len(values))[:page.Values]
	copy(data, page.Data)
	for _, v := range values {
		if v < math.MinInt32 || v > math.MaxUint32 { // of either sign, as the column's annotation says
			return damaged("value %d in a column of 32-bit integers", v)
		}
		data = binary.LittleEndian.AppendUint32(data, uint32(v))
	}
	page.Data, *encoding = data, format.Plain
	return nil
}

// indexWidth checks the bit width in front of dictionary indexes; -1 where there is none, and so no index.
func indexWidth(b []byte, dictionary int) (int, error) {
	if len(b) == 0 {
		return -1, nil
	}
	if w := int(b[0]); w <= 32 {
		return w, nil
	}
	return 0, damaged("dictionary indexes of %d bits, the dictionary has %d values (%d bits)", b[0], dictionary, bits.Len(uint(dictionary)))
}

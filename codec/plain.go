package codec

import (
	"encoding/binary"
	"fmt"

	"github.com/verdigris-db/verdigris/row"
)

// plainMethod leaves cells as they are; it is the codec None and the row half of Zstd.
type plainMethod struct {
	cells int // cells of a stored row
}

func (m plainMethod) newEncoder() Encoder { return plainCoder(m) }
func (m plainMethod) newDecoder() Decoder { return plainCoder(m) }
func (m plainMethod) blocks() bool        { return false }

// plainCoder is both ways of plainMethod.
type plainCoder plainMethod

var (
	_ Encoder = plainCoder{}
	_ Decoder = plainCoder{}
)

func (c plainCoder) EncodeBatch(dst []byte, b *row.Batch, ends []int) ([]byte, []int) {
	for _, r := range b.Rows() {
		dst = append(dst, storedCells(r.Rec, c.cells)...)
		ends = append(ends, len(dst))
	}
	return dst, ends
}

func (c plainCoder) EncodeBlock(dst, body []byte) []byte { return append(dst, body...) }

func (c plainCoder) DecodeRow(dst, packed []byte) ([]byte, error) {
	if err := row.CheckCells(packed, c.cells); err != nil {
		return dst, fmt.Errorf("decoding row of %d bytes: %w: %w", len(packed), ErrCorrupt, err)
	}
	return append(dst, packed...), nil
}

func (c plainCoder) DecodeBlock(dst, block []byte) ([]byte, error) { return append(dst, block...), nil }

// storedCells is the first n cells of a record, without a recency cell behind them.
func storedCells(rec []byte, n int) []byte {
	cells := row.Cells(rec)
	end := 0
	for range n {
		length := int32(binary.BigEndian.Uint32(cells[end:]))
		end += row.CellHeader + max(int(length), 0)
	}
	return cells[:end]
}

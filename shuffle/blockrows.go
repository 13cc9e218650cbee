package shuffle

import (
	"encoding/binary"
	"fmt"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// rowReader goes through the records of a block and checks what later stages rely on: lengths, clustering that is not
// null, tokens that ascend.
type rowReader struct {
	cells      int
	clustering int
}

func newRowReader(l *Layout) rowReader {
	return rowReader{cells: l.Cells(), clustering: len(l.schema.Clustering)}
}

// size checks the record at the start of b and gives its length.
func (r rowReader) size(b []byte) (int, error) {
	if len(b) < row.HeaderLen {
		return 0, fmt.Errorf("%d bytes are no record: %w", len(b), row.ErrShort)
	}
	size := row.Len(b)
	if size < row.HeaderLen || size > len(b) {
		return 0, fmt.Errorf("a record of %d bytes in %d: %w", size, len(b), row.ErrShort)
	}
	rec := b[:size]
	at := row.HeaderLen + int(binary.LittleEndian.Uint16(rec[4:]))
	for i := range r.cells {
		if at > len(rec)-row.CellHeader {
			return 0, fmt.Errorf("cell %d: %w", i, row.ErrShort)
		}
		n := int(int32(binary.BigEndian.Uint32(rec[at:])))
		at += row.CellHeader + n
		if n < 0 {
			if n != -1 {
				return 0, fmt.Errorf("cell %d of %d bytes: %w", i, n, row.ErrShort)
			}
			if i < r.clustering {
				return 0, fmt.Errorf("cell %d: %w", i, ErrNullClustering)
			}
			at++
		}
	}
	if at != size {
		return 0, fmt.Errorf("a record of %d bytes with %d bytes of cells: %w", size, at, row.ErrShort)
	}
	return size, nil
}

// entries appends an entry for each record of the block in slot to dst. h is the block's header; low is the biased token
// that none may be below. It returns the last token.
func (r rowReader) entries(dst []entry, block []byte, slot int, h *blockHeader, low uint64) ([]entry, uint64, error) {
	ref := uint64(slot) << 32
	low = max(low, h.first)
	for at, n := 0, 0; n < h.rows || at < len(block); n++ {
		size, err := r.size(block[at:])
		if err != nil {
			return nil, 0, err
		}
		token := biased(partitioner.Token(row.Key(block[at : at+size])))
		if n == h.rows || token < low || (n == 0 && token != h.first) {
			return nil, 0, fmt.Errorf("row %d of %d has token %d, after %d", n, h.rows, unbiased(token), unbiased(low))
		}
		low = token
		dst = append(dst, entry{token, ref | uint64(at)})
		at += size
	}
	return dst, low, nil
}

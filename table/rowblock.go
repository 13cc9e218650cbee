package table

import (
	"encoding/binary"
	"fmt"
)

// A row block is the packed rows of one key, or of a piece of a large key:
//
//	n uvarint | n-1 lengths uvarint | n packed rows
//
// The last row ends where the block ends. A key in a bucket of a view without clustering columns has one row, and
// its block is that row alone.

// AppendRowBlock appends the row block of the rows packed[bounds[i]:bounds[i+1]].
func AppendRowBlock(dst, packed []byte, bounds []int) []byte {
	n := len(bounds) - 1
	dst = binary.AppendUvarint(dst, uint64(n))
	for i := range n - 1 {
		dst = binary.AppendUvarint(dst, uint64(bounds[i+1]-bounds[i]))
	}
	return append(dst, packed[bounds[0]:bounds[n]]...)
}

// rowBlock is a decoded row block.
type rowBlock struct {
	packed []byte
	ends   []int // where each row ends in packed
}

// single makes b the block of one row.
func (b *rowBlock) single(packed []byte) {
	b.packed = packed
	b.ends = append(b.ends[:0], len(packed))
}

// parse makes b the row block in block, reusing ends.
func (b *rowBlock) parse(block []byte) error {
	f := fields{rest: block}
	n := f.uvarint()
	if f.err != nil || n == 0 || n-1 > uint64(len(f.rest)) {
		b.reset()
		return fmt.Errorf("row block of %d bytes says %d rows: %w", len(block), n, errShort)
	}
	ends := b.ends[:0]
	var total uint64
	for range n - 1 {
		total += f.uvarint()
		if total > uint64(len(block)) {
			break
		}
		ends = append(ends, int(total))
	}
	if f.err != nil || total > uint64(len(f.rest)) {
		b.reset()
		return fmt.Errorf("lengths of %d rows in a block of %d bytes: %w", n, len(block), errShort)
	}
	b.packed, b.ends = f.rest, append(ends, len(f.rest))
	return nil
}

func (b *rowBlock) reset() { b.packed, b.ends = nil, b.ends[:0] }

// row is packed row i.
func (b *rowBlock) row(i int) []byte {
	start := 0
	if i > 0 {
		start = b.ends[i-1]
	}
	return b.packed[start:b.ends[i]:b.ends[i]]
}

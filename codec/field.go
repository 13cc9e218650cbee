package codec

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/verdigris-db/verdigris/row"
)

// field is the number that stands for a cell (with its length) in the packed bits; ok is false when the plan has none
// for it, and the cell becomes an exception. It is the definition; the encoder does the same a batch at a time. Not
// for text and plain columns.
func (p *plan) field(cell []byte) (f uint64, ok bool) {
	switch {
	case p.kind == kindConstant:
		return 0, bytes.Equal(cell, p.cells[0])
	case isNull(cell):
		return p.null(), true
	case p.kind == kindDictionary:
		for i := range p.cells {
			if bytes.Equal(cell, p.cells[i]) {
				return uint64(i), true
			}
		}
		return 0, false
	}
	v, ok := p.number(cell)
	if !ok {
		return 0, false
	}
	v = (v - p.base) & p.mask()
	return v / p.unit, v%p.unit == 0 && v/p.unit < p.null()
}

// isNull reports whether a cell with its length is null.
func isNull(cell []byte) bool { return cell[0]&0x80 != 0 }

// mask covers the bits of the column's integers.
func (p *plan) mask() uint64 {
	if p.kind == kindInteger {
		return ^uint64(0) >> (64 - 8*p.size)
	}
	return ^uint64(0)
}

// number is the integer that a cell of a kindInteger or kindNumber column stands for, mod 2^(8*size).
func (p *plan) number(cell []byte) (v uint64, ok bool) {
	payload := cell[row.CellHeader:]
	if p.kind == kindInteger {
		if len(payload) != p.size {
			return 0, false
		}
		for _, b := range payload {
			v = v<<8 | uint64(b)
		}
		return v, true
	}
	n := len(payload) - len(p.prefix)
	if n < 1 || n > 8 || string(payload[:len(p.prefix)]) != string(p.prefix) {
		return 0, false
	}
	var wide [8]byte
	copy(wide[:], payload[len(p.prefix):])
	v = uint64(int64(binary.BigEndian.Uint64(wide[:])) >> (64 - 8*n))
	return v, minimalLen(v) == n
}

// minimalLen is the bytes of the shortest two's complement form of v.
func minimalLen(v uint64) int { return bits.Len64(v^uint64(int64(v)>>63))/8 + 1 }

package codec

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/verdigris-db/verdigris/row"
)

// The loops below say for a batch what plan.field says for a cell. A cell's payload is read with one load of the 8
// bytes that end where it ends: a record's header is in front of it, so that they are always there.

// packConstants looks for cells that are not the constant.
func (e *packer) packConstants(p *plan, c int, at []uint32) {
	want := p.cells[0]
	for i := range at {
		if rec := e.rows[i].Rec[at[i]:]; len(rec) < len(want) || !bytes.Equal(rec[:len(want)], want) {
			e.except(c, i)
		}
	}
}

func (e *packer) packIntegers(p *plan, c int, at []uint32) {
	size, mask, base, inverse, twos, limit := p.size, p.mask(), p.base, p.inverse, p.twos, p.limit
	rows := e.rows[:len(at)]
	fields := e.fields[:len(at)]
	for i := range at {
		cell := int(at[i])
		rec := rows[i].Rec
		if int(binary.BigEndian.Uint32(rec[cell:])) == size {
			v := binary.BigEndian.Uint64(rec[cell+size-4:]) & mask
			f := bits.RotateLeft64(((v-base)&mask)*inverse, -twos)
			if f < limit {
				fields[i] = f
				continue
			}
		}
		fields[i] = e.odd(p, c, i, rec[cell])
	}
}

// odd is the field of a cell that is no number of the plan: null, or an exception. first is the cell's first byte.
func (e *packer) odd(p *plan, c, i int, first byte) uint64 {
	if first&0x80 != 0 {
		return p.null()
	}
	e.except(c, i)
	return 0
}

func (e *packer) packNumbers(p *plan, c int, at []uint32) {
	base, inverse, twos, limit := p.base, p.inverse, p.twos, p.limit
	prefixLen := len(p.prefix)
	var prefix uint32
	if prefixLen == maxPrefix {
		prefix = binary.BigEndian.Uint32(p.prefix)
	}
	rows := e.rows[:len(at)]
	fields := e.fields[:len(at)]
	for i := range at {
		cell := int(at[i])
		rec := rows[i].Rec
		length := int(int32(binary.BigEndian.Uint32(rec[cell:])))
		n := length - prefixLen
		if uint(n-1) < 8 && (prefixLen == 0 || binary.BigEndian.Uint32(rec[cell+row.CellHeader:]) == prefix) {
			shift := uint(64-8*n) & 63
			v := uint64(int64(binary.BigEndian.Uint64(rec[cell+row.CellHeader+length-8:])<<shift) >> shift)
			f := bits.RotateLeft64((v-base)*inverse, -twos)
			if minimalLen(v) == n && f < limit {
				fields[i] = f
				continue
			}
		}
		fields[i] = e.odd(p, c, i, rec[cell])
	}
}

func (e *packer) packDictionary(p *plan, c int, at []uint32) {
	rows := e.rows[:len(at)]
	fields := e.fields[:len(at)]
	for i := range at {
		cell := int(at[i])
		rec := rows[i].Rec
		if length := int(int32(binary.BigEndian.Uint32(rec[cell:]))); length >= 0 {
			from := cell + row.CellHeader
			if index, ok := p.set.find(rec, from, from+length); ok {
				fields[i] = uint64(index)
				continue
			}
		}
		fields[i] = e.odd(p, c, i, rec[cell])
	}
}

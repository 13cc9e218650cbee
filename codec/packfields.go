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
			high := binary.BigEndian.Uint64(rec[cell+row.CellHeader+length-8:]) << shift
			v := uint64(int64(high) >> shift)
			f := bits.RotateLeft64((v-base)*inverse, -twos)
			shortest := n == 1 || uint64(int64(high)>>55)+1 > 1 // not 9 equal bits in front
			if f < limit && shortest {
				fields[i] = f
				continue
			}
		}
		fields[i] = e.odd(p, c, i, rec[cell])
	}
}

// packDictionary looks each payload up in the plan's set, those of up to tailLen bytes without a branch on their length.
func (e *packer) packDictionary(p *plan, c int, at []uint32) {
	set := p.set
	if set.longest <= 8 {
		e.packShortDictionary(p, c, at)
		return
	}
	slots := set.slots
	last := uint64(len(slots) - 1)
	rows := e.rows[:len(at)]
	fields := e.fields[:len(at)]
	for i := range at {
		cell := int(at[i])
		rec := rows[i].Rec
		length := int(int32(binary.BigEndian.Uint32(rec[cell:])))
		to := cell + row.CellHeader + length
		if uint(length) > tailLen || to < tailLen {
			fields[i] = e.findCell(p, c, i, rec[cell:])
			continue
		}
		tail, mask := readTail(rec[to-tailLen:to]), &tailMasks[length]
		tail[0], tail[1], tail[2] = tail[0]&mask[0], tail[1]&mask[1], tail[2]&mask[2]
		probe := set.slot(&tail, length, 0)
		slot := &slots[probe&last]
		for slot.length >= 0 && (slot.tail != tail || int(slot.length) != length) {
			probe++
			slot = &slots[probe&last]
		}
		if slot.length < 0 {
			fields[i] = e.odd(p, c, i, rec[cell])
			continue
		}
		fields[i] = uint64(slot.index)
	}
}

// findCell is the field of the cell at the front of cells by the plain way.
func (e *packer) findCell(p *plan, c, i int, cells []byte) uint64 {
	if payload, null, _ := row.Next(cells); !null {
		if index, ok := p.set.find(payload); ok {
			return uint64(index)
		}
	}
	return e.odd(p, c, i, cells[0])
}

// packShortDictionary is packDictionary where no payload of the dictionary has more than 8 bytes.
func (e *packer) packShortDictionary(p *plan, c int, at []uint32) {
	set := p.set
	slots, longest := set.slots, uint(set.longest)
	last := uint64(len(slots) - 1)
	rows := e.rows[:len(at)]
	fields := e.fields[:len(at)]
	for i := range at {
		cell := int(at[i])
		rec := rows[i].Rec
		length := int(int32(binary.BigEndian.Uint32(rec[cell:])))
		if uint(length) > longest {
			fields[i] = e.odd(p, c, i, rec[cell])
			continue
		}
		tail := setTail{2: binary.LittleEndian.Uint64(rec[cell+row.CellHeader+length-8:]) & tailMasks[length&15][2]}
		probe := set.slot(&tail, length, 0)
		slot := &slots[probe&last]
		for slot.length >= 0 && (slot.tail[2] != tail[2] || int(slot.length) != length) {
			probe++
			slot = &slots[probe&last]
		}
		if slot.length < 0 {
			fields[i] = e.odd(p, c, i, rec[cell])
			continue
		}
		fields[i] = uint64(slot.index)
	}
}

package codec

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/verdigris-db/verdigris/row"
)

// cellSet finds the number of a dictionary's cell. It is an open-addressed table, at most half full, read-only.
type cellSet struct {
	slots []setSlot
	cells [][]byte // with their lengths
	shift uint     // 64 - log2(len(slots))
}

// setSlot is one cell of a set: its payload's length, first and last bytes, which tell up to 16 bytes apart.
type setSlot struct {
	first, last uint64
	length      int32 // of the payload; -1 in a free slot, as null is in no set
	index       uint32
}

const (
	setMultiplier1 = 0x9E3779B97F4A7C15
	setMultiplier2 = 0xD6E8FEB86659FD93
)

// newCellSet is the set of cells, which hold neither null nor, for their number to be found, one cell twice.
func newCellSet(cells [][]byte) *cellSet {
	logSlots := bits.Len(uint(2 * len(cells)))
	s := &cellSet{slots: make([]setSlot, 1<<logSlots), cells: cells, shift: uint(64 - logSlots)}
	for i := range s.slots {
		s.slots[i].length = -1
	}
	for i, cell := range cells {
		if isNull(cell) {
			continue
		}
		// find reads the 8 bytes before a payload's end, as it may in a record.
		rec := append(make([]byte, 8), cell...)
		if _, ok := s.find(rec, 8+row.CellHeader, len(rec)); ok {
			continue
		}
		slot, h := newSetSlot(rec, 8+row.CellHeader, len(rec))
		slot.index = uint32(i)
		at := h >> s.shift
		for s.slots[at].length >= 0 {
			at = (at + 1) & uint64(len(s.slots)-1)
		}
		s.slots[at] = slot
	}
	return s
}

// newSetSlot is the slot, without its index, and the hash of the payload rec[from:to]; to is at least 8.
func newSetSlot(rec []byte, from, to int) (slot setSlot, h uint64) {
	slot.length = int32(to - from)
	last := binary.LittleEndian.Uint64(rec[to-8:])
	switch n := to - from; {
	case n <= 8:
		slot.first = last >> (64 - 8*n) // 0 bytes shift all out
	default:
		slot.first, slot.last = binary.LittleEndian.Uint64(rec[from:]), last
		for at := from + 8; at < to-8; at += 8 {
			h = (h ^ binary.LittleEndian.Uint64(rec[at:])) * setMultiplier1
			h ^= h >> 32
		}
	}
	hi, lo := bits.Mul64(slot.first^h^setMultiplier2, (slot.last+uint64(slot.length))^setMultiplier1)
	return slot, (hi ^ lo) * setMultiplier1
}

// find is the number of the cell whose payload is rec[from:to]; to is at least 8.
func (s *cellSet) find(rec []byte, from, to int) (index uint32, ok bool) {
	want, h := newSetSlot(rec, from, to)
	for at := h >> s.shift; ; at++ {
		slot := &s.slots[at&uint64(len(s.slots)-1)]
		if slot.length < 0 {
			return 0, false
		}
		if slot.first != want.first || slot.last != want.last || slot.length != want.length {
			continue
		}
		if slot.length <= 16 || bytes.Equal(s.cells[slot.index][row.CellHeader:], rec[from:to]) {
			return slot.index, true
		}
	}
}

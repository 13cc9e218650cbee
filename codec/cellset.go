package codec

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/verdigris-db/verdigris/row"
)

// cellSet finds the number of a dictionary's cell. It is an open-addressed table, at most half full, read-only.
type cellSet struct {
	slots   []setSlot
	cells   [][]byte // with their lengths
	shift   uint     // 64 - log2(len(slots))
	longest int      // bytes of the longest payload
}

// setSlot is one cell of a set: its payload's length, first and last bytes, which tell up to 16 bytes apart.
type setSlot struct {
	setKey
	length int32 // of the payload; -1 in a free slot, as null is in no set
	index  uint32
}

// setKey is what is compared of a payload: all of up to 8 bytes, else the first 8 and the last 8.
type setKey struct{ first, last uint64 }

// hash mixes the key and the payload's length; middle is a hash of what the key leaves out.
func (k setKey) hash(length int, middle uint64) uint64 {
	return (k.first ^ bits.RotateLeft64(k.last*0xD6E8FEB86659FD93, 32) ^ uint64(length)<<56 ^ middle) * 0x9E3779B97F4A7C15
}

// shortKey is the key of a payload of at most 8 bytes that ends at rec[to]; to is at least 8.
func shortKey(rec []byte, to, length int) uint64 {
	return binary.LittleEndian.Uint64(rec[to-8:]) >> uint(64-8*length) // a shift by 64 gives 0
}

// newCellSet is the set of cells, which should be different and not null.
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
		rec := append(make([]byte, 8), cell...) // keys are read from 8 bytes before a payload's end, as in a record
		from, length := 8+row.CellHeader, len(cell)-row.CellHeader
		s.longest = max(s.longest, length)
		if _, ok := s.find(rec, from, length); ok {
			continue
		}
		key, h := s.key(rec, from, length)
		at := h >> s.shift
		for s.slots[at].length >= 0 {
			at = (at + 1) & uint64(len(s.slots)-1)
		}
		s.slots[at] = setSlot{key, int32(length), uint32(i)}
	}
	return s
}

// key is the key and the hash of the payload rec[from:from+length].
func (s *cellSet) key(rec []byte, from, length int) (k setKey, h uint64) {
	to := from + length
	if length <= 8 {
		k.first = shortKey(rec, to, length)
		return k, k.hash(length, 0)
	}
	k = setKey{binary.LittleEndian.Uint64(rec[from:]), binary.LittleEndian.Uint64(rec[to-8:])}
	for at := from + 8; at < to-8; at += 8 {
		h = (h ^ binary.LittleEndian.Uint64(rec[at:])) * 0x9E3779B97F4A7C15
		h ^= h >> 32
	}
	return k, k.hash(length, h)
}

// find is the number of the cell whose payload is rec[from:from+length]; from is at least 8.
func (s *cellSet) find(rec []byte, from, length int) (index uint32, ok bool) {
	if length > s.longest {
		return 0, false
	}
	key, h := s.key(rec, from, length)
	for at := h >> s.shift; ; at++ {
		slot := &s.slots[at&uint64(len(s.slots)-1)]
		switch {
		case slot.length < 0:
			return 0, false
		case slot.setKey != key || int(slot.length) != length:
		case length <= 16 || bytes.Equal(s.cells[slot.index][row.CellHeader:], rec[from:from+length]):
			return slot.index, true
		}
	}
}

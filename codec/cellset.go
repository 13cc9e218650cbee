package codec

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/verdigris-db/verdigris/row"
)

// cellSet finds the number of a dictionary's cell. It is an open-addressed table, at most half full, read-only.
//
// A search of one step for some cells and two for others is a wrong guess of the processor's for many: so tables are
// larger than they need be, and of few cells each gets the slot where it is looked for first, if some factor does it.
type cellSet struct {
	slots   []setSlot
	cells   [][]byte // with their lengths
	shift   uint     // 64 - log2(len(slots))
	factor  uint64   // of the hash
	longest int      // bytes of the longest payload
}

// setSlot is one cell of a set.
type setSlot struct {
	tail   setTail
	length int32 // of the payload; -1 in a free slot, as null is in no set
	index  uint32
}

// setTail is a payload's last tailLen bytes, zeros before those of a shorter one.
type setTail [3]uint64

const tailLen = 24

// tailMasks[n] covers the bytes of a payload of n bytes in the tailLen bytes that end where it ends.
var tailMasks = func() (m [tailLen + 1]setTail) {
	for n := range m {
		b := append(make([]byte, tailLen-n), bytes.Repeat([]byte{0xff}, n)...)
		m[n] = readTail(b)
	}
	return m
}()

func readTail(b []byte) setTail {
	return setTail{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])}
}

const (
	hashFactor = 0x9E3779B97F4A7C15
	mixFactor  = 0xD6E8FEB86659FD93
)

// slot is where a payload is looked for first; middle is a hash of what the tail leaves out.
func (s *cellSet) slot(tail *setTail, length int, middle uint64) uint64 {
	x := tail[2] ^ uint64(length) ^ middle + tail[1]*hashFactor + tail[0]*mixFactor
	return x * s.factor >> (s.shift & 63)
}

// newCellSet is the set of cells; of equal ones the first, and null is in no set.
func newCellSet(cells [][]byte) *cellSet {
	s := &cellSet{cells: cells}
	log := max(bits.Len(uint(2*len(cells))), min(bits.Len(uint(4*len(cells))), roomySlots))
	if len(cells) <= fewCells {
		for more := range fewSteps {
			for i := range uint64(fewTries) {
				if s.fill(log+more, hashFactor*(2*i+1)) == 0 {
					return s
				}
			}
		}
	}
	s.fill(log, hashFactor)
	return s
}

const (
	roomySlots = 12 // log2 of the largest table that is kept a quarter full: 128 KiB
	fewCells   = 32
	fewTries   = 16
	fewSteps   = 2
)

// fill puts the cells into slots and counts those that are not where they are looked for first.
func (s *cellSet) fill(log int, factor uint64) (moved int) {
	s.slots, s.shift, s.factor = make([]setSlot, 1<<log), uint(64-log), factor
	for i := range s.slots {
		s.slots[i].length = -1
	}
	for i, cell := range s.cells {
		if isNull(cell) {
			continue
		}
		payload := cell[row.CellHeader:]
		s.longest = max(s.longest, len(payload))
		if _, ok := s.find(payload); ok {
			continue
		}
		tail, at := s.key(payload)
		if s.slots[at].length >= 0 {
			moved++
		}
		for s.slots[at].length >= 0 {
			at = (at + 1) & uint64(len(s.slots)-1)
		}
		s.slots[at] = setSlot{tail, int32(len(payload)), uint32(i)}
	}
	return moved
}

// key is the tail of a payload and the slot where it is looked for first.
func (s *cellSet) key(payload []byte) (tail setTail, at uint64) {
	n := len(payload)
	if n < tailLen {
		var padded [tailLen]byte
		copy(padded[tailLen-n:], payload)
		tail = readTail(padded[:])
		return tail, s.slot(&tail, n, 0)
	}
	middle := uint64(0)
	for i := 0; i < n-tailLen; i += 8 {
		middle = (middle ^ binary.LittleEndian.Uint64(payload[i:])) * hashFactor
		middle ^= middle >> 32
	}
	tail = readTail(payload[n-tailLen:])
	return tail, s.slot(&tail, n, middle)
}

// find is the number of the cell with this payload.
func (s *cellSet) find(payload []byte) (index uint32, ok bool) {
	if len(payload) > s.longest {
		return 0, false
	}
	tail, at := s.key(payload)
	for ; ; at++ {
		slot := &s.slots[at&uint64(len(s.slots)-1)]
		switch {
		case slot.length < 0:
			return 0, false
		case slot.tail != tail || int(slot.length) != len(payload):
		case len(payload) <= tailLen || bytes.Equal(s.cells[slot.index][row.CellHeader:], payload):
			return slot.index, true
		}
	}
}

package source

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/parquet-go/parquet-go/format"

	"github.com/verdigris-db/verdigris/cql"
)

// maxSlot is the longest payload that a slot holds.
const maxSlot = 12

// slotFunc writes the slots of values [from, from+len(dst)) and returns how many it wrote before the first that does not
// fit.
type slotFunc func(dst [][16]byte, v *values, from int) (done int)

// slotted reports whether all payloads of a leaf as type want have maxSlot bytes or fewer.
func slotted(leaf *leafColumn, l logical, want cql.Type) bool {
	switch want.Kind {
	case cql.VarInt:
		return l.kind == logicalInt
	case cql.Decimal:
		switch {
		case l.kind == logicalInt:
			return !(l.unsigned && l.bits == 64)
		case leaf.Physical == format.FixedLenByteArray:
			return leaf.Width <= 8
		}
		return l.kind == logicalDecimal && leaf.Physical != format.ByteArray
	}
	n := want.FixedWidth()
	return n > 0 && n <= maxSlot
}

// slotsOf is the bulk form of payloadOf for the usual types, or nil.
func slotsOf(leaf *leafColumn, l logical, want cql.Type, lossy Lossy) slotFunc {
	switch {
	case l.kind == logicalBool && want.Kind == cql.Boolean:
		return boolSlots
	case l.kind == logicalInt && !l.unsigned && l.bits == 32 && want.Kind == cql.Int:
		return int32Slots
	case l.kind == logicalInt && !l.unsigned && l.bits == 64 && want.Kind == cql.BigInt,
		l.kind == logicalTimestamp && (l.per == 1000 || want.Kind == cql.BigInt) && (want.Kind == cql.Timestamp || want.Kind == cql.BigInt):
		return int64Slots
	case l.kind == logicalInt && !l.unsigned && l.bits == 32 && want.Kind == cql.BigInt:
		return wideSlots
	case l.kind == logicalDate && want.Kind == cql.Date:
		return dateSlots
	case l.kind == logicalFloat && want.Kind == cql.Float:
		return floatSlots
	case l.kind == logicalDouble && want.Kind == cql.Double:
		return doubleSlots
	case l.kind == logicalDecimal && want.Kind == cql.Decimal && leaf.Physical == format.Int32:
		return func(dst [][16]byte, v *values, from int) int {
			for i, n := range v.Int32[from : from+len(dst)] {
				decimalSlot(&dst[i], int64(n), l.scale)
			}
			return len(dst)
		}
	case l.kind == logicalDecimal && want.Kind == cql.Decimal && leaf.Physical == format.Int64:
		return func(dst [][16]byte, v *values, from int) int {
			for i, n := range v.Int64[from : from+len(dst)] {
				decimalSlot(&dst[i], n, l.scale)
			}
			return len(dst)
		}
	case l.kind == logicalTimestamp && want.Kind == cql.Timestamp:
		return timestampSlots(l.per/1000, lossy)
	}
	return nil
}

// slot8 writes a payload of 8 bytes, slot4 one of 4: the length and the payload as two words.
func slot8(s *[16]byte, v uint64) {
	be := bits.ReverseBytes64(v)
	binary.LittleEndian.PutUint64(s[:8], 8<<24|be<<32)
	binary.LittleEndian.PutUint64(s[8:], be>>32)
}

func slot4(s *[16]byte, v uint32) {
	binary.LittleEndian.PutUint64(s[:8], 4<<24|uint64(bits.ReverseBytes32(v))<<32)
	binary.LittleEndian.PutUint64(s[8:], 0)
}

func boolSlots(dst [][16]byte, v *values, from int) int {
	for i, b := range v.Bool[from : from+len(dst)] {
		word := uint64(1 << 24)
		if b {
			word |= 1 << 32
		}
		binary.LittleEndian.PutUint64(dst[i][:8], word)
		binary.LittleEndian.PutUint64(dst[i][8:], 0)
	}
	return len(dst)
}

func int32Slots(dst [][16]byte, v *values, from int) int {
	for i, n := range v.Int32[from : from+len(dst)] {
		slot4(&dst[i], uint32(n))
	}
	return len(dst)
}

func dateSlots(dst [][16]byte, v *values, from int) int {
	for i, n := range v.Int32[from : from+len(dst)] {
		slot4(&dst[i], uint32(n)^1<<31)
	}
	return len(dst)
}

func int64Slots(dst [][16]byte, v *values, from int) int {
	for i, n := range v.Int64[from : from+len(dst)] {
		slot8(&dst[i], uint64(n))
	}
	return len(dst)
}

func wideSlots(dst [][16]byte, v *values, from int) int {
	for i, n := range v.Int32[from : from+len(dst)] {
		slot8(&dst[i], uint64(int64(n)))
	}
	return len(dst)
}

func floatSlots(dst [][16]byte, v *values, from int) int {
	for i, f := range v.Float[from : from+len(dst)] {
		if f != f {
			f = float32(math.NaN())
		}
		slot4(&dst[i], math.Float32bits(f))
	}
	return len(dst)
}

func doubleSlots(dst [][16]byte, v *values, from int) int {
	for i, f := range v.Double[from : from+len(dst)] {
		b := math.Float64bits(f)
		if f != f {
			b = 0x7ff8 << 48
		}
		slot8(&dst[i], b)
	}
	return len(dst)
}

// decimalSlot writes the scale and the fewest bytes of n.
func decimalSlot(s *[16]byte, n int64, scale int32) {
	size := bits.Len64(uint64(n^n>>63))/8 + 1
	binary.LittleEndian.PutUint64(s[:8], uint64(4+size)<<24|uint64(bits.ReverseBytes32(uint32(scale)))<<32)
	binary.LittleEndian.PutUint64(s[8:], bits.ReverseBytes64(uint64(n)<<(64-8*size)))
}

func timestampSlots(perMilli int64, lossy Lossy) slotFunc {
	return func(dst [][16]byte, v *values, from int) int {
		for i, n := range v.Int64[from : from+len(dst)] {
			ms, exact := cql.Millis(n, perMilli)
			if !exact && lossy != Truncate {
				return i
			}
			slot8(&dst[i], uint64(ms))
		}
		return len(dst)
	}
}

// putSlot writes a payload of maxSlot bytes or fewer.
func putSlot(s *[16]byte, payload []byte) {
	*s = [16]byte{3: byte(len(payload))}
	copy(s[4:], payload)
}

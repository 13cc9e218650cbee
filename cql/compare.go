package cql

import (
	"bytes"
	"cmp"
	"encoding/binary"
)

// Compare is the order of two non-null payloads of type t as Cassandra's comparators have it: -1, 0 or 1. Numbers go
// by value, -0 before 0 and NaN last; date, text and blob as unsigned bytes; uuid by version, then time if that is 1,
// then bytes; a List, Map or Struct part by part, null first, then the shorter first. 0 means equal values, whose
// bytes may yet differ in decimals: 1.0 and 1.00. It never panics; bytes that Validate refuses have some order.
func Compare(t Type, a, b []byte) int {
	if len(t.Elem) != 0 {
		return compareParts(t, a, b)
	}
	return t.Kind.compare(a, b)
}

// Comparator is Compare for one type, chosen once for many pairs.
func Comparator(t Type) func(a, b []byte) int {
	switch t.Kind {
	case TinyInt:
		return compareTinyInt
	case SmallInt:
		return compareSmallInt
	case Int:
		return compareInt
	case BigInt, Time, Timestamp:
		return compareBigInt
	case Boolean, Date, Text, Blob:
		return bytes.Compare
	case List, Map, Struct:
		return func(a, b []byte) int { return compareParts(t, a, b) }
	}
	return t.Kind.compare
}

func (k Kind) compare(a, b []byte) int {
	switch k {
	case TinyInt:
		return compareTinyInt(a, b)
	case SmallInt:
		return compareSmallInt(a, b)
	case Int:
		return compareInt(a, b)
	case BigInt, Time, Timestamp:
		return compareBigInt(a, b)
	case VarInt:
		return compareVarint(a, b)
	case Float:
		return compareFloat(a, b)
	case Double:
		return compareDouble(a, b)
	case Decimal:
		return compareDecimal(a, b)
	case UUID:
		return compareUUID(a, b)
	}
	return bytes.Compare(a, b) // boolean, date, text, blob
}

// misfit orders payloads of which at least one has not the width of its type: those first, by their bytes.
func misfit(a, b []byte, width int) int {
	if len(a) == width {
		return 1
	}
	if len(b) == width {
		return -1
	}
	return bytes.Compare(a, b)
}

func compareTinyInt(a, b []byte) int {
	if len(a) != 1 || len(b) != 1 {
		return misfit(a, b, 1)
	}
	return cmp.Compare(int8(a[0]), int8(b[0]))
}

func compareSmallInt(a, b []byte) int {
	if len(a) != 2 || len(b) != 2 {
		return misfit(a, b, 2)
	}
	return cmp.Compare(int16(binary.BigEndian.Uint16(a)), int16(binary.BigEndian.Uint16(b)))
}

func compareInt(a, b []byte) int {
	if len(a) != 4 || len(b) != 4 {
		return misfit(a, b, 4)
	}
	return cmp.Compare(int32(binary.BigEndian.Uint32(a)), int32(binary.BigEndian.Uint32(b)))
}

func compareBigInt(a, b []byte) int {
	if len(a) != 8 || len(b) != 8 {
		return misfit(a, b, 8)
	}
	return cmp.Compare(int64(binary.BigEndian.Uint64(a)), int64(binary.BigEndian.Uint64(b)))
}

func compareFloat(a, b []byte) int {
	if len(a) != 4 || len(b) != 4 {
		return misfit(a, b, 4)
	}
	return cmp.Compare(floatRank(binary.BigEndian.Uint32(a)), floatRank(binary.BigEndian.Uint32(b)))
}

// floatRank maps IEEE 754 bits to a signed number of the same order, all NaNs to the greatest.
func floatRank(bits uint32) int32 {
	if bits&0x7fffffff > 0x7f800000 {
		return 0x7fffffff
	}
	v := int32(bits)
	return v ^ int32(uint32(v>>31)>>1)
}

func compareDouble(a, b []byte) int {
	if len(a) != 8 || len(b) != 8 {
		return misfit(a, b, 8)
	}
	return cmp.Compare(doubleRank(binary.BigEndian.Uint64(a)), doubleRank(binary.BigEndian.Uint64(b)))
}

func doubleRank(bits uint64) int64 {
	if bits&(1<<63-1) > 0x7ff0000000000000 {
		return 1<<63 - 1
	}
	v := int64(bits)
	return v ^ int64(uint64(v>>63)>>1)
}

func compareUUID(a, b []byte) int {
	if len(a) != 16 || len(b) != 16 {
		return misfit(a, b, 16)
	}
	va, vb := a[6]>>4, b[6]>>4
	if va != vb {
		return cmp.Compare(va, vb)
	}
	if va == 1 {
		if c := cmp.Compare(uuidTime(a), uuidTime(b)); c != 0 {
			return c
		}
	}
	return bytes.Compare(a, b)
}

// uuidTime is the 60-bit time of a version 1 UUID: its high, middle and low field.
func uuidTime(u []byte) uint64 {
	high := uint64(binary.BigEndian.Uint16(u[6:]) & 0x0fff)
	return high<<48 | uint64(binary.BigEndian.Uint16(u[4:]))<<32 | uint64(binary.BigEndian.Uint32(u))
}

// compareParts goes through the parts of a List, Map or Struct in pairs; parts that are missing come before all others.
func compareParts(t Type, a, b []byte) int {
	if t.Kind != Struct {
		if len(a) < 4 || len(b) < 4 {
			return bytes.Compare(a, b)
		}
		a, b = a[4:], b[4:]
	}
	for i := 0; len(a) != 0 && len(b) != 0; i++ {
		pa, nullA, restA, errA := element(a)
		pb, nullB, restB, errB := element(b)
		if errA != nil || errB != nil {
			return bytes.Compare(a, b)
		}
		switch {
		case nullA && nullB:
		case nullA:
			return -1
		case nullB:
			return 1
		default:
			if c := Compare(t.Elem[i%len(t.Elem)], pa, pb); c != 0 {
				return c
			}
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

package cql

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// The one NaN that a cell may hold; see docs/decisions/0012-one-spelling.md.
const (
	nanFloat  = 0x7fc00000
	nanDouble = 0x7ff8000000000000
)

// NanosPerDay bounds a Time: 0 <= ns < NanosPerDay.
const NanosPerDay = 86400 * 1_000_000_000

// AppendBoolean appends 01 for true, 00 for false.
func AppendBoolean(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// AppendTinyInt appends v as 1 byte.
func AppendTinyInt(dst []byte, v int8) []byte { return append(dst, byte(v)) }

// AppendSmallInt appends v as 2 bytes, big-endian.
func AppendSmallInt(dst []byte, v int16) []byte { return binary.BigEndian.AppendUint16(dst, uint16(v)) }

// AppendInt appends v as 4 bytes, big-endian.
func AppendInt(dst []byte, v int32) []byte { return binary.BigEndian.AppendUint32(dst, uint32(v)) }

// AppendBigInt appends v as 8 bytes, big-endian.
func AppendBigInt(dst []byte, v int64) []byte { return binary.BigEndian.AppendUint64(dst, uint64(v)) }

// AppendFloat appends v as 4 bytes of IEEE 754, big-endian; every NaN becomes 7fc00000.
func AppendFloat(dst []byte, v float32) []byte { return AppendFloatBits(dst, math.Float32bits(v)) }

// AppendFloatBits is AppendFloat of a value's IEEE 754 bits.
func AppendFloatBits(dst []byte, ieee uint32) []byte {
	if ieee&0x7fffffff > 0x7f800000 {
		ieee = nanFloat
	}
	return binary.BigEndian.AppendUint32(dst, ieee)
}

// AppendDouble appends v as 8 bytes of IEEE 754, big-endian; every NaN becomes 7ff8000000000000.
func AppendDouble(dst []byte, v float64) []byte { return AppendDoubleBits(dst, math.Float64bits(v)) }

// AppendDoubleBits is AppendDouble of a value's IEEE 754 bits.
func AppendDoubleBits(dst []byte, ieee uint64) []byte {
	if ieee&(1<<63-1) > 0x7ff0000000000000 {
		ieee = nanDouble
	}
	return binary.BigEndian.AppendUint64(dst, ieee)
}

// AppendVarint appends v as big-endian two's complement in the fewest bytes, at least one.
func AppendVarint(dst []byte, v int64) []byte {
	n := bits.Len64(uint64(v^v>>63))/8 + 1 // one bit more than the number has, for the sign
	for i := n - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return dst
}

// AppendVarintUint64 is AppendVarint for values up to 2^64-1.
func AppendVarintUint64(dst []byte, v uint64) []byte {
	if v > math.MaxInt64 {
		dst = append(dst, 0)
		return binary.BigEndian.AppendUint64(dst, v)
	}
	return AppendVarint(dst, int64(v))
}

// AppendVarintBytes appends the big-endian two's complement number be in its fewest bytes; no bytes are zero.
func AppendVarintBytes(dst, be []byte) []byte {
	if len(be) == 0 {
		return append(dst, 0)
	}
	return append(dst, minimal(be)...)
}

// AppendDecimal appends unscaled * 10^-scale: the scale as an int, the unscaled number as a varint.
func AppendDecimal(dst []byte, unscaled int64, scale int32) []byte {
	return AppendVarint(AppendInt(dst, scale), unscaled)
}

// AppendDecimalBytes is AppendDecimal of an unscaled number in big-endian two's complement.
func AppendDecimalBytes(dst, unscaled []byte, scale int32) []byte {
	return AppendVarintBytes(AppendInt(dst, scale), unscaled)
}

// AppendDate appends the day that is days after 1970-01-01, as an unsigned number whose middle, 2^31, is that day.
func AppendDate(dst []byte, days int32) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(days)^1<<31)
}

// AppendTime appends a time of day in nanoseconds since midnight, 0 <= ns < NanosPerDay.
func AppendTime(dst []byte, ns int64) []byte { return AppendBigInt(dst, ns) }

// AppendTimestamp appends a point in time in milliseconds since 1970-01-01T00:00:00Z.
func AppendTimestamp(dst []byte, ms int64) []byte { return AppendBigInt(dst, ms) }

// Millis is v, in units of which per make a millisecond, as whole milliseconds towards the past; exact is false if
// something was cut off. per is 1000 for microseconds, 1,000,000 for nanoseconds.
func Millis(v, per int64) (ms int64, exact bool) {
	ms = v / per
	rest := v - ms*per
	if rest < 0 {
		ms--
	}
	return ms, rest == 0
}

// AppendCount begins a List of n elements or a Map of n entries; the elements, or key and value of each entry in
// turn, follow by AppendElement and AppendNull.
func AppendCount(dst []byte, n int) []byte { return binary.BigEndian.AppendUint32(dst, uint32(n)) }

// AppendElement appends an element of a List, a key or value of a Map, or the next field of a Struct.
func AppendElement(dst, payload []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(payload)))
	return append(dst, payload...)
}

// AppendNull appends a null element, value or field; a Map's keys are never null.
func AppendNull(dst []byte) []byte { return append(dst, 0xff, 0xff, 0xff, 0xff) }

// minimal drops the leading bytes that only repeat the sign of the big-endian two's complement number b.
func minimal(b []byte) []byte {
	for len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80) {
		b = b[1:]
	}
	return b
}

package source

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/format"

	"github.com/verdigris-db/verdigris/cql"
)

// payloadFunc appends the CQL payload of physical value i of v. It is the plain way of one value at a time: the bulk forms
// in bulk.go must give the same bytes.
type payloadFunc func(dst []byte, v *values, i int) ([]byte, error)

// misfit is a value that its CQL type cannot hold; the column that has it makes a ValueError of it.
type misfit struct {
	value  string
	reason string
	lossy  bool // Truncate would accept it
}

func (m *misfit) Error() string { return "value " + m.value + " " + m.reason }

// errMillis is what every misfit of a fine timestamp says; the line to paste is the other way.
const errMillis = "is not whole milliseconds (bigint would keep it)"

// errText is what every misfit of a text says.
const errText = "is not UTF-8; as blob it is kept byte for byte"

// payloadOf is the payloadFunc that makes values of type want of a leaf.
func payloadOf(leaf *leafColumn, l logical, want cql.Type, lossy Lossy) (payloadFunc, error) {
	natural := l.natural()
	switch {
	case l.kind == logicalTimestamp && want.Kind == cql.BigInt:
		return func(dst []byte, v *values, i int) ([]byte, error) { return cql.AppendBigInt(dst, v.Int64[i]), nil }, nil
	case l.kind == logicalInt96 && want.Kind == cql.BigInt:
		return int96Nanos, nil
	case (l.kind == logicalInterval || l.kind == logicalText) && want.Kind == cql.Blob: // whatever the bytes are
		return bytesOf(leaf), nil
	case l.kind == logicalDouble && want.Kind == cql.Float && lossy == Truncate:
		return func(dst []byte, v *values, i int) ([]byte, error) {
			return cql.AppendFloat(dst, float32(v.Double[i])), nil
		}, nil
	}
	f := naturalPayload(leaf, l, lossy)
	if f == nil || cql.Convertible(natural, want) == cql.Refused {
		return nil, fmt.Errorf("%w: no %s is made of %s", ErrSchema, want, describeNatural(natural))
	}
	if natural.Equal(want) {
		return f, nil
	}
	return converted(f, natural, want), nil
}

func describeNatural(t cql.Type) string {
	if t.Kind == cql.Invalid {
		return "a type without a CQL type"
	}
	return "a " + t.String()
}

// converted passes each value through cql.Convert.
func converted(f payloadFunc, natural, want cql.Type) payloadFunc {
	var scratch []byte
	return func(dst []byte, v *values, i int) ([]byte, error) {
		var err error
		if scratch, err = f(scratch[:0], v, i); err != nil {
			return dst, err
		}
		out, err := cql.Convert(dst, natural, want, scratch)
		if errors.Is(err, cql.ErrInexact) {
			text, jsonErr := cql.AppendJSON(nil, natural, scratch)
			if jsonErr != nil {
				text = fmt.Appendf(nil, "0x%x", scratch)
			}
			return dst, &misfit{value: shorten(string(text)), reason: "does not fit " + want.String() + " exactly"}
		}
		return out, err
	}
}

// naturalPayload makes values of the type that the type table gives; nil where it gives none.
func naturalPayload(leaf *leafColumn, l logical, lossy Lossy) payloadFunc {
	switch l.kind {
	case logicalBool:
		return func(dst []byte, v *values, i int) ([]byte, error) { return cql.AppendBoolean(dst, v.Bool[i]), nil }
	case logicalInt:
		return integerPayload(leaf, l)
	case logicalFloat16:
		return func(dst []byte, v *values, i int) ([]byte, error) {
			return cql.AppendFloat(dst, halfFloat(binary.LittleEndian.Uint16(v.Data[2*i:]))), nil
		}
	case logicalFloat:
		return func(dst []byte, v *values, i int) ([]byte, error) { return cql.AppendFloat(dst, v.Float[i]), nil }
	case logicalDouble:
		return func(dst []byte, v *values, i int) ([]byte, error) { return cql.AppendDouble(dst, v.Double[i]), nil }
	case logicalDecimal:
		return decimalPayload(leaf, l.scale)
	case logicalText:
		raw := bytesOf(leaf)
		return func(dst []byte, v *values, i int) ([]byte, error) {
			start := len(dst)
			dst, err := raw(dst, v, i)
			if err == nil && !utf8.Valid(dst[start:]) {
				return dst, &misfit{value: shorten(fmt.Sprintf("0x%x", dst[start:])), reason: errText}
			}
			return dst, err
		}
	case logicalBytes, logicalUUID:
		return bytesOf(leaf)
	case logicalDate:
		return func(dst []byte, v *values, i int) ([]byte, error) { return cql.AppendDate(dst, v.Int32[i]), nil }
	case logicalTime:
		return timePayload(leaf, l.per)
	case logicalTimestamp:
		return timestampPayload(l.per, lossy)
	case logicalInt96:
		return int96Payload(lossy)
	}
	return nil
}

// number is integer i of a leaf of 32 or 64 bits.
func number(leaf *leafColumn, v *values, i int) int64 {
	if leaf.Physical == format.Int32 {
		return int64(v.Int32[i])
	}
	return v.Int64[i]
}

// integerPayload checks that a narrow integer is as narrow as its annotation says.
func integerPayload(leaf *leafColumn, l logical) payloadFunc {
	kind := naturalInt(l.bits, l.unsigned)
	low, high := int64(math.MinInt64)>>(64-l.bits), int64(math.MaxInt64)>>(64-l.bits)
	if l.unsigned && l.bits < 64 {
		low, high = 0, 1<<l.bits-1
	}
	return func(dst []byte, v *values, i int) ([]byte, error) {
		n := number(leaf, v, i)
		if l.unsigned && l.bits == 64 {
			return cql.AppendVarintUint64(dst, uint64(n)), nil
		}
		if l.unsigned && l.bits == 32 {
			n = int64(uint32(n))
		}
		if n < low || n > high {
			return dst, &misfit{value: fmt.Sprint(n), reason: fmt.Sprintf("does not fit the %d bits of its annotation", l.bits)}
		}
		switch kind {
		case cql.TinyInt:
			return cql.AppendTinyInt(dst, int8(n)), nil
		case cql.SmallInt:
			return cql.AppendSmallInt(dst, int16(n)), nil
		case cql.Int:
			return cql.AppendInt(dst, int32(n)), nil
		}
		return cql.AppendBigInt(dst, n), nil
	}
}

// bytesOf appends a byte array as it is.
func bytesOf(leaf *leafColumn) payloadFunc {
	if leaf.Physical == format.ByteArray {
		return func(dst []byte, v *values, i int) ([]byte, error) {
			return append(dst, v.Data[v.Offsets[i]:v.Offsets[i+1]]...), nil
		}
	}
	return func(dst []byte, v *values, i int) ([]byte, error) {
		return append(dst, v.Data[i*leaf.Width:(i+1)*leaf.Width]...), nil
	}
}

// decimalPayload makes a decimal of an integer or of big-endian bytes; no bytes are refused.
func decimalPayload(leaf *leafColumn, scale int32) payloadFunc {
	if leaf.Physical == format.Int32 || leaf.Physical == format.Int64 {
		return func(dst []byte, v *values, i int) ([]byte, error) {
			return cql.AppendDecimal(dst, number(leaf, v, i), scale), nil
		}
	}
	raw := bytesOf(leaf)
	var scratch []byte
	return func(dst []byte, v *values, i int) ([]byte, error) {
		scratch, _ = raw(scratch[:0], v, i) // copying does not fail
		if len(scratch) == 0 {
			return dst, damaged("a decimal of no bytes")
		}
		start := len(dst)
		dst = cql.AppendDecimalBytes(dst, scratch, scale)
		if len(dst)-start > 4+cql.MaxVarint {
			return dst, &misfit{value: shorten(fmt.Sprintf("0x%x", scratch)), reason: "has more digits than a decimal holds"}
		}
		return dst, nil
	}
}

func timePayload(leaf *leafColumn, per int64) payloadFunc {
	unit := 1_000_000_000 / per // nanoseconds
	return func(dst []byte, v *values, i int) ([]byte, error) {
		n := number(leaf, v, i)
		if n < 0 || n >= cql.NanosPerDay/unit {
			return dst, &misfit{value: fmt.Sprint(n), reason: "is not within a day"}
		}
		return cql.AppendTime(dst, n*unit), nil
	}
}

func timestampPayload(per int64, lossy Lossy) payloadFunc {
	perMilli := per / 1000
	return func(dst []byte, v *values, i int) ([]byte, error) {
		n := v.Int64[i]
		ms, exact := cql.Millis(n, perMilli)
		if !exact && lossy != Truncate {
			return dst, notMillis(n, perMilli)
		}
		return cql.AppendTimestamp(dst, ms), nil
	}
}

// notMillis is the misfit of a timestamp of n units.
func notMillis(n, perMilli int64) *misfit {
	unit := "us"
	if perMilli == 1_000_000 {
		unit = "ns"
	}
	return &misfit{value: fmt.Sprintf("%d %s", n, unit), reason: errMillis, lossy: true}
}

// julianEpoch is the Julian day of 1970-01-01.
const julianEpoch = 2440588

// int96 splits an INT96 timestamp: nanoseconds of the day, then the Julian day.
func int96(v *values, i int) (days, nanos int64, err error) {
	b := v.Data[12*i:]
	nanos, days = int64(binary.LittleEndian.Uint64(b)), int64(int32(binary.LittleEndian.Uint32(b[8:])))-julianEpoch
	if nanos < 0 || nanos >= cql.NanosPerDay {
		return 0, 0, &misfit{value: fmt.Sprintf("0x%x", b[:12]), reason: "is an INT96 timestamp with a time of day outside the day"}
	}
	return days, nanos, nil
}

func int96Payload(lossy Lossy) payloadFunc {
	return func(dst []byte, v *values, i int) ([]byte, error) {
		days, nanos, err := int96(v, i)
		if err != nil {
			return dst, err
		}
		if nanos%1_000_000 != 0 && lossy != Truncate {
			return dst, &misfit{value: fmt.Sprintf("day %d and %d ns", days, nanos), reason: errMillis, lossy: true}
		}
		return cql.AppendTimestamp(dst, days*86_400_000+nanos/1_000_000), nil
	}
}

// int96Nanos gives nanoseconds since 1970, which 64 bits hold for the years 1677 to 2262.
func int96Nanos(dst []byte, v *values, i int) ([]byte, error) {
	days, nanos, err := int96(v, i)
	if err != nil {
		return dst, err
	}
	if days < 0 { // count back from the day's end, so that no step leaves the range before the sum does
		days, nanos = days+1, nanos-cql.NanosPerDay
	}
	const most = math.MaxInt64 / cql.NanosPerDay
	if days > most || days < -most || nanos > 0 && days*cql.NanosPerDay > math.MaxInt64-nanos ||
		nanos < 0 && days*cql.NanosPerDay < math.MinInt64-nanos {
		return dst, &misfit{value: fmt.Sprintf("0x%x", v.Data[12*i:12*i+12]), reason: "does not fit bigint as nanoseconds since 1970"}
	}
	return cql.AppendBigInt(dst, days*cql.NanosPerDay+nanos), nil
}

// halfFloat widens an IEEE 754 half-precision number; every one has an exact float.
func halfFloat(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // zero and subnormal: fraction * 2^-24
		f := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// shorten keeps a value in a message readable.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + ".."
}

package cql

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"unicode/utf8"
)

// ErrInexact is wrapped by every error about a value that its column's type cannot hold exactly.
var ErrInexact = errors.New("value does not fit exactly")

// Conversion says how the values of one type become another's.
type Conversion uint8

// The conversions, from none to the most careful.
const (
	Refused   Conversion = iota // never
	Identical                   // the same type
	Always                      // every value fits
	Checked                     // value by value: the first that does not fit is an error
)

// String is the word that docs/format/types.md uses for c.
func (c Conversion) String() string {
	return [...]string{"refused", "identical", "always", "checked"}[c]
}

// Convertible is the table of what a type override may ask for. A List, Map or Struct converts part by part, a Struct
// only to the same field names in the same order.
func Convertible(from, to Type) Conversion {
	switch {
	case from.Equal(to):
		return Identical
	case len(from.Elem) == 0 && len(to.Elem) == 0:
		return convertible(from.Kind, to.Kind)
	case from.Kind != to.Kind || !slices.Equal(from.Fields, to.Fields) || len(from.Elem) != len(to.Elem):
		return Refused
	}
	worst := Identical
	for i := range from.Elem {
		c := Convertible(from.Elem[i], to.Elem[i])
		if c == Refused {
			return Refused
		}
		worst = max(worst, c)
	}
	return worst
}

func convertible(from, to Kind) Conversion {
	type pair struct{ from, to Kind }
	switch p := (pair{from, to}); {
	case from == to:
		return Identical
	case from == Invalid || to == Invalid:
		return Refused
	case integer(from) && integer(to):
		if from < to {
			return Always
		}
		return Checked
	case integer(from) && to == Decimal, p == pair{Float, Double}, p == pair{Text, Blob}, p == pair{UUID, Blob},
		p == pair{Timestamp, BigInt}, p == pair{BigInt, Timestamp}, p == pair{Time, BigInt}, p == pair{Date, Int},
		p == pair{Int, Date}, p == pair{Date, Timestamp}:
		return Always
	case from == Decimal && integer(to), p == pair{Double, Float}, p == pair{Blob, Text}, p == pair{Blob, UUID},
		p == pair{BigInt, Time}, p == pair{Timestamp, Date}:
		return Checked
	case to == Text:
		return Always
	case from == Text:
		return Checked
	}
	return Refused
}

// integer kinds are TinyInt to VarInt, in order of their range.
func integer(k Kind) bool { return k >= TinyInt && k <= VarInt }

// Convert appends the valid payload of type from as one of type to. An inexact value is an error that shows it and
// wraps ErrInexact.
func Convert(dst []byte, from, to Type, payload []byte) ([]byte, error) {
	c := Convertible(from, to)
	switch {
	case c == Refused:
		return dst, fmt.Errorf("no %s is made of a %s", to, from)
	case c == Identical:
		return append(dst, payload...), nil
	case len(from.Elem) != 0:
		return convertParts(dst, from, to, payload)
	}
	out, ok := convertScalar(dst, from.Kind, to.Kind, payload)
	if !ok {
		return dst, fmt.Errorf("%s %s as %s: %w", from, keyText(from, payload), to, ErrInexact)
	}
	return out, nil
}

// convertScalar follows the table in convertible, case by case.
func convertScalar(dst []byte, from, to Kind, b []byte) (out []byte, ok bool) {
	switch {
	case integer(from) && integer(to):
		return appendWidth(dst, to, b)
	case integer(from) && to == Decimal:
		return AppendDecimalBytes(dst, b, 0), true
	case from == Decimal && integer(to):
		return decimalToInteger(dst, to, b)
	case from == Float && to == Double:
		return AppendDouble(dst, float64(math.Float32frombits(binary.BigEndian.Uint32(b)))), true
	case from == Double && to == Float:
		v := math.Float64frombits(binary.BigEndian.Uint64(b))
		return AppendFloat(dst, float32(v)), float64(float32(v)) == v || v != v
	case from == Int && to == Date, from == Date && to == Int:
		return AppendDate(dst, int32(binary.BigEndian.Uint32(b))), true
	case from == Date && to == Timestamp:
		return AppendTimestamp(dst, (int64(binary.BigEndian.Uint32(b))-1<<31)*millisPerDay), true
	case from == Timestamp && to == Date:
		ms := int64(binary.BigEndian.Uint64(b))
		days := ms / millisPerDay
		return AppendDate(dst, int32(days)), days*millisPerDay == ms && days == int64(int32(days))
	case from == BigInt && to == Time:
		return append(dst, b...), Validate(Of(Time), b) == nil
	case from == Blob && to == Text:
		return append(dst, b...), utf8.Valid(b)
	case from == Blob && to == UUID:
		return append(dst, b...), len(b) == 16
	case to == Blob, to == BigInt && from != Text, to == Timestamp && from != Text: // the same bytes
		return append(dst, b...), true
	case to == Text:
		return appendScalar(dst, from, b), true
	}
	start := len(dst)
	out, err := parseScalar(dst, to, string(b))
	return out, err == nil && sameText(to, out[start:], b)
}

// appendWidth appends the two's complement number b in the width of the integer kind to.
func appendWidth(dst []byte, to Kind, b []byte) ([]byte, bool) {
	b = minimal(b)
	if to == VarInt {
		return append(dst, b...), len(b) <= MaxVarint
	}
	width := Of(to).FixedWidth()
	if len(b) > width {
		return dst, false
	}
	var sign byte
	if b[0] >= 0x80 {
		sign = 0xff
	}
	for range width - len(b) {
		dst = append(dst, sign)
	}
	return append(dst, b...), true
}

func decimalToInteger(dst []byte, to Kind, b []byte) ([]byte, bool) {
	scale, unscaled := int64(int32(binary.BigEndian.Uint32(b))), b[4:]
	if scale == 0 || len(unscaled) == 1 && unscaled[0] == 0 {
		return appendWidth(dst, to, unscaled)
	}
	if scale > maxDigits || scale < -maxDigits {
		return dst, false // a fraction, or more digits than a varint has
	}
	v := bigInt(unscaled)
	if scale < 0 {
		v.Mul(v, powerOfTen(-scale))
	} else {
		var rest big.Int
		if v.QuoRem(v, powerOfTen(scale), &rest); rest.Sign() != 0 {
			return dst, false
		}
	}
	return appendWidth(dst, to, appendBigInt(nil, v))
}

func convertParts(dst []byte, from, to Type, b []byte) ([]byte, error) {
	start := len(dst)
	if from.Kind != Struct {
		if _, _, err := count(from, b, 1); err != nil {
			return dst, err
		}
		dst, b = append(dst, b[:4]...), b[4:]
	}
	for i := 0; len(b) != 0; i++ {
		part, null, rest, err := element(b)
		if err != nil {
			return dst[:start], fmt.Errorf("part %d: %w", i, err)
		}
		if b = rest; null {
			dst = AppendNull(dst)
			continue
		}
		at, p := len(dst), i%len(from.Elem)
		if dst, err = Convert(append(dst, 0, 0, 0, 0), from.Elem[p], to.Elem[p], part); err == nil {
			err = setLength(dst, at)
		}
		if err != nil {
			return dst[:start], fmt.Errorf("part %d: %w", i, err)
		}
	}
	if to.Kind == Map {
		return dst, CanonicalMap(to, dst[start:])
	}
	return dst, nil
}

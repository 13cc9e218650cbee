package cql

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxPlainScale is the largest scale of a decimal that is written out, 0.0001; beyond it, and below 0, an exponent is.
const maxPlainScale = 256

// maxDigits is the number of decimal digits beyond which no number fits MaxVarint bytes.
const maxDigits = MaxVarint*8*30103/100000 + 1

// AppendText appends the payload of a type without parts as ParseKeyText reads it: the JSON mapping's text without
// its quotes.
func AppendText(dst []byte, t Type, payload []byte) ([]byte, error) {
	if len(t.Elem) != 0 {
		return dst, fmt.Errorf("%s has no text of its own", t)
	}
	if err := Validate(t, payload); err != nil {
		return dst, fmt.Errorf("writing %s as text: %w", t, err)
	}
	return appendScalar(dst, t.Kind, payload), nil
}

// ParseKeyText is the payload of the text for one column of type t, as the JSON mapping writes it without quotes:
// 42, 1.50, 0xc0ffee, 2026-11-21, 2026-11-21T08:00:00.000Z.
func ParseKeyText(t Type, text string) ([]byte, error) {
	if len(t.Elem) != 0 {
		return nil, fmt.Errorf("%s has no text of its own", t)
	}
	return parseScalar(nil, t.Kind, text)
}

// appendScalar writes a valid payload.
func appendScalar(dst []byte, k Kind, b []byte) []byte {
	switch k {
	case Boolean:
		return strconv.AppendBool(dst, b[0] == 1)
	case TinyInt:
		return strconv.AppendInt(dst, int64(int8(b[0])), 10)
	case SmallInt:
		return strconv.AppendInt(dst, int64(int16(binary.BigEndian.Uint16(b))), 10)
	case Int:
		return strconv.AppendInt(dst, int64(int32(binary.BigEndian.Uint32(b))), 10)
	case BigInt:
		return strconv.AppendInt(dst, int64(binary.BigEndian.Uint64(b)), 10)
	case VarInt:
		return appendVarintText(dst, b)
	case Float:
		return appendFloat(dst, float64(math.Float32frombits(binary.BigEndian.Uint32(b))), 32)
	case Double:
		return appendFloat(dst, math.Float64frombits(binary.BigEndian.Uint64(b)), 64)
	case Decimal:
		return appendDecimalText(dst, b)
	case Blob:
		return hex.AppendEncode(append(dst, "0x"...), b)
	case UUID:
		for _, part := range [][]byte{b[:4], b[4:6], b[6:8], b[8:10]} {
			dst = append(hex.AppendEncode(dst, part), '-')
		}
		return hex.AppendEncode(dst, b[10:])
	case Date:
		return appendDate(dst, int64(binary.BigEndian.Uint32(b))-1<<31)
	case Time:
		return appendTime(dst, int64(binary.BigEndian.Uint64(b)))
	case Timestamp:
		return appendTimestamp(dst, int64(binary.BigEndian.Uint64(b)))
	}
	return append(dst, b...) // text
}

// appendFloat writes the shortest digits that read back as v, with an exponent below 1e-6 and from 1e21 on.
func appendFloat(dst []byte, v float64, bitSize int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, v, 'e', -1, bitSize)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, bitSize)
}

func appendVarintText(dst, b []byte) []byte {
	if len(b) <= 8 {
		return strconv.AppendInt(dst, smallVarint(b), 10)
	}
	return bigInt(b).Append(dst, 10)
}

// smallVarint is the value of a varint of at most 8 bytes.
func smallVarint(b []byte) int64 {
	var v int64
	if len(b) > 0 && b[0] >= 0x80 {
		v = -1
	}
	for _, c := range b {
		v = v<<8 | int64(c)
	}
	return v
}

// appendDecimalText writes the scale as the number of digits behind the point, so that it reads back: 1.50, 150E3.
func appendDecimalText(dst, b []byte) []byte {
	scale := int(int32(binary.BigEndian.Uint32(b)))
	start := len(dst)
	dst = appendVarintText(dst, b[4:])
	if scale == 0 {
		return dst
	}
	if scale < 0 || scale > maxPlainScale {
		return strconv.AppendInt(append(dst, 'E'), -int64(scale), 10)
	}
	if dst[start] == '-' {
		start++
	}
	if missing := scale + 1 - (len(dst) - start); missing > 0 {
		dst = slices.Insert(dst, start, bytes.Repeat([]byte{'0'}, missing)...)
	}
	return slices.Insert(dst, len(dst)-scale, '.')
}

// parseScalar appends the payload that appendScalar wrote as text.
func parseScalar(dst []byte, k Kind, s string) ([]byte, error) {
	dst, err := appendParsed(dst, k, s)
	if err != nil {
		return dst, fmt.Errorf("%q is not a %s: %w", abbreviate(s), k, err)
	}
	return dst, nil
}

func appendParsed(dst []byte, k Kind, s string) ([]byte, error) {
	switch k {
	case Boolean:
		if s != "true" && s != "false" {
			return dst, errors.New("allowed: true, false")
		}
		return AppendBoolean(dst, s == "true"), nil
	case TinyInt, SmallInt, Int, BigInt:
		return parseInteger(dst, Of(k).FixedWidth(), s)
	case VarInt:
		return parseVarint(dst, s)
	case Float, Double:
		return parseFloat(dst, k, s)
	case Decimal:
		return parseDecimal(dst, s)
	case Text:
		if !utf8.ValidString(s) {
			return dst, fmt.Errorf("it is not UTF-8 at byte %d", invalidRune([]byte(s)))
		}
		return append(dst, s...), nil
	case Blob:
		if !strings.HasPrefix(s, "0x") {
			return dst, errors.New("it must begin with 0x")
		}
		return appendHex(dst, s[2:])
	case UUID:
		if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return dst, errors.New("it must have the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx in hex")
		}
		return appendHex(dst, s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:])
	case Date, Time, Timestamp:
		return parseCalendar(dst, k, s)
	}
	return dst, errors.New("the type has no text")
}

func parseInteger(dst []byte, width int, s string) ([]byte, error) {
	v, err := strconv.ParseInt(s, 10, width*8)
	if err != nil || !integerText(s) {
		limit := uint64(1) << (width*8 - 1)
		return dst, fmt.Errorf("allowed: whole numbers from -%d to %d", limit, limit-1)
	}
	for i := width - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return dst, nil
}

// integerText reports whether s is a JSON number without point and exponent.
func integerText(s string) bool {
	d := strings.TrimPrefix(s, "-")
	return d != "" && allDigits(d) && (d[0] != '0' || len(d) == 1)
}

func parseFloat(dst []byte, k Kind, s string) ([]byte, error) {
	var v float64
	switch {
	case s == "NaN":
		v = math.NaN()
	case s == "Infinity":
		v = math.Inf(1)
	case s == "-Infinity":
		v = math.Inf(-1)
	case s != "" && (digit(s[0]) || s[0] == '-') && json.Valid([]byte(s)) && !strings.ContainsAny(s, " \t\r\n"):
		var err error
		if v, err = strconv.ParseFloat(s, Of(k).FixedWidth()*8); err != nil {
			return dst, errors.New("it is out of range")
		}
	default:
		return dst, errors.New("allowed: numbers as in JSON, NaN, Infinity, -Infinity")
	}
	if k == Float {
		return AppendFloat(dst, float32(v)), nil
	}
	return AppendDouble(dst, v), nil
}

func parseCalendar(dst []byte, k Kind, s string) ([]byte, error) {
	switch k {
	case Date:
		days, rest, err := parseDate(s)
		switch {
		case err != nil:
			return dst, err
		case rest != "":
			return dst, fmt.Errorf("%q stands behind the day", rest)
		case days < math.MinInt32 || days > math.MaxInt32:
			return dst, errors.New("it is outside the range of 32-bit days")
		}
		return AppendDate(dst, int32(days)), nil
	case Time:
		ns, rest, err := parseClock(":"+s, ':', 1)
		switch {
		case err != nil:
			return dst, err
		case rest != "":
			return dst, fmt.Errorf("%q stands behind the time", rest)
		}
		return AppendTime(dst, ns), nil
	}
	ms, err := parseTimestamp(s)
	if err != nil {
		return dst, err
	}
	return AppendTimestamp(dst, ms), nil
}

func appendHex(dst []byte, s string) ([]byte, error) {
	dst, err := hex.AppendDecode(dst, []byte(s))
	if err != nil {
		return dst, fmt.Errorf("reading hex digits: %w", err)
	}
	return dst, nil
}

// sameText reports whether the payload of kind k is written as text.
func sameText(k Kind, payload, text []byte) bool {
	return bytes.Equal(appendScalar(nil, k, payload), text)
}

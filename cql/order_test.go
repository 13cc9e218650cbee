package cql

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestCompareIsTotal: for three payloads of any type the order has no contradiction, and Comparator agrees.
func TestCompareIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := drawType(t, 2)
		v := [][]byte{drawPayload(t, typ), drawPayload(t, typ), drawPayload(t, typ)}
		compare := Comparator(typ)
		for _, a := range v {
			if Compare(typ, a, a) != 0 {
				t.Fatalf("%s: %x differs from itself", typ, a)
			}
			for _, b := range v {
				ab := Compare(typ, a, b)
				if ba := Compare(typ, b, a); ab != -ba || ab < -1 || ab > 1 {
					t.Fatalf("%s: %x and %x compare as %d and %d", typ, a, b, ab, ba)
				}
				if c := compare(a, b); c != ab {
					t.Fatalf("%s: %x and %x compare as %d, by the comparator %d", typ, a, b, ab, c)
				}
				if ab == 0 && !hasDecimal(typ) && !bytes.Equal(a, b) {
					t.Fatalf("%s: %x and %x are equal", typ, a, b)
				}
			}
		}
		slices.SortFunc(v, compare)
		if Compare(typ, v[0], v[2]) > 0 {
			t.Fatalf("%s: %x <= %x <= %x, but the first is above the last", typ, v[0], v[1], v[2])
		}
	})
}

// hasDecimal reports whether two payloads of t may be equal in value but not in bytes.
func hasDecimal(t Type) bool { return t.Kind == Decimal || slices.ContainsFunc(t.Elem, hasDecimal) }

// TestCompareModel holds the order of numbers against arithmetic of the standard library.
func TestCompareModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := Of(rapid.SampledFrom([]Kind{TinyInt, SmallInt, Int, BigInt, VarInt, Float, Double, Decimal, Date, Time, Timestamp}).Draw(t, "kind"))
		a, b := drawPayload(t, typ), drawPayload(t, typ)
		if rapid.Bool().Draw(t, "near") { // the same number, or one a little off
			b = bytes.Clone(a)
			b[len(b)-1] ^= byte(rapid.IntRange(0, 3).Draw(t, "bits"))
			if Validate(typ, b) != nil {
				return
			}
		}
		want, ok := model(typ.Kind, a, b)
		if got := Compare(typ, a, b); ok && got != want {
			t.Fatalf("%s: %x and %x compare as %d, want %d", typ, a, b, got, want)
		}
	})
}

// model compares by value; ok is false where numbers are too long to be built.
func model(k Kind, a, b []byte) (order int, ok bool) {
	switch k {
	case Float:
		x, y := math.Float32frombits(binary.BigEndian.Uint32(a)), math.Float32frombits(binary.BigEndian.Uint32(b))
		return compareJava(float64(x), float64(y)), true
	case Double:
		return compareJava(math.Float64frombits(binary.BigEndian.Uint64(a)), math.Float64frombits(binary.BigEndian.Uint64(b))), true
	case Date:
		return cmp.Compare(binary.BigEndian.Uint32(a), binary.BigEndian.Uint32(b)), true
	case Decimal:
		x, okX := rational(a)
		y, okY := rational(b)
		if !okX || !okY {
			return 0, false
		}
		return x.Cmp(y), true
	}
	return signed(a).Cmp(signed(b)), true
}

// compareJava is the order of Java's Double.compare.
func compareJava(x, y float64) int {
	switch nx, ny := math.IsNaN(x), math.IsNaN(y); {
	case nx && ny:
		return 0
	case nx:
		return 1
	case ny:
		return -1
	case x == 0 && y == 0:
		return cmp.Compare(boolInt(!math.Signbit(x)), boolInt(!math.Signbit(y)))
	}
	return cmp.Compare(x, y)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// signed is the value of big-endian two's complement, byte by byte.
func signed(b []byte) *big.Int {
	v := big.NewInt(int64(int8(b[0])))
	for _, c := range b[1:] {
		v.Lsh(v, 8).Add(v, big.NewInt(int64(c)))
	}
	return v
}

func rational(b []byte) (*big.Rat, bool) {
	scale := int64(int32(binary.BigEndian.Uint32(b)))
	if scale < -2000 || scale > 2000 {
		return nil, false
	}
	r := new(big.Rat).SetInt(signed(b[4:]))
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(scale, -scale)), nil)
	if scale < 0 {
		return r.Mul(r, new(big.Rat).SetInt(power)), true
	}
	return r.Quo(r, new(big.Rat).SetInt(power)), true
}

// TestDecimalScales: a value with zeros added behind the point is the same value, at the ends of the scale too.
func TestDecimalScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unscaled := rapid.Int64().Draw(t, "unscaled")
		scale := rapid.OneOf(rapid.Int32Range(math.MinInt32, math.MinInt32+9), rapid.Int32Range(-9, 9),
			rapid.Int32Range(math.MaxInt32-29, math.MaxInt32-20)).Draw(t, "scale")
		zeros := rapid.Int32Range(0, 20).Draw(t, "zeros")
		a := AppendDecimal(nil, unscaled, scale)
		longer := new(big.Int).Mul(big.NewInt(unscaled), powerOfTen(int64(zeros)))
		b := appendBigInt(AppendInt(nil, scale+zeros), longer)
		if got := Compare(Of(Decimal), a, b); got != 0 {
			t.Fatalf("%x and %x compare as %d", a, b, got)
		}
		c := appendBigInt(AppendInt(nil, scale+zeros), longer.Add(longer, big.NewInt(1)))
		if got := Compare(Of(Decimal), a, c); got != -1 {
			t.Fatalf("%x and the next above, %x, compare as %d", a, c, got)
		}
	})
}

// TestOrder lists payloads of each type, in ascending order, by their JSON.
func TestOrder(t *testing.T) {
	for _, c := range []struct {
		typ  string
		want []string
	}{
		{"boolean", []string{"false", "true"}},
		{"tinyint", []string{"-128", "-1", "0", "127"}},
		{"smallint", []string{"-32768", "-1", "0", "1", "32767"}},
		{"int", []string{"-2147483648", "-1", "0", "1", "2147483647"}},
		{"bigint", []string{"-9223372036854775808", "-1", "0", "1", "9223372036854775807"}},
		{"varint", []string{"-18446744073709551616", "-256", "-129", "-128", "-1", "0", "1", "127", "128", "255", "18446744073709551615"}},
		{"float", []string{`"-Infinity"`, "-1", "-0", "0", "1e-45", "1", `"Infinity"`, `"NaN"`}},
		{"double", []string{`"-Infinity"`, "-1", "-0", "0", "5e-324", "1", `"Infinity"`, `"NaN"`}},
		{"decimal", []string{`"-1E2147483648"`, `"-10"`, `"-9.9"`, `"-1E-2147483647"`, `"0"`, `"1E-2147483647"`, `"0.99"`, `"1"`, `"1.01"`, `"1E2147483648"`}},
		{"text", []string{`""`, `"A"`, `"a"`, `"aa"`, `"b"`, `"é"`, `"😀"`}},
		{"blob", []string{`"0x"`, `"0x00"`, `"0x0000"`, `"0x01"`, `"0x7f"`, `"0x80"`, `"0xff"`}},
		{"date", []string{`"-0001-01-01"`, `"1969-12-31"`, `"1970-01-01"`, `"2026-11-21"`, `"+10000-01-01"`}},
		{"time", []string{`"00:00:00.000000000"`, `"00:00:00.000000001"`, `"23:59:59.999999999"`}},
		{"timestamp", []string{`"-292275055-05-16T16:47:04.192Z"`, `"1969-12-31T23:59:59.999Z"`, `"1970-01-01T00:00:00.000Z"`, `"2026-11-21T00:00:00.000Z"`}},
		{"uuid", []string{
			`"ffffffff-ffff-0fff-ffff-ffffffffffff"`, // version 0
			`"00000001-0000-1000-ffff-ffffffffffff"`, // version 1: by its time, whose low field stands in front
			`"00000000-0001-1000-0000-000000000000"`,
			`"00000000-0000-1001-0000-000000000000"`,
			`"00000000-0000-1001-8000-000000000000"`,
			`"ffffffff-ffff-1fff-0000-000000000000"`,
			`"00000000-0000-4000-8000-000000000000"`, // version 4: bytes
			`"00000001-0000-4000-0000-000000000000"`,
			`"80000000-0000-4000-0000-000000000000"`,
			`"00000000-0000-7000-0000-000000000000"`,
		}},
		{"list<int>", []string{"[]", "[null]", "[null,1]", "[-1]", "[-1,0]", "[1]"}},
		{"map<text, int>", []string{"{}", `{"a":null}`, `{"a":-1}`, `{"a":-1,"b":0}`, `{"a":1}`, `{"b":0}`}},
		{"struct<a: int, b: text>", []string{`{"a":null,"b":null}`, `{"a":null,"b":""}`, `{"a":-1,"b":"x"}`, `{"a":1,"b":null}`}},
	} {
		typ, err := ParseType(c.typ)
		if err != nil {
			t.Fatal(err)
		}
		payloads := make([][]byte, len(c.want))
		for i, text := range c.want {
			if payloads[i], _, err = FromJSON(typ, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range payloads {
			for j := range payloads {
				if got := Compare(typ, payloads[i], payloads[j]); got != cmp.Compare(i, j) {
					t.Errorf("%s: %s and %s compare as %d", c.typ, c.want[i], c.want[j], got)
				}
			}
		}
	}
}

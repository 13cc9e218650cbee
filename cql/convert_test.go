package cql

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// TestConvert: what is "always" never fails, what fails is "checked", and what went through comes back.
func TestConvert(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := drawScalar(t, "from"), drawScalar(t, "to")
		payload := drawPayload(t, from)
		how := Convertible(from, to)
		out, err := Convert([]byte("x"), from, to, payload)
		switch {
		case how == Refused:
			if err == nil {
				t.Fatalf("%s to %s is refused and works", from, to)
			}
			return
		case err != nil:
			if how != Checked || !errors.Is(err, ErrInexact) {
				t.Fatalf("%s %x to %s (%s): %v", from, payload, to, how, err)
			}
			return
		}
		if out[0] != 'x' || Validate(to, out[1:]) != nil {
			t.Fatalf("%s %x to %s: %x, %v", from, payload, to, out, Validate(to, out[1:]))
		}
		if Convertible(to, from) == Refused {
			return
		}
		back, err := Convert(nil, to, from, out[1:])
		if err != nil || Compare(from, back, payload) != 0 {
			t.Fatalf("%s %x to %s is %x, and back %x (%v)", from, payload, to, out[1:], back, err)
		}
	})
}

func TestConvertValues(t *testing.T) {
	for _, c := range []struct{ from, to, in, want string }{ // JSON; want "" for an inexact value
		{"bigint", "int", "2147483647", "2147483647"},
		{"bigint", "int", "2147483648", ""},
		{"int", "tinyint", "-128", "-128"},
		{"int", "tinyint", "-129", ""},
		{"int", "varint", "-1", "-1"},
		{"varint", "bigint", "9223372036854775808", ""},
		{"int", "decimal", "15", `"15"`},
		{"decimal", "int", `"15.00"`, "15"},
		{"decimal", "int", `"15.01"`, ""},
		{"decimal", "int", `"2E3"`, "2000"},
		{"decimal", "bigint", `"0E2000000000"`, "0"},
		{"decimal", "varint", `"1E2000000000"`, ""},
		{"decimal", "varint", `"1E-2000000000"`, ""},
		{"float", "double", "0.5", "0.5"},
		{"double", "float", "0.5", "0.5"},
		{"double", "float", "0.1", ""},
		{"double", "float", `"NaN"`, `"NaN"`},
		{"double", "float", "1e300", ""},
		{"text", "blob", `"é"`, `"0xc3a9"`},
		{"blob", "text", `"0xc3a9"`, `"é"`},
		{"blob", "text", `"0xc3"`, ""},
		{"blob", "uuid", `"0x00112233445566778899aabbccddeeff"`, `"00112233-4455-6677-8899-aabbccddeeff"`},
		{"blob", "uuid", `"0x00"`, ""},
		{"text", "uuid", `"00112233-4455-6677-8899-aabbccddeeff"`, `"00112233-4455-6677-8899-aabbccddeeff"`},
		{"text", "uuid", `"00112233-4455-6677-8899-AABBCCDDEEFF"`, ""},
		{"text", "int", `"12"`, "12"},
		{"text", "int", `"012"`, ""},
		{"text", "double", `"1e3"`, ""},
		{"text", "double", `"1000"`, "1000"},
		{"text", "timestamp", `"2026-11-21T00:00:00.000Z"`, `"2026-11-21T00:00:00.000Z"`},
		{"text", "timestamp", `"2026-11-21T00:00:00Z"`, ""},
		{"timestamp", "bigint", `"1970-01-01T00:00:00.001Z"`, "1"},
		{"bigint", "timestamp", "-1", `"1969-12-31T23:59:59.999Z"`},
		{"timestamp", "date", `"1969-12-31T00:00:00.000Z"`, `"1969-12-31"`},
		{"timestamp", "date", `"1969-12-31T00:00:00.001Z"`, ""},
		{"date", "timestamp", `"1969-12-31"`, `"1969-12-31T00:00:00.000Z"`},
		{"date", "int", `"1969-12-31"`, "-1"},
		{"bigint", "time", "86399999999999", `"23:59:59.999999999"`},
		{"bigint", "time", "86400000000000", ""},
		{"time", "bigint", `"00:00:00.000000001"`, "1"},
		{"boolean", "text", "true", `"true"`},
		{"decimal", "text", `"1.50"`, `"1.50"`},
		{"list<bigint>", "list<int>", "[1,null]", "[1,null]"},
		{"list<bigint>", "list<int>", "[1,2147483648]", ""},
		{"map<bigint, text>", "map<text, text>", `[[2,"b"],[10,"a"]]`, `{"10":"a","2":"b"}`},
		{"struct<a: int, b: list<int>>", "struct<a: bigint, b: list<text>>", `{"a":null,"b":[1]}`, `{"a":null,"b":["1"]}`},
	} {
		from, err := ParseType(c.from)
		if err != nil {
			t.Fatal(err)
		}
		to, err := ParseType(c.to)
		if err != nil {
			t.Fatal(err)
		}
		payload, _, err := FromJSON(from, []byte(c.in))
		if err != nil {
			t.Fatal(err)
		}
		out, err := Convert(nil, from, to, payload)
		if err != nil {
			if c.want != "" || !errors.Is(err, ErrInexact) {
				t.Errorf("%s %s to %s: %v, want %s", c.from, c.in, c.to, err, c.want)
			}
			continue
		}
		got, err := AppendJSON(nil, to, out)
		if err != nil || string(got) != c.want {
			t.Errorf("%s %s to %s: %s (%v), want %s", c.from, c.in, c.to, got, err, c.want)
		}
	}
}

func TestConvertMergesNoKeys(t *testing.T) {
	from, to := MapOf(Of(Decimal), Of(Int)), MapOf(Of(Int), Of(Int))
	payload := AppendCount(nil, 1)
	payload = AppendElement(payload, AppendDecimal(nil, 10, 1))
	payload = AppendElement(payload, AppendInt(nil, 5))
	if out, err := Convert(nil, from, to, payload); err != nil || Validate(to, out) != nil {
		t.Errorf("gives %x, %v", out, err)
	}
}

func TestConvertibleNested(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     Conversion
	}{
		{"list<int>", "list<int>", Identical},
		{"list<int>", "list<bigint>", Always},
		{"list<int>", "list<tinyint>", Checked},
		{"list<int>", "list<uuid>", Refused},
		{"list<int>", "text", Refused},
		{"text", "list<text>", Refused},
		{"map<int, bigint>", "map<bigint, int>", Checked},
		{"struct<a: int>", "struct<a: bigint>", Always},
		{"struct<a: int>", "struct<b: int>", Refused},
		{"struct<a: int>", "struct<a: int, b: int>", Refused},
		{"struct<a: int, b: int>", "struct<b: int, a: int>", Refused},
	} {
		from, _ := ParseType(c.from)
		to, _ := ParseType(c.to)
		if got := Convertible(from, to); got != c.want {
			t.Errorf("%s to %s: %s, want %s", c.from, c.to, got, c.want)
		}
	}
}

// TestMillis: whole milliseconds towards the past, at the ends of the range too.
func TestMillis(t *testing.T) {
	for _, c := range []struct {
		v, per, want int64
		exact        bool
	}{
		{0, 1000, 0, true}, {1, 1000, 0, false}, {-1, 1000, -1, false}, {-1000, 1000, -1, true}, {999_999, 1_000_000, 0, false},
		{-9223372036854775808, 1_000_000, -9223372036855, false}, {9223372036854775807, 1000, 9223372036854775, false},
	} {
		if ms, exact := Millis(c.v, c.per); ms != c.want || exact != c.exact {
			t.Errorf("Millis(%d, %d) = %d, %v", c.v, c.per, ms, exact)
		}
	}
}

func TestCanonicalMapRefusesBadEntries(t *testing.T) {
	typ := MapOf(Of(Int), Of(Int))
	for name, b := range map[string][]byte{
		"empty":    {},
		"null key": AppendNull(AppendNull(AppendCount(nil, 1))),
		"short":    AppendElement(AppendCount(nil, 2), AppendInt(nil, 1)),
		"long":     append(AppendCount(nil, 0), 0),
	} {
		if err := CanonicalMap(typ, bytes.Clone(b)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

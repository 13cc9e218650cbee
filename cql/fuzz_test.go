package cql

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// fuzzTypes are the types that fuzzing goes through, by number.
var fuzzTypes = []string{
	"boolean", "tinyint", "smallint", "int", "bigint", "varint", "float", "double", "decimal", "text", "blob", "uuid", "date", "time",
	"timestamp", "list<varint>", "map<text, decimal>", "map<decimal, list<text>>", "struct<a: text, b: map<int, uuid>>",
	"list<struct<a: list<timestamp>, b: float>>",
}

func fuzzType(t *testing.T, n uint8) Type {
	typ, err := ParseType(fuzzTypes[int(n)%len(fuzzTypes)])
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

// FuzzPayload: any bytes are either refused by all, or a payload that JSON gives back.
func FuzzPayload(f *testing.F) {
	for n, text := range []string{"01", "80", "00ff", "ffffffff", "7fffffffffffffff", "0080", "3dcccccd", "8000000000000000", "000000010f", "c3a9"} {
		b, err := hex.DecodeString(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(n), b, b)
	}
	nested, err := hex.DecodeString("00000002000000016100000006000000010f00000001620000000700000003ff7f00")
	if err != nil {
		f.Fatal(err)
	}
	for n := 15; n < len(fuzzTypes); n++ {
		f.Add(uint8(n), nested, nested)
	}
	f.Fuzz(func(t *testing.T, n uint8, a, b []byte) {
		typ := fuzzType(t, n)
		if ab, ba := Compare(typ, a, b), Compare(typ, b, a); ab != -ba {
			t.Fatalf("%s: %x and %x compare as %d and %d", typ, a, b, ab, ba)
		}
		text, err := AppendJSON(nil, typ, a)
		if invalid := Validate(typ, a); (invalid == nil) != (err == nil) {
			t.Fatalf("%s %x: valid: %v, as JSON: %v", typ, a, invalid, err)
		}
		if err != nil {
			return
		}
		back, null, err := FromJSON(typ, text)
		if err != nil || null || !bytes.Equal(back, a) {
			t.Fatalf("%s %x: %s is read as %x (%v)", typ, a, text, back, err)
		}
	})
}

// FuzzJSON: any text is refused or gives a valid payload.
func FuzzJSON(f *testing.F) {
	for n, text := range []string{
		"true", "-1", "0", "7", "1e3", "-0", `"NaN"`, "1.5", `"1.50E3"`, `"\u00e9\ud83d\ude00"`, `"0xff"`,
		`"69b56349-e30d-11e1-89d1-7a74ad5fb948"`, `"2026-11-21"`, `"12:00:00.5"`, `"2026-11-21T00:00:00+01:00"`, "[1,null]",
		`{"a":1}`, `[["1.0",["x"]]]`, `{"b":[[1,null]],"a":"x"}`, `[{"a":[],"b":1}]`,
	} {
		f.Add(uint8(n), []byte(text))
	}
	f.Fuzz(func(t *testing.T, n uint8, text []byte) {
		typ := fuzzType(t, n)
		payload, null, err := FromJSON(typ, text)
		if err != nil {
			return
		}
		if null {
			if string(bytes.TrimSpace(text)) != "null" {
				t.Fatalf("%s: %q is null", typ, text)
			}
			return
		}
		if err := Validate(typ, payload); err != nil {
			t.Fatalf("%s: %q is read as %x: %v", typ, text, payload, err)
		}
	})
}

// FuzzKeyText: any text is refused or gives a valid payload, whose text gives it again.
func FuzzKeyText(f *testing.F) {
	for n, text := range []string{"true", "-1", "0", "7", "1e3", "-0", "NaN", "1.5", "1.50E3", "é", "0xff"} {
		f.Add(uint8(n), text)
	}
	f.Fuzz(func(t *testing.T, n uint8, text string) {
		typ := fuzzType(t, n)
		payload, err := ParseKeyText(typ, text)
		if err != nil {
			return
		}
		again, err := AppendText(nil, typ, payload)
		if err != nil {
			t.Fatalf("%s: %q is read as %x: %v", typ, text, payload, err)
		}
		back, err := ParseKeyText(typ, string(again))
		if err != nil || !bytes.Equal(back, payload) {
			t.Fatalf("%s: %q, then %q: %x and %x (%v)", typ, text, again, payload, back, err)
		}
	})
}

// FuzzType: what ParseType reads, String writes.
func FuzzType(f *testing.F) {
	for _, text := range append(fuzzTypes, `struct<"a ""b""": frozen<list<timestamp(truncate)>>>`) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if typ, err := ParseType(text); err == nil {
			if back, err := ParseType(typ.String()); err != nil || !back.Equal(typ) {
				t.Fatalf("%q is %s, read as %s (%v)", text, typ, back, err)
			}
		}
		if typ, lossy, err := ParseOverride(text); err == nil {
			back, again, err := ParseOverride(OverrideText(typ, lossy))
			if err != nil || !back.Equal(typ) || again != lossy {
				t.Fatalf("%q is %s, read as %s (%v)", text, OverrideText(typ, lossy), back, err)
			}
		}
	})
}

// FuzzSplitKey: any bytes are refused, or the columns make the same key again.
func FuzzSplitKey(f *testing.F) {
	f.Add([]byte("\x00\x01a\x00\x00\x00\x00"), 2)
	f.Fuzz(func(t *testing.T, key []byte, n int) {
		if n < 1 || n > 20 {
			return
		}
		parts, err := SplitKey(key, n)
		if err != nil || len(key) > MaxKey {
			return
		}
		back, err := CompositeKey(nil, parts...)
		if err != nil || !bytes.Equal(back, key) {
			t.Fatalf("%x is split into %x, which make %x (%v)", key, parts, back, err)
		}
	})
}

package cql

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestJSONRoundTrip: a payload's JSON is JSON, and reading it gives the payload back.
func TestJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := drawType(t, 3)
		payload := drawPayload(t, typ)
		if err := Validate(typ, payload); err != nil {
			t.Fatalf("%s %x: %v", typ, payload, err)
		}
		text, err := AppendJSON([]byte("x"), typ, payload)
		if err != nil || text[0] != 'x' {
			t.Fatalf("%s %x: %q, %v", typ, payload, text, err)
		}
		text = text[1:]
		if !json.Valid(text) {
			t.Fatalf("%s %x: %s is not JSON", typ, payload, text)
		}
		for _, form := range []string{string(text), spread(text)} {
			back, null, err := FromJSON(typ, []byte(form))
			if err != nil || null || !bytes.Equal(back, payload) {
				t.Fatalf("%s %x: JSON %s is read as %x, null %v (%v)", typ, payload, form, back, null, err)
			}
		}
	})
}

// spread is the same JSON with spaces and escapes that AppendJSON does not write.
func spread(text []byte) string {
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	out, err := json.MarshalIndent(v, " ", "\t") // escapes < > & U+2028; objects in the order of their names
	if err != nil {
		panic(err)
	}
	return string(out)
}

// TestTextRoundTrip: ParseKeyText reads what AppendText writes.
func TestTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := drawScalar(t, "type")
		payload := drawPayload(t, typ)
		text, err := AppendText(nil, typ, payload)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseKeyText(typ, string(text))
		if err != nil || !bytes.Equal(back, payload) {
			t.Fatalf("%s %x: text %s is read as %x (%v)", typ, payload, text, back, err)
		}
	})
}

func TestNestedTypesHaveNoText(t *testing.T) {
	if _, err := AppendText(nil, ListOf(Of(Int)), AppendCount(nil, 0)); err == nil {
		t.Error("a list has a text")
	}
	if _, err := ParseKeyText(ListOf(Of(Int)), "[]"); err == nil {
		t.Error("a list is read from text")
	}
}

func TestFromJSON(t *testing.T) {
	for _, c := range []struct{ typ, in, want string }{ // want: the JSON that AppendJSON writes, "" for an error
		{"int", "null", "null"},
		{"int", " 7 ", "7"},
		{"int", "-0", "0"},
		{"int", "07", ""},
		{"int", "7.0", ""},
		{"int", "7e0", ""},
		{"int", "+7", ""},
		{"int", `"7"`, ""},
		{"int", "2147483648", ""},
		{"int", "7 8", ""},
		{"int", "", ""},
		{"tinyint", "-129", ""},
		{"boolean", "true", "true"},
		{"boolean", "1", ""},
		{"boolean", `"true"`, ""},
		{"varint", "-170141183460469231731687303715884105729", "-170141183460469231731687303715884105729"},
		{"varint", "1.5", ""},
		{"double", "1e400", ""},
		{"double", "1E2", "100"},
		{"double", `"NaN"`, `"NaN"`},
		{"double", `"-Infinity"`, `"-Infinity"`},
		{"double", `"nan"`, ""},
		{"double", `"1.5"`, ""},
		{"double", "NaN", ""},
		{"float", "0.1", "0.1"},
		{"float", "16777217", "16777216"},
		{"float", "3.5e38", ""},
		{"decimal", "1.50", `"1.50"`},
		{"decimal", `"1.50"`, `"1.50"`},
		{"decimal", `"-0.0"`, `"0.0"`},
		{"decimal", `"1E+2"`, `"1E2"`},
		{"decimal", `"1."`, ""},
		{"decimal", `".5"`, ""},
		{"decimal", `"1E2147483649"`, ""},
		{"decimal", `"Infinity"`, ""},
		{"text", `"\u00e9\ud83d\ude00\u0000"`, `"é😀\u0000"`},
		{"text", `"\ud83d"`, ""},
		{"text", `"\ude00\ud83d"`, ""},
		{"text", `"\ud83dx"`, ""},
		{"text", "\"\xff\"", ""},
		{"text", "7", ""},
		{"text", "[]", ""},
		{"blob", `"0x"`, `"0x"`},
		{"blob", `"0xAB"`, `"0xab"`},
		{"blob", `"ab"`, ""},
		{"blob", `"0xa"`, ""},
		{"blob", `"0xzz"`, ""},
		{"uuid", `"69B56349-e30d-11e1-89d1-7a74ad5fb948"`, `"69b56349-e30d-11e1-89d1-7a74ad5fb948"`},
		{"uuid", `"69b56349e30d11e189d17a74ad5fb948"`, ""},
		{"uuid", `"69b56349-e30d-11e1-89d1-7a74ad5fb94"`, ""},
		{"uuid", `"69b56349-e30d-11e1-89d1-7a74ad5fb94x"`, ""},
		{"date", `"2024-02-29"`, `"2024-02-29"`},
		{"date", `"2023-02-29"`, ""},
		{"date", `"2023-13-01"`, ""},
		{"date", `"2023-00-01"`, ""},
		{"date", `"2023-01-00"`, ""},
		{"date", `"23-01-01"`, ""},
		{"date", `"+2023-01-01"`, ""},
		{"date", `"10000-01-01"`, ""},
		{"date", `"+010000-01-01"`, ""},
		{"date", `"+9999999-01-01"`, ""},
		{"date", `"2023-01-01T"`, ""},
		{"date", "20230101", ""},
		{"time", `"23:59:59.999999999"`, `"23:59:59.999999999"`},
		{"time", `"23:59:59"`, `"23:59:59.000000000"`},
		{"time", `"23:59:59.5000000000"`, `"23:59:59.500000000"`},
		{"time", `"23:59:59.0000000001"`, ""},
		{"time", `"24:00:00"`, ""},
		{"time", `"23:60:00"`, ""},
		{"time", `"23:59:60"`, ""},
		{"time", `"23:59"`, ""},
		{"time", `"23:59:59."`, ""},
		{"timestamp", `"2026-11-21T08:00:00Z"`, `"2026-11-21T08:00:00.000Z"`},
		{"timestamp", `"2026-11-21T08:00:00.1Z"`, `"2026-11-21T08:00:00.100Z"`},
		{"timestamp", `"2026-11-21T00:30:00+01:00"`, `"2026-11-20T23:30:00.000Z"`},
		{"timestamp", `"2026-11-21T23:30:00.000000-01:00"`, `"2026-11-22T00:30:00.000Z"`},
		{"timestamp", `"2026-11-21T08:00:00.0001Z"`, ""},
		{"timestamp", `"2026-11-21T08:00:00"`, ""},
		{"timestamp", `"2026-11-21 08:00:00Z"`, ""},
		{"timestamp", `"2026-11-21T08:00:00+1:00"`, ""},
		{"timestamp", `"+292278994-08-17T07:12:55.807Z"`, `"+292278994-08-17T07:12:55.807Z"`},
		{"timestamp", `"+292278994-08-17T07:12:55.808Z"`, ""},
		{"timestamp", `"-292275055-05-16T16:47:04.191Z"`, ""},
		{"timestamp", `"-292275055-05-16T16:47:04.191-00:01"`, `"-292275055-05-16T16:48:04.191Z"`},
		{"list<int>", "[ 1 , null,2]", "[1,null,2]"},
		{"list<int>", "[]", "[]"},
		{"list<int>", "{}", ""},
		{"list<int>", `["1"]`, ""},
		{"map<text, int>", `{"b":1, "a":null}`, `{"a":null,"b":1}`},
		{"map<text, int>", `{"a":1,"a":1}`, ""},
		{"map<text, int>", `[["a",1]]`, ""},
		{"map<int, text>", `[[2,"b"],[-1,"a"]]`, `[[-1,"a"],[2,"b"]]`},
		{"map<int, text>", `[[1,"a"],[1,"b"]]`, ""},
		{"map<int, text>", `[[null,"a"]]`, ""},
		{"map<int, text>", `[[1]]`, ""},
		{"map<int, text>", `[[1,"a","b"]]`, ""},
		{"map<int, text>", `[1,"a"]`, ""},
		{"map<decimal, int>", `[["1.0",1],["1.00",2]]`, ""},
		{"struct<a: int, b: text>", `{"b":"x","a":1}`, `{"a":1,"b":"x"}`},
		{"struct<a: int, b: text>", `{"a":1}`, ""},
		{"struct<a: int, b: text>", `{"a":1,"a":2,"b":"x"}`, ""},
		{"struct<a: int, b: text>", `{"a":1,"b":"x","c":1}`, ""},
		{"struct<a: int, b: text>", `[1,"x"]`, ""},
		{"list<struct<a: int>>", `[{"a":1},null,{"a":null}]`, `[{"a":1},null,{"a":null}]`},
	} {
		typ, err := ParseType(c.typ)
		if err != nil {
			t.Fatal(err)
		}
		payload, null, err := FromJSON(typ, []byte(c.in))
		if err != nil {
			if c.want != "" {
				t.Errorf("%s %s: %v, want %s", c.typ, c.in, err, c.want)
			}
			continue
		}
		got := []byte("null")
		if !null {
			if got, err = AppendJSON(nil, typ, payload); err != nil {
				t.Errorf("%s %s: %v", c.typ, c.in, err)
				continue
			}
		}
		if string(got) != c.want {
			t.Errorf("%s %s: is %s, want %s", c.typ, c.in, got, c.want)
		}
	}
}

func TestAppendRowJSON(t *testing.T) {
	s := &Schema{
		Key:        []Column{{"tenant", Of(Text)}, {"Order Id", Of(BigInt)}},
		Clustering: []ClusteringColumn{{Column{"line", Of(Int)}, Descending}},
		Values:     []Column{{"note", Of(Text)}, {"tags", ListOf(Of(Text))}},
	}
	key, err := CompositeKey(nil, []byte("eu"), AppendBigInt(nil, 42))
	if err != nil {
		t.Fatal(err)
	}
	cells := AppendElement(nil, AppendInt(nil, 7))
	cells = AppendNull(cells)
	cells = AppendElement(cells, AppendElement(AppendCount(nil, 1), []byte("a")))
	got, err := AppendRowJSON([]byte("> "), s, key, cells)
	if want := `> {"tenant":"eu","Order Id":42,"line":7,"note":null,"tags":["a"]}`; err != nil || string(got) != want {
		t.Errorf("row is %s (%v), want %s", got, err, want)
	}
	got, err = AppendKeyJSON([]byte("> "), s, key)
	if want := `> ["eu",42]`; err != nil || string(got) != want {
		t.Errorf("key is %s (%v), want %s", got, err, want)
	}
	for name, bad := range map[string]struct{ key, cells []byte }{
		"short cells": {key, cells[:len(cells)-1]},
		"long cells":  {key, append(bytes.Clone(cells), 0)},
		"short key":   {key[:len(key)-1], cells},
		"long key":    {append(bytes.Clone(key), 0), cells},
		"bad value":   {key, AppendNull(AppendElement(AppendElement(nil, AppendInt(nil, 7)), []byte{0xff}))},
	} {
		if got, err := AppendRowJSON([]byte("> "), s, bad.key, bad.cells); err == nil || string(got) != "> " {
			t.Errorf("%s: gives %q, %v", name, got, err)
		}
	}
}

// TestErrorsAreShort: a megabyte of nonsense does not come back in the message.
func TestErrorsAreShort(t *testing.T) {
	long := strings.Repeat("9", 1<<20)
	for _, typ := range scalars() {
		if _, _, err := FromJSON(typ, []byte(long)); err != nil && len(err.Error()) > 1000 {
			t.Errorf("%s: message of %d bytes", typ, len(err.Error()))
		}
		if _, err := ParseKeyText(typ, long+"\xff"); err == nil || len(err.Error()) > 1000 {
			t.Errorf("%s: %.100v", typ, err)
		}
	}
}

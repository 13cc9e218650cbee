package spec

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/cql"
)

// full has every field; each line of it is one entry of fields below.
const full = `view: orders
source: ["data/orders"]
store: views
key: [a, b]
clustering: [{column: c, order: asc}, {column: d, order: desc}]
columns: [e, f]
types: {e: text, f: {type: bigint, name: g}}
duplicates: {rule: latest, by: updated_at}
where: [{column: region, op: "=", value: eu}, {column: n, op: in, value: [1, 2]}]
partitions: 64
bloom: {false_positive: 0.001}
codec: default
watermark: {column: updated_at}
require: {success_file: _SUCCESS, min_rows: 1, max_drop: 0.2}
`

// TestCanonicalGolden pins the form: build ids hang on it.
func TestCanonicalGolden(t *testing.T) {
	golden(t, "testdata/canonical.json", append(parsed(t, full).Canonical(), '\n'))
}

// TestCanonicalSeesEveryChange replaces one thing at a time: but for source and store, each is another build.
func TestCanonicalSeesEveryChange(t *testing.T) {
	before := string(parsed(t, full).Canonical())
	seen := map[string]string{before: "nothing"}
	for _, c := range []struct{ from, to string }{
		{"view: orders", "view: order"},
		{"key: [a, b]", "key: [b, a]"},
		{"key: [a, b]", "key: [a]"},
		{"key: [a, b]", "key: ['a,b']"},
		{"order: asc", "order: desc"},
		{"{column: c, order: asc}, ", ""},
		{"[{column: c, order: asc}, {column: d, order: desc}]", "[{column: d, order: desc}, {column: c, order: asc}]"},
		{"columns: [e, f]\n", ""},
		{"columns: [e, f]", "columns: []"},
		{"columns: [e, f]", "columns: [f, e]"},
		{"e: text", "e: blob"},
		{"e: text", "e: {name: text}"},
		{"e: text", "e: timestamp"},
		{"e: text", "e: timestamp(truncate)"},
		{"name: g", "name: h"},
		{", name: g", ""},
		{"type: bigint, ", ""},
		{"rule: latest, by: updated_at", "rule: error"},
		{"latest, by: updated_at", "latest, by: n"},
		{"column: region", "column: country"},
		{`"="`, `"!="`},
		{"value: eu", "value: us"},
		{"[1, 2]", "[1, 3]"},
		{"[1, 2]", "['1, 2']"},
		{", {column: n, op: in, value: [1, 2]}", ""},
		{"partitions: 64", "partitions: 65"},
		{"partitions: 64\n", ""},
		{"0.001", "0.002"},
		{"codec: default", "codec: none"},
		{"codec: default", "codec: zstd"},
		{"watermark: {column: updated_at}", "watermark: {column: n}"},
		{"watermark: {column: updated_at}\n", ""},
		{"_SUCCESS", "_DONE"},
		{"success_file: _SUCCESS, ", ""},
		{"min_rows: 1", "min_rows: 2"},
		{"max_drop: 0.2", "max_drop: 0.3"},
		{"max_drop: 0.2", "max_drop: 0"},
		{", max_drop: 0.2", ""},
	} {
		text := strings.Replace(full, c.from, c.to, 1)
		if text == full {
			t.Fatalf("%q is not in the spec", c.from)
		}
		got := string(parsed(t, text).Canonical())
		change := c.from + " -> " + c.to
		if other, same := seen[got]; same {
			t.Errorf("%s gives the same as %s", change, other)
		}
		seen[got] = change
	}
}

// TestCanonicalHasEveryField changes every leaf of the structs, those that will be added included: each must be seen.
func TestCanonicalHasEveryField(t *testing.T) {
	elsewhere := []string{".Path", ".Source[0]", ".Store"}                                      // where things are is not what they mean
	text := strings.NewReplacer("e: text", "e: timestamp", "bigint", "timestamp").Replace(full) // the only type that may be lossy
	leaves := leavesOf(reflect.ValueOf(parsed(t, text)).Elem(), "", nil)
	if len(leaves) < 36 {
		t.Fatalf("%d leaves only: %v", len(leaves), leaves)
	}
	for i, path := range leaves {
		s := parsed(t, text)
		before := string(s.Canonical())
		again := leavesOf(reflect.ValueOf(s).Elem(), "", func(n int, leaf reflect.Value) {
			if n == i {
				change(t, leaf)
			}
		})
		if again[i] != path {
			t.Fatalf("leaf %d is %s, then %s", i, path, again[i])
		}
		if changed, want := string(s.Canonical()) != before, !slices.Contains(elsewhere, path); changed != want {
			t.Errorf("%s changes the canonical form: %v, want %v", path, changed, want)
		}
	}
}

// leavesOf names the leaves of v's exported fields and shows each to visit.
func leavesOf(v reflect.Value, path string, visit func(n int, leaf reflect.Value)) []string {
	var names []string
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		switch v.Kind() {
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[cql.Type]() {
				v = v.FieldByName("Kind") // the rest belongs to cql
				break
			}
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					walk(v.Field(i), path+"."+f.Name)
				}
			}
			return
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
			}
			return
		case reflect.Pointer:
			walk(v.Elem(), path)
			return
		}
		if visit != nil {
			visit(len(names), v)
		}
		names = append(names, path)
	}
	walk(v, path)
	return names
}

// change gives a leaf another value.
func change(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint8, reflect.Uint32:
		v.SetUint(v.Uint() + 1)
	default:
		t.Fatalf("no way to change a %s", v.Kind())
	}
}

// TestCanonicalIgnoresSpelling writes the same spec in other ways.
func TestCanonicalIgnoresSpelling(t *testing.T) {
	want := parsed(t, full).Canonical()
	for _, c := range []struct{ from, to string }{
		{"source: [\"data/orders\"]", "source: s3://bucket/orders"},
		{"store: views\n", ""},
		{"{e: text, f: {type: bigint, name: g}}", "{f: {name: g, type: bigint}, e: text}"},
		{"e: text", "e: Text"},
		{"f: {type: bigint", "f: {type: ' bigint '"},
		{"codec: default", "codec: cells"},
		{"codec: default\n", ""},
		{"bloom: {false_positive: 0.001}\n", ""},
		{"0.001", "0.0010"},
		{", order: asc", ""},
		{"[1, 2]", "['1', \"2\"]"},
		{"value: eu", "value: 'eu'"},
		{"key: [a, b]", "key:\n- a   # the tenant\n- b"},
	} {
		text := strings.Replace(full, c.from, c.to, 1)
		if text == full {
			t.Fatalf("%q is not in the spec", c.from)
		}
		if got := parsed(t, text).Canonical(); !bytes.Equal(got, want) {
			t.Errorf("%s -> %s gives\n%s, want\n%s", c.from, c.to, got, want)
		}
	}
}

// TestCanonicalIgnoresLayout shuffles the fields, and puts comments and empty lines between them.
func TestCanonicalIgnoresLayout(t *testing.T) {
	want := parsed(t, full).Canonical()
	lines := strings.Split(strings.TrimSpace(full), "\n")
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for i, line := range rapid.Permutation(lines).Draw(t, "lines") {
			b.WriteString(strings.Repeat("\n", rapid.IntRange(0, 2).Draw(t, fmt.Sprint("empty", i))))
			if rapid.Bool().Draw(t, fmt.Sprint("quoted", i)) {
				name, rest, _ := strings.Cut(line, ":")
				line = strconv.Quote(name) + " :  " + rest
			}
			b.WriteString(line + strings.Repeat(" ", rapid.IntRange(0, 2).Draw(t, fmt.Sprint("space", i))))
			if rapid.Bool().Draw(t, fmt.Sprint("comment", i)) {
				b.WriteString(" # " + rapid.StringMatching(`[a-z: "{]{0,12}`).Draw(t, "text"))
			}
			b.WriteString("\n")
		}
		s, err := Parse([]byte(b.String()), "spec.yaml")
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if got := s.Canonical(); !bytes.Equal(got, want) {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	})
}

package spec

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
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

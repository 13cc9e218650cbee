package spec

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/cql"
)

// resolved is a spec with the given fields, resolved against columns as errors_test.go writes them.
func resolved(t *testing.T, fields, columns string) *Resolved {
	t.Helper()
	s := parsed(t, "view: a\nsource: b\nkey: id\n"+fields)
	r, err := s.Resolve(offeredBy(t, []byte(columns)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func cell(t testing.TB, ty cql.Type, text string) []byte {
	t.Helper()
	b, err := cql.ParseKeyText(ty, text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMatch(t *testing.T) {
	const columns = "id text\nn int null\ns text null\nd decimal null\nf double null\nl list<int> null\nts timestamp unit=us\n"
	for _, c := range []struct {
		column, op, value string
		yes, no           []string // cells' texts
	}{
		{"n", `"="`, "7", []string{"7"}, []string{"8", "-7", "null"}},
		{"n", `"!="`, "7", []string{"8", "-7"}, []string{"7", "null"}},
		{"n", "<", "-1", []string{"-2", "-2147483648"}, []string{"-1", "0", "2147483647", "null"}},
		{"n", "<=", "-1", []string{"-2", "-1"}, []string{"0", "null"}},
		{"n", `">"`, "-1", []string{"0", "2147483647"}, []string{"-1", "-2", "null"}},
		{"n", `">="`, "-1", []string{"0", "-1"}, []string{"-2", "null"}},
		{"n", "in", "[3, -4, 3]", []string{"3", "-4"}, []string{"0", "null"}},
		{"n", "not in", "[3, -4]", []string{"0"}, []string{"3", "-4", "null"}},
		{"n", "is null", "", []string{"null"}, []string{"0", "3"}},
		{"n", "is not null", "", []string{"0"}, []string{"null"}},
		{"s", `"="`, `""`, []string{""}, []string{" ", "null"}},
		{"s", "<", `b`, []string{"", "a", "az", "B"}, []string{"b", "ba", "é", "null"}},
		{"d", `"="`, "1.5", []string{"1.5", "1.50", "15e-1"}, []string{"1.51", "null"}},
		{"d", "in", "[1.0, 1.00, 2]", []string{"1", "2.000"}, []string{"0", "null"}},
		{"f", "<", "0", []string{"-1", "-Infinity", "-0"}, []string{"0", "NaN", "null"}},
		{"l", "is null", "", []string{"null"}, nil},
	} {
		where := fmt.Sprintf("{column: %s, op: %s", c.column, c.op)
		if c.value != "" {
			where += ", value: " + c.value
		}
		r := resolved(t, "where: ["+where+"}]\n", columns)
		f := r.Filters[0]
		match := func(text string) bool {
			if text == "null" {
				return f.Match(nil, true)
			}
			return f.Match(cell(t, f.Want.Type, text), false)
		}
		for _, text := range c.yes {
			if !match(text) {
				t.Errorf("%s does not match %q", where, text)
			}
		}
		for _, text := range c.no {
			if match(text) {
				t.Errorf("%s matches %q", where, text)
			}
		}
	}
}

// TestMatchModel compares every operator with what the same question means for Go integers.
func TestMatchModel(t *testing.T) {
	ops := map[Op]func(v int64, values []int64) bool{
		Equal:        func(v int64, w []int64) bool { return v == w[0] },
		NotEqual:     func(v int64, w []int64) bool { return v != w[0] },
		Less:         func(v int64, w []int64) bool { return v < w[0] },
		LessEqual:    func(v int64, w []int64) bool { return v <= w[0] },
		Greater:      func(v int64, w []int64) bool { return v > w[0] },
		GreaterEqual: func(v int64, w []int64) bool { return v >= w[0] },
		In:           func(v int64, w []int64) bool { return slices.Contains(w, v) },
		NotIn:        func(v int64, w []int64) bool { return !slices.Contains(w, v) },
	}
	rapid.Check(t, func(rt *rapid.T) {
		op := rapid.SampledFrom([]Op{Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, In, NotIn}).Draw(rt, "op")
		n := 1
		if op == In || op == NotIn {
			n = rapid.IntRange(1, 6).Draw(rt, "n")
		}
		number := rapid.OneOf(rapid.Int64Range(-3, 3), rapid.Int64())
		values := rapid.SliceOfN(number, n, n).Draw(rt, "values")
		texts := make([]string, n)
		for i, v := range values {
			texts[i] = fmt.Sprint(v)
		}
		s := parsed(t, "view: a\nsource: b\nkey: id\n")
		s.Where = []Condition{{Column: "id", Op: op, Values: texts}}
		r, err := s.Resolve([]Offered{{Name: "id", Type: cql.Of(cql.BigInt)}}, nil)
		if err != nil {
			rt.Fatal(err)
		}
		v := rapid.OneOf(number, rapid.SampledFrom(values)).Draw(rt, "cell")
		if got, want := r.Filters[0].Match(cql.AppendBigInt(nil, v), false), ops[op](v, values); got != want {
			rt.Fatalf("%d %s %v is %v", v, op, values, got)
		}
	})
}

// TestMoments: a timestamp is compared at the source's precision, whatever the view keeps of it.
func TestMoments(t *testing.T) {
	for _, c := range []struct {
		unit, text string
		want       int64
	}{
		{"s", "1970-01-01T00:00:01Z", 1},
		{"s", "2026-11-21", 1_795_219_200},
		{"ms", "1970-01-01T00:00:01.5Z", 1500},
		{"us", "1970-01-01T00:00:00.000001Z", 1},
		{"us", "1969-12-31T23:59:59.999999Z", -1},
		{"us", "2026-11-21T08:00:00.123456+01:00", 1_795_244_400_123_456},
		{"ns", "1969-12-31T23:59:59.999999999Z", -1},
		{"ns", "1970-01-01T00:00:00.120000000000Z", 120_000_000},
		{"ns", "2262-04-11T23:47:16.854775807Z", 1<<63 - 1},
		{"ns", "1677-09-21T00:12:44Z", -9_223_372_036_000_000_000},
	} {
		r := resolved(t, "columns: []\ntypes: {ts: timestamp(truncate)}\nwhere: [{column: ts, op: \">=\", value: \""+c.text+"\"}]\n",
			"id text\nts timestamp unit="+c.unit+"\n")
		f := r.Filters[0]
		if want := cql.AppendBigInt(nil, c.want); string(f.Values[0]) != string(want) || f.Want.Type.Kind != cql.BigInt || f.Want.Lossy != cql.Exact {
			t.Errorf("%s in %s is %x of %s, want %x", c.text, c.unit, f.Values[0], f.Want.Type, want)
		}
	}
}

func TestWholeFile(t *testing.T) {
	r := resolved(t, `columns: []
where:
  - {column: region, op: "=", value: eu}
  - {column: _file, op: "!=", value: a.parquet}
  - {column: _row, op: "<", value: 5}
  - {column: id, op: "=", value: eu}
`, "id text\nregion text folder\n")
	for i, want := range []bool{true, true, false, false} {
		if got := r.Filters[i].WholeFile(); got != want {
			t.Errorf("filter %d: %v", i, got)
		}
	}
	if !r.BoundToFiles {
		t.Error("a filter on _file does not bind the view to its files")
	}
}

package spec

import (
	"reflect"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
)

// parsed is the spec of a valid text.
func parsed(t testing.TB, text string) *Spec {
	t.Helper()
	s, err := Parse([]byte(text), "spec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plain is s without what only errors need.
func plain(s *Spec) Spec {
	c := *s
	c.pos, c.broken = nil, nil
	return c
}

func TestDefaults(t *testing.T) {
	got := plain(parsed(t, "view: orders\nsource: orders.parquet\nkey: o_orderkey\n"))
	want := Spec{
		Path: "spec.yaml", View: "orders", Source: []string{"orders.parquet"}, Key: []string{"o_orderkey"},
		Duplicates: Duplicates{Rule: RuleError}, BloomPPM: 1000, Codec: CodecCells,
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v", got)
	}
}

func TestEveryField(t *testing.T) {
	got := plain(parsed(t, `
view: guests.v2
source:
  - s3://lake/guests?region=eu-west-1
  - "local/*.parquet"
store: s3://views/prod?region=eu-west-1
key: [tenant, guest_id]
clustering:
  - {column: day, order: desc}
  - column: n
columns: []
types:
  day: date
  n: {name: number}
  at: {type: timestamp(truncate), name: seen_at}
  m: "map<text, list<int>>"
duplicates: {rule: latest, by: updated_at}
where:
  - {column: region, op: in, value: [eu, "us", 3, 1.50, true]}
  - {column: gone, op: is null}
  - {column: n, op: ">=", value: -7}
  - {column: s, op: "!=", value: ""}
partitions: 64
bloom: {false_positive: 0.05}
codec: zstd
watermark: {column: at}
require: {success_file: _SUCCESS, min_rows: 10, max_drop: 0}
`))
	none := uint32(0)
	want := Spec{
		Path: "spec.yaml", View: "guests.v2",
		Source: []string{"s3://lake/guests?region=eu-west-1", "local/*.parquet"}, Store: "s3://views/prod?region=eu-west-1",
		Key:        []string{"tenant", "guest_id"},
		Clustering: []Clustering{{"day", cql.Descending}, {"n", cql.Ascending}},
		Columns:    []string{},
		Types: []Override{
			{Column: "day", Type: cql.Of(cql.Date)},
			{Column: "n", Name: "number"},
			{Column: "at", Type: cql.Of(cql.Timestamp), Lossy: cql.Truncate, Name: "seen_at"},
			{Column: "m", Type: cql.MapOf(cql.Of(cql.Text), cql.ListOf(cql.Of(cql.Int)))},
		},
		Duplicates: Duplicates{Rule: RuleLatest, By: "updated_at"},
		Where: []Condition{
			{"region", In, []string{"eu", "us", "3", "1.50", "true"}},
			{"gone", IsNull, nil},
			{"n", GreaterEqual, []string{"-7"}},
			{"s", NotEqual, []string{""}},
		},
		Partitions: 64, BloomPPM: 50_000, Codec: CodecZstd, Watermark: "at",
		Require: Require{SuccessFile: "_SUCCESS", MinRows: 10, MaxDropPPM: &none},
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

func TestByteOrderMark(t *testing.T) {
	s, err := Parse([]byte("\ufeffview: a\r\nsource: b\r\nkey: c\r\n"), "x.yaml")
	if err != nil || s.View != "a" || s.Key[0] != "c" {
		t.Fatalf("%+v, %v", s, err)
	}
}

// TestPartial shows what stands beside an error: a spec that names its source and can be resolved, but never built.
func TestPartial(t *testing.T) {
	s, err := Parse([]byte("view: a\nsource: b\nkey: c\nnonsense: 1\n"), "x.yaml")
	if err == nil || s == nil || s.Source[0] != "b" {
		t.Fatalf("%+v, %v", s, err)
	}
	if r, err := s.Resolve([]Offered{{Name: "c", Type: cql.Of(cql.Text)}}, nil); err == nil || r != nil {
		t.Fatalf("a spec with findings was resolved: %+v", r)
	}
	for _, text := range []string{"", "view: a\nkey: c\n", "source: [5]\n", "source: {a: b}\n", "[", "a: *b"} {
		if s, err := Parse([]byte(text), "x.yaml"); err == nil || s != nil {
			t.Errorf("%q gives %+v, %v", text, s, err)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"512MiB": 512 << 20, "4GB": 4_000_000_000, "1073741824": 1 << 30, "1.5 GiB": 3 << 29, "64kib": 64 << 10, "2T": 2_000_000_000_000, "7B": 7,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1GB", "much", "1e30GB", "12XB", "9999999TiB", "NaN", "1GB2"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

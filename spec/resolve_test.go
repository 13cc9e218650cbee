package spec

import (
	"reflect"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
)

func TestResolve(t *testing.T) {
	got := resolved(t, `clustering: [{column: _row, order: desc}]
types:
  at: {type: timestamp(truncate), name: seen}
  n: bigint
  gap: text
  updated: timestamp(truncate)
duplicates: {rule: latest, by: updated}
watermark: {column: at}
`, "n int\nid text\nat timestamp unit=us\ngap refused\nupdated timestamp unit=ns\ndt date folder\n")
	bigint, ts := cql.Of(cql.BigInt), cql.Of(cql.Timestamp)
	want := &Resolved{
		View: "a",
		Schema: cql.Schema{
			Key:        []cql.Column{{Name: "id", Type: cql.Of(cql.Text)}},
			Clustering: []cql.ClusteringColumn{{Column: cql.Column{Name: "_row", Type: bigint}, Order: cql.Descending}},
			Values: []cql.Column{
				{Name: "n", Type: bigint}, {Name: "seen", Type: ts}, {Name: "gap", Type: cql.Of(cql.Text)}, {Name: "updated", Type: ts},
				{Name: "dt", Type: cql.Of(cql.Date)},
			},
		},
		Key:        []Want{{Name: "id", Type: cql.Of(cql.Text)}},
		Clustering: []Want{{Name: "_row", Type: bigint}},
		Values: []Want{
			{Name: "n", Type: bigint}, {"at", ts, cql.Truncate}, {Name: "gap", Type: cql.Of(cql.Text)}, {"updated", ts, cql.Truncate},
			{Name: "dt", Type: cql.Of(cql.Date)},
		},
		Recency:   &Want{Name: "updated", Type: bigint}, // nanoseconds, although the view keeps milliseconds
		Watermark: &Want{Name: "at", Type: bigint}, MarkUnit: Microseconds,
		Duplicates: Duplicates{Rule: RuleLatest, By: "updated"}, BloomPPM: DefaultBloomPPM, Codec: CodecCells, BoundToFiles: true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

// TestBoundToFiles: pseudo-columns bind a view to its files in every role, and are not stored unless they are asked for.
func TestBoundToFiles(t *testing.T) {
	for fields, want := range map[string]bool{
		"":                                       false,
		"columns: [_file]\n":                     true,
		"clustering: [{column: _row}]\n":         true,
		"watermark: {column: _file}\n":           true,
		"duplicates: {rule: latest, by: _row}\n": true,
		"where: [{column: _row, op: \"=\", value: 0}]\n":        true,
		"where: [{column: id, op: is not null}]\ncolumns: []\n": false,
	} {
		r := resolved(t, fields, "id text\n")
		if r.BoundToFiles != want {
			t.Errorf("%q: %v", fields, r.BoundToFiles)
		}
	}
}

// TestKeyOfFileAndRow: the starter's last resort.
func TestKeyOfFileAndRow(t *testing.T) {
	s := parsed(t, "view: a\nsource: b\nkey: [_file, _row]\n")
	r, err := s.Resolve(offeredBy(t, []byte("l list<int>\n")), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Key) != 2 || len(r.Values) != 1 || !r.BoundToFiles {
		t.Fatalf("%+v", r)
	}
}

// TestCheckIsAsked: the source sees every column once in each way that it will be read.
func TestCheckIsAsked(t *testing.T) {
	s := parsed(t, "view: a\nsource: b\nkey: id\nduplicates: {rule: latest, by: at}\nwhere: [{column: n, op: \"=\", value: 1}]\n")
	var asked []Want
	_, err := s.Resolve(offeredBy(t, []byte("id text\nat timestamp unit=us\nn int\n")), func(w Want) error {
		asked = append(asked, w)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Want{
		{Name: "id", Type: cql.Of(cql.Text)}, {Name: "at", Type: cql.Of(cql.Timestamp)}, {Name: "n", Type: cql.Of(cql.Int)},
		{Name: "at", Type: cql.Of(cql.BigInt)}, {Name: "n", Type: cql.Of(cql.Int)},
	}
	if !reflect.DeepEqual(asked, want) {
		t.Fatalf("asked for %+v", asked)
	}
}

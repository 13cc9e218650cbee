package view_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/internal/testkit/s3test"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/table"
	"github.com/verdigris-db/verdigris/view"
	"github.com/verdigris-db/verdigris/view/viewtest"
)

// TestS3 reads and verifies a version in a real S3 gateway, and sees a table that is replaced under it.
func TestS3(t *testing.T) {
	server := s3test.Start(t)
	bare, err := store.Open(t.Context(), server.URL("views/of tests"))
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	counter := store.Count(bare)
	s := store.WithRetry(counter, store.DefaultRetry())
	rows := viewtest.Sort(events, eventRows(t, 30))
	m := viewtest.Write(t, s, eventVersion(1, codec.Default, rows))
	v, err := view.Open(t.Context(), s, "events", 0, view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if got := scanned(t, v.Scan(t.Context(), partitioner.MinToken, math.MaxInt64)); !slices.EqualFunc(got, rows, sameRow) {
		t.Errorf("scan gives %d rows, not the %d written", len(got), len(rows))
	}
	checkGets(t, v, rows)

	// A get of a small key from an open table is one request.
	small := slices.MinFunc(rows, func(a, b row.Row) int { return len(keyRows(rows, a)) - len(keyRows(rows, b)) })
	before := counter.Requests()
	if _, found := cellsOf(t, v, row.Key(small.Rec), table.Slice{}); !found {
		t.Error("the key is not found")
	}
	if after := counter.Requests(); after.Reads-before.Reads != 1 || after.BytesRead-before.BytesRead > 8<<10 || after.Stats != before.Stats {
		t.Errorf("a get takes %+v after %+v", after, before)
	}

	if report := verify(t, s, view.VerifyOptions{}); !report.Whole() || report.Rows != int64(len(rows)) {
		t.Errorf("%+v", report)
	}

	at, _ := partitioner.Slices{R: m.R}.Locate(small.Token)
	o := m.Partitions[at].Table
	if err := s.Write(t.Context(), manifest.Path("events", o.Name), store.Bytes(make([]byte, o.Bytes)), store.Replace); err != nil {
		t.Fatal(err)
	}
	_, err = v.Get(t.Context(), row.Key(small.Rec), table.Slice{})
	if !errors.Is(err, store.ErrPrecondition) || !view.IsCorruption(err) {
		t.Errorf("a replaced table: %v", err)
	}
	expectFault(t, s, o.Name, "sha256")
}

// keyRows is the rows with the key of r.
func keyRows(rows []row.Row, r row.Row) []row.Row {
	var out []row.Row
	for _, other := range rows {
		if string(row.Key(other.Rec)) == string(row.Key(r.Rec)) {
			out = append(out, other)
		}
	}
	return out
}

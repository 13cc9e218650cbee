package view_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
	"github.com/verdigris-db/verdigris/view"
	"github.com/verdigris-db/verdigris/view/viewtest"
	"github.com/verdigris-db/verdigris/writer/writertest"
)

// TestModel compares views of random schemas, rows, codecs and numbers of partitions with a sorted list.
func TestModel(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			schema := writertest.RandomSchema(r)
			rows := modelRows(t, r, schema, r.IntN(400))
			s, _ := openDirectory(t)
			viewtest.Write(t, s, viewtest.Version{
				View: "events", Version: 1, Schema: schema, R: 1 + r.IntN(9), Codec: codec.Names()[r.IntN(3)], BloomPPM: uint32(1 + r.IntN(20_000)), Rows: rows,
			})
			v, err := view.Open(t.Context(), s, "events", 1, view.Options{OpenTables: 1 + r.IntN(3)})
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			if got := scanned(t, v.Scan(t.Context(), partitioner.MinToken, math.MaxInt64)); !slices.EqualFunc(got, rows, sameRow) {
				t.Fatalf("scan gives %d rows, not the %d written", len(got), len(rows))
			}
			for range 30 {
				from, to := modelToken(r, rows), modelToken(r, rows)
				want := slices.DeleteFunc(slices.Clone(rows), func(r row.Row) bool { return r.Token <= from || r.Token > to })
				if got := scanned(t, v.Scan(t.Context(), from, to)); !slices.EqualFunc(got, want, sameRow) {
					t.Fatalf("(%d, %d]: %d rows, want %d", from, to, len(got), len(want))
				}
				key := modelKey(t, r, schema, 40)
				var cells [][]byte
				for _, r := range rows {
					if bytes.Equal(row.Key(r.Rec), key) {
						cells = append(cells, row.Cells(r.Rec))
					}
				}
				got, found := cellsOf(t, v, key, table.Slice{})
				if found != (len(cells) > 0) || !slices.EqualFunc(got, cells, bytes.Equal) {
					t.Fatalf("key %x: found %v, %d rows, want %d", key, found, len(got), len(cells))
				}
			}
			if report, err := v.Verify(t.Context(), view.VerifyOptions{Probes: 20_000}); err != nil || !report.Whole() || report.Rows != int64(len(rows)) {
				t.Errorf("%+v, %v", report, err)
			}
		})
	}
}

// modelKey is a key of few, never empty.
func modelKey(t *testing.T, r *rand.Rand, s *cql.Schema, few int) []byte {
	t.Helper()
	for {
		var parts [][]byte
		for _, c := range s.Key {
			parts = append(parts, writertest.RandomPayload(r, c.Type.Kind, few))
		}
		key, err := cql.CompositeKey(nil, parts...)
		if err != nil {
			t.Fatal(err)
		}
		if len(key) > 0 {
			return key
		}
	}
}

// modelRows is up to n rows in table order, no two with one key and clustering.
func modelRows(t *testing.T, r *rand.Rand, s *cql.Schema, n int) []row.Row {
	t.Helper()
	var rows []row.Row
	for range n {
		var cells [][]byte
		for i := range s.Cells() {
			if i >= len(s.Clustering) && r.IntN(5) == 0 {
				cells = append(cells, nil)
				continue
			}
			payload := writertest.RandomPayload(r, s.CellType(i).Kind, r.IntN(2)*6)
			cells = append(cells, append([]byte{}, payload...))
		}
		rows = append(rows, writertest.Record(modelKey(t, r, s, 40), cells...))
	}
	order := table.NewOrder(s)
	return slices.CompactFunc(viewtest.Sort(s, rows), func(a, b row.Row) bool {
		return bytes.Equal(row.Key(a.Rec), row.Key(b.Rec)) && order.Compare(row.Cells(a.Rec), row.Cells(b.Rec)) == 0
	})
}

// modelToken is a token of a row, or any.
func modelToken(r *rand.Rand, rows []row.Row) int64 {
	if len(rows) > 0 && r.IntN(3) > 0 {
		return rows[r.IntN(len(rows))].Token
	}
	return int64(r.Uint64())
}

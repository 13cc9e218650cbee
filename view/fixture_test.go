package view_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/view/viewtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// events has two key columns and a descending clustering column.
var events = &cql.Schema{
	Key: []cql.Column{{Name: "tenant", Type: cql.Of(cql.Text)}, {Name: "guest", Type: cql.Of(cql.BigInt)}},
	Clustering: []cql.ClusteringColumn{
		{Column: cql.Column{Name: "day", Type: cql.Of(cql.Date)}, Order: cql.Descending},
		{Column: cql.Column{Name: "n", Type: cql.Of(cql.Int)}, Order: cql.Ascending},
	},
	Values: []cql.Column{{Name: "note", Type: cql.Of(cql.Text)}, {Name: "price", Type: cql.Of(cql.Decimal)}},
}

// eventRows makes rows of up to 20 a key, and one key with many.
func eventRows(t testing.TB, keys int) []row.Row {
	r := rand.New(rand.NewPCG(1, 2))
	var rows []row.Row
	for k := range keys {
		count := 1 + r.IntN(20)
		if k == 0 {
			count = 500
		}
		for i := range count {
			note := "null"
			if r.IntN(4) > 0 {
				note = fmt.Sprintf(`"note %d of %d"`, i, r.IntN(100))
			}
			rows = append(rows, viewtest.Row(t, events, fmt.Sprintf(`{"tenant":"t%d","guest":%d,"day":"2026-11-%02d","n":%d,"note":%s,"price":"%d.%02d"}`,
				k%3, k-5, 1+i%28, i/28, note, r.IntN(1000), r.IntN(100))))
		}
	}
	return rows
}

// stores are the two ways to a version's objects; root is the folder of the directory.
func openDirectory(t testing.TB) (s store.Store, root string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "store")
	address, err := store.DirectoryURL(root)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, root
}

// eventVersion is version n of the view events.
func eventVersion(n uint64, c codec.Name, rows []row.Row) viewtest.Version {
	return viewtest.Version{View: "events", Version: n, Schema: events, R: 4, Codec: c, BloomPPM: 1000, Rows: rows}
}

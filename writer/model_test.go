package writer_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

var codecs = []codec.Name{codec.None, codec.Zstd}

// randomRows makes rows of few enough keys that some have many.
func randomRows(seed uint64, s *cql.Schema, n, keys int) []row.Row {
	r := newRand(seed)
	var made [][]byte
	for range keys {
		var parts [][]byte
		for _, c := range s.Key {
			p := randomPayload(r, c.Type.Kind, 0)
			if len(p) == 0 {
				p = []byte{1}
			}
			parts = append(parts, p)
		}
		k, err := cql.CompositeKey(nil, parts...)
		if err != nil {
			panic(err)
		}
		made = append(made, k)
	}
	var rows []row.Row
	for range n {
		var cells [][]byte
		for i := range s.Cells() {
			p := randomPayload(r, s.CellType(i).Kind, r.IntN(2)*20)
			switch {
			case i < len(s.Clustering):
			case r.IntN(10) == 0:
				p = nil
			case r.IntN(200) == 0:
				p = bytes.Repeat(p, 1+r.IntN(1000))
			}
			cells = append(cells, p)
		}
		rows = append(rows, record(made[r.IntN(len(made))], cells...))
	}
	return rows
}

func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		s := randomSchema(newRand(seed))
		n := rapid.SampledFrom([]int{0, 1, 2, 30, 500, 3000}).Draw(rt, "rows")
		keys := rapid.SampledFrom([]int{1, 2, 20, 500, 3000}).Draw(rt, "keys")
		o := options(t, s, rapid.SampledFrom(codecs).Draw(rt, "codec"), nil)
		o.Slices.R = rapid.SampledFrom([]int{1, 2, 3}).Draw(rt, "R")
		o.Partition = o.Slices.R / 2
		rows := sorted(s, o.Slices, o.Partition, randomRows(seed, s, n, keys))
		w := write(t, o, rows, rapid.SampledFrom([]int{1, 7, 5000}).Draw(rt, "batch"))
		checkAll(t, &w, rows)

		o.MemoryBytes = rapid.SampledFrom([]int64{0, 100_000}).Draw(rt, "memory")
		if again := write(t, o, rows, 100); !bytes.Equal(w.bytes, again.bytes) || !bytes.Equal(w.bloom, again.bloom) {
			t.Fatalf("other bytes with %d bytes of memory", o.MemoryBytes)
		}
	})
}

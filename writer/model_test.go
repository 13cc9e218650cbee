package writer_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/codec"
	. "github.com/verdigris-db/verdigris/writer/writertest"
)

func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		s := RandomSchema(NewRand(seed))
		n := rapid.SampledFrom([]int{0, 1, 2, 30, 500, 3000}).Draw(rt, "rows")
		keys := rapid.SampledFrom([]int{1, 2, 20, 500, 3000}).Draw(rt, "keys")
		rows := RandomRows(seed, s, n, keys)
		o := Options(t, s, rapid.SampledFrom(codec.Names()).Draw(rt, "codec"), rows)
		o.Slices.R = rapid.SampledFrom([]int{1, 2, 3}).Draw(rt, "R")
		o.Partition = o.Slices.R / 2
		rows = Sorted(s, o.Slices, o.Partition, rows)
		w := Write(t, o, rows, rapid.SampledFrom([]int{1, 7, 5000}).Draw(rt, "batch"))
		CheckAll(t, &w, rows)

		o.MemoryBytes = rapid.SampledFrom([]int64{0, 100_000}).Draw(rt, "memory")
		if again := Write(t, o, rows, 100); !bytes.Equal(w.Bytes, again.Bytes) || !bytes.Equal(w.Bloom, again.Bloom) {
			t.Fatalf("other bytes with %d bytes of memory", o.MemoryBytes)
		}
	})
}

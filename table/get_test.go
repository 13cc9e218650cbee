package table_test

import (
	"bytes"
	"io"
	"math"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
	. "github.com/verdigris-db/verdigris/writer/writertest"
)

// payloads are the clustering payloads of a row.
func payloads(s *cql.Schema, rec []byte) [][]byte {
	var out [][]byte
	cells := row.Cells(rec)
	for range s.Clustering {
		var p []byte
		p, _, cells = row.Next(cells)
		out = append(out, p)
	}
	return out
}

// inSlice is what a slice says, put plainly: by value, one column after the other.
func inSlice(s *cql.Schema, rec []byte, want table.Slice) bool {
	p := payloads(s, rec)
	for i, v := range want.Prefix {
		if cql.Compare(s.Clustering[i].Type, p[i], v) != 0 {
			return false
		}
	}
	i := len(want.Prefix)
	if b := want.Lower; b != nil {
		if c := cql.Compare(s.Clustering[i].Type, p[i], b.Value); c < 0 || c == 0 && b.Exclusive {
			return false
		}
	}
	if b := want.Upper; b != nil {
		if c := cql.Compare(s.Clustering[i].Type, p[i], b.Value); c > 0 || c == 0 && b.Exclusive {
			return false
		}
	}
	return true
}

// TestSlices asks for random slices of keys with many rows and compares with a plain filter.
func TestSlices(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		r := NewRand(seed)
		s := RandomSchema(r)
		for len(s.Clustering) == 0 {
			s = RandomSchema(r)
		}
		rows := RandomRows(seed, s, rapid.SampledFrom([]int{10, 300, 4000}).Draw(rt, "rows"), 3)
		o := Options(t, s, rapid.SampledFrom(codec.Names()).Draw(rt, "codec"), rows)
		rows = Sorted(s, o.Slices, 0, rows)
		w := Write(t, o, rows, 1000)
		reader := w.Open(t).NewReader()
		for range 40 {
			like := payloads(s, rows[r.IntN(len(rows))].Rec)
			var want table.Slice
			want.Prefix = like[:r.IntN(len(like)+1)]
			if i := len(want.Prefix); i < len(like) {
				if r.IntN(2) == 0 {
					want.Lower = &table.Bound{Value: like[i], Exclusive: r.IntN(2) == 0}
				}
				if r.IntN(2) == 0 {
					want.Upper = &table.Bound{Value: payloads(s, rows[r.IntN(len(rows))].Rec)[i], Exclusive: r.IntN(2) == 0}
				}
			}
			want.Limit = r.IntN(3) * r.IntN(300)
			key := row.Key(rows[r.IntN(len(rows))].Rec)
			got, err := reader.Get(partitioner.NewKey(key), want)
			if err != nil || !got.Found() {
				t.Fatalf("seed %d: key %x is not found: %v", seed, key, err)
			}
			left := want.Limit
			for _, w := range rows {
				if !bytes.Equal(row.Key(w.Rec), key) || !inSlice(s, w.Rec, want) || want.Limit > 0 && left == 0 {
					continue
				}
				left--
				cells, err := got.Next()
				if err != nil || !bytes.Equal(cells, row.Cells(w.Rec)) {
					t.Fatalf("seed %d, slice %+v of key %x: cells %x (%v), want %x", seed, want, key, cells, err, row.Cells(w.Rec))
				}
			}
			if cells, err := got.Next(); err != io.EOF {
				t.Fatalf("seed %d, slice %+v of key %x: behind its last row: %x (%v)", seed, want, key, cells, err)
			}
		}
	})
}

func TestSlicesAreChecked(t *testing.T) {
	rows := mixedRows()
	w := Write(t, Options(t, mixedSchema(), codec.None, rows), rows, 100)
	r := w.Open(t).NewReader()
	key := partitioner.NewKey([]byte("guest/1"))
	three := [][]byte{{0, 0, 0, 1}, []byte("a"), []byte("b")}
	for _, s := range []table.Slice{{Prefix: three}, {Prefix: three[:2], Lower: &table.Bound{}}, {Limit: -1}} {
		if _, err := r.Get(key, s); err == nil || table.IsCorruption(err) {
			t.Errorf("slice %+v: %v", s, err)
		}
	}
}

// TestScanRanges compares scans of token ranges with a filter, at tokens that exist and beside them.
func TestScanRanges(t *testing.T) {
	s := mixedSchema()
	r := NewRand(5)
	rows := RandomRows(5, s, 3000, 1500)
	o := Options(t, s, codec.None, rows)
	o.Slices.R, o.Partition = 3, 1
	rows = Sorted(s, o.Slices, 1, rows)
	w := Write(t, o, rows, 1000)
	tb := w.Open(t)
	token := func() int64 {
		switch r.IntN(8) {
		case 0:
			return partitioner.MinToken
		case 1:
			return math.MaxInt64
		case 2:
			lo, hi := o.Slices.Bounds(r.IntN(3))
			return lo + int64(r.IntN(2))*(hi-lo)
		}
		return rows[r.IntN(len(rows))].Token + int64(r.IntN(3)) - 1
	}
	for range 300 {
		from, to := token(), token()
		var want []row.Row
		for _, w := range rows {
			if w.Token > from && w.Token <= to {
				want = append(want, w)
			}
		}
		SameRows(t, "scan", All(t, tb.Scan(from, to), 1+r.IntN(300)), want)
	}
}

// counting counts what is read of a file.
type counting struct {
	io.ReaderAt
	calls, bytes, blocks int
}

func (c *counting) ReadAt(b []byte, offset int64) (int, error) {
	c.calls++
	c.bytes += len(b)
	c.blocks += int((offset+int64(len(b))+4095)/4096 - offset/4096)
	return c.ReaderAt.ReadAt(b, offset)
}

// TestOneReadForAHit holds the promise: one read of at most 4 KiB, in two device blocks at most, for a hit. A second read
// is for keys in the row area, and for the few whose bucket was full.
func TestOneReadForAHit(t *testing.T) {
	s := mixedSchema()
	rows := RandomRows(6, s, 8000, 6000)
	for _, name := range codec.Names() {
		o := Options(t, s, name, rows)
		rows = Sorted(s, o.Slices, 0, rows)
		w := Write(t, o, rows, 1000)
		file := &counting{ReaderAt: bytes.NewReader(w.Bytes)}
		tb, err := table.Open(file, int64(len(w.Bytes)), w.Codecs)
		if err != nil {
			t.Fatal(err)
		}
		r := tb.NewReader()
		moved, keys := 0, 0
		for i := 0; i < len(rows); keys++ {
			key := row.Key(rows[i].Rec)
			size := 0
			*file = counting{ReaderAt: file.ReaderAt}
			got, err := r.Get(partitioner.NewKey(key), table.Slice{})
			for ; err == nil; _, err = got.Next() {
			}
			if err != io.EOF {
				t.Fatal(err)
			}
			for ; i < len(rows) && bytes.Equal(row.Key(rows[i].Rec), key); i++ {
				size += len(row.Cells(rows[i].Rec))
			}
			switch {
			case file.calls == 1 && file.bytes <= 4096 && file.blocks <= 2:
			case file.calls == 2 && size < 1900:
				moved++
			case file.calls > 2 && size < 50_000 || file.calls == 1:
				t.Fatalf("codec %s: key %q with %d bytes of rows took %d reads of %d bytes in %d blocks",
					name, key, size, file.calls, file.bytes, file.blocks)
			}
		}
		if moved > keys/200 {
			t.Errorf("codec %s: %d of %d small keys took more than one read", name, moved, keys)
		}
	}
}

// TestManyReaders has goroutines share a table.
func TestManyReaders(t *testing.T) {
	rows := mixedRows()
	for _, name := range codec.Names() {
		w := Write(t, Options(t, mixedSchema(), name, rows[:20]), rows, 100)
		tb := w.Open(t)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				r := tb.NewReader()
				for i := range rows {
					got, err := r.Get(partitioner.NewKey(row.Key(rows[i].Rec)), table.Slice{Prefix: payloads(mixedSchema(), rows[i].Rec)})
					if err != nil {
						t.Error(err)
						return
					}
					if cells, err := got.Next(); err != nil || !bytes.Equal(cells, row.Cells(rows[i].Rec)) {
						t.Errorf("row %d: %x (%v)", i, cells, err)
					}
				}
			})
		}
		group.Wait()
	}
}

func TestAnotherPartitionsKey(t *testing.T) {
	s := mixedSchema()
	o := Options(t, s, codec.None, nil)
	o.Slices.R = 2
	rows := Sorted(s, o.Slices, 0, mixedRows())
	w := Write(t, o, rows, 100)
	r := w.Open(t).NewReader()
	errs := 0
	for _, r2 := range mixedRows() {
		_, err := r.Get(partitioner.NewKey(row.Key(r2.Rec)), table.Slice{})
		if p, _ := o.Slices.Locate(r2.Token); (err != nil) != (p == 1) || table.IsCorruption(err) {
			t.Fatalf("key %q of partition %d: %v", row.Key(r2.Rec), p, err)
		} else if err != nil {
			errs++
		}
	}
	if errs == 0 {
		t.Fatal("no key was of another partition")
	}
}

// TestGetDoesNotAllocate counts allocations of hits in buckets and in the row area, and of misses. (Decoders of zstd
// are pooled by its library, and the race detector empties pools.)
func TestGetDoesNotAllocate(t *testing.T) {
	rows := mixedRows()
	for _, name := range []codec.Name{codec.Cells, codec.None} {
		w := Write(t, Options(t, mixedSchema(), name, rows[:20]), rows, 100)
		r := w.Open(t).NewReader()
		var keys []partitioner.Key
		for _, k := range []string{"guest/1", "guest/wide", "guest/large 0", "guest/none"} {
			keys = append(keys, partitioner.NewKey([]byte(k)))
		}
		n := testing.AllocsPerRun(20, func() {
			for _, k := range keys {
				got, err := r.Get(k, table.Slice{})
				for ; err == nil; _, err = got.Next() {
				}
			}
		})
		if n != 0 {
			t.Errorf("codec %s: %.1f allocations for four gets", name, n)
		}
	}
}

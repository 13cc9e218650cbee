package shuffle

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/source"
)

// wideColumn holds payloads as bytes, nil ones as null by index.
func wideColumn(payloads ...[]byte) source.Column {
	var c source.Column
	for _, p := range payloads {
		c.Idx = append(c.Idx, int32(len(c.Ends)))
		if p == nil {
			c.Idx[len(c.Idx)-1] = -1
			continue
		}
		c.Data = append(c.Data, p...)
		c.Ends = append(c.Ends, uint32(len(c.Data)))
	}
	return c
}

// textLayout has so many text columns of each sort.
func textLayout(t testing.TB, keys, clustering, values int) *Layout {
	t.Helper()
	s := &cql.Schema{}
	for range keys {
		s.Key = append(s.Key, cql.Column{Name: "k" + string(rune('0'+len(s.Key))), Type: cql.Of(cql.Text)})
	}
	for range clustering {
		s.Clustering = append(s.Clustering, cql.ClusteringColumn{Column: cql.Column{Name: "c", Type: cql.Of(cql.Text)}, Order: cql.Ascending})
	}
	for range values {
		s.Values = append(s.Values, cql.Column{Name: "v", Type: cql.Of(cql.Text)})
	}
	l, err := NewLayout(s, RuleError, cql.Type{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestRefusedRows: rows that cannot be records are refused with their position and column, those before them stay.
func TestRefusedRows(t *testing.T) {
	ok := []byte("a")
	large := make([]byte, row.MaxCell+1)
	half := make([]byte, row.MaxKey/2)
	cases := []struct {
		name        string
		keys, cells int // of the layout; one cell is clustering
		columns     []source.Column
		column      string
		err         error
		sel         []int32
		row         int64
	}{
		{name: "null key", keys: 1, cells: 1, columns: []source.Column{wideColumn(ok, ok, nil), wideColumn(ok, ok, ok)}, column: "k0", err: ErrNullKey, row: 102},
		{name: "null in a composite key", keys: 2, cells: 1, columns: []source.Column{wideColumn(ok, ok, ok), wideColumn(ok, nil, ok), wideColumn(ok, ok, ok)}, column: "k1", err: ErrNullKey, row: 101},
		{name: "empty key", keys: 1, cells: 1, columns: []source.Column{wideColumn(ok, []byte{}, ok), wideColumn(ok, ok, ok)}, column: "k0", err: ErrEmptyKey, row: 101},
		{name: "long key", keys: 1, cells: 1, columns: []source.Column{wideColumn(ok, large[:row.MaxKey+1], ok), wideColumn(ok, ok, ok)}, column: "k0", err: ErrLongKey, row: 101},
		{name: "long composite key", keys: 2, cells: 1, columns: []source.Column{wideColumn(ok, ok, half), wideColumn(half, ok, half), wideColumn(ok, ok, ok)}, err: ErrLongKey, row: 102},
		{name: "null clustering", keys: 1, cells: 1, columns: []source.Column{wideColumn(ok, ok, ok), wideColumn(ok, ok, nil)}, column: "c", err: ErrNullClustering, row: 102},
		{name: "null clustering, not selected", keys: 1, cells: 1, columns: []source.Column{wideColumn(ok, ok, ok), wideColumn(ok, nil, nil)}, column: "c", err: ErrNullClustering, row: 102, sel: []int32{0, 2}},
		{name: "large cell", keys: 1, cells: 2, columns: []source.Column{wideColumn(ok, ok, ok), wideColumn(ok, ok, ok), wideColumn(ok, large, ok)}, column: "v", err: ErrLargeCell, row: 101},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l := textLayout(t, c.keys, 1, c.cells-1)
			a := newArenas(t, 1, l, partitioner.Slices{R: 2}, 1<<20, 64<<10)[0]
			b := &source.Batch{Rows: 3, First: 100, Columns: c.columns}
			_, err := a.Append(b, c.sel, 0)
			var refused *RowError
			if !errors.As(err, &refused) || !errors.Is(err, c.err) || refused.Row != c.row || refused.Column != c.column {
				t.Fatalf("%v, want row %d, column %q: %v", err, c.row, c.column, c.err)
			}
		})
	}
	t.Run("large row", func(t *testing.T) {
		l := textLayout(t, 1, 0, 9)
		a := newArenas(t, 1, l, partitioner.Slices{R: 2}, 1<<20, 64<<10)[0]
		b := &source.Batch{Rows: 2, First: 7, Columns: []source.Column{wideColumn(ok, ok)}}
		for range 9 { // nine cells that share their bytes: the row is larger than any may be
			b.Columns = append(b.Columns, source.Column{Data: large[1:], Ends: []uint32{row.MaxCell}, Idx: []int32{-1, 0}})
		}
		next, err := a.Append(b, nil, 0)
		var refused *RowError
		if next != 1 || a.Rows() != 1 || !errors.As(err, &refused) || refused.Row != 8 || !errors.Is(err, ErrLargeRecord) {
			t.Fatalf("Append ended at %d with %d rows: %v", next, a.Rows(), err)
		}
	})
}

// TestFullArena: what does not fit comes back as ErrFull and fits after a Reset; what never fits is ErrMemory.
func TestFullArena(t *testing.T) {
	l := textLayout(t, 1, 0, 1)
	const limit = 256 << 10
	a := newArenas(t, 1, l, partitioner.Slices{R: 2}, limit, 8<<10)[0]
	value := bytes.Repeat([]byte("v"), 90<<10)
	b := &source.Batch{Rows: 3, Columns: []source.Column{wideColumn([]byte("a"), []byte("b"), []byte("c")), wideColumn(value, value, value)}}
	next, err := a.Append(b, nil, 0)
	if !errors.Is(err, ErrFull) || next != 2 {
		t.Fatalf("three large rows: %d, %v", next, err)
	}
	a.Reset()
	if next, err = a.Append(b, nil, next); err != nil || next != 3 || a.Rows() != 1 {
		t.Fatalf("the third after a Reset: %d, %v", next, err)
	}
	huge := &source.Batch{Rows: 2, First: 5, Columns: []source.Column{wideColumn([]byte("a"), []byte("b")), wideColumn([]byte("x"), make([]byte, limit))}}
	a.Reset()
	next, err = a.Append(huge, nil, 0)
	if !errors.Is(err, ErrFull) || next != 1 {
		t.Fatalf("a row as large as the arena, behind another: %d, %v", next, err)
	}
	a.Reset()
	var refused *RowError
	if _, err = a.Append(huge, nil, next); !errors.Is(err, ErrMemory) || !errors.As(err, &refused) || refused.Row != 6 {
		t.Fatalf("a row as large as the arena: %v", err)
	}
	for _, o := range []ArenaOptions{
		{Slices: partitioner.Slices{R: 0}, Limit: 1 << 20},
		{Slices: partitioner.Slices{R: 2}, Limit: 1 << 20, SlabBytes: 1},
		{Slices: partitioner.Slices{R: 2}, Limit: 1 << 20, SlabBytes: 1 << 30},
		{Slices: partitioner.Slices{R: 2}, Limit: 1 << 20, Positions: Positions{Key: []int{0}}},
	} {
		if o.Positions.Key == nil {
			o.Positions = InOrder(l)
		}
		if _, err := NewArena(l, o); err == nil {
			t.Errorf("an arena with %+v", o)
		}
	}
	if _, err := NewArena(l, ArenaOptions{Positions: InOrder(l), Slices: partitioner.Slices{R: 1000}, Limit: MinArenaBytes(1000, 8<<10) - 1, SlabBytes: 8 << 10}); !errors.Is(err, ErrMemory) {
		t.Errorf("an arena a byte too small: %v", err)
	}
}

// TestArenaMemory holds ArenaBytes, Bytes and SortedBytes to the heap in use.
func TestArenaMemory(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 21))
		most := []int{10, 300, 3000}[seed%3]
		c := wideCase(t, RuleLatest, 20_000, 20_000, func(int) int { return r.IntN(most) })
		recordBytes, longest := int64(0), int64(0)
		for _, cells := range c.rows {
			n := int64(len(c.record(cells)))
			recordBytes, longest = recordBytes+n, max(longest, n)
		}
		s := partitioner.Slices{R: []int{1, 4096}[seed%2]}
		slab := int64(64 << 10)
		bound := ArenaBytes(int64(len(c.rows)), recordBytes, longest, s.R, slab)
		w := newMeter()
		a := newArenas(t, 1, c.layout, s, bound, slab)[0]
		for done := 0; done < len(c.rows); done += 1000 {
			n, err := a.Append(c.batch(r, c.rows[done:done+1000], 0), nil, 0)
			if n != 1000 || err != nil {
				t.Fatalf("in %d bytes: %d, %v", bound, n, err)
			}
		}
		if a.RecordBytes() != uint64(recordBytes) {
			t.Errorf("%d bytes of records, want %d", a.RecordBytes(), recordBytes)
		}
		sorted := NewSorted(c.layout, s)
		if err := sorted.Load([]*Arena{a}); err != nil {
			t.Fatal(err)
		}
		if want := SortedBytes(int64(len(c.rows)), s.R); sorted.Bytes() != want {
			t.Errorf("Sorted has %d bytes, the formula %d", sorted.Bytes(), want)
		}
		a.plan = batchPlan{} // aliases the last batch, which is the caller's
		w.look()
		lists := int64(2*24) * int64(2*cap(a.slabs)+cap(a.chunks)) // of slabs and chunks: next to nothing with slabs of usual size
		w.check(t, "arena", a.Bytes()+sorted.Bytes()+lists)
		if a.Bytes() > bound {
			t.Errorf("the arena has %d bytes, the formula %d", a.Bytes(), bound)
		}
		if w.most < recordBytes {
			t.Errorf("%d bytes in use for %d of records: the heap was measured wrongly", w.most, recordBytes)
		}
		runtime.KeepAlive(sorted)
		runtime.KeepAlive(c)
	}
}

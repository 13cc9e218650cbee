package shuffle

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/source"
)

// TestDivision: ranges are in token order, at most as many as they may be, and each belongs to the partition of its tokens.
func TestDivision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := partitioner.Slices{R: rapid.OneOf(rapid.IntRange(1, 2*maxRanges), rapid.IntRange(1, partitioner.MaxR)).Draw(t, "R")}
		d := divide(s)
		if n := d.ranges(); n > max(maxRanges, s.R) || 2*n <= maxRanges {
			t.Fatalf("%d partitions have %d ranges", s.R, n)
		}
		tokens := rapid.SliceOfN(rapid.Int64Min(partitioner.MinToken+1), 1, 50).Draw(t, "tokens")
		lo, hi := s.Bounds(rapid.IntRange(0, s.R-1).Draw(t, "bounds of"))
		tokens = append(tokens, lo+1, hi, partitioner.MinToken+1)
		slices.Sort(tokens)
		last := 0
		for _, token := range tokens {
			partition, at := d.locate(token)
			want, _ := s.Locate(token)
			if from, to := d.of(partition); partition != want || at < from || at >= to || at < last || at >= d.ranges() {
				t.Fatalf("token %d of partition %d is in partition %d, range %d of %d", token, want, partition, at, d.ranges())
			}
			last = at
		}
	})
}

// TestSortedAgainstModel cuts and sorts entries of uniform and of few tokens, with arenas that are used again, and compares
// them with a plain sort of all.
func TestSortedAgainstModel(t *testing.T) {
	l := textLayout(t, 1, 0, 1)
	for seed := range uint64(24) {
		r := rand.New(rand.NewPCG(seed, 36))
		s := partitioner.Slices{R: []int{1, 2, 7, 300, 4096}[r.IntN(5)]}
		arenas := newArenas(t, 1+r.IntN(3), l, s, 4<<20, 16<<10)
		sorted := NewSorted(l, s)
		var scratch Scratch
		for range 3 {
			keys := []int{1, 5, 1 << 30}[r.IntN(3)]
			rows := 0
			for _, a := range arenas {
				a.Reset()
				for range r.IntN(3) {
					b := keyed(r, 1+r.IntN(3000), keys)
					if _, err := a.Append(b, nil, 0); err != nil {
						t.Fatal(err)
					}
					rows += b.Rows
				}
			}
			if err := sorted.Load(arenas); err != nil {
				t.Fatal(err)
			}
			sorted.check(t, arenas, &scratch, rows)
		}
	}
}

// keyed is rows of random keys, so many different ones.
func keyed(r *rand.Rand, rows, keys int) *source.Batch {
	var k, v [][]byte
	for range rows {
		k = append(k, binary.BigEndian.AppendUint32(nil, uint32(r.IntN(keys))))
		v = append(v, make([]byte, r.IntN(40)))
	}
	return &source.Batch{Rows: rows, Columns: []source.Column{wideColumn(k...), wideColumn(v...)}}
}

// check compares the entries of s, partition by partition in any order, with those of the arenas.
func (s *Sorted) check(t *testing.T, arenas []*Arena, scratch *Scratch, rows int) {
	t.Helper()
	var want []entry
	slab := uint64(0)
	for _, a := range arenas {
		for _, c := range a.chunks {
			for _, e := range c {
				want = append(want, entry{e.token, e.ref + slab<<32})
			}
		}
		slab += uint64(len(a.slabs))
	}
	if len(want) != rows || s.Rows() != uint64(rows) {
		t.Fatalf("%d rows were added, %d are in the arenas, %d in the Sorted", rows, len(want), s.Rows())
	}
	order := func(a, b entry) int { return cmp.Or(cmp.Compare(a.token, b.token), cmp.Compare(a.ref, b.ref)) }
	slices.SortFunc(want, order)
	got := make([][]entry, s.Partitions())
	for _, p := range rand.Perm(s.Partitions()) {
		entries := s.sort(p, scratch)
		if uint64(len(entries)) != s.PartitionRows(p) {
			t.Fatalf("partition %d has %d entries of %d rows", p, len(entries), s.PartitionRows(p))
		}
		for i, e := range entries {
			if at, _ := s.slices.Locate(unbiased(e.token)); at != p || i > 0 && e.token < entries[i-1].token {
				t.Fatalf("partition %d: entry %d of token %d is out of place", p, i, unbiased(e.token))
			}
		}
		got[p] = entries
	}
	all := slices.Concat(got...)
	slices.SortFunc(all, order) // entries of one token stay in no special order
	if !slices.Equal(all, want) {
		t.Fatal("the entries are not those of the arenas")
	}
}

package shuffle

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestRadixSorts: any entries come out in the order of their tokens, none lost, whatever the scratch was used for before.
func TestRadixSorts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var scratch Scratch
		for range 2 {
			n := rapid.IntRange(0, 5000).Draw(t, "rows")
			width := rapid.IntRange(0, 64).Draw(t, "width") // of the part of the token in which they differ
			base := rapid.Uint64().Draw(t, "base")
			twice := rapid.IntRange(1, 100).Draw(t, "one token in") // how many share one
			seed := rapid.Uint64().Draw(t, "seed")
			entries := make([]entry, n)
			for i := range entries {
				seed = seed*6364136223846793005 + 1442695040888963407
				token := base
				if i%twice != 0 {
					token ^= (seed ^ seed>>29) & (1<<width - 1)
				}
				entries[i] = entry{token, uint64(i)}
			}
			want := slices.Clone(entries)
			order := func(a, b entry) int { return cmp.Or(cmp.Compare(a.token, b.token), cmp.Compare(a.ref, b.ref)) }
			slices.SortFunc(want, order)
			scratch.sort(entries)
			if !slices.IsSortedFunc(entries, func(a, b entry) int { return cmp.Compare(a.token, b.token) }) {
				t.Fatal("not sorted")
			}
			slices.SortFunc(entries, order)
			if !slices.Equal(entries, want) {
				t.Fatal("other entries than before")
			}
			if bound := ScratchBytes(int64(n)); int64(cap(scratch.entries)*entryBytes+cap(scratch.buckets)*4) > max(bound, ScratchBytes(5000)) {
				t.Fatalf("a scratch of %d entries and %d buckets", cap(scratch.entries), cap(scratch.buckets))
			}
		}
	})
}

package shuffle

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/verdigris-db/verdigris/partitioner"
)

// eachCase runs f on random schemas and rows under both rules.
func eachCase(t *testing.T, f func(t *testing.T, r *rand.Rand, c *testCase)) {
	for seed := range uint64(20) {
		rule := []Rule{RuleError, RuleLatest}[seed%2]
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			c := randomCase(r, 1+r.IntN(6000), 2+r.IntN(400), rule)
			if rule == RuleError {
				c.unique(r)
			}
			f(t, r, c)
		})
	}
}

func TestMemoryAgainstModel(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, c *testCase) {
		s := partitioner.Slices{R: []int{1, 3, 16, 100}[r.IntN(4)]}
		want := c.model(s)
		arenas := newArenas(t, 1+r.IntN(3), c.layout, s, 64<<20, 16<<10)
		c.fillArenas(t, r, arenas, nil)
		sorted := NewSorted(c.layout, s)
		for range 2 { // loading again gives the same
			if err := sorted.Load(arenas); err != nil {
				t.Fatal(err)
			}
			var scratch Scratch
			for p := range s.R {
				for range 2 { // a partition may be folded again
					rows, stats := drain(t, sorted.Partition(p, &scratch))
					want.check(t, p, rows, stats)
				}
			}
		}
	})
}

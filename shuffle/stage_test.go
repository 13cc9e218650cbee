package shuffle

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/verdigris-db/verdigris/partitioner"
)

// TestStageIsTheSame: records made on the stage are those that are made one by one in their place.
func TestStageIsTheSame(t *testing.T) {
	t.Parallel()
	staged := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 22))
		most := []int{8, 100, 500, stageBytes}[seed%4]
		c := wideCase(t, RuleLatest, 500, 300, func(int) int { return r.IntN(most) })
		b := c.batch(r, c.rows, 0)
		var sel []int32
		for i := range c.rows {
			if r.IntN(3) > 0 {
				sel = append(sel, int32(i))
			}
		}
		made := func(stageIt bool) string {
			a := newArenas(t, 1, c.layout, partitioner.Slices{R: 7}, 64<<20, 32<<20)[0]
			p := &a.plan
			if err := p.set(c.layout, a.at, b, sel); err != nil {
				t.Fatal(err)
			}
			slab, out := make([]byte, len(sel)*p.maxRow), make([]entry, len(sel))
			var end int
			switch fits := a.stage.fit(p.maxRow); {
			case !stageIt:
				end = a.writeRows(p, slab, 0, 5<<32, sel, out)
			case fits:
				staged++
				end = a.writeStaged(p, slab, 0, 5<<32, sel, out)
			default:
				end = a.write(p, slab, 0, 5<<32, sel, out)
			}
			return fmt.Sprint(end, out, a.counts) + string(slab[:end])
		}
		if a, b := made(true), made(false); a != b {
			t.Fatalf("seed %d: the records differ from byte %d on", seed, len(commonPrefix(a, b)))
		}
	}
	if staged < 20 || staged == 40 {
		t.Errorf("%d of 40 batches are made on the stage", staged)
	}
}

func commonPrefix(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

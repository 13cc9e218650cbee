package shuffle

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// sample is the rule of SampleSorted, over the model's rows.
func (want result) sample(rows, size int) []row.Row {
	var out []row.Row
	left, passed := size, 0
	for _, part := range want.rows {
		for _, r := range part {
			if len(r.Rec) > size/8 {
				if passed++; passed == 65 {
					return out
				}
				continue
			}
			if len(r.Rec) > left || len(out) == rows {
				return out
			}
			left -= len(r.Rec)
			out = append(out, r)
		}
	}
	return out
}

func TestSampleAgainstModel(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, c *testCase) {
		s := partitioner.Slices{R: []int{1, 3, 16}[r.IntN(3)]}
		want := c.model(s)
		runs := c.spill(t, r, s, RunOptions{}, 500)
		arenas := newArenas(t, 2, c.layout, s, 64<<20, 16<<10)
		c.fillArenas(t, r, arenas, nil)
		sorted := NewSorted(c.layout, s)
		if err := sorted.Load(arenas); err != nil {
			t.Fatal(err)
		}
		for _, limit := range [][2]int{{0, 1 << 20}, {1, 1 << 20}, {100, 1 << 20}, {1 << 20, 1 << 30}, {1000, 500}, {1000, 5000}, {1000, 0}} {
			model := want.sample(limit[0], limit[1])
			memory, err := SampleSorted(sorted, limit[0], limit[1])
			if err != nil {
				t.Fatal(err)
			}
			spilled, err := SampleRuns(c.layout, s, runs, limit[0], limit[1], 64<<20)
			if err != nil {
				t.Fatal(err)
			}
			for name, got := range map[string][]row.Row{"memory": memory, "runs": spilled} {
				if len(got) != len(model) {
					t.Fatalf("%v: %s gives %d rows, the model %d", limit, name, len(got), len(model))
				}
				for i := range got {
					if got[i].Token != model[i].Token || !bytes.Equal(got[i].Rec, model[i].Rec) {
						t.Fatalf("%v: %s differs at row %d", limit, name, i)
					}
				}
			}
		}
	})
}

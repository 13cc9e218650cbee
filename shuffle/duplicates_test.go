package shuffle

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// failure reads a Stream up to its error, nil at a good end.
func failure(t *testing.T, s Stream) error {
	t.Helper()
	buf := make([]row.Row, 100)
	for {
		n, err := s.Next(buf)
		if err == nil {
			continue
		}
		if n != 0 {
			t.Fatalf("%d rows with the error %v", n, err)
		}
		if _, again := s.Next(buf); again != err {
			t.Fatalf("after the error %v comes %v", err, again)
		}
		if err == io.EOF {
			return nil
		}
		return err
	}
}

// TestDuplicatesAgainstModel: under RuleError each partition gives the same two rows, whether they met in memory, in one
// run or in two, and they are the first that the model finds.
func TestDuplicatesAgainstModel(t *testing.T) {
	found := 0
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 4))
		c := randomCase(r, 1+r.IntN(1500), 2+r.IntN(400), RuleError)
		s := partitioner.Slices{R: []int{1, 3, 16}[r.IntN(3)]}
		arenas := newArenas(t, 2, c.layout, s, 64<<20, 16<<10)
		c.fillArenas(t, r, arenas, nil)
		sorted := NewSorted(c.layout, s)
		if err := sorted.Load(arenas); err != nil {
			t.Fatal(err)
		}
		var scratch Scratch
		spills := [][]*Run{
			c.spill(t, r, s, RunOptions{BlockBytes: minBlockBytes}, 100),
			c.spill(t, r, s, RunOptions{Workers: 2}, len(c.rows)),
		}
		want := c.firstPairs(s)
		for p := range s.R {
			err := failure(t, sorted.Partition(p, &scratch))
			var dup *DuplicateError
			if errors.As(err, &dup) != (want[p] != [2]string{}) {
				t.Fatalf("seed %d, partition %d: %v, want the rows %x", seed, p, err, want[p])
			}
			for _, runs := range spills {
				m, mergeErr := NewMerge(c.layout, s, p, runs, leastMemory(t, runs, p))
				if mergeErr != nil {
					t.Fatal(mergeErr)
				}
				mergeErr = failure(t, m)
				if dup == nil {
					if mergeErr != nil {
						t.Fatalf("seed %d, partition %d: memory has no duplicates, the merge %v", seed, p, mergeErr)
					}
					continue
				}
				var other *DuplicateError
				if !errors.As(mergeErr, &other) || other.Error() != dup.Error() || !strings.Contains(mergeErr.Error(), dup.Error()) {
					t.Fatalf("seed %d, partition %d: memory says\n%v\nthe merge\n%v", seed, p, err, mergeErr)
				}
			}
			if dup != nil {
				found++
				if got := [2]string{string(dup.First), string(dup.Second)}; got != want[p] {
					t.Fatalf("seed %d, partition %d: rows\n%x, want\n%x", seed, p, got, want[p])
				}
			}
		}
	}
	if found < 20 {
		t.Fatalf("%d partitions had duplicates: the test tests little", found)
	}
}

// firstPairs is the first two different rows of one identity in table order, by partition.
func (c *testCase) firstPairs(s partitioner.Slices) [][2]string {
	pairs := make([][2]string, s.R)
	rows := c.sortedRows()
	for i := 1; i < len(rows); i++ {
		a, b := c.record(rows[i-1]), c.record(rows[i])
		p, _ := s.Locate(partitioner.Token(row.Key(a)))
		if pairs[p] == [2]string{} && c.identity(rows[i-1]) == c.identity(rows[i]) && string(a) != string(b) {
			pairs[p] = [2]string{string(a), string(b)}
		}
	}
	return pairs
}

package shuffle

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// writeRun sorts what the arenas hold and writes it to a run in memory.
func writeRun(t testing.TB, l *Layout, s partitioner.Slices, arenas []*Arena, o RunOptions) ([]byte, RunInfo) {
	t.Helper()
	sorted := NewSorted(l, s)
	if err := sorted.Load(arenas); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	info, err := WriteRun(&b, sorted, o)
	if err != nil {
		t.Fatal(err)
	}
	if info.Bytes != int64(b.Len()) {
		t.Fatalf("RunInfo has %d bytes, written were %d", info.Bytes, b.Len())
	}
	return b.Bytes(), info
}

func openRun(t testing.TB, l *Layout, b []byte) *Run {
	t.Helper()
	r, err := OpenRun(bytes.NewReader(b), int64(len(b)), l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// spill puts the rows of c through runs: an arena is flushed when it is full, and at random.
func (c *testCase) spill(t testing.TB, r *rand.Rand, s partitioner.Slices, o RunOptions, flush int) []*Run {
	t.Helper()
	var runs []*Run
	arenas := newArenas(t, 1+r.IntN(2), c.layout, s, MinArenaBytes(s.R, 8<<10)+int64(r.IntN(100<<10)), 8<<10)
	out := func() {
		b, _ := writeRun(t, c.layout, s, arenas, o)
		runs = append(runs, openRun(t, c.layout, b))
		for _, a := range arenas {
			a.Reset()
		}
	}
	rows := c.rows
	for len(rows) > 0 {
		n := min(1+r.IntN(flush), len(rows))
		part := *c
		part.rows, rows = rows[:n], rows[n:]
		part.fillArenas(t, r, arenas, out)
		out()
	}
	return runs
}

// leastMemory is the least memory with which a merge always succeeds: rows longer than a block may be piled under one key.
func leastMemory(t testing.TB, runs []*Run, partition int) int64 {
	t.Helper()
	entries, err := indexEntries(runs, partition, runs[0].Partitions())
	if err != nil {
		t.Fatal(err)
	}
	n := needsOf(runs, entries)
	n.large *= n.runs + 1
	return n.least()
}

func TestSpillAgainstModel(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, c *testCase) {
		s := partitioner.Slices{R: []int{1, 3, 16, 100}[r.IntN(4)]}
		want := c.model(s)
		o := RunOptions{
			Compression: []Compression{PackNone, PackS2}[r.IntN(2)],
			BlockBytes:  []int{1 << 10, 2 << 10, 32 << 10, 256 << 10}[r.IntN(4)],
			Workers:     1 + r.IntN(3),
		}
		runs := c.spill(t, r, s, o, []int{20, 300, 3000}[r.IntN(3)])
		again, err := NewMerge(c.layout, s, r.IntN(s.R), runs, 8<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range r.Perm(s.R) {
			for range 1 + r.IntN(2) { // in the middle of another one, or at its end
				if _, err := again.Next(make([]row.Row, r.IntN(100))); err != nil && err != io.EOF {
					t.Fatal(err)
				}
				if err := again.Restart(p); err != nil {
					t.Fatal(err)
				}
			}
			rows, stats := drain(t, again)
			want.check(t, p, rows, stats)
			least := leastMemory(t, runs, p)
			for _, memory := range []int64{least, least + int64(r.IntN(64<<10)), 256 << 20} {
				m, err := NewMerge(c.layout, s, p, runs, memory)
				if err != nil {
					t.Fatal(err)
				}
				rows, stats := drain(t, m)
				want.check(t, p, rows, stats)
				if err := m.Close(); err != nil {
					t.Fatal(err)
				}
				if _, err := m.Next(nil); err == nil || err == io.EOF {
					t.Fatalf("Next after Close: %v", err)
				}
			}
		}
	})
}

// TestNoRows: a run without rows, a merge of none, and a merge without runs end at once.
func TestNoRows(t *testing.T) {
	c := wideCase(t, RuleLatest, 0, 1, nil)
	s := partitioner.Slices{R: 70} // the index has three pages
	b, info := writeRun(t, c.layout, s, nil, RunOptions{})
	if want := indexLen(s.R) + trailerBytes; info.Bytes != want || info.Stats != (Stats{}) {
		t.Fatalf("%d bytes, want %d; %+v", info.Bytes, want, info.Stats)
	}
	for _, runs := range [][]*Run{nil, {openRun(t, c.layout, b)}} {
		for _, p := range []int{0, 31, 32, 69} {
			m, err := NewMerge(c.layout, s, p, runs, MergeBytes(1, RunOptions{}, 0, 1))
			if err != nil {
				t.Fatal(err)
			}
			if rows, stats := drain(t, m); len(rows) != 0 || stats != (Stats{}) {
				t.Fatalf("partition %d: %d rows, %+v", p, len(rows), stats)
			}
		}
		if rows, err := SampleRuns(c.layout, s, runs, 10, 1000, 1<<20); len(rows) != 0 || err != nil {
			t.Fatalf("a sample of %d rows: %v", len(rows), err)
		}
	}
	for _, p := range []int{-1, 70} {
		if _, err := NewMerge(c.layout, s, p, nil, 1<<20); err == nil {
			t.Errorf("partition %d of %d was merged", p, s.R)
		}
	}
}

package shuffle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// liveBytes is the heap that is in use.
func liveBytes() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// meter watches the heap against a bound, at each call of look.
type meter struct {
	base, most int64
}

func newMeter() *meter { return &meter{base: liveBytes()} }

func (m *meter) look() { m.most = max(m.most, liveBytes()-m.base) }

func (m *meter) check(t *testing.T, what string, bound int64) {
	t.Helper()
	if m.most > bound+16<<10 { // what the test itself holds
		t.Errorf("%s: %d bytes in use, the formula allows %d", what, m.most, bound)
	}
	t.Logf("%s: %d bytes in use of %d", what, m.most, bound)
}

// wideCase has rows of key id, clustering seq and a text of size(i) bytes; ids repeat after keys rows.
func wideCase(t testing.TB, rule Rule, rows, keys int, size func(i int) int) *testCase {
	t.Helper()
	kinds := []cql.Kind{cql.BigInt, cql.Int, cql.Text}
	c := &testCase{keys: 1}
	for _, k := range kinds {
		c.types = append(c.types, cql.Of(k))
	}
	s := &cql.Schema{
		Key:        []cql.Column{{Name: "id", Type: c.types[0]}},
		Clustering: []cql.ClusteringColumn{{Column: cql.Column{Name: "seq", Type: c.types[1]}, Order: cql.Descending}},
		Values:     []cql.Column{{Name: "text", Type: c.types[2]}},
	}
	recency := cql.Type{}
	if rule == RuleLatest {
		recency = cql.Of(cql.Int)
		c.types = append(c.types, recency)
	}
	l, err := NewLayout(s, rule, recency)
	if err != nil {
		t.Fatal(err)
	}
	c.layout = l
	r := rand.New(rand.NewPCG(uint64(rows), 11))
	letters := make([]byte, 1<<20)
	for i := range letters {
		letters[i] = 'a' + byte(r.IntN(26))
	}
	for i := range rows {
		text := make([]byte, size(i))
		for n := 0; n < len(text); {
			n += copy(text[n:], letters[r.IntN(len(letters)/2):])
		}
		cells := []cell{
			binary.BigEndian.AppendUint64(nil, uint64(i%keys)), binary.BigEndian.AppendUint32(nil, uint32(i/keys)), text,
		}
		if rule == RuleLatest {
			cells = append(cells, binary.BigEndian.AppendUint32(nil, uint32(i)))
		}
		c.rows = append(c.rows, cells)
	}
	return c
}

// runs writes the rows of c, dealt out to n runs one by one.
func (c *testCase) runs(t testing.TB, s partitioner.Slices, n int, o RunOptions) []*Run {
	t.Helper()
	var runs []*Run
	r := rand.New(rand.NewPCG(1, 12))
	for i := range n {
		part := *c
		part.rows = nil
		size := int64(0)
		for j := i; j < len(c.rows); j += n {
			part.rows = append(part.rows, c.rows[j])
			size += int64(len(c.record(c.rows[j])))
		}
		arenas := newArenas(t, 1, c.layout, s, MinArenaBytes(s.R, 64<<10)+4*size+1<<20, 64<<10)
		part.fillArenas(t, r, arenas, nil)
		b, _ := writeRun(t, c.layout, s, arenas, o)
		runs = append(runs, openRun(t, c.layout, b))
	}
	return runs
}

// watch merges a partition with the memory and compares rows and memory.
func (want result) watch(t *testing.T, what string, l *Layout, s partitioner.Slices, p int, runs []*Run, memory int64) {
	t.Helper()
	w := newMeter()
	m, err := NewMerge(l, s, p, runs, memory)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	w.look()
	buf := make([]row.Row, 1000)
	rows, every := want.rows[p], 1+len(want.rows[p])/1000
	for i := 0; ; i++ {
		n, err := m.Next(buf)
		for _, r := range buf[:n] {
			if len(rows) == 0 || r.Token != rows[0].Token || !bytes.Equal(r.Rec, rows[0].Rec) {
				t.Fatalf("%s: %d rows before the end another row comes", what, len(rows))
			}
			rows = rows[1:]
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if i%every == 0 {
			w.look()
		}
	}
	if len(rows) > 0 || m.Stats() != want.stats[p] {
		t.Fatalf("%s: %d rows are missing, stats %+v, want %+v", what, len(rows), m.Stats(), want.stats[p])
	}
	w.check(t, what, memory)
	runtime.KeepAlive(runs)
}

func TestMergeMemory(t *testing.T) {
	s := partitioner.Slices{R: 1}
	t.Run("small rows", func(t *testing.T) {
		c := wideCase(t, RuleLatest, 30_000, 20_000, func(i int) int { return i % 90 })
		want := c.model(s)
		runs := c.runs(t, s, 20, RunOptions{})
		least := needsOfAll(t, runs, 0).least()
		if bound := MergeBytes(len(runs), RunOptions{}, 0, 1); least > bound {
			t.Errorf("the merge needs %d bytes, MergeBytes says %d", least, bound)
		}
		for _, memory := range []int64{least, 2 * least, 64 << 20} {
			want.watch(t, "small rows", c.layout, s, 0, runs, memory)
		}
		if _, err := NewMerge(c.layout, s, 0, runs, least-1); !errors.Is(err, ErrMemory) {
			t.Errorf("with a byte less than needed: %v", err)
		}
	})
	t.Run("one key", func(t *testing.T) {
		for _, rule := range []Rule{RuleError, RuleLatest} {
			c := wideCase(t, rule, 15_000, 1, func(i int) int { return 20 + i%50 })
			want := c.model(s)
			runs := c.runs(t, s, 7, RunOptions{Workers: 2})
			want.watch(t, "one key", c.layout, s, 0, runs, needsOfAll(t, runs, 0).least())
		}
	})
	t.Run("large rows", func(t *testing.T) {
		size := func(i int) int { return []int{10, 100, 40 << 10, 300 << 10, 2 << 20}[i%5] }
		c := wideCase(t, RuleLatest, 60, 60, size)
		want := c.model(s)
		runs := c.runs(t, s, 4, RunOptions{})
		least := needsOfAll(t, runs, 0).least()
		if bound := MergeBytes(len(runs), RunOptions{}, 2<<20+100, 1); least > bound {
			t.Errorf("the merge needs %d bytes, MergeBytes says %d", least, bound)
		}
		want.watch(t, "large rows", c.layout, s, 0, runs, least)
		want.watch(t, "large rows", c.layout, s, 0, runs, 128<<20)
	})
	t.Run("large rows of one key", func(t *testing.T) {
		c := wideCase(t, RuleError, 20, 1, func(int) int { return 1 << 20 })
		want := c.model(s)
		runs := c.runs(t, s, 4, RunOptions{})
		m, err := NewMerge(c.layout, s, 0, runs, needsOfAll(t, runs, 0).least())
		if err == nil {
			err = failure(t, m)
		}
		if !errors.Is(err, ErrMemory) {
			t.Errorf("with memory for one of five: %v", err)
		}
		want.watch(t, "large rows of one key", c.layout, s, 0, runs, MergeBytes(4, RunOptions{}, 1<<20+100, 5))
	})
}

func needsOfAll(t testing.TB, runs []*Run, partition int) *needs {
	t.Helper()
	entries, err := indexEntries(runs, partition, runs[0].Partitions())
	if err != nil {
		t.Fatal(err)
	}
	return needsOf(runs, entries)
}

// watchedWriter looks at the memory while a run is written.
type watchedWriter struct {
	meter *meter
	n     int
}

func (w *watchedWriter) Write(b []byte) (int, error) {
	if w.n++; w.n%8 == 1 {
		w.meter.look()
	}
	return len(b), nil
}

func TestWriterMemory(t *testing.T) {
	s := partitioner.Slices{R: 300}
	for name, size := range map[string]func(int) int{
		"small rows": func(i int) int { return i % 200 },
		"large rows": func(i int) int { return 200 << 10 * (i % 2) },
	} {
		rows := 40_000
		if name == "large rows" {
			rows = 300
		}
		c := wideCase(t, RuleLatest, rows, rows, size)
		arenas := newArenas(t, 2, c.layout, s, 256<<20, 1<<20)
		c.fillArenas(t, rand.New(rand.NewPCG(1, 13)), arenas, nil)
		sorted := NewSorted(c.layout, s)
		if err := sorted.Load(arenas); err != nil {
			t.Fatal(err)
		}
		longest := int64(0)
		for i := range s.R {
			longest = max(longest, int64(sorted.PartitionRows(i)))
		}
		for _, o := range []RunOptions{{}, {Workers: 3}, {Workers: 2, Compression: PackNone}} {
			w := &watchedWriter{meter: newMeter()}
			if _, err := WriteRun(w, sorted, o); err != nil {
				t.Fatal(err)
			}
			w.meter.check(t, name, RunWriterBytes(o, s.R, longest))
		}
	}
}

// TestRestartMemory: partitions of very different rows one after the other stay within the memory too.
func TestRestartMemory(t *testing.T) {
	s := partitioner.Slices{R: 8}
	runs := []*Run{}
	var layout *Layout
	for i := range 6 {
		size := func(j int) int { return []int{j % 30, 5000 * (j % 2), 600 << 10 * (j % 2)}[i%3] }
		c := wideCase(t, RuleLatest, []int{20_000, 2000, 12}[i%3], 5000, size)
		if layout == nil {
			layout = c.layout
		}
		c.layout = layout
		runs = append(runs, c.runs(t, s, 1, RunOptions{BlockBytes: []int{4 << 10, 32 << 10}[i%2]})...)
	}
	memory := int64(0)
	for p := range s.R {
		memory = max(memory, needsOfAll(t, runs, p).least()+2<<20)
	}
	w := newMeter()
	m, err := NewMerge(layout, s, 0, runs, memory)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * s.R {
		if err := m.Restart(i * 5 % s.R); err != nil {
			t.Fatal(err)
		}
		w.look()
		if err := failure(t, m); err != nil {
			t.Fatal(err)
		}
		w.look()
	}
	w.check(t, "restarted", memory)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.Restart(3); err != nil {
		t.Fatal(err)
	}
	if err := failure(t, m); err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(runs)
}

// TestManyRuns: a thousand runs of many partitions, most of them without rows.
func TestManyRuns(t *testing.T) {
	s := partitioner.Slices{R: 4096}
	c := wideCase(t, RuleLatest, 3000, 2500, func(i int) int { return i % 50 })
	want := c.model(s)
	runs := c.runs(t, s, 200, RunOptions{})
	for range 5 { // the same runs again, as if there were more: their rows are folded away
		runs = append(runs, runs[:200]...)
	}
	w := newMeter()
	for _, p := range []int{0, 1, 2047, 4095} {
		m, err := NewMerge(c.layout, s, p, runs, MergeBytes(8, RunOptions{}, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		rows, stats := drain(t, m)
		if len(rows) != len(want.rows[p]) || stats.Kept != want.stats[p].Kept || stats.Read != 6*want.stats[p].Read {
			t.Fatalf("partition %d: %d rows, %+v, want %+v", p, len(rows), stats, want.stats[p])
		}
	}
	w.look()
	w.check(t, "open runs", 1<<20)
	runtime.KeepAlive(runs)
}

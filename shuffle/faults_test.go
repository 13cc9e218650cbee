package shuffle

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/verdigris-db/verdigris/partitioner"
)

var errFault = errors.New("the disk is on fire")

// faultyWriter fails once so many bytes are written.
type faultyWriter struct{ left int }

func (w *faultyWriter) Write(b []byte) (int, error) {
	if len(b) > w.left {
		return w.left, errFault
	}
	w.left -= len(b)
	return len(b), nil
}

// TestWriteFaults fails the writer at many places: the error comes out and no goroutine stays.
func TestWriteFaults(t *testing.T) {
	defer goleak.VerifyNone(t)
	r := rand.New(rand.NewPCG(3, 14))
	c := wideCase(t, RuleLatest, 6_000, 6_000, func(i int) int { return 100 + i%100 })
	s := partitioner.Slices{R: 7}
	arenas := newArenas(t, 1, c.layout, s, 16<<20, 64<<10)
	c.fillArenas(t, r, arenas, nil)
	sorted := NewSorted(c.layout, s)
	if err := sorted.Load(arenas); err != nil {
		t.Fatal(err)
	}
	for _, o := range []RunOptions{{}, {Workers: 3, Compression: PackNone}} {
		info, err := WriteRun(io.Discard, sorted, o)
		if err != nil {
			t.Fatal(err)
		}
		for left := 0; left < int(info.Bytes); left += 1 + r.IntN(int(info.Bytes)/20) {
			if _, err := WriteRun(&faultyWriter{left}, sorted, o); !errors.Is(err, errFault) {
				t.Fatalf("failing after %d of %d bytes: %v", left, info.Bytes, err)
			}
		}
		if _, err := WriteRun(&faultyWriter{int(info.Bytes)}, sorted, o); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []RunOptions{{Compression: "lzma"}, {BlockBytes: 10}, {BlockBytes: 1 << 30}, {Workers: -1}} {
		if _, err := WriteRun(io.Discard, sorted, o); err == nil {
			t.Errorf("options %+v were taken", o)
		}
	}
}

// watchedReader counts the reads, notes their ranges and fails the one with number fail.
type watchedReader struct {
	r io.ReaderAt

	mu    sync.Mutex
	reads [][2]int64
	fail  int
}

func (w *watchedReader) ReadAt(b []byte, at int64) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.reads) == w.fail {
		return 0, errFault
	}
	w.reads = append(w.reads, [2]int64{at, at + int64(len(b))})
	return w.r.ReadAt(b, at)
}

// TestReads: a merge reads the trailer, one page of the index and the partition's range, once and in pieces as large as
// memory allows; whichever read fails, its error comes out and is not taken for damage.
func TestReads(t *testing.T) {
	defer goleak.VerifyNone(t)
	c := wideCase(t, RuleLatest, 30_000, 30_000, func(i int) int { return 100 })
	s := partitioner.Slices{R: 4}
	arenas := newArenas(t, 1, c.layout, s, 32<<20, 64<<10)
	c.fillArenas(t, rand.New(rand.NewPCG(3, 15)), arenas, nil)
	b, _ := writeRun(t, c.layout, s, arenas, RunOptions{Compression: PackNone})
	merge := func(w *watchedReader, memory int64) error {
		run, err := OpenRun(w, int64(len(b)), c.layout)
		if err != nil {
			return err
		}
		m, err := NewMerge(c.layout, s, 2, []*Run{run}, memory)
		if err != nil {
			return err
		}
		defer m.Close()
		return failure(t, m)
	}
	info, err := openRun(t, c.layout, b).Partition(2)
	if err != nil {
		t.Fatal(err)
	}
	for _, memory := range []int64{1 << 20, 64 << 20} {
		w := &watchedReader{r: bytes.NewReader(b), fail: -1}
		if err := merge(w, memory); err != nil {
			t.Fatal(err)
		}
		if memory > 16<<20 && len(w.reads) != 3 || len(w.reads) > 3+int(info.Length/(memory/8)) {
			t.Errorf("%d reads with %d bytes of memory for %d bytes", len(w.reads), memory, info.Length)
		}
		at := info.Offset
		for _, read := range w.reads[2:] {
			if read[0] != at {
				t.Errorf("read %d to %d, want from %d", read[0], read[1], at)
			}
			at = read[1]
		}
		if at != info.Offset+info.Length {
			t.Errorf("read to %d of %d", at, info.Offset+info.Length)
		}
		for i := range w.reads {
			err := merge(&watchedReader{r: bytes.NewReader(b), fail: i}, memory)
			if !errors.Is(err, errFault) || errors.Is(err, ErrDamagedRun) {
				t.Errorf("with read %d failing: %v", i, err)
			}
		}
	}
}

package workers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/source"
)

// mapTask reads the row groups of one map task and leaves their rows as sorted runs.
func (w *worker) mapTask(ctx context.Context, number int, attempt string) (*mapResult, error) {
	if number < 0 || number >= len(w.plan.Tasks) {
		return nil, fmt.Errorf("the plan has no map task %d", number)
	}
	task := w.plan.Tasks[number]
	s := &spill{worker: w, task: task.ID, attempt: attempt}
	lanes := make([]*spillSink, w.job.Budget.Lanes)
	sinks := make([]sink, len(lanes))
	for i := range lanes {
		a, err := shuffle.NewArena(w.layout, w.arenaOptions(w.job.Budget.Arenas/int64(len(lanes))))
		if err != nil {
			return nil, err
		}
		lanes[i] = &spillSink{spill: s, arena: a}
		sinks[i] = lanes[i]
	}
	in := &intake{storage: w.storage, plan: w.plan, want: w.want, counters: &w.counters}
	got, err := in.run(ctx, task.Splits, sinks)
	if err != nil {
		return nil, err
	}
	if err := s.last(lanes); err != nil {
		return nil, err
	}
	if left := uint64(got.rows - got.filtered); left != s.stats.Read {
		return nil, fmt.Errorf("%w: %d rows left by the filter, %d in the runs", shuffle.ErrLost, left, s.stats.Read)
	}
	return &mapResult{Read: got.rows, Filtered: got.filtered, Stats: s.stats, Runs: s.runs, Watermark: got.watermark}, nil
}

// spill is the runs of one map task as its lanes write them.
type spill struct {
	worker  *worker
	task    string
	attempt string

	mu    sync.Mutex
	next  int
	runs  []runObject
	stats shuffle.Stats
}

// last writes what is left in all lanes as one run.
func (s *spill) last(lanes []*spillSink) error {
	var rest []*shuffle.Arena
	for _, l := range lanes {
		l.sorted = nil // its memory is needed for the entries of all lanes together
		if l.arena.Rows() > 0 {
			rest = append(rest, l.arena)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return s.write(shuffle.NewSorted(s.worker.layout, s.worker.slices), rest, len(lanes))
}

// runOptions: runs lie on a local disk, where twice the bytes cost less than packing and unpacking them.
func runOptions(goroutines int) shuffle.RunOptions {
	return shuffle.RunOptions{Compression: shuffle.PackNone, Workers: goroutines}
}

// write sorts the arenas into one run, with so many goroutines.
func (s *spill) write(sorted *shuffle.Sorted, arenas []*shuffle.Arena, goroutines int) error {
	if err := sorted.Load(arenas); err != nil {
		return err
	}
	s.mu.Lock()
	n := s.next
	s.next++
	s.mu.Unlock()
	w := s.worker
	name := manifest.RunObject(manifest.RunFile{Task: s.task, Attempt: s.attempt, N: n})
	var info shuffle.RunInfo
	err := w.runs.write(name, func(to io.Writer) (err error) {
		info, err = shuffle.WriteRun(to, sorted, runOptions(goroutines))
		return err
	})
	if err != nil {
		return err
	}
	w.counters.bytesRun.Add(info.Bytes)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats = s.stats.Add(info.Stats)
	s.runs = append(s.runs, runObject{Name: name, Bytes: info.Bytes, Rows: info.Stats.Kept})
	return nil
}

// spillSink is one lane of a map task: it fills an arena and writes it out whenever it is full.
type spillSink struct {
	spill  *spill
	arena  *shuffle.Arena
	sorted *shuffle.Sorted
}

func (s *spillSink) take(b *source.Batch, sel []int32) error {
	rows := b.Rows
	if sel != nil {
		rows = len(sel)
	}
	for from := 0; from < rows; {
		next, err := s.arena.Append(b, sel, from)
		if errors.Is(err, shuffle.ErrMemory) {
			return fmt.Errorf("%w: more --memory is needed, or fewer workers", err)
		}
		if err != nil && !errors.Is(err, shuffle.ErrFull) {
			return err
		}
		if from = next; err == nil {
			continue
		}
		if s.sorted == nil {
			s.sorted = shuffle.NewSorted(s.spill.worker.layout, s.spill.worker.slices)
		}
		if err := s.spill.write(s.sorted, []*shuffle.Arena{s.arena}, 1); err != nil {
			return err
		}
		s.arena.Reset()
	}
	return nil
}

func (s *spillSink) finish() error { return nil }

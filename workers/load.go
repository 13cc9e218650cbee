package workers

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/verdigris-db/verdigris/plan"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/workers/proc"
)

// memory is all rows of a build that fits: the map task loads it, and so does a reduce task whose worker was started again.
type memory struct {
	mu     sync.Mutex
	loaded *loaded
}

// loaded is the rows in memory and what reading them gave.
type loaded struct {
	sorted *shuffle.Sorted
	result mapResult
}

// load reads all row groups of the plan, once in the life of this process.
func (w *worker) load(ctx context.Context) (*loaded, error) {
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	if w.memory.loaded != nil {
		return w.memory.loaded, nil
	}
	pool := &arenaPool{layout: w.layout, options: w.arenaOptions(0), left: w.job.Budget.Arenas, each: w.job.Budget.arenaEach()}
	sinks := make([]sink, w.job.Budget.Lanes)
	for i := range sinks {
		sinks[i] = &memorySink{pool: pool}
	}
	var splits []plan.Split
	for _, t := range w.plan.Tasks {
		splits = append(splits, t.Splits...)
	}
	in := &intake{storage: w.storage, plan: w.plan, want: w.want, counters: &w.counters}
	got, err := in.run(ctx, splits, sinks)
	if err != nil {
		return nil, err
	}
	l := &loaded{sorted: shuffle.NewSorted(w.layout, w.slices), result: mapResult{Read: got.rows, Filtered: got.filtered, Watermark: got.watermark}}
	if err := l.sorted.Load(pool.arenas); err != nil {
		return nil, err
	}
	for p := range w.plan.R {
		rows, sum := l.sorted.Input(p)
		l.result.Stats.Read += rows
		l.result.Stats.InputSum = l.result.Stats.InputSum.Add(sum)
	}
	if left := uint64(got.rows - got.filtered); left != l.result.Stats.Read {
		return nil, fmt.Errorf("loading the source: %w: %d rows left by the filter, %d in memory", shuffle.ErrLost, left, l.result.Stats.Read)
	}
	w.memory.loaded = l
	return l, nil
}

func (w *worker) arenaOptions(limit int64) shuffle.ArenaOptions {
	return shuffle.ArenaOptions{Positions: w.want.at, Slices: w.slices, Limit: limit}
}

// arenaPool hands out arenas until the memory for them is used up.
type arenaPool struct {
	layout  *shuffle.Layout
	options shuffle.ArenaOptions
	each    int64 // limit of one arena

	mu     sync.Mutex
	left   int64
	arenas []*shuffle.Arena
}

// errNoMemory says that the rows do not fit after all.
func errNoMemory(cause error) error {
	return &proc.Failure{Class: proc.Memory, Message: fmt.Sprintf("the rows do not fit in memory: %v", cause)}
}

// take makes an arena of the usual size, or of all that is left when the usual size was too small for a row.
func (p *arenaPool) take(limit int64) (*shuffle.Arena, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	limit = min(limit, p.left)
	o := p.options
	o.Limit = limit
	a, err := shuffle.NewArena(p.layout, o)
	if errors.Is(err, shuffle.ErrMemory) {
		return nil, errNoMemory(err)
	}
	if err != nil {
		return nil, err
	}
	p.left -= limit
	p.arenas = append(p.arenas, a)
	return a, nil
}

// everything is the limit that asks for all that is left.
const everything = 1 << 62

// memorySink keeps the rows of one lane.
type memorySink struct {
	pool  *arenaPool
	arena *shuffle.Arena
}

func (s *memorySink) take(b *source.Batch, sel []int32) error {
	rows := b.Rows
	if sel != nil {
		rows = len(sel)
	}
	for from := 0; from < rows; {
		if s.arena == nil {
			var err error
			if s.arena, err = s.pool.take(s.pool.each); err != nil {
				return err
			}
		}
		next, err := s.arena.Append(b, sel, from)
		switch {
		case err == nil:
		case errors.Is(err, shuffle.ErrFull):
			s.arena = nil
		case errors.Is(err, shuffle.ErrMemory) && s.arena.Rows() == 0:
			if s.arena, err = s.pool.take(everything); err != nil {
				return err
			}
			if next, err = s.arena.Append(b, sel, from); err != nil && !errors.Is(err, shuffle.ErrFull) {
				return errNoMemory(err)
			}
		default:
			return err
		}
		from = next
	}
	return nil
}

func (s *memorySink) finish() error { return nil }

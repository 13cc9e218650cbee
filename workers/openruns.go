package workers

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/workers/proc"
)

// openRuns keeps the runs of one list open: all partitions read from them.
type openRuns struct {
	list string
	runs []*shuffle.Run
	task []string // of each run, the map task that made it

	mu   sync.Mutex
	free []*shuffle.Merge // for the next partition: they keep their buffers
}

// merge starts the merge of a partition, with the buffers of one that is over if there is such.
func (o *openRuns) merge(w *worker, partition int) (*shuffle.Merge, error) {
	o.mu.Lock()
	var m *shuffle.Merge
	if n := len(o.free); n > 0 {
		m, o.free = o.free[n-1], o.free[:n-1]
	}
	o.mu.Unlock()
	if m == nil {
		m, err := shuffle.NewMerge(w.layout, w.slices, partition, o.runs, w.job.Budget.Merge)
		return m, o.blame(err)
	}
	if err := m.Restart(partition); err != nil {
		return nil, errors.Join(o.blame(err), m.Close())
	}
	return m, nil
}

// done takes a merge back.
func (o *openRuns) done(m *shuffle.Merge) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.free = append(o.free, m)
}

// runsOf opens the runs of a list, or gives them if they are open. Another list than the last replaces it: the coordinator
// hands out a new one when a damaged run was made again, after the tasks of the old one have ended.
func (w *worker) runsOf(list string) (*openRuns, error) {
	w.opening.Lock()
	defer w.opening.Unlock()
	if w.opened != nil && w.opened.list == list {
		return w.opened, nil
	}
	s, err := w.runs.readList(list)
	if err != nil {
		return nil, err
	}
	o := &openRuns{list: list}
	for _, t := range s.Tasks {
		for _, r := range t.Runs {
			run, err := w.openRun(r)
			if err != nil {
				return nil, damagedRun(t.Task, err)
			}
			o.runs = append(o.runs, run)
			o.task = append(o.task, t.Task)
		}
	}
	w.opened = o
	return o, nil
}

// openRun opens one run. Its file stays open until the process ends, or until the garbage collector finds it unused.
func (w *worker) openRun(r runObject) (*shuffle.Run, error) {
	if err := w.runs.check(r); err != nil {
		return nil, err
	}
	f, err := os.Open(w.runs.path(r.Name))
	if err != nil {
		return nil, fmt.Errorf("opening run %q: %w", r.Name, err)
	}
	run, err := shuffle.OpenRun(f, r.Bytes, w.layout)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening run %q: %w", r.Name, err), f.Close())
	}
	return run, nil
}

// damagedRun is the failure that makes the coordinator run the map task again.
func damagedRun(task string, err error) error {
	return &proc.Failure{Class: proc.Damaged, Object: task, Message: fmt.Sprintf("a run of map task %s is damaged or gone: %v", task, err)}
}

// blame turns the failure of a damaged run into the one that makes its map task run again.
func (o *openRuns) blame(err error) error {
	var e *shuffle.RunError
	if errors.As(err, &e) && errors.Is(err, shuffle.ErrDamagedRun) && e.Run < len(o.task) {
		return damagedRun(o.task[e.Run], err)
	}
	return err
}

package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/plan"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/view"
	"github.com/verdigris-db/verdigris/workers/proc"
	"github.com/verdigris-db/verdigris/workers/queue"
)

// OpenStore opens the store at a URL, without retry or counting around it. store.Open is one; tests have others.
type OpenStore func(ctx context.Context, url string) (store.Store, error)

// Serve makes this process a worker of the coordinator that started it; see Options.Command.
func Serve(open OpenStore) { proc.Serve(&worker{openStore: open}) }

// worker works on the tasks of one build. It holds what all tasks share.
type worker struct {
	openStore OpenStore
	counters  counters

	job     job
	plan    *plan.Plan
	layout  *shuffle.Layout
	want    *wanted
	slices  partitioner.Slices
	view    store.Store                   // the view's folder
	counter atomic.Pointer[store.Counter] // heartbeats come while Open is not through
	storage *source.Storage
	runs    runFolder
	reuse   map[string]*manifest.Partition // the parent version's partitions by fingerprint
	parent  *manifest.Manifest             // nil without one

	memory  memory
	opening sync.Mutex // guards opened
	opened  *openRuns
	codecs  codecs
	spare   scratches
}

var _ proc.Worker = (*worker)(nil)

// Open reads the plan and gets ready. The limits of the Go runtime are this process's own.
func (w *worker) Open(ctx context.Context, raw json.RawMessage) error {
	if err := json.Unmarshal(raw, &w.job); err != nil {
		return fmt.Errorf("reading the job: %w", err)
	}
	runtime.GOMAXPROCS(w.job.Budget.Cores)
	debug.SetMemoryLimit(w.job.Budget.heapLimit())
	if err := w.open(ctx); err != nil {
		return fmt.Errorf("opening build %s: %w", w.job.Build, err)
	}
	return nil
}

func (w *worker) open(ctx context.Context) error {
	raw, err := w.openStore(ctx, w.job.Store)
	if err != nil {
		return err
	}
	counter := store.Count(raw)
	w.counter.Store(counter)
	root := store.WithRetry(counter, w.job.Retry)
	w.view = store.Under(root, w.job.View)
	b, err := readObject(ctx, w.view, manifest.BuildName(w.job.Build, manifest.PlanObject))
	if err != nil {
		return err
	}
	if w.plan, err = plan.Decode(b); err != nil {
		return err
	}
	if w.layout, err = layoutOf(&w.plan.Spec); err != nil {
		return err
	}
	w.want = wantedBy(&w.plan.Spec)
	w.slices = partitioner.Slices{R: w.plan.R}
	w.storage = source.NewStorage()
	w.runs = newRunFolder(w.job.Scratch, w.job.View, w.job.Build)
	if err := os.MkdirAll(w.runs.work(w.job.Name), 0o777); err != nil {
		return fmt.Errorf("making the folder for unfinished files: %w", err)
	}
	return w.readParent(ctx, root)
}

// readParent learns which tables the parent version has.
func (w *worker) readParent(ctx context.Context, root store.Store) error {
	if w.plan.Parent == 0 {
		return nil
	}
	m, err := view.Load(ctx, root, w.job.View, w.plan.Parent)
	if err != nil {
		return err
	}
	w.parent, w.reuse = m, make(map[string]*manifest.Partition, m.R)
	for i := range m.Partitions {
		p := &m.Partitions[i]
		f, err := manifest.ParseFileName(p.Table.Name)
		if err != nil {
			return fmt.Errorf("reading version %d: %w", m.Version, err)
		}
		w.reuse[f.Fingerprint] = p
	}
	return nil
}

// Progress implements proc.Worker.
func (w *worker) Progress() json.RawMessage { return w.snapshot().encode() }

func (w *worker) snapshot() Snapshot {
	s := w.counters.snapshot()
	if c := w.counter.Load(); c != nil {
		s.Requests = c.Requests()
	}
	return s
}

// answer is what a worker sends back for a task: its done record, and all that the worker has done until then.
type answer struct {
	Done     *done    `json:"done"`
	Snapshot Snapshot `json:"snapshot"`
}

// Run implements proc.Worker: it does the task, writes its done record and returns that record.
func (w *worker) Run(ctx context.Context, d proc.Delivery) ([]byte, error) {
	record, n, err := w.run(ctx, d)
	if err != nil {
		return nil, classified(fmt.Errorf("task %s: %w", d.Task.ID, err))
	}
	record.Attempt = d.ID
	record, err = writeDone(ctx, w.view, w.job.Build, n, record)
	if err != nil {
		return nil, classified(fmt.Errorf("task %s: %w", d.Task.ID, err))
	}
	return json.Marshal(answer{Done: record, Snapshot: w.snapshot()})
}

func (w *worker) run(ctx context.Context, d proc.Delivery) (*done, int, error) {
	switch d.Task.Stage {
	case queue.Map:
		var p mapPayload
		if err := json.Unmarshal(d.Task.Payload, &p); err != nil {
			return nil, 0, fmt.Errorf("reading its payload: %w", err)
		}
		if w.job.Mode == inMemory {
			loaded, err := w.load(ctx)
			if err != nil {
				return nil, 0, err
			}
			return &done{Task: loadTask, Map: &loaded.result}, p.N, nil
		}
		result, err := w.mapTask(ctx, p.Task, d.ID)
		return &done{Task: w.plan.Tasks[p.Task].ID, Map: result}, p.N, err
	case queue.Train:
		var p trainPayload
		if err := json.Unmarshal(d.Task.Payload, &p); err != nil {
			return nil, 0, fmt.Errorf("reading its payload: %w", err)
		}
		result, err := w.train(ctx, p)
		return &done{Task: trainTask, Train: result}, 0, err
	case queue.Reduce:
		var p reducePayload
		if err := json.Unmarshal(d.Task.Payload, &p); err != nil {
			return nil, 0, fmt.Errorf("reading its payload: %w", err)
		}
		result, err := w.reduce(ctx, p)
		return &done{Task: reduceTask(p.Partition), Reduce: result}, p.N, err
	}
	return nil, 0, fmt.Errorf("stage %q is not known to this binary", d.Task.Stage)
}

// reduceTask is the name of the task that makes a partition.
func reduceTask(partition int) string { return fmt.Sprintf("%s%05d", reducePrefix, partition) }

// reducePrefix begins no other task's name.
const reducePrefix = "p"

// classified gives err the class that tells the coordinator what to do about it.
func classified(err error) error {
	var f *proc.Failure
	if errors.As(err, &f) {
		return err
	}
	class := proc.Retry
	var duplicate *shuffle.DuplicateError
	var refused *shuffle.RowError
	var value *source.ValueError
	switch {
	case errors.Is(err, context.Canceled):
		class = proc.Stopped
	case errors.As(err, &duplicate), errors.As(err, &refused), errors.As(err, &value),
		errors.Is(err, source.ErrDamaged), errors.Is(err, source.ErrUnsupported), errors.Is(err, source.ErrSchema),
		errors.Is(err, source.ErrSourceChanged), errors.Is(err, shuffle.ErrMemory):
		class = proc.Refused
	case errors.Is(err, shuffle.ErrLost), errors.Is(err, store.ErrMismatch), errors.Is(err, store.ErrExists):
		class = proc.Broken
	}
	return &proc.Failure{Class: class, Message: err.Error()}
}

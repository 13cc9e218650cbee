package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/plan"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/spec"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/workers/proc"
)

// ErrNoStore says that neither spec nor options name a store.
var ErrNoStore = errors.New("no store: name one in the spec (store:) or on the command line (--store)")

// Build makes a version of a view, or finds that it exists. It ends early, with ctx's error, when ctx does; the same
// call goes on from there. The report is returned beside an error too, as far as it got, but for errors before the plan.
func Build(ctx context.Context, o Options) (*Report, error) {
	b, err := newBuild(ctx, o)
	if err != nil {
		return nil, err
	}
	report, err := b.run(ctx)
	return report, errors.Join(err, b.close())
}

// build is one run of a coordinator.
type build struct {
	options  Options
	storeURL string
	scratch  string
	counter  *store.Counter
	view     store.Store
	root     store.Store
	storage  *source.Storage
	meter    *meter

	prepared *prepared
	parent   *manifest.Manifest // the newest version when this run began
	plan     *plan.Plan
	runs     runFolder
	crew     *crew
	mode     mode
	tasks    map[string]numbered // what is finished
	resumed  int                 // tasks that earlier runs had finished
	redone   map[string]int      // how often a map task was run again because its runs were damaged
}

func newBuild(ctx context.Context, o Options) (*build, error) {
	_, storeURL, err := o.Spec.Locate(o.Dir)
	if err != nil && o.Findings != nil {
		return nil, o.Findings // Parse has looked at the addresses too
	}
	if err != nil {
		return nil, err
	}
	if o.Store != "" {
		storeURL = o.Store
	}
	if storeURL == "" {
		return nil, errors.Join(o.Findings, ErrNoStore)
	}
	b := &build{options: o, storeURL: storeURL, redone: map[string]int{}}
	if b.scratch, err = scratchFolder(o.Scratch, storeURL); err != nil {
		return nil, err
	}
	raw, err := o.Open(ctx, storeURL)
	if err != nil {
		return nil, err
	}
	b.counter = store.Count(raw)
	b.root = store.WithRetry(b.counter, o.Retry)
	b.view = store.Under(b.root, o.Spec.View)
	b.storage = source.NewStorage()
	b.meter = newMeter(o)
	return b, nil
}

// scratchFolder is where runs go: what the operator says, else beside a directory store, where finished files need no
// copy, else the user's cache folder.
func scratchFolder(wanted, storeURL string) (string, error) {
	u, err := url.Parse(storeURL)
	if err != nil {
		return "", fmt.Errorf("choosing a scratch folder: %w", err)
	}
	root := ""
	if u.Scheme == "file" {
		root = filepath.FromSlash(u.Path)
	}
	if wanted != "" {
		folder, err := filepath.Abs(wanted)
		if err != nil || !sameFolder(folder, root) {
			return folder, err
		}
	}
	if root != "" {
		return filepath.Join(root, ".scratch"), nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("choosing a scratch folder: %w; name one with --scratch", err)
	}
	return filepath.Join(cache, "verdigris"), nil
}

// sameFolder reports whether scratch is the store's folder, under whatever name. There the runs of a build would lie among its
// objects, and go with them.
func sameFolder(scratch, store string) bool {
	if scratch == store {
		return true
	}
	a, err := os.Stat(scratch)
	if err != nil {
		return false // what is not there yet is made under the name it has
	}
	b, err := os.Stat(store)
	return err == nil && os.SameFile(a, b)
}

func (b *build) close() error {
	b.meter.close()
	if b.crew != nil {
		b.crew.close()
	}
	return errors.Join(b.storage.Close(), b.root.Close())
}

// run goes through the phases.
func (b *build) run(ctx context.Context) (*Report, error) {
	b.meter.phase(Planning, 0, 0, 0)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(coordinatorBytes))
	var err error
	if b.prepared, err = prepare(ctx, b.options, b.storage); err != nil {
		return nil, reported(b.options, err)
	}
	debug.FreeOSMemory() // the workers' share begins now
	for generation := 0; ; generation++ {
		report, err := b.attempt(ctx, generation)
		if !errors.Is(err, errAbandoned) {
			return report, err
		}
	}
}

// reported is err, or what was found in the spec alone where looking at its source failed for another reason.
func reported(o Options, err error) error {
	var all *spec.Errors
	if o.Findings == nil || errors.As(err, &all) { // Resolve repeats what Parse found
		return err
	}
	return errors.Join(o.Findings, err)
}

// errAbandoned says that the garbage collector gave this build up; the next generation starts anew.
var errAbandoned = errors.New("the build was abandoned")

func (b *build) attempt(ctx context.Context, generation int) (*Report, error) {
	var err error
	if b.parent, err = b.newest(ctx); err != nil {
		return nil, err
	}
	if b.plan, err = b.prepared.makePlan(b.parent, b.options.Again, generation); err != nil {
		return nil, err
	}
	if report, err := b.answer(ctx); report != nil || err != nil {
		if report != nil {
			b.clean()
		}
		return report, err
	}
	if err := b.freeze(ctx); err != nil {
		return nil, err
	}
	beating := b.startHeartbeat(ctx)
	report, err := b.work(ctx)
	beating()
	if err != nil && !errors.Is(err, errAbandoned) && ctx.Err() == nil {
		// Another run of this very build may have committed meanwhile, and cleaned up what this one was reading.
		if answered, e := b.answer(ctx); e == nil && answered != nil {
			return answered, nil
		}
	}
	return report, err
}

// answer reports the version that this build has made already; nil when it has made none.
func (b *build) answer(ctx context.Context) (*Report, error) {
	latest, err := b.newest(ctx)
	if err != nil {
		return nil, err
	}
	made := latest
	if made == nil || made.Build != b.plan.Build {
		o, err := readOutcome(ctx, b.view, b.plan.Build)
		if err != nil || o != committing {
			return nil, err
		}
		if made, err = b.made(ctx, latest, 0); err != nil || made == nil {
			return nil, err
		}
	}
	return b.meter.already(made, latest.Version), nil
}

// clean removes the runs of a build that has its version: a run of it that was killed after its commit left them.
func (b *build) clean() {
	if err := newRunFolder(b.scratch, b.plan.View, b.plan.Build).remove(); err != nil {
		b.options.Log.Warn("what an earlier run of this build left in the scratch folder cannot be removed", "error", err)
	}
}

// freeze makes the plan that of all runs of this build, or takes the one that an earlier run has frozen.
func (b *build) freeze(ctx context.Context) error {
	if o, err := readOutcome(ctx, b.view, b.plan.Build); err != nil {
		return err
	} else if o == abandoned {
		return errAbandoned
	}
	encoded, err := b.plan.Encode()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(b.storeURL, "file:") { // a service may pass over the condition on which every promise here rests
		if err := store.CheckCreateOnly(ctx, store.Under(b.view, manifest.BuildPrefix+b.plan.Build)); err != nil {
			return err
		}
	}
	name := manifest.BuildName(b.plan.Build, manifest.PlanObject)
	if _, err := store.Create(ctx, b.view, name, store.Bytes(encoded)); errors.Is(err, store.ErrExists) {
		frozen, err := readObject(ctx, b.view, name)
		if err != nil {
			return err
		}
		p, err := plan.Decode(frozen)
		if err == nil && (p.Build != b.plan.Build || p.View != b.plan.View) {
			err = fmt.Errorf("it is of build %q of view %q", p.Build, p.View)
		}
		if err != nil {
			return beginAnew(b.plan.Build, fmt.Errorf("reading %q: %w", name, err))
		}
		b.plan = p
	} else if err != nil {
		return err
	}
	b.runs = newRunFolder(b.scratch, b.plan.View, b.plan.Build)
	if d := b.plan.Dictionary; d != nil {
		f, err := manifest.ParseFileName(d.Name)
		if err != nil {
			return err
		}
		return pin(ctx, b.view, b.plan.Build, f.ID())
	}
	return nil
}

// work does what is left to do, in memory if it fits by estimate and in truth, and commits.
func (b *build) work(ctx context.Context) (*Report, error) {
	needs := b.prepared.needsOf(b.plan)
	budget, mode, err := divide(b.options.Memory, b.options.Workers, max(1, b.options.Cores/b.options.Workers), needs)
	if err != nil {
		return nil, err
	}
	err = b.stages(ctx, budget, mode)
	if mode == inMemory && proc.ClassOf(err) == proc.Memory {
		b.options.Log.Info("spilling to the scratch folder", "because", err, "scratch", b.scratch)
		b.crew.close()
		needs.RowBytes = 1 << 40 // what was estimated is too low
		if budget, mode, err = divide(b.options.Memory, b.options.Workers, max(1, b.options.Cores/b.options.Workers), needs); err == nil {
			err = b.stages(ctx, budget, mode)
		}
	}
	if err != nil {
		return b.meter.report(b), err
	}
	version, err := b.commit(ctx)
	if err != nil {
		return b.meter.report(b), err
	}
	report := b.meter.report(b)
	report.finish(version)
	return report, errors.Join(b.saveReport(ctx, report), b.runs.remove())
}

// stages runs map, train and reduce until every partition is done.
func (b *build) stages(ctx context.Context, budget budget, mode mode) (err error) {
	if b.tasks, err = readDone(ctx, b.view, b.plan.Build); err != nil {
		return err
	}
	if err := b.checkDictionary(ctx); err != nil {
		return err
	}
	b.resumed = len(b.tasks)
	b.mode = mode
	b.crew = newCrew(b.options, b.crew, job{
		Store: b.storeURL, Scratch: b.scratch, View: b.plan.View, Build: b.plan.Build, Mode: mode, Budget: budget, Retry: b.options.Retry,
	})
	b.meter.watch(b)
	for {
		again, err := b.pass(ctx, budget)
		if err != nil || !again {
			return err
		}
	}
}

// checkDictionary makes sure that the dictionary of an earlier run's tables can still be read: a version without it is lost.
func (b *build) checkDictionary(ctx context.Context) error {
	d := b.tasks[trainTask].done
	if d == nil || d.Train.Dictionary == nil {
		return nil
	}
	if _, err := readDictionary(ctx, b.view, d.Train.Dictionary); err != nil {
		return beginAnew(b.plan.Build, err)
	}
	return nil
}

// maxRedone is how often a map task is run again because of its runs.
const maxRedone = 3

// pass runs each stage once. It asks for another pass when a run was found damaged, after its map task was marked.
func (b *build) pass(ctx context.Context, budget budget) (again bool, err error) {
	left, err := b.partitionsLeft(ctx)
	if err != nil {
		return false, err
	}
	trained := b.tasks[trainTask].done != nil
	if err := b.mapStage(ctx, !trained || len(left) > 0); err != nil {
		return false, err
	}
	list := ""
	if b.mode == spilling && (!trained || len(left) > 0) {
		if list, err = b.runList(); err != nil {
			return false, err
		}
	}
	if err = b.trainStage(ctx, list); err == nil {
		err = b.reduceStage(ctx, left, list, budget.Slots)
	}
	var f *proc.Failure
	if !errors.As(err, &f) || f.Class != proc.Damaged {
		return false, err
	}
	task := f.Object
	if b.redone[task]++; b.redone[task] > maxRedone {
		return false, fmt.Errorf("map task %s was run again %d times: %w", task, maxRedone, err)
	}
	b.options.Log.Warn("a map task must run again", "task", task, "because", err)
	n := b.tasks[task]
	n.done = &done{Task: task, Map: &mapResult{Stats: n.done.Map.Stats, Read: n.done.Map.Read, Runs: []runObject{{Name: "damaged"}}}}
	b.tasks[task] = n
	return true, nil
}

// finished takes a task's record.
func (b *build) finished(n int) func(*done) error {
	return func(d *done) error {
		if d == nil {
			return errors.New("a worker answered without a record")
		}
		b.tasks[d.Task] = numbered{n, d}
		b.meter.task()
		return nil
	}
}

// payload encodes a task's payload.
func payload(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding a task: %w", err)
	}
	return raw, nil
}

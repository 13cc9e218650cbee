package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/workers/queue"
)

// mapTasks are the names of the map tasks of this build's mode.
func (b *build) mapTasks() []string {
	if b.mode == inMemory {
		return []string{loadTask}
	}
	names := make([]string, len(b.plan.Tasks))
	for i, t := range b.plan.Tasks {
		names[i] = t.ID
	}
	return names
}

// mapStage runs the map tasks that are not finished, and, where their rows are still needed, those whose runs are gone.
func (b *build) mapStage(ctx context.Context, rowsNeeded bool) error {
	var tasks []queue.Task
	numbers := map[string]int{}
	before := map[string]*mapResult{}
	var rows int64
	for i, name := range b.mapTasks() {
		have := b.tasks[name]
		n := 0
		if have.done != nil {
			if !rowsNeeded || b.mode == spilling && b.runsThere(have.done.Map.Runs) {
				rows += have.done.Map.Read
				continue
			}
			n, before[name] = have.n+1, have.done.Map
		}
		raw, err := payload(mapPayload{Task: i, N: n})
		if err != nil {
			return err
		}
		numbers[name] = n
		tasks = append(tasks, queue.Task{ID: fmt.Sprintf("%s.%d", name, n), Stage: queue.Map, Payload: raw})
	}
	b.meter.phase(Mapping, len(b.mapTasks()), len(b.mapTasks())-len(tasks), rows)
	return b.crew.run(ctx, queue.Map, 1, tasks, func(d *done) error {
		if d == nil || d.Map == nil {
			return errors.New("a worker answered a map task without a result")
		}
		if old := before[d.Task]; old != nil {
			if err := sums("map task "+d.Task+" run again", old.Stats.Read, d.Map.Stats.Read, old.Stats.InputSum, d.Map.Stats.InputSum); err != nil {
				return err
			}
		}
		return b.finished(numbers[d.Task])(d)
	})
}

func (b *build) runsThere(runs []runObject) bool {
	return !slices.ContainsFunc(runs, func(r runObject) bool { return b.runs.check(r) != nil })
}

// runList stores the list of all runs and gives its name.
func (b *build) runList() (string, error) {
	var tasks []shuffleTask
	for _, name := range b.mapTasks() {
		tasks = append(tasks, shuffleTask{Task: name, Runs: b.tasks[name].done.Map.Runs})
	}
	return b.runs.list(tasks)
}

// trainStage makes the dictionary, once in the life of a build.
func (b *build) trainStage(ctx context.Context, list string) error {
	if b.tasks[trainTask].done != nil {
		return nil
	}
	b.meter.phase(Training, 1, 0, 0)
	raw, err := payload(trainPayload{Runs: list})
	if err != nil {
		return err
	}
	return b.crew.run(ctx, queue.Train, 1, []queue.Task{{ID: trainTask, Stage: queue.Train, Payload: raw}}, b.finished(0))
}

// statsAtOnce bounds the requests that check the files of earlier runs.
const statsAtOnce = 16

// partitionsLeft are the partitions without a record, and those whose files are gone although there is one.
func (b *build) partitionsLeft(ctx context.Context) ([]reducePayload, error) {
	gone := make([]bool, b.plan.R)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(statsAtOnce)
	for i := range b.plan.R {
		d := b.tasks[reduceTask(i)].done
		if gone[i] = d == nil; gone[i] {
			continue
		}
		group.Go(func() error {
			for _, o := range []manifest.Object{d.Reduce.Partition.Table, d.Reduce.Partition.Bloom} {
				there, err := hasObject(ctx, b.view, o)
				if err != nil {
					return err
				}
				gone[i] = gone[i] || !there
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("looking for the files of finished partitions: %w", err)
	}
	var left []reducePayload
	for i := range gone {
		if !gone[i] {
			continue
		}
		p := reducePayload{Partition: i}
		if have := b.tasks[reduceTask(i)]; have.done != nil {
			p.N = have.n + 1
		}
		left = append(left, p)
	}
	return left, nil
}

// reduceStage makes the partitions that are left.
func (b *build) reduceStage(ctx context.Context, left []reducePayload, list string, slots int) error {
	b.meter.phase(Reducing, b.plan.R, b.plan.R-len(left), b.rowsStored())
	dictionary := b.tasks[trainTask].done.Train.Dictionary
	numbers := map[string]int{}
	var tasks []queue.Task
	for _, p := range left {
		p.Runs, p.Dictionary = list, dictionary
		raw, err := payload(p)
		if err != nil {
			return err
		}
		numbers[reduceTask(p.Partition)] = p.N
		tasks = append(tasks, queue.Task{ID: fmt.Sprintf("%s.%d", reduceTask(p.Partition), p.N), Stage: queue.Reduce, Payload: raw})
	}
	return b.crew.run(ctx, queue.Reduce, slots, tasks, func(d *done) error {
		if d == nil || d.Reduce == nil {
			return errors.New("a worker answered a reduce task without a result")
		}
		return b.finished(numbers[d.Task])(d)
	})
}

// rowsStored is the rows of all finished partitions.
func (b *build) rowsStored() int64 {
	var rows int64
	for i := range b.plan.R {
		if d := b.tasks[reduceTask(i)].done; d != nil {
			rows += d.Reduce.Partition.Rows
		}
	}
	return rows
}

// mapTotals adds up what the map tasks of this build read.
func (b *build) mapTotals() (mapResult, error) {
	var all mapResult
	var top highest
	if w := b.plan.Spec.Watermark; w != nil {
		top.kind = w.Type
	}
	for _, name := range b.mapTasks() {
		d := b.tasks[name].done
		if d == nil {
			return all, fmt.Errorf("map task %s has no record", name)
		}
		all.Read += d.Map.Read
		all.Filtered += d.Map.Filtered
		all.Stats.Read += d.Map.Stats.Read
		all.Stats.InputSum = all.Stats.InputSum.Add(d.Map.Stats.InputSum)
		top.merge(d.Map.Watermark)
	}
	all.Watermark = top.value
	if all.Read-all.Filtered != int64(all.Stats.Read) {
		return all, fmt.Errorf("map: %w: %d rows read, %d filtered, %d passed on", shuffle.ErrLost, all.Read, all.Filtered, all.Stats.Read)
	}
	return all, nil
}

package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/store"
)

// writeDone makes d the task's n-th done record, or gives the record that another delivery of the task wrote before:
// what came late changes nothing.
func writeDone(ctx context.Context, view store.Store, build string, n int, d *done) (*done, error) {
	d.Format = doneFormat
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encoding the done record of task %s: %w", d.Task, err)
	}
	name := manifest.BuildName(build, manifest.DoneObject(d.Task, n))
	_, err = store.Create(ctx, view, name, store.Bytes(append(b, '\n')))
	if err == nil {
		return d, nil
	}
	if !errors.Is(err, store.ErrExists) {
		return nil, err
	}
	first, err := readObject(ctx, view, name)
	if err != nil {
		return nil, err
	}
	return decodeDone(first, d.Task)
}

// beginAnew tells the operator the way out when an object of a build is damaged: all that the build has done is made again.
func beginAnew(build string, err error) error {
	return fmt.Errorf("%w; delete %s to begin this build anew", err, strings.TrimSuffix(manifest.BuildName(build, ""), "/"))
}

// numbered is a done record and its number.
type numbered struct {
	n    int
	done *done
}

// readDone finds what is finished of a build: for each task the record with the highest number.
func readDone(ctx context.Context, view store.Store, build string) (map[string]numbered, error) {
	prefix := manifest.BuildName(build, "")
	highest := map[string]int{}
	for info, err := range view.List(ctx, prefix+"done/") {
		if err != nil {
			return nil, fmt.Errorf("finding finished tasks: %w", err)
		}
		task, n, err := manifest.ParseDoneObject(strings.TrimPrefix(info.Name, prefix))
		if err != nil {
			return nil, beginAnew(build, fmt.Errorf("finding finished tasks: %w", err))
		}
		if m, ok := highest[task]; !ok || n > m {
			highest[task] = n
		}
	}
	found := map[string]numbered{}
	for task, n := range highest {
		b, err := readObject(ctx, view, manifest.BuildName(build, manifest.DoneObject(task, n)))
		if err != nil {
			return nil, fmt.Errorf("reading finished task %s: %w", task, err)
		}
		d, err := decodeDone(b, task)
		if err != nil {
			return nil, beginAnew(build, err)
		}
		found[task] = numbered{n, d}
	}
	return found, nil
}

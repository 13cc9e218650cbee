package workers

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/writer"
)

// doneFormat is the version of the done records.
const doneFormat = 1

// done is what builds/<build>/done/<task>.<n>.json says: the task is finished, and this came of it. Exactly one of the
// results is set. Of several records of one task the one with the highest n counts.
type done struct {
	Format  int           `json:"format"`
	Task    string        `json:"task"`
	Attempt string        `json:"attempt"` // the delivery that finished it
	Map     *mapResult    `json:"map,omitempty"`
	Train   *trainResult  `json:"train,omitempty"`
	Reduce  *reduceResult `json:"reduce,omitempty"`
}

// runObject is one run in the run store.
type runObject struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Rows  uint64 `json:"rows"` // kept in the run
}

// mapResult is what a map task read and where it put it. Without runs the rows are in the worker's memory.
type mapResult struct {
	Read      int64         `json:"read"`     // rows of the row groups
	Filtered  int64         `json:"filtered"` // of these, by `where`
	Stats     shuffle.Stats `json:"stats"`    // of the rows that were left
	Runs      []runObject   `json:"runs"`
	Watermark []byte        `json:"watermark,omitempty"` // greatest value read, as a payload; nil when there was none
}

// trainResult is the dictionary that all tables of the build use.
type trainResult struct {
	Dictionary *manifest.Object `json:"dictionary"` // nil for a codec without one
	Inherited  bool             `json:"inherited"`
	Reason     string           `json:"reason"` // why it was inherited or made anew, for the report
	SampleRows int              `json:"sample_rows"`
}

// reduceResult is one partition's table, new or used again.
type reduceResult struct {
	Partition manifest.Partition `json:"partition"`
	Reused    bool               `json:"reused"` // an older version's objects, found by fingerprint
	Writer    writer.Stats       `json:"writer"`
}

// decodeDone reads a done record of the given task.
func decodeDone(b []byte, task string) (*done, error) {
	d := new(done)
	if err := json.Unmarshal(b, d); err != nil {
		return nil, fmt.Errorf("reading the done record of task %s: %w", task, err)
	}
	if d.Format != doneFormat {
		return nil, fmt.Errorf("done record of task %s has format version %d; this binary reads %d", task, d.Format, doneFormat)
	}
	if d.Task != task {
		return nil, fmt.Errorf("done record of task %s names task %s", task, d.Task)
	}
	if !d.answers() {
		return nil, fmt.Errorf("done record of task %s has not the result of such a task", task)
	}
	return d, nil
}

// answers reports whether d has the result that its task gives.
func (d *done) answers() bool {
	switch {
	case d.Reduce != nil:
		return d.Map == nil && d.Train == nil && d.Task == reduceTask(d.Reduce.Partition.Index)
	case d.Train != nil:
		return d.Map == nil && d.Task == trainTask
	}
	return d.Map != nil && d.Task != trainTask && !strings.HasPrefix(d.Task, reducePrefix)
}

// sums compares the rows and sums at the two ends of a hop.
func sums(hop string, rowsIn, rowsOut uint64, in, out row.Sum) error {
	if rowsIn != rowsOut {
		return fmt.Errorf("%s: %w: %d rows in, %d rows out", hop, shuffle.ErrLost, rowsIn, rowsOut)
	}
	if in != out {
		return fmt.Errorf("%s: %w: sum of the rows in %s, of the rows out %s", hop, shuffle.ErrLost, in, out)
	}
	return nil
}

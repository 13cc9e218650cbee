// Package workers turns a plan into a version: a coordinator hands tasks to worker processes and commits what they made.
//
//	plan    list the source, read all footers, check the spec, freeze plan.json
//	map     read row groups; rows wait in the one worker's memory, or in runs in the scratch folder
//	train   make or inherit the codec's dictionary
//	reduce  one table and one bloom filter for each partition, stored under the fingerprint of what they are made from
//	commit  compare all counts and sums, then create the next numbered manifest
//
// Everything that must survive a crash is an object that is created once (see docs/decisions): the plan, a done record for
// each task, a pin for each file, the outcome, the manifest. The same build started again goes on from there.
package workers

import (
	"log/slog"
	"os/exec"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/verdigris-db/verdigris/plan"
	"github.com/verdigris-db/verdigris/spec"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/workers/queue"
)

// Options is what one build needs: settings, and below them its parts.
type Options struct {
	Spec     *spec.Spec
	Findings error      // what spec.Parse found wrong; it is reported together with what the source contradicts
	Dir      string     // absolute folder that relative paths of the spec start from
	Store    string     // URL; "" takes the spec's
	Workers  int        // processes; at least 1
	Cores    int        // of all workers together; at least 1
	Memory   int64      // bytes, for all processes together
	Scratch  string     // local folder for runs; "" is <store>/.scratch beside a directory store, else the user's cache folder
	Again    plan.Again // publish a new version of unchanged input
	Timing   Timing
	Retry    store.Retry   // of calls to the store
	Queue    queue.Options // of tasks

	Software string // name and version of this binary, for the manifest's provenance

	Command  func() *exec.Cmd // a fresh command whose process calls Serve
	Open     OpenStore
	Observer Observer
	Log      *slog.Logger
	Clock    clockwork.Clock
}

// Timing is how patient a build is with its workers.
type Timing struct {
	Beat      time.Duration // between heartbeats of a worker
	Deadline  time.Duration // silence after which a worker is killed
	Heartbeat time.Duration // between writes of the build's own heartbeat object
}

// DefaultTiming notices a silent worker after 10 s.
func DefaultTiming() Timing {
	return Timing{Beat: 500 * time.Millisecond, Deadline: 10 * time.Second, Heartbeat: 30 * time.Second}
}

// Phase is what a build is doing.
type Phase string

// The phases, in order.
const (
	Planning   Phase = "plan"
	Mapping    Phase = "map"
	Training   Phase = "train"
	Reducing   Phase = "reduce"
	Committing Phase = "commit"
)

// Status is how far a build is.
type Status struct {
	Phase      Phase
	Tasks      int   // finished in this phase, those of earlier runs included
	TasksTotal int   // 0 where the phase has no tasks
	Rows       int64 // map: read; reduce: stored
	RowsTotal  int64 // map: to read; reduce: about as many
	Bytes      int64 // written to runs, tables and bloom filters
	Memory     int64 // resident bytes of all processes
	Budget     int64
	Elapsed    time.Duration // since the phase began
}

// Observer is told how far a build is: at each change of phase, about once a second, and at the end of each task.
// Calls come one after the other.
type Observer func(Status)

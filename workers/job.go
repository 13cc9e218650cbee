package workers

import (
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/store"
)

// mode says where the rows wait between map and reduce.
type mode string

// Rows stay in the memory of the one worker, or go to runs.
const (
	inMemory mode = "memory"
	spilling mode = "spill"
)

// job is what a worker process is told when it starts. It names the plan rather than carrying it.
type job struct {
	Name    string `json:"name"`
	Store   string `json:"store"`   // URL
	Scratch string `json:"scratch"` // local folder
	View    string `json:"view"`
	Build   string `json:"build"`
	Mode    mode   `json:"mode"`
	Budget  budget `json:"budget"`

	Retry store.Retry `json:"retry"`
}

// mapPayload is a map task: the plan's task of that number, or all of them in memory.
type mapPayload struct {
	Task int `json:"task"`
	N    int `json:"n"` // number of the done record to write
}

// trainPayload is the train task.
type trainPayload struct {
	Runs string `json:"runs,omitempty"` // the list of runs; "" in memory
}

// reducePayload is a reduce task.
type reducePayload struct {
	Partition  int              `json:"partition"`
	N          int              `json:"n"`
	Runs       string           `json:"runs,omitempty"`
	Dictionary *manifest.Object `json:"dictionary,omitempty"`
}

// shuffled lists all runs of a build; reduce tasks name it rather than carry it.
type shuffled struct {
	Format int           `json:"format"`
	Tasks  []shuffleTask `json:"tasks"`
}

// shuffleTask is the runs of one map task.
type shuffleTask struct {
	Task string      `json:"task"`
	Runs []runObject `json:"runs"`
}

// The names of the tasks that are not in the plan.
const (
	loadTask  = "load" // the map task of a build in memory: all row groups
	trainTask = "train"
)

package workers

import (
	"context"
	"errors"

	"github.com/verdigris-db/verdigris/cql"
)

// Outline is what a build would do, for people and programs: what --dry-run prints.
type Outline struct {
	View       string     `json:"view"`
	Build      string     `json:"build"`
	Parent     uint64     `json:"parent"`            // the newest version; 0 for none
	Already    uint64     `json:"already,omitempty"` // the version that this very build has made
	Schema     cql.Schema `json:"schema"`
	Files      int        `json:"files"`
	Skipped    int        `json:"skipped"`
	RowGroups  int        `json:"row_groups"`
	Rows       int64      `json:"rows"`
	Bytes      int64      `json:"bytes"`
	RowBytes   int64      `json:"row_bytes"` // estimated record in memory
	Partitions int        `json:"partitions"`
	Tasks      int        `json:"map_tasks"` // where rows go to runs
	Mode       string     `json:"mode"`
	Memory     Division   `json:"memory"`
	Output     int64      `json:"output_bytes"` // at most, about: records as they are, before the codec
	Scratch    string     `json:"scratch"`
}

// Division is the memory by formula.
type Division struct {
	Total       int64 `json:"total"`
	Coordinator int64 `json:"coordinator"`
	Workers     int   `json:"workers"`
	Worker      int64 `json:"worker"` // each
	Lanes       int   `json:"lanes"`
	Decode      int64 `json:"decode"` // each lane
	Arenas      int64 `json:"arenas"`
	Sorted      int64 `json:"sorted"`
	Writer      int64 `json:"writer"` // each core
	Merge       int64 `json:"merge"`  // each core
}

// DryRun looks at source and store as Build does and says what Build would do. It writes nothing.
func DryRun(ctx context.Context, o Options) (_ *Outline, err error) {
	b, err := newBuild(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	if b.prepared, err = prepare(ctx, o, b.storage); err != nil {
		return nil, reported(o, err)
	}
	if b.parent, err = b.newest(ctx); err != nil {
		return nil, err
	}
	if b.plan, err = b.prepared.makePlan(b.parent, o.Again, 0); err != nil {
		return nil, err
	}
	needs := b.prepared.needsOf(b.plan)
	share, mode, err := divide(o.Memory, o.Workers, max(1, o.Cores/o.Workers), needs)
	if err != nil {
		return nil, err
	}
	out := &Outline{
		View: b.plan.View, Build: b.plan.Build, Parent: b.plan.Parent, Schema: b.plan.Spec.Schema, Files: b.plan.Totals.Files,
		Skipped: len(b.plan.Skipped), RowGroups: b.plan.Totals.RowGroups, Rows: b.plan.Totals.Rows, Bytes: b.plan.Totals.Bytes,
		RowBytes: b.plan.RowBytes, Partitions: b.plan.R, Tasks: len(b.plan.Tasks), Mode: string(mode),
		Output: b.plan.Totals.Rows * b.plan.RowBytes,
		Memory: Division{
			Total: o.Memory, Coordinator: needs.coordinatorShare(), Workers: o.Workers, Worker: share.Memory, Lanes: share.Lanes,
			Decode: share.Decode, Arenas: share.Arenas, Sorted: share.Sorted, Writer: share.Writer, Merge: share.Merge,
		},
	}
	out.Scratch = newRunFolder(b.scratch, b.plan.View, b.plan.Build).dir
	answered, err := b.answer(ctx)
	if answered != nil {
		out.Already = answered.Version
	}
	return out, err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/plan"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/shuffle"
)

// runDetails is a run's index and what its rows were found to be.
type runDetails struct {
	Partitions []runPartition `json:"partitions"` // those with rows
	R          int            `json:"r"`
	Rows       uint64         `json:"rows"`    // of all partitions
	Checked    uint64         `json:"checked"` // rows read
}

// runPartition is one partition of the index.
type runPartition struct {
	Index       int            `json:"index"`
	Offset      int64          `json:"offset"`
	Length      int64          `json:"length"`
	RecordBytes int64          `json:"record_bytes"` // unpacked
	Read        uint64         `json:"read"`
	Kept        uint64         `json:"kept"`
	Folded      uint64         `json:"folded"`
	Keys        uint64         `json:"keys"`
	InputSum    row.Sum        `json:"input_sum"`
	StoredSum   row.Sum        `json:"stored_sum"`
	MinToken    manifest.Token `json:"min_token"`
	MaxToken    manifest.Token `json:"max_token"`
}

// runMemory is for reading one partition of one run.
const runMemory = 1 << 30

// read opens the run by the layout of its build's plan and reads every row.
func (d *runDetails) read(ctx context.Context, s *subject) (fault, err error) {
	layout, err := s.layout(ctx)
	if err != nil {
		return nil, err
	}
	run, err := shuffle.OpenRun(s.file, s.size, layout)
	if err != nil {
		return splitRun(err)
	}
	d.R = run.Partitions()
	for i := range d.R {
		if err := d.partition(ctx, run, layout, i); err != nil {
			return splitRun(err)
		}
	}
	return nil, nil
}

func splitRun(err error) (fault, failure error) {
	if errors.Is(err, shuffle.ErrDamagedRun) || errors.Is(err, shuffle.ErrLost) {
		return err, nil
	}
	return nil, err
}

// layout is the record layout of the build that the run belongs to.
func (s *subject) layout(ctx context.Context) (*shuffle.Layout, error) {
	name := "the build's " + manifest.PlanObject
	if rest, ok := strings.CutPrefix(s.name, manifest.BuildPrefix); ok {
		build, _, _ := strings.Cut(rest, "/")
		name = manifest.BuildName(build, manifest.PlanObject)
	}
	b, err := s.beside(ctx, name, s.plan, "plan")
	if err != nil {
		return nil, err
	}
	p, err := plan.Decode(b)
	if err != nil {
		return nil, err
	}
	rule, recency := shuffle.RuleError, cql.Type{}
	if r := p.Spec.Recency; r != nil {
		rule, recency = shuffle.RuleLatest, r.Type
	}
	return shuffle.NewLayout(&p.Spec.Schema, rule, recency)
}

// partition reads one partition: its entry in the index, then its rows, whose blocks have checksums.
func (d *runDetails) partition(ctx context.Context, run *shuffle.Run, layout *shuffle.Layout, i int) error {
	info, err := run.Partition(i)
	if err != nil {
		return err
	}
	s := &info.Stats
	d.Rows += s.Kept
	if s.Read == 0 {
		return nil
	}
	d.Partitions = append(d.Partitions, runPartition{
		Index: i, Offset: info.Offset, Length: info.Length, RecordBytes: info.RecordBytes, Read: s.Read, Kept: s.Kept, Folded: s.Folded,
		Keys: s.Keys, InputSum: s.InputSum, StoredSum: s.StoredSum, MinToken: manifest.Token(s.MinToken), MaxToken: manifest.Token(s.MaxToken),
	})
	merge, err := shuffle.NewMerge(layout, partitioner.Slices{R: d.R}, i, []*shuffle.Run{run}, runMemory)
	if err != nil {
		return err
	}
	buf := make([]row.Row, 256)
	for {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		n, err := merge.Next(buf)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		d.Checked += uint64(n)
	}
}

func (d *runDetails) text(w io.Writer) {
	if d.R == 0 {
		return
	}
	fmt.Fprintf(w, "partitions\t%d of %d have rows\n", len(d.Partitions), d.R)
	fmt.Fprintf(w, "rows\t%d, read %d\n", d.Rows, d.Checked)
	for _, p := range d.Partitions {
		fmt.Fprintf(w, "partition %d\t%d bytes at %d, %d bytes unpacked; %d rows of %d read, %d keys; tokens %d to %d\n", p.Index, p.Length, p.Offset,
			p.RecordBytes, p.Kept, p.Read, p.Keys, int64(p.MinToken), int64(p.MaxToken))
	}
}

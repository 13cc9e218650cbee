package workers

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/store"
)

// Seconds is a duration that stands in reports as a number of seconds.
type Seconds time.Duration

// MarshalJSON writes seconds with three digits behind the point.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", time.Duration(s).Seconds()), nil
}

// UnmarshalJSON reads a number of seconds.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return fmt.Errorf("reading seconds: %w", err)
	}
	*s = Seconds(f * float64(time.Second))
	return nil
}

// Result says how a build ended.
type Result string

// The ways a build ends well, and the one for a report of a build that did not.
const (
	Built      Result = "built"
	Already    Result = "already built" // nothing had to be done
	Unfinished Result = "unfinished"
)

// Report is what a build did. It is stored as report.json beside the plan and printed at the end.
type Report struct {
	Format  int    `json:"format"`
	Result  Result `json:"result"`
	View    string `json:"view"`
	Version uint64 `json:"version"` // made or found; 0 when unfinished
	Newest  uint64 `json:"newest"`  // may be another one when the version was found
	Build   string `json:"build"`
	Mode    string `json:"mode,omitempty"` // memory or spill

	Files      int             `json:"files"`
	Skipped    int             `json:"skipped"` // files
	BytesIn    int64           `json:"bytes_in"`
	Totals     manifest.Totals `json:"totals"`
	Partitions int             `json:"partitions"`
	Reused     int             `json:"reused"`  // partitions whose files the parent version has
	Resumed    int             `json:"resumed"` // tasks that earlier runs of this build had finished

	Dictionary string `json:"dictionary,omitempty"` // inherited or new, and why
	Bloom      Rate   `json:"bloom"`
	CellBytes  uint64 `json:"cell_bytes"`   // of the partitions written: cells before packing
	Packed     uint64 `json:"packed_bytes"` // and after
	LargeKeys  uint64 `json:"large_keys"`
	MovedKeys  uint64 `json:"moved_keys"`

	Phases     []PhaseReport  `json:"phases"`
	Wall       Seconds        `json:"wall_seconds"`
	CPU        Seconds        `json:"cpu_seconds"` // of all processes
	Budget     int64          `json:"memory_budget"`
	PeakMemory int64          `json:"peak_memory"` // the peaks of all processes added up: not less than the true peak
	RunBytes   int64          `json:"run_bytes"`
	Requests   store.Requests `json:"requests"`
	Workers    int            `json:"workers"` // processes started
}

// PhaseReport is the cost of one phase.
type PhaseReport struct {
	Phase Phase   `json:"phase"`
	Wall  Seconds `json:"wall_seconds"`
	CPU   Seconds `json:"cpu_seconds"`
}

// Rate is what the finished filters answered for keys that are not there.
type Rate struct {
	Probes  uint64 `json:"probes"`
	Matches uint64 `json:"matches"`
}

// PPM is the measured rate of false positives per million; 0 without probes.
func (r Rate) PPM() uint64 {
	if r.Probes == 0 {
		return 0
	}
	return r.Matches * 1_000_000 / r.Probes
}

// already is the report of a build that had nothing to do.
func (m *meter) already(made *manifest.Manifest, newest uint64) *Report {
	return &Report{
		Format: doneFormat, Result: Already, View: made.View, Version: made.Version, Newest: newest, Build: made.Build,
		Files: len(made.Source.Files), Skipped: len(made.Source.Skipped), Totals: made.Totals, Partitions: made.R,
	}
}

// report is what b did so far.
func (m *meter) report(b *build) *Report {
	m.tell()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.endPhase()
	m.status = Status{}
	all := m.snapshot()
	r := &Report{
		Format: doneFormat, Result: Unfinished, View: b.plan.View, Build: b.plan.Build, Mode: string(b.mode),
		Files: len(b.plan.Files), Skipped: len(b.plan.Skipped), BytesIn: b.plan.Totals.Bytes, Partitions: b.plan.R, Resumed: b.resumed,
		Phases: m.phases, CPU: Seconds(all.CPU), Budget: m.budget, PeakMemory: all.PeakMemory, RunBytes: all.BytesRun,
		Requests: all.Requests,
	}
	if b.crew != nil {
		r.Workers = b.crew.starts()
	}
	for _, p := range m.phases {
		r.Wall += p.Wall
	}
	if d := b.tasks[trainTask].done; d != nil {
		r.Dictionary = d.Train.Reason
	}
	for i := range b.plan.R {
		d := b.tasks[reduceTask(i)].done
		if d == nil {
			continue
		}
		if d.Reduce.Reused {
			r.Reused++
		}
		w := d.Reduce.Writer
		r.Bloom.Probes += w.BloomProbes
		r.Bloom.Matches += w.BloomMatches
		r.CellBytes += w.CellBytes
		r.Packed += w.PackedBytes
		r.LargeKeys += w.LargeKeys
		r.MovedKeys += w.MovedKeys
	}
	return r
}

// finish notes the version that was made.
func (r *Report) finish(m *manifest.Manifest) {
	r.Result, r.Version, r.Newest, r.Totals = Built, m.Version, m.Version, m.Totals
}

// saveReport stores the report beside the plan.
func (b *build) saveReport(ctx context.Context, r *Report) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the report: %w", err)
	}
	return b.view.Write(ctx, manifest.BuildName(b.plan.Build, manifest.ReportObject), store.Bytes(append(raw, '\n')), store.Replace)
}

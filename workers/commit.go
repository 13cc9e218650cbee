package workers

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/table"
)

// StaleError says that the source is older than that of the newest version.
type StaleError struct {
	Version    uint64 // the newest
	Column     string
	Have, Want string // watermarks, this build's and that version's
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("the source is behind version %d: its watermark in column %q is %s, that version's is %s", e.Version, e.Column, e.Have, e.Want)
}

// The outcomes of a build.
type outcome string

const (
	undecided  outcome = ""
	committing outcome = "committing" // by the build, just before its manifest
	abandoned  outcome = "abandoned"  // by the garbage collector, when the heartbeat is stale
)

type outcomeDocument struct {
	Outcome outcome `json:"outcome"`
}

// readOutcome is what was decided about a build.
func readOutcome(ctx context.Context, view store.Store, build string) (outcome, error) {
	name := manifest.BuildName(build, manifest.OutcomeObject)
	b, err := readObject(ctx, view, name)
	if errors.Is(err, store.ErrNotFound) {
		return undecided, nil
	}
	if err != nil {
		return undecided, err
	}
	var d outcomeDocument
	if err := json.Unmarshal(b, &d); err != nil {
		return undecided, beginAnew(build, fmt.Errorf("reading %q: %w", name, err))
	}
	if d.Outcome != committing && d.Outcome != abandoned {
		return undecided, fmt.Errorf("reading %q: outcome %q is not known to this binary", name, d.Outcome)
	}
	return d.Outcome, nil
}

// commit checks that nothing was lost and that the spec's requirements hold, and publishes the next version.
func (b *build) commit(ctx context.Context) (*manifest.Manifest, error) {
	b.meter.phase(Committing, 0, 0, 0)
	m, err := b.draft()
	if err != nil {
		return nil, err
	}
	if err := b.prepared.markers(ctx, b.options, b.storage, b.prepared.files()); err != nil {
		return nil, err
	}
	for {
		latest, err := b.newest(ctx)
		if err != nil {
			return nil, err
		}
		if m, err := b.made(ctx, latest, b.plan.Parent); err != nil || m != nil {
			return m, err // another run of this build was first
		}
		if err := b.gate(m, latest); err != nil {
			return nil, err
		}
		err = writeJSON(ctx, b.view, manifest.BuildName(b.plan.Build, manifest.OutcomeObject), outcomeDocument{committing})
		if errors.Is(err, store.ErrExists) {
			return nil, errAbandoned
		}
		if err != nil {
			return nil, err
		}
		m.Version = 1
		if latest != nil {
			m.Version = latest.Version + 1
		}
		encoded, err := m.Encode()
		if err != nil {
			return nil, err
		}
		_, err = store.Create(ctx, b.view, manifest.ManifestName(m.Version), store.Bytes(encoded))
		if err == nil {
			return m, nil
		}
		if !errors.Is(err, store.ErrExists) {
			return nil, err
		}
		b.options.Log.Info("another build took the version; trying the next", "version", m.Version)
	}
}

// gate refuses a version that breaks a rule beside the newest one.
func (b *build) gate(m, latest *manifest.Manifest) error {
	r := b.plan.Spec.Require
	if m.Totals.Rows < r.MinRows {
		return fmt.Errorf("%w: min_rows is %d, the build has %d", ErrRequired, r.MinRows, m.Totals.Rows)
	}
	if latest == nil {
		return nil
	}
	if r.MaxDropPPM != nil {
		const million = 1_000_000
		before, now := latest.Totals.Rows, m.Totals.Rows
		if lost := before - now; lost > 0 && lost*million > before*int64(*r.MaxDropPPM) {
			return fmt.Errorf("%w: max_drop is %g, the build has %d rows and version %d has %d", ErrRequired,
				float64(*r.MaxDropPPM)/million, now, latest.Version, before)
		}
	}
	if was, is := latest.Source.Watermark, m.Source.Watermark; was != nil && is != nil && is.Behind(was) {
		return &StaleError{Version: latest.Version, Column: is.Column, Have: is.String(), Want: was.String()}
	}
	return nil
}

// draft is the manifest but for its number.
func (b *build) draft() (*manifest.Manifest, error) {
	mapped, err := b.mapTotals()
	if err != nil {
		return nil, err
	}
	r := &b.plan.Spec
	version, err := codec.VersionOf(codec.Name(r.Codec))
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	m := &manifest.Manifest{
		Format: manifest.FormatVersion, View: b.plan.View, Parent: b.plan.Parent, Build: b.plan.Build, Schema: r.Schema, R: b.plan.R,
		Duplicates: manifest.Duplicates{Rule: string(r.Duplicates.Rule), Recency: recencyColumn(b.plan)},
		Table:      manifest.TableFormat{Format: table.Version},
		Codec:      manifest.Codec{Name: string(r.Codec), Version: version, Dictionary: b.tasks[trainTask].done.Train.Dictionary},
		Bloom:      manifest.Bloom{Format: bloom.Version, FalsePositivePPM: r.BloomPPM},
		Provenance: manifest.Provenance{
			BuiltAt: b.options.Clock.Now().UTC().Format(time.RFC3339), Host: host, Software: b.options.Software,
			Spec: b.options.Spec.Path, Sources: b.prepared.sources,
		},
	}
	m.Source.Skipped = b.plan.Skipped
	for _, f := range b.plan.Files {
		m.Source.Files = append(m.Source.Files, manifest.File{Name: f.Name, Bytes: f.Size, Rows: f.Rows, Identity: f.Content})
	}
	if m.Source.Watermark, err = b.watermark(mapped.Watermark); err != nil {
		return nil, err
	}
	m.Totals = manifest.Totals{Read: mapped.Read, Filtered: mapped.Filtered, Input: mapped.Read - mapped.Filtered}
	t := &m.Totals
	for i := range b.plan.R {
		d := b.tasks[reduceTask(i)].done
		if d == nil || d.Reduce == nil {
			return nil, fmt.Errorf("partition %d has no record", i)
		}
		p := d.Reduce.Partition
		m.Partitions = append(m.Partitions, p)
		t.Folded += p.Folded
		t.Rows += p.Rows
		t.Keys += p.Keys
		t.InputSum = t.InputSum.Add(p.InputSum)
		t.StoredSum = t.StoredSum.Add(p.StoredSum)
		t.TableBytes += p.Table.Bytes
		t.BloomBytes += p.Bloom.Bytes
	}
	if t.Input != t.Rows+t.Folded {
		return nil, fmt.Errorf("the build as a whole: %w: %d rows in, %d stored and %d folded", shuffle.ErrLost, t.Input, t.Rows, t.Folded)
	}
	return m, sums("the build as a whole", mapped.Stats.Read, uint64(t.Rows+t.Folded), mapped.Stats.InputSum, t.InputSum)
}

// watermark is the greatest value read, as the manifest has it; nil when the spec asks for none.
func (b *build) watermark(value []byte) (*manifest.Watermark, error) {
	w := b.plan.Spec.Watermark
	if w == nil {
		return nil, nil
	}
	out := &manifest.Watermark{Column: w.Name, Type: w.Type, Unit: string(b.plan.Spec.MarkUnit), Value: json.RawMessage("null")}
	if value == nil {
		return out, nil
	}
	text, err := cql.AppendJSON(nil, w.Type, value)
	if err != nil {
		return nil, fmt.Errorf("writing the watermark: %w", err)
	}
	out.Value, out.Hex = text, hex.EncodeToString(value)
	return out, nil
}

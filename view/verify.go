package view

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/row"
)

// VerifyOptions are the settings of Verify; the zero VerifyOptions will do.
type VerifyOptions struct {
	Parallel  int            // partitions at a time; 0 for the number of processors
	HeldBytes int64          // objects up to this size are read once, into memory, larger ones twice; 0 for 64 MiB
	Probes    int            // absent keys that the filters are asked for, all together; 0 for four million
	Progress  func(Progress) // called often, by one goroutine at a time
}

// Verify reads the whole version and checks everything that can be checked without its source: size and sha256 of each
// object; header, checksums, order, tokens, cells, counts and sums of each table; that each key is in its filter, and how
// often the filter takes an absent key for present; the totals. What is wrong stands in the Report and ends nothing but
// the check of its partition. The error is about what could not be read.
func (v *View) Verify(ctx context.Context, o VerifyOptions) (*Report, error) {
	m := v.manifest
	if o.Probes < 1 {
		o.Probes = defaultProbes
	}
	if o.HeldBytes < 1 {
		o.HeldBytes = 64 << 20
	}
	c := &verification{view: v, held: o.HeldBytes, probes: o.Probes, progress: o.Progress}
	c.report = Report{View: m.View, Version: m.Version, Partitions: len(m.Partitions), Faults: []Fault{}}
	c.at.OfPartitions = len(m.Partitions)
	c.at.OfBytes = m.Totals.TableBytes + m.Totals.BloomBytes
	if d := m.Codec.Dictionary; d != nil {
		c.at.OfBytes += d.Bytes
	}
	if err := c.dictionary(ctx); err != nil {
		return nil, fmt.Errorf("verifying view %q, version %d: %w", m.View, m.Version, err)
	}
	group, running := errgroup.WithContext(ctx)
	if o.Parallel < 1 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	group.SetLimit(o.Parallel)
	for i := range m.Partitions {
		if running.Err() != nil {
			break
		}
		group.Go(func() error { return c.partition(running, &m.Partitions[i]) })
	}
	err := group.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("verifying view %q, version %d: %w", m.View, m.Version, err)
	}
	c.totals()
	return c.finish(), nil
}

// verification is one Verify.
type verification struct {
	view     *View
	held     int64
	probes   int
	progress func(Progress)

	mu     sync.Mutex
	at     Progress
	report Report
}

// fault notes err if it says that the version is not whole, and gives it back if it says something else.
func (c *verification) fault(p *manifest.Partition, object string, err error) error {
	if err == nil {
		return nil
	}
	if !IsCorruption(err) {
		return err
	}
	f := Fault{Partition: -1, Object: object, Problem: err.Error()}
	if p != nil {
		f.Partition = p.Index
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at.Faults++
	if len(c.report.Faults) < maxFaults {
		c.report.Faults = append(c.report.Faults, f)
	} else {
		c.report.MoreFaults++
	}
	return nil
}

// dictionary checks the codec's dictionary, without which no row can be read.
func (c *verification) dictionary(ctx context.Context) error {
	d := c.view.manifest.Codec.Dictionary
	if d == nil {
		return nil
	}
	f, err := c.whole(ctx, *d)
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		_, err = c.view.codec()
	}
	return c.fault(nil, d.Name, err)
}

// partition checks one partition's filter and table.
func (c *verification) partition(ctx context.Context, p *manifest.Partition) error {
	filter, err := c.filter(ctx, p)
	if err := c.fault(p, p.Bloom.Name, err); err != nil {
		return err
	}
	found, err := c.table(ctx, p, filter)
	if err := c.fault(p, p.Table.Name, err); err != nil {
		return err
	}
	if err := found.FilterError(); err != nil {
		if err := c.fault(p, p.Bloom.Name, fmt.Errorf("checking object %q: %w", p.Bloom.Name, err)); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Rows += int64(found.Rows)
	c.report.Keys += int64(found.Keys)
	c.report.StoredSum = c.report.StoredSum.Add(found.StoredSum)
	c.at.Partitions++
	c.tell()
	return nil
}

// read counts bytes that were compared.
func (c *verification) read(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at.Bytes += n
	c.report.Bytes += n
	c.tell()
}

// tell reports the progress; c.mu is held.
func (c *verification) tell() {
	if c.progress != nil {
		c.progress(c.at)
	}
}

// totals holds what all tables gave together against the manifest. A faulty partition has been reported already.
func (c *verification) totals() {
	t, r := &c.view.manifest.Totals, &c.report
	if len(r.Faults) > 0 || r.Rows == t.Rows && r.Keys == t.Keys && r.StoredSum == t.StoredSum {
		return
	}
	err := fmt.Errorf("%w: tables have %d rows, %d keys, sum %s; the totals are %d rows, %d keys, sum %s", ErrDiffers,
		r.Rows, r.Keys, r.StoredSum, t.Rows, t.Keys, t.StoredSum)
	_ = c.fault(nil, manifest.ManifestName(c.view.manifest.Version), err) // ErrDiffers is a fault
}

func (c *verification) finish() *Report {
	r := &c.report
	r.Bloom.TargetPPM = int64(c.view.manifest.Bloom.FalsePositivePPM)
	if r.Bloom.Probes > 0 {
		r.Bloom.MatchesPPM = r.Bloom.Matches * 1_000_000 / r.Bloom.Probes
	}
	slices.SortStableFunc(r.Faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Object, b.Object))
	})
	return r
}

// scanRows calls each with every row of a stream.
func scanRows(ctx context.Context, s row.Stream, each func(row.Row) error) error {
	buf := make([]row.Row, 256)
	for {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		n, err := s.Next(buf)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for _, r := range buf[:n] {
			if err := each(r); err != nil {
				return err
			}
		}
	}
}

package view

import (
	"context"
	"fmt"
	"math"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/table"
)

// filter checks a partition's filter file and measures its rate.
func (c *verification) filter(ctx context.Context, p *manifest.Partition) (*bloom.Filter, error) {
	f, err := c.whole(ctx, p.Bloom)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, p.Bloom.Bytes)
	if n, err := f.ReadAt(b, 0); n < len(b) {
		return nil, fmt.Errorf("reading object %q: %w", p.Bloom.Name, err)
	}
	filter, err := c.view.checkFilter(b, p)
	if err != nil {
		return nil, err
	}
	probes := uint64(max(c.probes/len(c.view.manifest.Partitions), minProbes))
	matches := filter.Measure(probes)
	c.mu.Lock()
	c.report.Bloom.Probes += int64(probes)
	c.report.Bloom.Matches += int64(matches)
	c.mu.Unlock()
	if float64(matches) > matchLimit(filter.Header(), probes) {
		return filter, fmt.Errorf("filter %q takes %d of %d absent keys for present, %w: %d per million", p.Bloom.Name, matches, probes,
			ErrDiffers, c.view.manifest.Bloom.FalsePositivePPM)
	}
	return filter, nil
}

const (
	defaultProbes = 4_000_000
	minProbes     = 2_000 // of each filter
)

// matchLimit is the number of matches that a filter of this size, rightly filled, stays below but for one chance in a
// million. The fewer its keys the more a filter's true rate differs from its target, by a part of about sqrt(k/keys)/2;
// what is measured of it differs by the square root of the matches.
func matchLimit(h bloom.Header, probes uint64) float64 {
	target := float64(h.PPM) / 1e6 * float64(probes)
	spread := math.Sqrt(float64(h.K) / float64(max(h.Keys, 1)))
	limit := target * (1.25 + 4*spread)
	return limit + 6*math.Sqrt(limit) + 6
}

// table checks a partition's table. What was counted is given back even with an error.
func (c *verification) table(ctx context.Context, p *manifest.Partition, filter *bloom.Filter) (Counts, error) {
	f, err := c.whole(ctx, p.Table)
	if err != nil {
		return Counts{}, err
	}
	defer f.Close()
	var counts Counts
	t, err := table.Open(f, p.Table.Bytes, c.view.codecFor)
	if err == nil {
		err = c.view.checkHeader(t.Header(), p)
	}
	if err == nil {
		counts, err = CheckTable(ctx, t, filter)
	}
	if err != nil {
		return counts, fmt.Errorf("checking object %q: %w", p.Table.Name, err)
	}
	return counts, nil
}

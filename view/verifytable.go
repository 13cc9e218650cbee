package view

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
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
func (c *verification) table(ctx context.Context, p *manifest.Partition, filter *bloom.Filter) (*rowCheck, error) {
	check := newRowCheck(c.view, p, filter)
	f, err := c.whole(ctx, p.Table)
	if err != nil {
		return check, err
	}
	defer f.Close()
	t, err := table.Open(f, p.Table.Bytes, c.view.codecFor)
	if err == nil {
		err = c.view.checkHeader(t.Header(), p)
	}
	if err == nil {
		err = scanRows(ctx, t.Scan(partitioner.MinToken, math.MaxInt64), check.row)
	}
	if err == nil {
		err = check.end()
	}
	if err != nil {
		return check, fmt.Errorf("checking object %q: %w", p.Table.Name, err)
	}
	return check, nil
}

// rowCheck goes through the rows of one table as if the table had not checked anything itself.
type rowCheck struct {
	view      *View
	partition *manifest.Partition
	filter    *bloom.Filter // nil if there is none to check
	order     *table.Order

	rows, keys int64
	sum        row.Sum
	first      int64 // tokens
	last       int64
	previous   []byte // record
	missing    int64  // keys that the filter denies
	denied     []byte // the first of them
}

func newRowCheck(v *View, p *manifest.Partition, filter *bloom.Filter) *rowCheck {
	return &rowCheck{view: v, partition: p, filter: filter, order: table.NewOrder(v.Schema())}
}

// row checks the next row: its bytes, its token, its place behind the previous row, and its key's place in the filter.
func (c *rowCheck) row(r row.Row) error {
	if err := c.cells(r.Rec); err != nil {
		return fmt.Errorf("%w: row %d: %w", ErrDiffers, c.rows, err)
	}
	key := row.Key(r.Rec)
	if c.rows == 0 || !bytes.Equal(key, row.Key(c.previous)) {
		if err := c.key(r); err != nil {
			return fmt.Errorf("%w: row %d: key 0x%.64x: %w", ErrDiffers, c.rows, key, err)
		}
	} else if r.Token != c.last || c.order.Compare(row.Cells(c.previous), row.Cells(r.Rec)) >= 0 {
		return fmt.Errorf("%w: row %d of key 0x%.64x is not behind the one before", ErrDiffers, c.rows, key)
	}
	c.rows++
	c.sum = c.sum.Add(row.Hash(r.Rec))
	c.last = r.Token
	c.previous = append(c.previous[:0], r.Rec...)
	return nil
}

// cells checks that a record is well formed and holds valid payloads, clustering not null.
func (c *rowCheck) cells(rec []byte) error {
	s := c.view.Schema()
	if err := row.Check(rec, s.Cells()); err != nil {
		return err
	}
	parts, err := cql.SplitKey(row.Key(rec), len(s.Key))
	if err != nil {
		return err
	}
	for i, part := range parts {
		if err := cql.Validate(s.Key[i].Type, part); err != nil {
			return fmt.Errorf("column %q: %w", s.Key[i].Name, err)
		}
	}
	rest := row.Cells(rec)
	for i := range s.Cells() {
		var payload []byte
		var null bool
		payload, null, rest = row.Next(rest)
		switch column := s.CellColumn(i); {
		case !null:
			if err := cql.Validate(column.Type, payload); err != nil {
				return fmt.Errorf("column %q: %w", column.Name, err)
			}
		case i < len(s.Clustering):
			return fmt.Errorf("clustering column %q is null", column.Name)
		}
	}
	return nil
}

// key checks the first row of a key.
func (c *rowCheck) key(r row.Row) error {
	k := partitioner.NewKey(row.Key(r.Rec))
	token := k.Token()
	if index, _ := c.view.slices.Locate(token); token != r.Token || index != c.partition.Index {
		return fmt.Errorf("token %d, partition %d; the table says token %d", token, index, r.Token)
	}
	if c.rows == 0 {
		c.first = token
	} else if cmp.Or(cmp.Compare(c.last, token), bytes.Compare(row.Key(c.previous), k.Bytes)) >= 0 {
		return fmt.Errorf("not behind the key 0x%.64x", row.Key(c.previous))
	}
	c.keys++
	if c.filter != nil && !c.filter.Has(k.H1, k.H2) {
		if c.missing == 0 {
			c.denied = bytes.Clone(k.Bytes)
		}
		c.missing++
	}
	return nil
}

// end holds the counts against the manifest.
func (c *rowCheck) end() error {
	p := c.partition
	var errs []error
	differ := func(what string, got, want any) {
		if got != want {
			errs = append(errs, fmt.Errorf("%w: %v %s, named are %v", ErrDiffers, got, what, want))
		}
	}
	differ("rows", c.rows, p.Rows)
	differ("keys", c.keys, p.Keys)
	differ("as sum of the rows", c.sum, p.StoredSum)
	if c.rows > 0 && p.Min != nil && p.Max != nil {
		differ("as least token", c.first, int64(*p.Min))
		differ("as greatest token", c.last, int64(*p.Max))
	}
	return errors.Join(errs...)
}

// filterFault is an error if the filter denied keys that the table has.
func (c *rowCheck) filterFault() error {
	if c.missing == 0 {
		return nil
	}
	return fmt.Errorf("filter %q: %w: it denies %d of %d keys, the first is 0x%.64x", c.partition.Bloom.Name, bloom.ErrCorrupt,
		c.missing, c.keys, c.denied)
}

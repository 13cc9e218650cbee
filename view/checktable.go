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
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
)

// Counts is what CheckTable counted.
type Counts struct {
	Rows      uint64  `json:"rows"`
	Keys      uint64  `json:"keys"`
	StoredSum row.Sum `json:"stored_sum"`
	Denied    uint64  `json:"denied"` // keys that the filter denies

	firstDenied []byte
}

// FilterError is about keys of the table that its filter denies, nil if there are none.
func (c *Counts) FilterError() error {
	if c.Denied == 0 {
		return nil
	}
	return fmt.Errorf("%w: it denies %d of %d keys, the first is 0x%.64x", bloom.ErrCorrupt, c.Denied, c.Keys, c.firstDenied)
}

// CheckTable reads a whole table and checks every row as if the table's reader had checked nothing: cells, tokens, order;
// then counts and sum against the header. filter is the table's, or nil. What was counted is given back even with an error.
func CheckTable(ctx context.Context, t *table.Table, filter *bloom.Filter) (Counts, error) {
	h := t.Header()
	c := &rowCheck{header: h, filter: filter, order: table.NewOrder(&h.Schema), slices: partitioner.Slices{R: h.R}}
	err := scanRows(ctx, t.Scan(partitioner.MinToken, math.MaxInt64), c.row)
	if err == nil {
		err = c.end()
	}
	return c.counts, err
}

// rowCheck goes through the rows of one table.
type rowCheck struct {
	header *table.Header
	filter *bloom.Filter // nil if there is none to check
	order  *table.Order
	slices partitioner.Slices

	counts      Counts
	first, last int64  // tokens
	previous    []byte // record
}

// row checks the next row: its bytes, its token, its place behind the previous row, and its key's place in the filter.
func (c *rowCheck) row(r row.Row) error {
	if err := c.cells(r.Rec); err != nil {
		return fmt.Errorf("%w: row %d: %w", ErrDiffers, c.counts.Rows, err)
	}
	key := row.Key(r.Rec)
	if c.counts.Rows == 0 || !bytes.Equal(key, row.Key(c.previous)) {
		if err := c.key(r); err != nil {
			return fmt.Errorf("%w: row %d: key 0x%.64x: %w", ErrDiffers, c.counts.Rows, key, err)
		}
	} else if r.Token != c.last || c.order.Compare(row.Cells(c.previous), row.Cells(r.Rec)) >= 0 {
		return fmt.Errorf("%w: row %d of key 0x%.64x is not behind the one before", ErrDiffers, c.counts.Rows, key)
	}
	c.counts.Rows++
	c.counts.StoredSum = c.counts.StoredSum.Add(row.Hash(r.Rec))
	c.last = r.Token
	c.previous = append(c.previous[:0], r.Rec...)
	return nil
}

// cells checks that a record is well formed and holds valid payloads, clustering not null.
func (c *rowCheck) cells(rec []byte) error {
	s := &c.header.Schema
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
	if index, _ := c.slices.Locate(token); token != r.Token || index != c.header.Partition {
		return fmt.Errorf("token %d, partition %d; the table says token %d", token, index, r.Token)
	}
	if c.counts.Rows == 0 {
		c.first = token
	} else if cmp.Or(cmp.Compare(c.last, token), bytes.Compare(row.Key(c.previous), k.Bytes)) >= 0 {
		return fmt.Errorf("not behind the key 0x%.64x", row.Key(c.previous))
	}
	c.counts.Keys++
	if c.filter != nil && !c.filter.Has(k.H1, k.H2) {
		if c.counts.Denied == 0 {
			c.counts.firstDenied = bytes.Clone(k.Bytes)
		}
		c.counts.Denied++
	}
	return nil
}

// end holds the counts against the header.
func (c *rowCheck) end() error {
	h := c.header
	var errs []error
	differ := func(what string, got, want any) {
		if got != want {
			errs = append(errs, fmt.Errorf("%w: %v %s, the header says %v", ErrDiffers, got, what, want))
		}
	}
	differ("rows", c.counts.Rows, h.Rows)
	differ("keys", c.counts.Keys, h.Keys)
	differ("as sum of the rows", c.counts.StoredSum, h.StoredSum)
	differ("as least token", c.first, h.MinToken)
	differ("as greatest token", c.last, h.MaxToken)
	return errors.Join(errs...)
}

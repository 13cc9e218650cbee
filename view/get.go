package view

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/table"
)

// Rows is what Get found of one key. It belongs to one goroutine and must be closed.
type Rows struct {
	view   *View
	table  *openTable // nil when the filter knew
	reader *table.Reader
	rows   *table.Rows
	index  int // of the partition
}

// Get finds the rows of one partition key (see cql.CompositeKey), all of them or those in the slice. A key that the view does
// not have gives no rows and no error.
func (v *View) Get(ctx context.Context, key []byte, want table.Slice) (*Rows, error) {
	k := partitioner.NewKey(key)
	index, _ := v.slices.Locate(k.Token())
	if v.manifest.Partitions[index].Rows == 0 {
		return &Rows{}, nil
	}
	t, err := v.tables.acquire(ctx, index)
	if err != nil {
		return nil, fmt.Errorf("getting key 0x%.64x: %w", key, err)
	}
	if f := t.filter(); f != nil && !f.Has(k.H1, k.H2) {
		return &Rows{}, v.tables.release(t)
	}
	r := &Rows{view: v, table: t, reader: t.reader(), index: index}
	if r.rows, err = r.reader.Get(k, want); err != nil {
		err = fmt.Errorf("getting key 0x%.64x from object %q: %w", key, v.manifest.Partitions[index].Table.Name, err)
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Found reports whether the view has the key, even if the slice holds none of its rows.
func (r *Rows) Found() bool { return r.rows != nil && r.rows.Found() }

// Next is the cells of the next row (clustering, values, each with its length), valid until the next call, and io.EOF
// behind the last.
func (r *Rows) Next() ([]byte, error) {
	if r.rows == nil {
		return nil, io.EOF
	}
	cells, err := r.rows.Next()
	if err != nil && err != io.EOF {
		err = fmt.Errorf("reading object %q: %w", r.view.manifest.Partitions[r.index].Table.Name, err)
	}
	return cells, err
}

// Close gives the table back. It may be called again.
func (r *Rows) Close() error {
	if r.table == nil {
		return nil
	}
	t := r.table
	t.pool.Put(r.reader)
	r.table, r.reader, r.rows = nil, nil, nil
	return r.view.tables.release(t)
}

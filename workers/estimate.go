package workers

import (
	"context"
	"errors"
	"io"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/source"
)

// One row group of each sampledShare is looked into to learn the size of a record, at least one and at most sampledGroups: some
// writers make one page of each column chunk, so that the first batch costs as much as all. sampledBytes bounds what is kept of each.
const (
	sampledShare  = 16
	sampledGroups = 4
	sampledBytes  = 32 << 20
)

// rowBytes estimates the length of a record from the first batches of a few row groups spread over the source. Footers do
// not tell: they know packed sizes, and those of dictionaries once. The estimate decides the number of partitions
// and where rows wait, nothing that must be exact.
func rowBytes(ctx context.Context, storage *source.Storage, p *prepared) (int64, error) {
	layout, err := layoutOf(p.resolved)
	if err != nil {
		return 0, err
	}
	var splits []source.Split
	for _, f := range p.footers {
		splits = append(splits, f.Splits()...)
	}
	if len(splits) == 0 {
		return 1, nil
	}
	var rows, size uint64
	n := min(max(len(splits)/sampledShare, 1), sampledGroups)
	for i := range n {
		r, b, err := sampleGroup(ctx, storage, layout, p, splits[i*len(splits)/n])
		if err != nil {
			return 0, err
		}
		rows, size = rows+r, size+b
	}
	if rows == 0 {
		return 1, nil
	}
	return int64((size + rows - 1) / rows), nil
}

// sampleGroup measures the records of the first batch of one row group.
func sampleGroup(ctx context.Context, storage *source.Storage, l *shuffle.Layout, p *prepared, s source.Split) (rows, size uint64, err error) {
	want := wantedBy(p.resolved)
	in, err := storage.Open(ctx, s.File)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	r, err := in.Read(ctx, s.RowGroup, want.columns)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	b, err := r.Next()
	if errors.Is(err, io.EOF) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	a, err := shuffle.NewArena(l, shuffle.ArenaOptions{Positions: want.at, Slices: partitioner.Slices{R: 1}, Limit: sampledBytes})
	if err != nil {
		return 0, 0, err
	}
	filter := rowFilter{filters: p.resolved.Filters, at: want.filters}
	_, err = a.Append(b, filter.selection(b), 0)
	if err != nil && !errors.Is(err, shuffle.ErrFull) && !errors.Is(err, shuffle.ErrMemory) {
		return 0, 0, &source.PlaceError{File: s.File.Name, Group: s.RowGroup, Err: err}
	}
	if a.Rows() == 0 && errors.Is(err, shuffle.ErrMemory) { // one row is larger than the sample may be
		return 1, sampledBytes, nil
	}
	return a.Rows(), a.RecordBytes(), nil
}

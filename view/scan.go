package view

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/row"
)

// Scan is rows in table order over any number of partitions, one table open at a time. It is a row.Stream, belongs to one
// goroutine and must be closed.
type Scan struct {
	ctx        context.Context
	view       *View
	from, to   int64
	next, last int // partitions to come: next .. last
	table      *openTable
	stream     row.Stream
	rows       int64 // of the open table so far
	err        error // sticky
}

var _ row.Stream = (*Scan)(nil)

// Scan is the rows with from < token <= to; partitioner.MinToken and math.MaxInt64 give all.
func (v *View) Scan(ctx context.Context, from, to int64) *Scan {
	s := &Scan{ctx: ctx, view: v, from: from, to: to, last: -1}
	if from < to {
		s.next, _ = v.slices.Locate(from + 1)
		s.last, _ = v.slices.Locate(to)
	}
	return s
}

// Next is row.Stream's.
func (s *Scan) Next(buf []row.Row) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.fill(buf)
	if err != nil {
		s.err = err
		if closeErr := s.Close(); closeErr != nil && err == io.EOF {
			s.err = closeErr
		}
		return 0, s.err
	}
	return n, nil
}

func (s *Scan) fill(buf []row.Row) (int, error) {
	for {
		if err := context.Cause(s.ctx); err != nil {
			return 0, err
		}
		if s.table == nil {
			if err := s.open(); err != nil {
				return 0, err
			}
		}
		n, err := s.stream.Next(buf)
		if err == nil {
			s.rows += int64(n)
			return n, nil
		}
		if err == io.EOF {
			err = s.leave()
		}
		if err != nil {
			return 0, fmt.Errorf("scanning object %q: %w", s.partition(s.next-1).Table.Name, err)
		}
	}
}

func (s *Scan) partition(i int) *manifest.Partition { return &s.view.manifest.Partitions[i] }

// open goes to the next table with rows in the range, or gives io.EOF.
func (s *Scan) open() error {
	for s.next <= s.last {
		p := s.partition(s.next)
		s.next++
		if p.Rows == 0 || int64(*p.Max) <= s.from || int64(*p.Min) > s.to {
			continue
		}
		t, err := s.view.tables.acquire(s.ctx, p.Index)
		if err != nil {
			return fmt.Errorf("scanning view %q: %w", s.view.manifest.View, err)
		}
		s.table, s.stream, s.rows = t, t.table.Scan(s.from, s.to), 0
		return nil
	}
	return io.EOF
}

// leave ends a table: one that lies in the range as a whole must have given all its rows.
func (s *Scan) leave() error {
	p := s.partition(s.table.index)
	if int64(*p.Min) > s.from && int64(*p.Max) <= s.to && s.rows != p.Rows {
		return fmt.Errorf("%w: it gave %d rows, named are %d", ErrDiffers, s.rows, p.Rows)
	}
	return s.release()
}

func (s *Scan) release() error {
	t := s.table
	s.table, s.stream = nil, nil
	return s.view.tables.release(t)
}

// Close gives the open table back. It may be called again; no rows come after it.
func (s *Scan) Close() error {
	if s.err == nil {
		s.err = errors.New("scan is closed")
	}
	if s.table == nil {
		return nil
	}
	return s.release()
}

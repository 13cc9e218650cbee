package workers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/verdigris-db/verdigris/plan"
	"github.com/verdigris-db/verdigris/source"
)

// sink takes the batches that one goroutine reads. take gets the rows of sel, or all for nil; finish comes after the last.
type sink interface {
	take(b *source.Batch, sel []int32) error
	finish() error
}

// intake reads row groups of a plan and hands their rows on.
type intake struct {
	storage  *source.Storage
	plan     *plan.Plan
	want     *wanted
	counters *counters
}

// taken is what an intake read.
type taken struct {
	rows, filtered int64
	watermark      []byte
}

// run reads the splits with one goroutine for each sink, and ends when all sinks are finished.
func (in *intake) run(ctx context.Context, splits []plan.Split, sinks []sink) (taken, error) {
	var next atomic.Int64
	results := make([]taken, len(sinks))
	group, ctx := errgroup.WithContext(ctx)
	for i, s := range sinks {
		group.Go(func() error {
			lane := newLane(in, s)
			defer lane.close()
			for {
				n := int(next.Add(1)) - 1
				if n >= len(splits) {
					results[i] = lane.taken()
					return s.finish()
				}
				if err := lane.read(ctx, splits[n]); err != nil {
					return err
				}
			}
		})
	}
	if err := group.Wait(); err != nil {
		return taken{}, err
	}
	total, top := taken{}, in.highest()
	for _, t := range results {
		total.rows += t.rows
		total.filtered += t.filtered
		top.merge(t.watermark)
	}
	total.watermark = top.value
	var planned int64
	for _, s := range splits {
		planned += s.Rows
	}
	if total.rows != planned {
		return taken{}, fmt.Errorf("reading the source: %d rows read, the footers promise %d", total.rows, planned)
	}
	return total, nil
}

func (in *intake) highest() highest {
	if in.want.watermark < 0 {
		return highest{}
	}
	return highest{kind: in.want.columns[in.want.watermark].Type}
}

// lane is one goroutine of an intake. It keeps the file of the last split open for the next one.
type lane struct {
	in     *intake
	sink   sink
	filter rowFilter
	top    highest
	rows   int64
	out    int64 // filtered

	file  int
	input *source.Input
}

func newLane(in *intake, s sink) *lane {
	return &lane{in: in, sink: s, top: in.highest(), file: -1,
		filter: rowFilter{filters: in.plan.Spec.Filters, at: in.want.filters}}
}

func (l *lane) taken() taken { return taken{l.rows, l.out, l.top.value} }

func (l *lane) close() {
	if l.input != nil {
		l.input.Close() // it was only read
	}
}

func (l *lane) open(ctx context.Context, file int) error {
	if l.file == file {
		return nil
	}
	l.close()
	l.input, l.file = nil, -1
	input, err := l.in.storage.Open(ctx, l.in.plan.Files[file].File)
	if err != nil {
		return err
	}
	l.input, l.file = input, file
	return nil
}

// read hands the rows of one row group to the sink.
func (l *lane) read(ctx context.Context, s plan.Split) error {
	if err := l.open(ctx, s.File); err != nil {
		return err
	}
	r, err := l.input.Read(ctx, s.RowGroup, l.in.want.columns)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := l.batch(b); err != nil {
			return &source.PlaceError{File: l.in.plan.Files[s.File].Name, Group: s.RowGroup, Err: err}
		}
	}
	return nil
}

func (l *lane) batch(b *source.Batch) error {
	sel := l.filter.selection(b)
	l.rows += int64(b.Rows)
	if sel != nil {
		l.out += int64(b.Rows - len(sel))
	}
	if at := l.in.want.watermark; at >= 0 {
		l.top.see(&b.Columns[at], b.Rows, sel)
	}
	if err := l.sink.take(b, sel); err != nil {
		return err
	}
	l.in.counters.rowsRead.Add(int64(b.Rows))
	return nil
}

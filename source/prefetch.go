package source

import (
	"context"
	"errors"
	"io"
	"slices"
	"sort"

	"golang.org/x/sync/errgroup"
)

// Requests for objects are few and large: a row group's wanted chunks are read as a whole, where they fit.
const (
	prefetchMost = 64 << 20 // bytes of wanted chunks and gaps that a Reader fetches at once; larger row groups go by windows
	prefetchGap  = 256 << 10
	prefetchPart = 8 << 20
	prefetchJobs = 8 // requests under way for one Reader
)

// span is a range of a file, and its bytes once it was fetched.
type span struct {
	start, end int64
	data       []byte
}

// coalesce orders the spans and joins those that a small gap divides. total is the number of bytes of all.
func coalesce(in []span) (out []span, total int64) {
	slices.SortFunc(in, func(a, b span) int { return int(min(max(a.start-b.start, -1), 1)) })
	for _, s := range in {
		if n := len(out); n > 0 && s.start <= out[n-1].end+prefetchGap {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	for _, s := range out {
		total += s.end - s.start
	}
	return out, total
}

// prefetch reads the spans of o, several parts at a time, and is done when it returns.
func prefetch(ctx context.Context, o object, spans []span) (*prefetched, error) {
	var group errgroup.Group
	group.SetLimit(prefetchJobs)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	for i := range spans {
		s := &spans[i]
		s.data = make([]byte, s.end-s.start)
		for from := int64(0); from < int64(len(s.data)); from += prefetchPart {
			part := s.data[from:min(from+prefetchPart, int64(len(s.data)))]
			group.Go(func() error {
				err := readFull(readerAt{ctx, o}, part, s.start+from)
				if err != nil {
					stop(err) // the first error; the others end by it
				}
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
			err = cause
		}
		return nil, err
	}
	return &prefetched{ctx: ctx, object: o, spans: spans}, nil
}

// prefetched serves reads from spans in memory.
type prefetched struct {
	ctx    context.Context
	object object
	spans  []span // in order, apart
}

var _ io.ReaderAt = (*prefetched)(nil)

// ReadAt reads as io.ReaderAt does. Decoders ask within the chunks that were fetched; that is checked, not assumed.
func (p *prefetched) ReadAt(b []byte, off int64) (int, error) {
	i := sort.Search(len(p.spans), func(i int) bool { return p.spans[i].end > off })
	if i == len(p.spans) || off < p.spans[i].start || off+int64(len(b)) > p.spans[i].end {
		return 0, damaged("%d bytes at offset %d are outside the column chunk", len(b), off)
	}
	return copy(b, p.spans[i].data[off-p.spans[i].start:]), nil
}

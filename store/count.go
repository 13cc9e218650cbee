package store

import (
	"context"
	"io"
	"iter"
	"sync/atomic"
)

// Requests is how often a store was asked for what, and how much went over. Under WithRetry each try counts.
type Requests struct {
	Writes  int64 `json:"writes"`
	Reads   int64 `json:"reads"`
	Stats   int64 `json:"stats"`
	Lists   int64 `json:"lists"`
	Deletes int64 `json:"deletes"`
	Failed  int64 `json:"failed"` // of these; taken and missing names are answers, but counted here all the same

	BytesWritten int64 `json:"bytes_written"` // bodies of the Writes that succeeded
	BytesRead    int64 `json:"bytes_read"`    // what readers gave
	NamesListed  int64 `json:"names_listed"`
}

// Counter is a Store that counts what is asked of the store inside.
type Counter struct {
	inner                                                        Store
	writes, reads, stats, lists, deletes, failed, out, in, names atomic.Int64
}

var _ Store = (*Counter)(nil)

// Count is inner with its requests counted.
func Count(inner Store) *Counter { return &Counter{inner: inner} }

// Requests is the count so far.
func (c *Counter) Requests() Requests {
	return Requests{
		Writes: c.writes.Load(), Reads: c.reads.Load(), Stats: c.stats.Load(), Lists: c.lists.Load(),
		Deletes: c.deletes.Load(), Failed: c.failed.Load(),
		BytesWritten: c.out.Load(), BytesRead: c.in.Load(), NamesListed: c.names.Load(),
	}
}

// note counts a failure and passes it on.
func (c *Counter) note(err error) error {
	if err != nil {
		c.failed.Add(1)
	}
	return err
}

// Write counts one write and, if it succeeds, its bytes.
func (c *Counter) Write(ctx context.Context, name string, body Body, mode Mode) error {
	c.writes.Add(1)
	err := c.inner.Write(ctx, name, body, mode)
	if err == nil {
		c.out.Add(body.Size)
	}
	return c.note(err)
}

// Read counts one read and the bytes as they are read.
func (c *Counter) Read(ctx context.Context, name string, offset, length int64, conditions ...Condition) (*Reader, error) {
	c.reads.Add(1)
	r, err := c.inner.Read(ctx, name, offset, length, conditions...)
	if err != nil {
		return nil, c.note(err)
	}
	return &Reader{ReadCloser: &countedReader{ReadCloser: r, counter: c}, ETag: r.ETag, Size: r.Size}, nil
}

// countedReader counts the bytes that a reader gives.
type countedReader struct {
	io.ReadCloser
	counter *Counter
}

// Read counts its bytes, and a failure other than the end.
func (r *countedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.counter.in.Add(int64(n))
	if err != nil && err != io.EOF {
		r.counter.failed.Add(1)
	}
	return n, err
}

// Stat counts one stat.
func (c *Counter) Stat(ctx context.Context, name string) (Info, error) {
	c.stats.Add(1)
	info, err := c.inner.Stat(ctx, name)
	return info, c.note(err)
}

// List counts one list, and its names.
func (c *Counter) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		c.lists.Add(1)
		for info, err := range c.inner.List(ctx, prefix) {
			if c.note(err) == nil {
				c.names.Add(1)
			}
			if !yield(info, err) {
				return
			}
		}
	}
}

// Delete counts one delete.
func (c *Counter) Delete(ctx context.Context, name string) error {
	c.deletes.Add(1)
	return c.note(c.inner.Delete(ctx, name))
}

// Close closes inner.
func (c *Counter) Close() error { return c.inner.Close() }

package store

import (
	"context"
	"fmt"
	"io"
)

// Read opens the range, and opens it again where it broke off after a transient failure. The ETag of the first reader
// must then still hold, so that the bytes are of one object.
func (r *retried) Read(ctx context.Context, name string, offset, length int64, conditions ...Condition) (*Reader, error) {
	resumed := &resumingReader{ctx: ctx, store: r, name: name, offset: offset, length: length}
	if err := resumed.open(conditions...); err != nil {
		return nil, err
	}
	if length < 0 && resumed.current.Size > 0 {
		resumed.length = max(resumed.current.Size-offset, 0)
	}
	return &Reader{ReadCloser: resumed, ETag: resumed.current.ETag, Size: resumed.current.Size}, nil
}

// resumingReader is one logical read over several readers of the inner store.
type resumingReader struct {
	ctx            context.Context // of the Read that made it
	store          *retried
	name           string
	offset, length int64 // what is still to come; length is negative for "to the end" of an object whose size nobody told
	current        *Reader
	breaks         uint  // transient failures since the last byte
	err            error // sticky
}

// open opens what is still to come.
func (r *resumingReader) open(conditions ...Condition) error {
	return r.store.do(r.ctx, func() (err error) {
		r.current, err = r.store.inner.Read(r.ctx, r.name, r.offset, r.length, conditions...)
		return err
	})
}

// Read reads on; a call may return no bytes and no error where the reader was opened again.
func (r *resumingReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.current.Read(p)
	r.offset += int64(n)
	if r.length > 0 {
		r.length -= int64(n)
	}
	if n > 0 {
		r.breaks = 0
	}
	if err == io.EOF && r.length > 0 { // whatever stands between store and us has cut it
		err = &Error{Op: "reading", Name: r.name, Transient: true, Err: io.ErrUnexpectedEOF}
	}
	if err == nil || err == io.EOF || !IsTransient(err) {
		r.err = err
		return n, err
	}
	r.breaks++
	if r.breaks >= r.store.policy.Tries {
		r.err = fmt.Errorf("giving up after %d tries: %w", r.breaks, err)
		return n, r.err
	}
	r.err = r.reopen()
	return n, r.err
}

// reopen replaces the broken reader by one that starts where it broke off.
func (r *resumingReader) reopen() error {
	etag := r.current.ETag
	r.current.Close() // it has failed already: nothing to learn from its closing
	return r.open(IfMatch(etag))
}

// Close closes the reader that is open now.
func (r *resumingReader) Close() error {
	if r.current == nil {
		return nil
	}
	return r.current.Close()
}

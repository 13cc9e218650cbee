package store

import (
	"context"
	"io"
)

// exactReader gives exactly left bytes of source or an error: a source that ends early is an error, and a longer one is cut.
type exactReader struct {
	ctx    context.Context
	source io.ReadCloser
	left   int64
	fail   func(error) error // wraps for the caller
	err    error             // sticky
}

// Read passes bytes on until all have come.
func (r *exactReader) Read(p []byte) (int, error) {
	if r.err == nil && r.left == 0 {
		r.err = r.end()
	}
	if r.err == nil {
		if err := context.Cause(r.ctx); err != nil {
			r.err = r.fail(err)
		}
	}
	if r.err != nil {
		return 0, r.err
	}
	if int64(len(p)) > r.left {
		p = p[:r.left]
	}
	n, err := r.source.Read(p)
	r.left -= int64(n)
	switch {
	case err == nil:
	case r.left == 0 && err == io.EOF:
		r.err = io.EOF
	case err == io.EOF:
		r.err = r.fail(io.ErrUnexpectedEOF)
	default:
		r.err = r.fail(err)
	}
	return n, r.err
}

// end asks the source for its end, where it may tell that a checksum does not fit.
func (r *exactReader) end() error {
	var more [1]byte
	if _, err := r.source.Read(more[:]); err != nil && err != io.EOF {
		return r.fail(err)
	}
	return io.EOF
}

// Close closes the source.
func (r *exactReader) Close() error { return r.source.Close() }

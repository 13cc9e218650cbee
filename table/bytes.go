package table

import (
	"encoding/binary"
	"fmt"
)

// fields takes numbers off the front of untrusted bytes; after the first shortage it gives zeros and keeps the error.
type fields struct {
	rest []byte
	err  error
}

func (f *fields) uvarint() uint64 {
	if len(f.rest) > 0 && f.rest[0] < 0x80 { // the common case
		v := f.rest[0]
		f.rest = f.rest[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(f.rest)
	if n <= 0 || v > maxLength {
		f.rest = nil
		if f.err == nil {
			f.err = fmt.Errorf("a number: %w", errShort)
		}
		return 0
	}
	f.rest = f.rest[n:]
	return v
}

// take is the next n bytes, aliased.
func (f *fields) take(n uint64) []byte {
	if n > uint64(len(f.rest)) {
		if f.err == nil {
			f.err = fmt.Errorf("%d bytes needed, %d left: %w", n, len(f.rest), errShort)
		}
		f.rest = nil
		return nil
	}
	b := f.rest[:n:n]
	f.rest = f.rest[n:]
	return b
}

package table

import (
	"fmt"
	"io"
	"slices"
)

// window reads a section of the file in large pieces, for callers that go forward through it.
type window struct {
	file    io.ReaderAt
	section Section
	ahead   uint64 // bytes to read at once, where the section has so many
	start   uint64 // of buf in the section
	buf     []byte
}

// bytes is length bytes at offset of the section, valid until the next call.
func (w *window) bytes(offset, length uint64) ([]byte, error) {
	if offset < w.start || offset+length > w.start+uint64(len(w.buf)) {
		if offset > w.section.Length || length > w.section.Length-offset {
			return nil, fmt.Errorf("%d bytes at %d of %d: %w", length, offset, w.section.Length, errShort)
		}
		n := min(max(length, w.ahead), w.section.Length-offset)
		w.buf = slices.Grow(w.buf[:0], int(n))[:n]
		w.start = offset
		if err := readFull(w.file, w.buf, int64(w.section.Offset+offset)); err != nil {
			w.buf = w.buf[:0]
			return nil, err
		}
	}
	at := offset - w.start
	return w.buf[at : at+length : at+length], nil
}

// drop forgets what was read, and the buffer too if it is larger than most need.
func (w *window) drop() {
	w.buf = w.buf[:0]
	if cap(w.buf) > maxKept {
		w.buf = nil
	}
}

// maxKept is the largest buffer that is kept for the next use.
const maxKept = 1 << 20

package source

import "io"

// window reads a range of a file from its start to its end and asks for at least size bytes at a time. Reads that are
// larger, or before what it holds, go through. It belongs to one goroutine.
type window struct {
	r    io.ReaderAt
	end  int64 // nothing behind it is read ahead
	size int
	buf  []byte
	off  int64 // file position of buf
}

var _ io.ReaderAt = (*window)(nil)

// ReadAt reads as io.ReaderAt does.
func (w *window) ReadAt(b []byte, off int64) (n int, err error) {
	if off >= w.off && off < w.off+int64(len(w.buf)) {
		n = copy(b, w.buf[off-w.off:])
		if n == len(b) {
			return n, nil
		}
	}
	rest, at := b[n:], off+int64(n)
	ahead := int(min(int64(w.size), w.end-at))
	if len(rest) >= ahead {
		more, err := w.r.ReadAt(rest, at)
		return n + more, err
	}
	if cap(w.buf) < ahead {
		w.buf = make([]byte, w.size)
	}
	got, err := w.r.ReadAt(w.buf[:ahead], at)
	w.buf, w.off = w.buf[:got], at
	n += copy(rest, w.buf)
	if n == len(b) || err == nil {
		return n, nil
	}
	return n, err
}

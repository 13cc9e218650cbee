package writer

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"hash"
	"os"
)

// output is a file being written: its bytes are hashed and counted as they go. After an error every later write fails.
type output struct {
	file *os.File
	buf  *bufio.Writer
	hash hash.Hash
	size uint64
}

// outputBuffer is the size of one write to a file, in bytes.
const outputBuffer = 256 << 10

func newOutput(dir, pattern string) (*output, error) {
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, err
	}
	o := &output{file: f, hash: sha256.New()}
	o.buf = bufio.NewWriterSize(hashing{o}, outputBuffer)
	return o, nil
}

// hashing passes the buffer's bytes to the hash and the file.
type hashing struct{ *output }

func (h hashing) Write(b []byte) (int, error) {
	h.hash.Write(b)
	return h.file.Write(b)
}

// Write appends b to the file.
func (o *output) Write(b []byte) (int, error) {
	n, err := o.buf.Write(b)
	o.size += uint64(n)
	if err != nil {
		return n, fmt.Errorf("writing %q: %w", o.file.Name(), err)
	}
	return n, nil
}

// close writes what is left and closes the file.
func (o *output) close() (File, error) {
	if err := o.buf.Flush(); err != nil {
		return File{}, fmt.Errorf("writing %q: %w", o.file.Name(), err)
	}
	f := File{Path: o.file.Name(), Size: int64(o.size)}
	o.hash.Sum(f.SHA256[:0])
	if err := o.file.Close(); err != nil {
		return File{}, fmt.Errorf("closing %q: %w", f.Path, err)
	}
	return f, nil
}

// remove closes the file if it is open and removes it.
func (o *output) remove() error {
	_ = o.file.Close() // it may be closed; nothing in it is wanted
	if err := os.Remove(o.file.Name()); err != nil {
		return fmt.Errorf("removing an unfinished table: %w", err)
	}
	return nil
}

package store

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
)

// Body is what a Write publishes: bytes or a local file whose size and sha256 are known. It may be opened many times.
type Body struct {
	Size   int64    // bytes
	SHA256 [32]byte // of the content
	data   []byte
	path   string // instead of data
}

// Bytes is a body of these bytes, which must not change until the Write is over.
func Bytes(data []byte) Body {
	return Body{Size: int64(len(data)), SHA256: sha256.Sum256(data), data: data}
}

// KnownBytes is a body of bytes whose size and sha256 come from elsewhere; a Write checks that they are right.
func KnownBytes(data []byte, size int64, sum [32]byte) Body {
	return Body{Size: size, SHA256: sum, data: data}
}

// File is a body that lies in a local file whose writer has told size and sha256; a Write checks that they are right.
// A directory store on the same file system takes the file itself, by a hard link, so it must never be modified again,
// only removed.
func File(path string, size int64, sum [32]byte) Body {
	return Body{Size: size, SHA256: sum, path: path}
}

// HashFile is File for a local file whose size and sha256 are not known yet: it reads the file once.
func HashFile(path string) (Body, error) {
	f, err := os.Open(path)
	if err != nil {
		return Body{}, fmt.Errorf("hashing a local file: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return Body{}, fmt.Errorf("hashing local file %q: %w", path, err)
	}
	return File(path, n, [32]byte(h.Sum(nil))), nil
}

// Open reads the body from its start and checks it: in place of io.EOF comes ErrMismatch if size or sha256 are not as
// told. The caller closes it.
func (b Body) Open() (io.ReadCloser, error) {
	c := &checkedReader{want: b, sum: sha256.New()}
	if b.path == "" {
		c.source = io.NopCloser(bytes.NewReader(b.data))
		return c, nil
	}
	f, err := os.Open(b.path)
	if err != nil {
		return nil, fmt.Errorf("opening the body: %w", err)
	}
	c.source = f
	return c, nil
}

// checkedReader passes a body on and compares it with what was told of it.
type checkedReader struct {
	source io.ReadCloser
	want   Body
	sum    hash.Hash
	size   int64
}

// Read fails as soon as the body is longer than told, and at the end if it is shorter or other than told.
func (c *checkedReader) Read(p []byte) (int, error) {
	n, err := c.source.Read(p)
	c.size += int64(n)
	c.sum.Write(p[:n])
	if c.size > c.want.Size {
		return 0, fmt.Errorf("%w: more than %d bytes", ErrMismatch, c.want.Size)
	}
	if err != io.EOF {
		return n, err
	}
	if c.size < c.want.Size {
		return 0, fmt.Errorf("%w: %d of %d bytes", ErrMismatch, c.size, c.want.Size)
	}
	if got := [32]byte(c.sum.Sum(nil)); got != c.want.SHA256 {
		return 0, fmt.Errorf("%w: sha256 is %x, not %x", ErrMismatch, got, c.want.SHA256)
	}
	return n, io.EOF
}

// Close closes the source.
func (c *checkedReader) Close() error { return c.source.Close() }

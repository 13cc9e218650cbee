package view

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/verdigris-db/verdigris/manifest"
)

const (
	hashPiece = 1 << 20
	// heldBytes is the size up to which an object is read into memory, once; a larger one is read a second time.
	heldBytes = 64 << 20
)

// whole opens an object and compares its size and sha256 with the manifest.
func (c *verification) whole(ctx context.Context, o manifest.Object) (File, error) {
	f, err := c.view.openObject(ctx, o)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	var held []byte
	if o.Bytes <= heldBytes {
		held = make([]byte, 0, o.Bytes)
	}
	piece := make([]byte, min(hashPiece, o.Bytes))
	for at := int64(0); at < o.Bytes; {
		b := piece[:min(int64(len(piece)), o.Bytes-at)]
		if n, err := f.ReadAt(b, at); n < len(b) {
			if err == io.EOF {
				err = fmt.Errorf("%w: it ends after %d bytes", ErrDiffers, at+int64(n))
			}
			_ = f.Close() // nothing was written
			return nil, fmt.Errorf("reading object %q: %w", o.Name, err)
		}
		sum.Write(b)
		if o.Bytes <= heldBytes {
			held = append(held, b...)
		}
		at += int64(len(b))
		c.read(int64(len(b)))
	}
	c.mu.Lock()
	c.report.Objects++
	c.mu.Unlock()
	if got := hex.EncodeToString(sum.Sum(nil)); got != o.SHA256 {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("reading object %q: %w: sha256 is %s, named is %s", o.Name, ErrDiffers, got, o.SHA256)
	}
	if o.Bytes > heldBytes {
		return f, nil
	}
	return heldFile{bytes.NewReader(held), f}, nil
}

// heldFile is a file that was read into memory.
type heldFile struct {
	io.ReaderAt
	io.Closer
}

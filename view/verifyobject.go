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

// hashPiece is one read of the store.
const hashPiece = 8 << 20

// whole opens an object and compares its size and sha256 with the manifest.
func (c *verification) whole(ctx context.Context, o manifest.Object) (File, error) {
	f, err := c.view.openObject(ctx, o)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	held := o.Bytes <= c.held
	buf := make([]byte, min(o.Bytes, hashPiece))
	if held {
		buf = make([]byte, o.Bytes)
	}
	for at := int64(0); at < o.Bytes; {
		piece := buf[:min(hashPiece, o.Bytes-at)]
		if held {
			piece = buf[at:min(at+hashPiece, o.Bytes)]
		}
		if n, err := f.ReadAt(piece, at); n < len(piece) {
			if err == io.EOF {
				err = fmt.Errorf("%w: it ends after %d bytes", ErrDiffers, at+int64(n))
			}
			_ = f.Close() // nothing was written
			return nil, fmt.Errorf("reading object %q: %w", o.Name, err)
		}
		sum.Write(piece)
		at += int64(len(piece))
		c.read(int64(len(piece)))
	}
	c.mu.Lock()
	c.report.Objects++
	c.mu.Unlock()
	if got := hex.EncodeToString(sum.Sum(nil)); got != o.SHA256 {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("reading object %q: %w: sha256 is %s, named is %s", o.Name, ErrDiffers, got, o.SHA256)
	}
	if !held {
		return f, nil
	}
	return heldFile{bytes.NewReader(buf), f}, nil
}

// heldFile is a file that was read into memory.
type heldFile struct {
	io.ReaderAt
	io.Closer
}

package view

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/verdigris-db/verdigris/store"
)

// File is an open object. It may be read by several goroutines.
type File interface {
	io.ReaderAt
	io.Closer
}

// Files opens the objects of a version by their names below the view's folder, such as tables/ab/<fingerprint>.table.
// It is used by several goroutines. The context bounds the file's reads too.
type Files interface {
	Open(ctx context.Context, name string) (f File, size int64, err error)
}

// Objects reads from a view's folder in a store, one ranged read for each ReadAt.
func Objects(folder store.Store) Files { return objects{folder} }

type objects struct{ folder store.Store }

// Open looks the object up once; reads fail when it is replaced afterwards.
func (o objects) Open(ctx context.Context, name string) (File, int64, error) {
	info, err := o.folder.Stat(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	f := &objectFile{ctx: ctx, folder: o.folder, name: name, size: info.Size}
	if info.ETag != "" {
		f.condition = append(f.condition, store.IfMatch(info.ETag))
	}
	return f, info.Size, nil
}

type objectFile struct {
	ctx       context.Context
	folder    store.Store
	name      string
	size      int64
	condition []store.Condition
}

// ReadAt is one read of the store.
func (f *objectFile) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= f.size {
		return 0, io.EOF
	}
	want := min(int64(len(p)), f.size-off)
	r, err := f.folder.Read(f.ctx, f.name, off, want, f.condition...)
	if err != nil {
		return 0, err
	}
	n, err := io.ReadFull(r, p[:want])
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// Close has nothing to free.
func (f *objectFile) Close() error { return nil }

// Directory reads from a view's folder in the local file system; an open object is an open file.
func Directory(folder string) Files { return directory(folder) }

type directory string

// Open opens the file.
func (d directory) Open(_ context.Context, name string) (File, int64, error) {
	f, err := os.Open(filepath.Join(string(d), filepath.FromSlash(name)))
	if err != nil {
		return nil, 0, fmt.Errorf("opening object: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close() // the first error says more
		return nil, 0, fmt.Errorf("opening object: %w", err)
	}
	return f, info.Size(), nil
}

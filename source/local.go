package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// localWindow is small: the kernel reads ahead by itself, so that only calls are saved.
const localWindow = 64 << 10

// localFile is an object on this machine's disk.
type localFile struct {
	*os.File
	listed File
}

var _ object = (*localFile)(nil)

func openLocal(f File) (*localFile, error) {
	o := &localFile{listed: f}
	if err := o.Unchanged(context.Background()); err != nil { // a pipe in the file's place would hold the opening up for ever
		return nil, err
	}
	h, err := os.Open(f.URL)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: it is gone", ErrSourceChanged)
		}
		return nil, fmt.Errorf("opening the file: %w", err)
	}
	o.File = h
	info, err := h.Stat()
	if err == nil {
		err = o.compare(info)
	}
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return o, nil
}

// ReadAt reads without looking at ctx: a local read is over before anyone could cancel it.
func (o *localFile) ReadAt(_ context.Context, b []byte, off int64) (int, error) {
	return o.File.ReadAt(b, off)
}

// Unchanged looks at the path, not the open file: a file that was replaced is changed too.
func (o *localFile) Unchanged(context.Context) error {
	info, err := os.Stat(o.listed.URL)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: it is gone", ErrSourceChanged)
	}
	if err != nil {
		return fmt.Errorf("looking at the file again: %w", err)
	}
	return o.compare(info)
}

func (o *localFile) Reach() reach { return near }

func (o *localFile) compare(info fs.FileInfo) error {
	now := o.listed
	now.identify(info)
	if was, is := o.listed.Identity(), now.Identity(); was != is {
		return fmt.Errorf("%w: it was %s and is %s", ErrSourceChanged, was, is)
	}
	return nil
}

// identify sets what info says of the file's content.
func (f *File) identify(info fs.FileInfo) {
	f.Size, f.Modified, f.Inode = info.Size(), info.ModTime().UnixNano(), inode(info)
}

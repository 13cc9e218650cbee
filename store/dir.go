package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// directory keeps each object as one file below root. Files appear whole, by link or rename of a finished file on the
// same file system, and Write returns when file and folders are on the disk. Two limits of file systems remain: a name
// cannot be both an object and the folder of another, and names that differ in case only may be one on macOS.
//
//	<root>/orders/manifests/v1.json
//	<root>/.tmp/<random>              unfinished, or left by a writer that crashed; see cleanTemp
type directory struct {
	root    string // absolute
	url     string
	durable sync.Map // folders that are known to survive a crash of the machine: path -> struct{}
	clean   sync.Once
	cleaned error // of clean

	permOnce sync.Once
	perm     fs.FileMode // of an object; see filePerm
	permErr  error

	watch func(step string) // told each step of a Write that a crash may follow; nil outside of this package's tests
}

var _ Store = (*directory)(nil)

// DirectoryURL is the address of a directory store at a local path.
func DirectoryURL(root string) (string, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return "", fmt.Errorf("addressing directory %q: %w", root, err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}).String(), nil
}

// openDirectory opens file:///path; the directory is made by the first Write.
func openDirectory(u *url.URL) (Store, error) {
	switch {
	case u.Host != "" && u.Host != "localhost":
		return nil, fmt.Errorf("opening store %q: a file URL has three slashes, as in file:///var/lib/views, and no host %q", u, u.Host)
	case !path.IsAbs(u.Path):
		return nil, fmt.Errorf("opening store %q: the path must be absolute, as in file:///var/lib/views", u)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("opening store %q: a file URL has no parameters (write ? as %%3F and # as %%23)", u)
	}
	return &directory{root: filepath.Clean(filepath.FromSlash(u.Path)), url: u.String()}, nil
}

// fail wraps err for a caller.
func (d *directory) fail(op, name string, err error) error {
	return &Error{Op: op, Name: name, URL: d.url, Transient: isTransientErrno(err), Err: err}
}

// isTransientErrno reports whether the system call may succeed soon; some are of network file systems.
func isTransientErrno(err error) bool {
	for _, e := range []error{syscall.EAGAIN, syscall.EBUSY, syscall.EINTR, syscall.ESTALE, syscall.ETIMEDOUT} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// did tells that a step is done.
func (d *directory) did(step string) {
	if d.watch != nil {
		d.watch(step)
	}
}

// file is the path of an object.
func (d *directory) file(name string) string { return filepath.Join(d.root, filepath.FromSlash(name)) }

// etag names the state of a file: any replaced object is another file.
func etag(info fs.FileInfo) string {
	var inode uint64
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = s.Ino
	}
	return fmt.Sprintf("%x-%x-%x", info.ModTime().UnixNano(), inode, info.Size())
}

// regular turns the answer about what is no file into ErrNotFound: folders are no objects.
func regular(info fs.FileInfo, err error) error {
	if isMissing(err) || err == nil && !info.Mode().IsRegular() {
		return ErrNotFound
	}
	return err
}

// isMissing reports whether there is nothing at a path, or a file where a folder is needed to get there.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// Stat asks the file system; SHA256 is not known.
func (d *directory) Stat(ctx context.Context, name string) (Info, error) {
	const op = "looking up"
	if err := errors.Join(ValidateName(name), context.Cause(ctx)); err != nil {
		return Info{}, d.fail(op, name, err)
	}
	info, err := os.Stat(d.file(name))
	if err := regular(info, err); err != nil {
		return Info{}, d.fail(op, name, err)
	}
	return Info{Name: name, Size: info.Size(), ETag: etag(info), Modified: info.ModTime()}, nil
}

// Read opens the file; a later Replace or Delete does not touch a reader.
func (d *directory) Read(ctx context.Context, name string, offset, length int64, conditions ...Condition) (*Reader, error) {
	const op = "reading"
	if err := errors.Join(ValidateName(name), context.Cause(ctx)); err != nil {
		return nil, d.fail(op, name, err)
	}
	f, err := os.Open(d.file(name))
	if isMissing(err) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, d.fail(op, name, err)
	}
	r, err := section(f, offset, length, wantedETag(conditions))
	if err != nil {
		return nil, d.fail(op, name, errors.Join(err, f.Close()))
	}
	r.ReadCloser = &exactReader{ctx: ctx, source: r.ReadCloser, left: r.length,
		fail: func(err error) error { return d.fail(op, name, err) }}
	return &r.Reader, nil
}

// sectionReader is a Reader whose length is known.
type sectionReader struct {
	Reader
	length int64
}

// section checks the range and the ETag against the open file.
func section(f *os.File, offset, length int64, wanted string) (*sectionReader, error) {
	info, err := f.Stat()
	if err := regular(info, err); err != nil {
		return nil, err
	}
	tag := etag(info)
	if wanted != "" && wanted != tag {
		return nil, ErrPrecondition
	}
	if length < 0 {
		length = info.Size() - offset
	}
	if offset < 0 || length < 0 || length > info.Size()-offset {
		return nil, fmt.Errorf("%w: %d bytes from %d of %d", ErrRange, length, offset, info.Size())
	}
	part := struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, offset, length), f}
	return &sectionReader{Reader: Reader{ReadCloser: part, ETag: tag, Size: info.Size()}, length: length}, nil
}

// Delete removes the file; emptied folders stay. A crash of the machine may bring the object back.
func (d *directory) Delete(ctx context.Context, name string) error {
	const op = "deleting"
	if err := errors.Join(ValidateName(name), context.Cause(ctx)); err != nil {
		return d.fail(op, name, err)
	}
	info, err := os.Stat(d.file(name))
	if err := regular(info, err); err != nil {
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return d.fail(op, name, err)
	}
	if err := unix.Unlink(d.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return d.fail(op, name, err)
	}
	return nil
}

// Close has nothing to free.
func (d *directory) Close() error { return nil }

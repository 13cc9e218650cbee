package store

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// linkBody checks the body's file, gives it the permissions of every object, forces it to the disk and links it to final.
// It reports false where the file has to be copied: it is on another file system, the file system knows no links, or it
// belongs to somebody else.
func (d *directory) linkBody(ctx context.Context, body Body, final string) (linked bool, err error) {
	info, err := os.Lstat(body.path)
	if err != nil || !info.Mode().IsRegular() { // a link to a symbolic link would publish that
		return false, err
	}
	source, err := body.Open()
	if err != nil {
		return false, err
	}
	defer source.Close()
	if _, err := io.Copy(io.Discard, &contextReader{ctx: ctx, source: source}); err != nil {
		return false, err
	}
	perm, err := d.filePerm()
	if err != nil {
		return false, err
	}
	if info.Mode().Perm() != perm { // temporary files are often their maker's only
		if err := os.Chmod(body.path, perm); err != nil {
			return false, ignore(err, syscall.EPERM)
		}
	}
	if err := syncFile(body.path); err != nil {
		return false, err
	}
	d.did("sync file")
	err = os.Link(body.path, final)
	switch {
	case err == nil:
		d.did("publish")
		return true, nil
	case errors.Is(err, fs.ErrExist):
		return false, ErrExists
	case errors.Is(err, syscall.EXDEV), errors.Is(err, syscall.EMLINK), isNoLinks(err):
		return false, nil
	}
	return false, err
}

// ignore is nil in place of an error that is one.
func ignore(err, one error) error {
	if errors.Is(err, one) {
		return nil
	}
	return err
}

// filePerm is what the process's umask leaves of a new file's permissions. The umask can only be seen in a file.
func (d *directory) filePerm() (fs.FileMode, error) {
	d.permOnce.Do(func() {
		folder := filepath.Join(d.root, tempFolder)
		if d.permErr = d.makeFolder(folder); d.permErr != nil {
			return
		}
		temp := filepath.Join(folder, rand.Text())
		var f *os.File
		if f, d.permErr = os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666); d.permErr != nil {
			return
		}
		info, err := f.Stat()
		if err == nil {
			d.perm = info.Mode().Perm()
		}
		d.permErr = errors.Join(err, f.Close(), os.Remove(temp))
	})
	return d.perm, d.permErr
}

// isNoLinks reports whether a link failed because the file system or its rules do not give hard links.
func isNoLinks(err error) bool {
	for _, e := range []error{syscall.EPERM, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// exclusive gives the finished file temp the name final, or fails with ErrExists. Without hard links (FAT, some network
// file systems) the system's exclusive rename does it.
func exclusive(temp, final string) error {
	err := os.Link(temp, final)
	if err != nil && isNoLinks(err) {
		err = renameExclusive(temp, final)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if same(temp, final) { // a network file system repeated the request and tells the second answer
		return nil
	}
	return ErrExists
}

// same reports whether both names are one file.
func same(a, b string) bool {
	x, errX := os.Lstat(a)
	y, errY := os.Lstat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

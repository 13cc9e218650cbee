package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path"
	"slices"
	"strings"
)

// List walks the folders that the prefix touches, in the order of whole names, and holds one folder's entries per level.
func (d *directory) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		if err := validatePrefix(prefix); err != nil {
			yield(Info{}, d.fail("listing", prefix, err))
			return
		}
		folder, _ := path.Split(prefix)
		w := &walk{directory: d, ctx: ctx, prefix: prefix, yield: yield}
		if err := w.folder(folder); err != nil && err != errStopped {
			yield(Info{}, d.fail("listing", prefix, err))
		}
	}
}

// errStopped ends a walk whose consumer wants no more.
var errStopped = errors.New("stopped")

// walk is one List under way.
type walk struct {
	*directory
	ctx    context.Context
	prefix string
	yield  func(Info, error) bool
}

// folder yields the objects below a folder whose name is empty or ends in a slash.
func (w *walk) folder(folder string) error {
	entries, err := os.ReadDir(w.file(folder))
	if isMissing(err) { // never made, or removed meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		name := folder + e.Name()
		if e.IsDir() {
			name += "/"
		}
		if name != tempFolder+"/" && overlaps(name, w.prefix) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare[string]) // "a.b" stands before what is in "a/"
	for _, name := range names {
		if err := context.Cause(w.ctx); err != nil {
			return err
		}
		visit := w.object
		if strings.HasSuffix(name, "/") {
			visit = w.folder
		}
		if err := visit(name); err != nil {
			return err
		}
	}
	return nil
}

// overlaps reports whether the object name, or an object in the folder name, may start with prefix.
func overlaps(name, prefix string) bool {
	return strings.HasPrefix(name, prefix) || strings.HasSuffix(name, "/") && strings.HasPrefix(prefix, name)
}

// object yields one file.
func (w *walk) object(name string) error {
	file := w.file(name)
	if _, err := os.Lstat(file); isMissing(err) {
		return nil // deleted meanwhile
	}
	info, err := os.Stat(file)
	if err != nil { // also a symbolic link to nothing
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %q is neither a file nor a folder (%v)", ErrUnsupported, name, info.Mode())
	}
	if !w.yield(Info{Name: name, Size: info.Size(), ETag: etag(info), Modified: info.ModTime()}, nil) {
		return errStopped
	}
	return nil
}

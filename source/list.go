package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// root is one source as written, split into the place where listing starts and what names below it must match.
type root struct {
	dir     string   // absolute folder; in a bucket the start of keys, "" or with a slash at its end
	pattern []string // path components with wildcards; nil takes everything below dir
	file    string   // the one file below dir, or ""
}

// List finds the Parquet files of the sources: files, folders, globs with ** and s3:// URLs; sorted by Name. A name is
// relative to its source's root: the folder itself, the folder of a file, the part of a glob before its first wildcard.
// Files and folders whose names begin with _ or . are skipped, unless a source names them.
func (s *Storage) List(ctx context.Context, sources []string) ([]File, error) {
	var out []File
	for _, src := range sources {
		files, err := s.listOne(ctx, src)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w: %w", ErrNoSource, err)
		}
		if err != nil {
			return nil, fmt.Errorf("listing source %q: %w", src, err)
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("listing source %q: %w", src, ErrNoSource)
		}
		out = append(out, files...)
	}
	slices.SortFunc(out, func(a, b File) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.URL, b.URL))
	})
	return out, checkNames(out)
}

// checkNames refuses a file that two sources hold, and two files of one name.
func checkNames(files []File) error {
	urls := make(map[string]bool, len(files))
	for i, f := range files {
		if urls[f.URL] {
			return unfit("file %q is in two sources", f.URL)
		}
		urls[f.URL] = true
		if i > 0 && files[i-1].Name == f.Name {
			return unfit("files %q and %q have the same name %q below their sources: give a folder above both as one source, or a glob",
				files[i-1].URL, f.URL, f.Name)
		}
	}
	return nil
}

func (s *Storage) listOne(ctx context.Context, src string) ([]File, error) {
	if isRemote(src) {
		return s.listRemote(ctx, src)
	}
	r, err := localRoot(src)
	if err != nil {
		return nil, err
	}
	return r.listLocal(ctx)
}

// localRoot splits a local source.
func localRoot(src string) (root, error) {
	if src == "" {
		return root{}, unfit("it is empty")
	}
	path, err := filepath.Abs(strings.TrimPrefix(src, "file://"))
	if err != nil {
		return root{}, fmt.Errorf("making its path absolute: %w", err)
	}
	if info, err := os.Stat(path); err == nil { // a name with a wildcard in it may exist as it stands
		if info.IsDir() {
			return root{dir: path}, nil
		}
		return root{dir: filepath.Dir(path), file: filepath.Base(path)}, nil
	} else if !errors.Is(err, fs.ErrNotExist) || !hasWildcard(path) {
		return root{}, err
	}
	dir, pattern := splitPattern(filepath.ToSlash(path))
	if err := checkPattern(pattern); err != nil {
		return root{}, err
	}
	return root{dir: filepath.FromSlash(dir), pattern: pattern}, nil
}

func (r root) listLocal(ctx context.Context) ([]File, error) {
	if r.file != "" {
		f, err := r.local(r.file)
		return []File{f}, err
	}
	var out []File
	return out, r.walk(ctx, "", &out)
}

// walk lists the folder name below r.dir.
func (r root) walk(ctx context.Context, name string, out *[]File) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	entries, err := os.ReadDir(filepath.Join(r.dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	for _, e := range entries {
		below := e.Name()
		if name != "" {
			below = name + "/" + e.Name()
		}
		parts := strings.Split(below, "/")
		if e.IsDir() {
			if r.enters(parts) {
				if err := r.walk(ctx, below, out); err != nil {
					return err
				}
			}
			continue
		}
		if !r.takes(parts) {
			continue
		}
		f, err := r.local(below)
		if err != nil {
			return err
		}
		*out = append(*out, f)
	}
	return nil
}

// local is the file of that name below the root.
func (r root) local(name string) (File, error) {
	f := File{Name: name, URL: filepath.Join(r.dir, filepath.FromSlash(name))}
	if !utf8.ValidString(f.URL) { // plan and manifest are JSON
		return f, unfit("the name of %q is not UTF-8", f.URL)
	}
	info, err := os.Stat(f.URL)
	if err != nil {
		return f, err
	}
	if info.IsDir() { // of the entries of a folder only a link gets here
		return f, unfit("%q is a link to a folder, which is not followed: name that folder as a source", f.URL)
	}
	if !info.Mode().IsRegular() {
		return f, unfit("%q is not a regular file", f.URL)
	}
	f.identify(info)
	f.Folders, err = foldersOf(name)
	return f, err
}

package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/verdigris-db/verdigris/store"
)

// Markers reports the folders of files that no success marker covers: neither the folder itself nor one above it, up to
// the source's root, has a file of that name. A writer of `dt=.../` folders leaves its marker either in each of them or
// in the folder above; both are taken. It wants the sources that files were listed from.
func (s *Storage) Markers(ctx context.Context, sources []string, files []File, name string) (missing []string, err error) {
	if name == "" || strings.ContainsAny(name, `/\`) {
		return nil, fmt.Errorf("looking for success file %q: it is not the name of a file", name)
	}
	seen := map[string]bool{} // folder: does a marker stand in it?
	uncovered := map[string]bool{}
	for _, f := range files {
		folder, up := f.folder()
		covered := false
		for at, steps := folder, up; !covered && steps >= 0; at, steps = parent(at), steps-1 {
			have, known := seen[at]
			if !known {
				if have, err = s.markerIn(ctx, at, name); err != nil {
					return nil, fmt.Errorf("looking for success file %q in %q: %w", name, at, err)
				}
				seen[at] = have
			}
			covered = have
		}
		if !covered {
			uncovered[folder] = true
		}
	}
	for folder := range uncovered {
		missing = append(missing, folder)
	}
	slices.Sort(missing)
	return missing, nil
}

// folder is the folder of f, without a slash at its end, and how many folders it is below the source's root.
func (f File) folder() (folder string, below int) {
	return parent(f.URL), strings.Count(f.Name, "/")
}

// parent is the folder above a path or URL.
func parent(url string) string {
	if !isRemote(url) {
		return filepath.Dir(url)
	}
	path, query, _ := strings.Cut(url, "?") // a question mark in a key is escaped
	if i := strings.LastIndexByte(path, '/'); i > len("s3://") {
		path = path[:i]
	}
	if query != "" {
		path += "?" + query
	}
	return path
}

func (s *Storage) remoteMarker(ctx context.Context, folder, name string) (bool, error) {
	address, key, err := splitObject(folder)
	if err != nil {
		return false, err
	}
	bucket, err := s.bucket(ctx, address)
	if err != nil {
		return false, err
	}
	if key != "" {
		key += "/"
	}
	_, err = bucket.Stat(ctx, key+name)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (s *Storage) markerIn(ctx context.Context, folder, name string) (bool, error) {
	if isRemote(folder) {
		return s.remoteMarker(ctx, folder, name)
	}
	info, err := os.Stat(filepath.Join(folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && !info.IsDir(), err
}

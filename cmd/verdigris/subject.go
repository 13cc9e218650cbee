package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/view"
)

// subject is an object that is inspected, and the view's folder that it lies in.
type subject struct {
	file       view.File
	size       int64
	name       string     // below the view's folder, or "" if the place does not show one
	folder     view.Files // nil then
	dictionary string     // local file instead of the folder's, "" for none
	plan       string
	close      func() error
}

// openSubject opens a local file or an object of a store.
func (c *cli) openSubject(ctx context.Context, name string, f *inspectFlags) (*subject, error) {
	s := &subject{close: func() error { return nil }}
	if f.dictionary != "" {
		s.dictionary = c.path(f.dictionary)
	}
	if f.plan != "" {
		s.plan = c.path(f.plan)
	}
	var files view.Files // of which at is the name
	var at string
	switch {
	case f.store == "" && f.view != "":
		return nil, usagef("--view is for objects of a --store")
	case f.store == "":
		path := c.path(name)
		var folder string
		if folder, s.name = splitObject(filepath.ToSlash(path)); s.name != "" {
			s.folder = view.Directory(filepath.FromSlash(folder))
		}
		files, at = view.Directory(filepath.Dir(path)), filepath.Base(path)
	default:
		st, err := c.openStore(ctx, f.store)
		if err != nil {
			return nil, err
		}
		s.close = st.Close
		if at = name; f.view != "" {
			if err := manifest.CheckView(f.view); err != nil {
				return nil, errors.Join(&usageError{fmt.Errorf("--view: %w", err)}, st.Close())
			}
			at = manifest.Path(f.view, name)
		}
		var folder string
		if folder, s.name = splitObject(at); s.name != "" && folder != "" {
			s.folder = view.Objects(store.Under(st, folder))
		}
		files = view.Objects(st)
	}
	var err error
	if s.file, s.size, err = files.Open(ctx, at); err != nil {
		return nil, errors.Join(err, s.close())
	}
	closeStore := s.close
	s.close = func() error { return errors.Join(s.file.Close(), closeStore()) }
	return s, nil
}

// splitObject cuts a path behind the view's folder: where the last of the names of a view's folders stands.
func splitObject(path string) (folder, name string) {
	at := -1
	for _, prefix := range []string{manifest.ManifestPrefix, manifest.TablePrefix, manifest.DictionaryPrefix, manifest.BuildPrefix} {
		at = max(at, strings.LastIndex(path, "/"+prefix))
	}
	if at < 0 {
		return "", ""
	}
	return path[:at], path[at+1:]
}

// ends is the first and the last bytes of the object, where the marks of the kinds are.
func (s *subject) ends() (head, tail []byte, err error) {
	n := min(s.size, 64)
	head, tail = make([]byte, n), make([]byte, n)
	if _, err := io.ReadFull(io.NewSectionReader(s.file, 0, n), head); err != nil {
		return nil, nil, err
	}
	_, err = io.ReadFull(io.NewSectionReader(s.file, s.size-n, n), tail)
	return head, tail, err
}

// maxSubject bounds what is read into memory.
const maxSubject = 8 << 30

// all is the whole object.
func (s *subject) all() ([]byte, error) {
	if s.size > maxSubject {
		return nil, fmt.Errorf("it has %d bytes; at most %d are read", s.size, int64(maxSubject))
	}
	b := make([]byte, s.size)
	_, err := io.ReadFull(io.NewSectionReader(s.file, 0, s.size), b)
	return b, err
}

// beside reads another object of the view's folder, or the local file that a flag names instead.
func (s *subject) beside(ctx context.Context, name, local, flag string) (_ []byte, err error) {
	if local != "" {
		b, err := os.ReadFile(local)
		if err != nil {
			return nil, &usageError{fmt.Errorf("--%s: %w", flag, err)}
		}
		return b, nil
	}
	if s.folder == nil {
		return nil, usagef("%s is needed to read it; its place does not show the view's folder: give --%s FILE", name, flag)
	}
	f, size, err := s.folder.Open(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("looking for what is needed to read it (--%s FILE gives another): %w", flag, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	other := subject{file: f, size: size}
	return other.all()
}

package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go/format"
	"golang.org/x/sync/errgroup"

	"github.com/verdigris-db/verdigris/store"
)

// Storage opens local files and the objects of buckets; it keeps one connection per bucket URL until Close.
// Safe for concurrent use.
type Storage struct {
	mu      sync.Mutex
	buckets map[string]store.Store // by address, retrying
	closed  bool
}

// NewStorage returns a Storage with nothing open.
func NewStorage() *Storage { return &Storage{} }

// Close releases the buckets. Inputs are closed before.
func (s *Storage) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, b := range s.buckets {
		errs = append(errs, b.Close())
	}
	s.buckets, s.closed = nil, true
	return errors.Join(errs...)
}

// object is one open file of a source. Its methods may be called by several goroutines.
type object interface {
	// ReadAt reads as io.ReaderAt does; it fails with ErrSourceChanged when it sees another file than the one listed.
	ReadAt(ctx context.Context, b []byte, off int64) (int, error)
	// Unchanged fails with ErrSourceChanged when the file is no longer the one listed.
	Unchanged(ctx context.Context) error
	// Reach says what a read costs.
	Reach() reach
	Close() error
}

// reach is the distance to a file.
type reach uint8

const (
	near reach = iota // a read is a system call
	far               // a read is a request over the network
)

// window is how many bytes one read should ask for at least.
func (r reach) window() int {
	if r == far {
		return remoteWindow
	}
	return localWindow
}

// openObject opens f and checks that it is the file that was listed.
func (s *Storage) openObject(ctx context.Context, f File) (object, error) {
	if isRemote(f.URL) {
		return s.openRemote(ctx, f)
	}
	return openLocal(f)
}

// Open opens a file and reads its footer; it fails with ErrSourceChanged when the file is not the one listed.
func (s *Storage) Open(ctx context.Context, f File) (*Input, error) {
	o, err := s.openObject(ctx, f)
	if err != nil {
		return nil, placed(f, -1, "", err)
	}
	in, err := newInput(ctx, o, f)
	if err != nil {
		return nil, placed(f, -1, "", errors.Join(err, o.Close()))
	}
	return in, nil
}

// Input is an open file. Its row groups may be read at the same time by several goroutines, one Reader each.
type Input struct {
	Footer *Footer

	object object
	groups []format.RowGroup
	spares spares
}

func newInput(ctx context.Context, o object, f File) (*Input, error) {
	footer, groups, err := readFooter(readerAt{ctx, o}, f)
	if err != nil {
		// A file that is written anew while its footer is read looks damaged.
		if changed := o.Unchanged(ctx); errors.Is(changed, ErrSourceChanged) {
			return nil, changed
		}
		return nil, err
	}
	in := &Input{Footer: footer, object: o, groups: groups}
	footer.meta.bound(groups)
	return in, nil
}

// Close closes the file; its Readers are closed before.
func (in *Input) Close() error { return in.object.Close() }

// maxReported bounds how many files' errors are joined into one.
const maxReported = 20

// Footers reads the footers of all files, at most parallel at a time, in the order of files. The errors of several files
// are reported together.
func (s *Storage) Footers(ctx context.Context, files []File, parallel int) ([]*Footer, error) {
	out := make([]*Footer, len(files))
	failed := make([]error, len(files))
	var group errgroup.Group
	group.SetLimit(max(parallel, 1))
	for i, f := range files {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			out[i], failed[i] = s.footer(ctx, f)
			return nil
		})
	}
	_ = group.Wait() // its functions return nil: their errors are in failed
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reading the footers: %w", context.Cause(ctx))
	}
	failed = slices.DeleteFunc(failed, func(err error) bool { return err == nil })
	if n := len(failed); n > maxReported {
		failed = append(failed[:maxReported], fmt.Errorf("and %d more files", n-maxReported))
	}
	if len(failed) > 0 {
		return nil, errors.Join(failed...)
	}
	return out, nil
}

// footer reads one footer and what Memory needs besides it.
func (s *Storage) footer(ctx context.Context, f File) (*Footer, error) {
	in, err := s.Open(ctx, f)
	if err != nil {
		return nil, err
	}
	if !isRemote(f.URL) {
		if err = in.walkChunks(readerAt{ctx, in.object}); err != nil {
			if changed := in.object.Unchanged(ctx); errors.Is(changed, ErrSourceChanged) {
				err = changed
			}
		}
	}
	if err := errors.Join(err, in.Close()); err != nil {
		return nil, placed(f, -1, "", err)
	}
	return in.Footer, nil
}

// readerAt binds an object to a context.
type readerAt struct {
	ctx    context.Context
	object object
}

func (r readerAt) ReadAt(b []byte, off int64) (int, error) { return r.object.ReadAt(r.ctx, b, off) }

var _ io.ReaderAt = readerAt{}

// placed wraps err with its place, unless it has one.
func placed(f File, group int, column string, err error) error {
	if err == nil {
		return nil
	}
	var p *PlaceError
	if errors.As(err, &p) {
		return err
	}
	return &PlaceError{File: f.Name, Group: group, Column: column, Err: err}
}

// isRemote reports whether a source or a file's URL is in object storage.
func isRemote(url string) bool { return strings.HasPrefix(url, "s3://") }

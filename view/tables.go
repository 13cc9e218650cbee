package view

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/table"
)

// tables is a View's open tables. One that nobody reads waits in the idle list, of which the longest unused are closed.
type tables struct {
	limit int                      // open tables beside those being read
	load  func(t *openTable) error // opens t.index
	mu    sync.Mutex
	open  map[int]*openTable
	idle  list.List // of *openTable, the last used in front
	ended bool
}

// openTable is a table with what stays in memory of it.
type openTable struct {
	index  int
	ready  chan struct{} // closed when err and table are set
	err    error
	file   File
	table  *table.Table
	filter func() *bloom.Filter // nil if there is none that can be trusted
	pool   sync.Pool            // of *table.Reader

	users int           // guarded by tables.mu, as is place
	place *list.Element // in the idle list, nil while there are users
}

var errClosed = errors.New("view is closed")

// acquire opens table index, or finds it open. The caller releases it.
func (t *tables) acquire(ctx context.Context, index int) (*openTable, error) {
	t.mu.Lock()
	if t.ended {
		t.mu.Unlock()
		return nil, errClosed
	}
	o, found := t.open[index]
	if !found {
		o = &openTable{index: index, ready: make(chan struct{})}
		t.open[index] = o
	}
	o.users++
	if o.place != nil {
		t.idle.Remove(o.place)
		o.place = nil
	}
	t.mu.Unlock()
	if !found {
		o.err = t.load(o)
		close(o.ready)
	}
	var err error
	select {
	case <-o.ready:
		err = o.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, t.release(o))
	}
	return o, nil
}

// release gives a table back.
func (t *tables) release(o *openTable) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	o.users--
	if o.users > 0 {
		return nil
	}
	if o.file == nil { // it could not be opened: the next one tries again
		if t.open[o.index] == o {
			delete(t.open, o.index)
		}
		return nil
	}
	if t.ended {
		return o.close()
	}
	o.place = t.idle.PushFront(o)
	var errs []error
	for t.idle.Len() > t.limit {
		errs = append(errs, t.drop(t.idle.Back().Value.(*openTable)))
	}
	return errors.Join(errs...)
}

// drop closes an idle table.
func (t *tables) drop(o *openTable) error {
	t.idle.Remove(o.place)
	delete(t.open, o.index)
	return o.close()
}

// close closes the idle tables; release closes the others.
func (t *tables) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	var errs []error
	for t.idle.Len() > 0 {
		errs = append(errs, t.drop(t.idle.Back().Value.(*openTable)))
	}
	return errors.Join(errs...)
}

func (o *openTable) close() error {
	if err := o.file.Close(); err != nil {
		return fmt.Errorf("closing table of partition %d: %w", o.index, err)
	}
	return nil
}

// reader takes a reader from the pool; it goes back with o.pool.Put.
func (o *openTable) reader() *table.Reader {
	if r, ok := o.pool.Get().(*table.Reader); ok {
		return r
	}
	return o.table.NewReader()
}

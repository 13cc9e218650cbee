package faulty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/verdigris-db/verdigris/store"
)

// ErrInjected is in every error that the plan has caused.
var ErrInjected = errors.New("injected fault")

// Store is a store whose calls go wrong by a plan.
type Store struct {
	inner   store.Store
	plan    Plan
	counter counter
	calls   atomic.Int64
	faults  atomic.Int64
}

var _ store.Store = (*Store)(nil)

// New is inner with faults. A plan that makes no sense lets each call fail for good.
func New(inner store.Store, plan Plan) *Store {
	s := &Store{inner: inner, plan: plan, counter: &memoryCounter{}}
	if plan.Tally != "" {
		s.counter = fileCounter{plan.Tally}
	}
	return s
}

// Calls is how many calls of this Store were counted so far: those that the plan's Op and Name let count.
func (s *Store) Calls() int { return int(s.calls.Load()) }

// Faults is how many calls of this Store went wrong by the plan.
func (s *Store) Faults() int { return int(s.faults.Load()) }

// verb is the word of store.Error.Op.
func (o Op) verb() string {
	return map[Op]string{Write: "writing", Read: "reading", Stat: "looking up", List: "listing", Delete: "deleting"}[o]
}

// fault numbers the call and returns what goes wrong with it. It has waited already if that is Delay.
func (s *Store) fault(ctx context.Context, op Op, name string) (Fault, error) {
	if !s.plan.counts(op, name) {
		return None, nil
	}
	if err := s.plan.Validate(); err != nil {
		return None, &store.Error{Op: op.verb(), Name: name, Err: err}
	}
	number, err := s.counter.next(op, name)
	if err != nil {
		return None, &store.Error{Op: op.verb(), Name: name, Err: err}
	}
	s.calls.Add(1)
	if !s.plan.hits(number) {
		return None, nil
	}
	s.faults.Add(1)
	if s.plan.Fault == Delay {
		return Delay, s.wait(ctx, op, name)
	}
	return s.plan.Fault, nil
}

// wait lets the delay pass.
func (s *Store) wait(ctx context.Context, op Op, name string) error {
	timer := time.NewTimer(s.plan.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &store.Error{Op: op.verb(), Name: name, Err: fmt.Errorf("%w: %w", ErrInjected, context.Cause(ctx))}
	}
}

// injected is the error of a fault.
func (s *Store) injected(fault Fault, op Op, name string) error {
	return &store.Error{Op: op.verb(), Name: name, Transient: fault != Refuse, Err: fmt.Errorf("%w: %s", ErrInjected, fault)}
}

// do runs a call that gives neither bytes nor names: for it Truncate is a failure, and Shorten is nothing.
func (s *Store) do(ctx context.Context, op Op, name string, call func() error) error {
	fault, err := s.fault(ctx, op, name)
	if err != nil {
		return err
	}
	switch fault {
	case Fail, Refuse, Truncate:
		return s.injected(fault, op, name)
	case Lose:
		_ = call() // also a refusal is a reply that gets lost
		return s.injected(fault, op, name)
	case Kill:
		err := call()
		return errors.Join(err, die())
	}
	return call()
}

// die kills this process and, if it can't, says why.
func die() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	if err := self.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	select {} // until the signal is there
}

// Write may fail before or after the object was published.
func (s *Store) Write(ctx context.Context, name string, body store.Body, mode store.Mode) error {
	return s.do(ctx, Write, name, func() error { return s.inner.Write(ctx, name, body, mode) })
}

// Stat may fail.
func (s *Store) Stat(ctx context.Context, name string) (info store.Info, err error) {
	err = s.do(ctx, Stat, name, func() error {
		info, err = s.inner.Stat(ctx, name)
		return err
	})
	if err != nil {
		return store.Info{}, err
	}
	return info, nil
}

// Delete may fail before or after the object was removed.
func (s *Store) Delete(ctx context.Context, name string) error {
	return s.do(ctx, Delete, name, func() error { return s.inner.Delete(ctx, name) })
}

// Close closes inner; it is not counted.
func (s *Store) Close() error { return s.inner.Close() }

// Read may fail at once or in the middle.
func (s *Store) Read(ctx context.Context, name string, offset, length int64, conditions ...store.Condition) (*store.Reader, error) {
	fault, err := s.fault(ctx, Read, name)
	if err != nil {
		return nil, err
	}
	if fault == Fail || fault == Refuse {
		return nil, s.injected(fault, Read, name)
	}
	r, err := s.inner.Read(ctx, name, offset, length, conditions...)
	if fault == Lose {
		if err == nil {
			r.Close() // who lost the reply has nothing to close
		}
		return nil, s.injected(fault, Read, name)
	}
	if err != nil {
		return nil, err
	}
	switch fault {
	case Kill:
		return nil, errors.Join(r.Close(), die())
	case Truncate:
		r.ReadCloser = &brokenReader{ReadCloser: r.ReadCloser, left: s.plan.After, err: s.injected(fault, Read, name)}
	case Shorten:
		r.ReadCloser = &brokenReader{ReadCloser: r.ReadCloser, left: s.plan.After, err: io.EOF}
	}
	return r, nil
}

// brokenReader ends with err after left bytes; a source that is shorter ends as it does.
type brokenReader struct {
	io.ReadCloser
	left int64
	err  error
}

// Read passes bytes on as long as there are some left.
func (r *brokenReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, r.err
	}
	n, err := r.ReadCloser.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	return n, err
}

// List may fail at once or in the middle.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		fault, err := s.fault(ctx, List, prefix)
		if err == nil && (fault == Fail || fault == Refuse || fault == Lose) {
			err = s.injected(fault, List, prefix)
		}
		if err == nil && fault == Kill {
			err = die()
		}
		if err != nil {
			yield(store.Info{}, err)
			return
		}
		left := s.plan.After
		for info, err := range s.inner.List(ctx, prefix) {
			if fault == Truncate && left == 0 {
				yield(store.Info{}, s.injected(fault, List, prefix))
				return
			}
			if fault == Shorten && left == 0 {
				return
			}
			left--
			if !yield(info, err) {
				return
			}
		}
	}
}

package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Retry says how often and how patiently a call is tried. Waiting doubles from Initial to Max, each time with some chance
// in it so that many clients do not come back together.
type Retry struct {
	Tries   uint          // calls in all, at least 1
	Initial time.Duration // wait before the second try
	Max     time.Duration // longest wait
}

// DefaultRetry tries 8 times within about half a minute.
func DefaultRetry() Retry {
	return Retry{Tries: 8, Initial: 200 * time.Millisecond, Max: 20 * time.Second}
}

// retried makes transient failures of inner good by trying again.
type retried struct {
	inner  Store
	policy Retry
}

var _ Store = (*retried)(nil)

// WithRetry is inner with every transient failure tried again, also in the middle of a Read and of a List. Nothing is
// assumed about a create whose reply was lost: when the next try finds the name taken, size and sha256 decide whether it
// is this Write's object, and if not, the error is a *ConflictError.
func WithRetry(inner Store, policy Retry) Store {
	policy.Tries = max(policy.Tries, 1)
	return &retried{inner: inner, policy: policy}
}

// do runs call until it succeeds, fails for good, has been tried often enough, or ctx ends.
func (r *retried) do(ctx context.Context, call func() error) error {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.MaxInterval, waits.Multiplier = r.policy.Initial, r.policy.Max, 2
	var last error
	var tries uint
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		tries++
		last = call()
		if last != nil && !IsTransient(last) {
			return struct{}{}, backoff.Permanent(last)
		}
		return struct{}{}, last
	}, backoff.WithBackOff(waits), backoff.WithMaxTries(r.policy.Tries), backoff.WithMaxElapsedTime(0))
	switch {
	case err == nil:
		return nil
	case !IsTransient(last):
		return last
	case ctx.Err() != nil:
		return ended(context.Cause(ctx), tries, last)
	default:
		return fmt.Errorf("giving up after %d tries: %w", tries, last)
	}
}

// ended is the failure of a call whose caller's context ended while it was being tried again; that is not transient.
func ended(cause error, tries uint, last error) error {
	var e *Error
	if !errors.As(last, &e) {
		return fmt.Errorf("%w (after %d tries, the last: %w)", cause, tries, last)
	}
	return &Error{Op: e.Op, Name: e.Name, URL: e.URL, Err: fmt.Errorf("%w (after %d tries, the last: %w)", cause, tries, e.Err)}
}

// Write tries again and looks up what became of a create without reply.
func (r *retried) Write(ctx context.Context, name string, body Body, mode Mode) error {
	tries := 0
	err := r.do(ctx, func() error {
		tries++
		return r.inner.Write(ctx, name, body, mode)
	})
	if tries > 1 && errors.Is(err, ErrExists) { // an earlier try may have published the object
		return compare(ctx, r, name, body, err)
	}
	return err
}

// Stat tries again.
func (r *retried) Stat(ctx context.Context, name string) (info Info, err error) {
	err = r.do(ctx, func() error {
		info, err = r.inner.Stat(ctx, name)
		return err
	})
	return info, err
}

// Delete tries again.
func (r *retried) Delete(ctx context.Context, name string) error {
	return r.do(ctx, func() error { return r.inner.Delete(ctx, name) })
}

// List starts again after a transient failure and passes over the names that it has yielded already.
func (r *retried) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		var last string // the newest name yielded; names are never empty
		stopped := false
		err := r.do(ctx, func() error {
			for info, err := range r.inner.List(ctx, prefix) {
				if err != nil {
					return err
				}
				if info.Name <= last {
					continue
				}
				last = info.Name
				if !yield(info, nil) {
					stopped = true
					return nil
				}
			}
			return nil
		})
		if err != nil && !stopped {
			yield(Info{}, err)
		}
	}
}

// Close closes inner once.
func (r *retried) Close() error { return r.inner.Close() }

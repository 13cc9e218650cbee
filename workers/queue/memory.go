package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// Memory is the queue of a build on one machine: it lives in the coordinator's memory.
type Memory struct {
	opts  Options
	clock clockwork.Clock

	mu     sync.Mutex
	wake   chan struct{} // closed and replaced at every change, so that waiters look again
	closed bool
	tasks  map[string]*entry
	order  []*entry // in the order of Put
	events []Event
	serial uint64
}

type state uint8

const (
	pending state = iota
	held
	ended
)

type entry struct {
	task     Task
	state    state
	serial   uint64    // of the live claim
	attempts int       // deliveries so far
	due      time.Time // pending: not before; held: the deadline
	worker   string
	causes   []error
}

var _ Queue = (*Memory)(nil)

// NewMemory makes an empty queue on the given clock.
func NewMemory(o Options, clock clockwork.Clock) *Memory {
	return &Memory{opts: o, clock: clock, tasks: map[string]*entry{}, wake: make(chan struct{})}
}

func (q *Memory) changed() {
	close(q.wake)
	q.wake = make(chan struct{})
}

// Put implements Queue.
func (q *Memory) Put(_ context.Context, tasks ...Task) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	for _, t := range tasks {
		if q.tasks[t.ID] != nil {
			continue
		}
		e := &entry{task: t}
		q.tasks[t.ID] = e
		q.order = append(q.order, e)
	}
	q.changed()
	return nil
}

// Claim implements Queue.
func (q *Memory) Claim(ctx context.Context, stage Stage, worker string) (Claim, error) {
	for {
		q.mu.Lock()
		if q.closed {
			q.mu.Unlock()
			return Claim{}, ErrClosed
		}
		now := q.clock.Now()
		q.expire(now)
		e, wait := q.pick(stage, now)
		if e != nil {
			q.serial++
			e.state, e.serial, e.worker, e.due = held, q.serial, worker, now.Add(q.opts.Lease)
			e.attempts++
			c := Claim{Task: e.task, Worker: worker, Attempt: e.attempts, serial: e.serial}
			q.mu.Unlock()
			return c, nil
		}
		wake := q.wake
		q.mu.Unlock()
		if err := q.sleep(ctx, wake, wait); err != nil {
			return Claim{}, err
		}
	}
}

// pick returns the first task of the stage that is due, retries before fresh ones, or else how long until something
// may change by itself (0: only by a call).
func (q *Memory) pick(stage Stage, now time.Time) (*entry, time.Duration) {
	var first *entry
	var wait time.Duration
	for _, e := range q.order {
		if e.task.Stage != stage || e.state == ended {
			continue
		}
		if e.state == pending && !e.due.After(now) {
			if e.attempts > 0 {
				return e, 0
			}
			if first == nil {
				first = e
			}
			continue
		}
		if d := e.due.Sub(now); wait == 0 || d < wait {
			wait = d
		}
	}
	return first, wait
}

// expire gives back every claim whose deadline has passed.
func (q *Memory) expire(now time.Time) {
	for _, e := range slices.Clone(q.order) { // a task that ends here leaves the order
		if e.state == held && !e.due.After(now) {
			q.giveBack(e, now, fmt.Errorf("%s did not report within %s", e.worker, q.opts.Lease), 0)
		}
	}
}

func (q *Memory) giveBack(e *entry, now time.Time, cause error, wait time.Duration) {
	e.causes = append(e.causes, cause)
	var p Permanent
	if e.attempts >= q.opts.Attempts || errors.As(cause, &p) {
		q.end(e, Event{Outcome: Dead, Causes: e.causes})
		return
	}
	e.state, e.due = pending, now.Add(wait)
	q.changed()
}

func (q *Memory) end(e *entry, ev Event) {
	e.state = ended
	ev.Task, ev.Worker, ev.Attempt = e.task, e.worker, e.attempts
	q.events = append(q.events, ev)
	q.order = slices.DeleteFunc(q.order, func(x *entry) bool { return x == e })
	q.changed()
}

// sleep waits until something changed, wait has passed (0: for ever) or ctx ends.
func (q *Memory) sleep(ctx context.Context, wake <-chan struct{}, wait time.Duration) error {
	var timer <-chan time.Time
	if wait > 0 {
		t := q.clock.NewTimer(wait)
		defer t.Stop()
		timer = t.Chan()
	}
	select {
	case <-wake:
	case <-timer:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// live finds the entry that c still holds.
func (q *Memory) live(c Claim) (*entry, error) {
	if q.closed {
		return nil, ErrClosed
	}
	q.expire(q.clock.Now())
	e := q.tasks[c.Task.ID]
	if e == nil || e.state != held || e.serial != c.serial {
		return nil, fmt.Errorf("task %s, attempt %d by %s: %w", c.Task.ID, c.Attempt, c.Worker, ErrLost)
	}
	return e, nil
}

// Extend implements Queue.
func (q *Memory) Extend(_ context.Context, c Claim) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.live(c)
	if err == nil {
		e.due = q.clock.Now().Add(q.opts.Lease)
	}
	return err
}

// Done implements Queue.
func (q *Memory) Done(_ context.Context, c Claim, result []byte) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.live(c)
	if err == nil {
		q.end(e, Event{Outcome: Done, Result: result, Causes: e.causes})
	}
	return err
}

// Fail implements Queue.
func (q *Memory) Fail(_ context.Context, c Claim, cause error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.live(c)
	if err == nil {
		q.giveBack(e, q.clock.Now(), cause, q.opts.Backoff(e.attempts))
	}
	return err
}

// Next implements Queue.
func (q *Memory) Next(ctx context.Context) (Event, error) {
	for {
		q.mu.Lock()
		if len(q.events) > 0 {
			ev := q.events[0]
			q.events = q.events[1:]
			q.mu.Unlock()
			return ev, nil
		}
		if q.closed {
			q.mu.Unlock()
			return Event{}, ErrClosed
		}
		now := q.clock.Now()
		q.expire(now)
		var wait time.Duration
		for _, e := range q.order {
			if e.state == held && (wait == 0 || e.due.Sub(now) < wait) {
				wait = e.due.Sub(now)
			}
		}
		wake, more := q.wake, len(q.events) > 0
		q.mu.Unlock()
		if more {
			continue
		}
		if err := q.sleep(ctx, wake, wait); err != nil {
			return Event{}, err
		}
	}
}

// Close implements Queue.
func (q *Memory) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		q.changed()
	}
	return nil
}

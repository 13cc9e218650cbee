// Package queue hands the tasks of a build to whoever works on them.
//
// A queue is disposable: the object store holds what is finished, so losing a queue costs time and nothing else. It
// promises at-least-once delivery: a task is offered until somebody reports it done, and a claim whose holder falls
// silent is offered again. Two holders may therefore work on one task; the first report of the live claim counts and
// every other one is told ErrLost. Tasks must be idempotent.
//
//	Put -> pending -> Claim -> held -> Done -> Event{Done}
//	           ^                  |
//	           +--- backoff ------+-- Fail, or silence past the deadline
//	                              +-- the last attempt failed -> Event{Dead}
package queue

import (
	"context"
	"errors"
	"time"
)

// Stage is a step of a build. Stages run one after the other; tasks of one stage are independent.
type Stage string

// The stages that have tasks, in order. (A build begins with plan and ends with commit, which the coordinator does itself.)
const (
	Map    Stage = "map"
	Train  Stage = "train"
	Reduce Stage = "reduce"
)

// Task is one unit of work. ID is unique in a build and names the task's objects in the store; Payload is the
// stage's own JSON and small (it names objects, it does not carry them).
type Task struct {
	ID      string `json:"id"`
	Stage   Stage  `json:"stage"`
	Payload []byte `json:"payload,omitempty"`
}

// Claim is the right to work on a task until the deadline, which Extend moves. Attempt counts deliveries from 1.
type Claim struct {
	Task    Task
	Worker  string
	Attempt int
	serial  uint64
}

// Outcome says how a task left the queue.
type Outcome string

// The two ways out.
const (
	Done Outcome = "done"
	Dead Outcome = "dead" // failed as often as the limit allows, or permanently
)

// Event is the end of one task. Result is what Done was given; Causes are the errors of all failed attempts, oldest first.
type Event struct {
	Task    Task
	Outcome Outcome
	Worker  string
	Attempt int
	Result  []byte
	Causes  []error
}

// Errors of a queue. Both are permanent for the claim at hand.
var (
	ErrLost   = errors.New("the claim is no longer held: its deadline passed or its task ended elsewhere")
	ErrClosed = errors.New("the queue is closed")
)

// Permanent wraps a cause that another attempt cannot mend: Fail with it ends the task at once.
type Permanent struct{ Err error }

func (p Permanent) Error() string { return p.Err.Error() }
func (p Permanent) Unwrap() error { return p.Err }

// Queue is safe for concurrent use. All methods return ErrClosed after Close.
type Queue interface {
	// Put offers tasks. A task whose ID is pending, held or ended is ignored, so Put may be repeated.
	Put(ctx context.Context, tasks ...Task) error
	// Claim waits for a task of the stage and takes it, in the order in which they were put, tasks due for another
	// attempt first. It returns ErrClosed when the queue closes and ctx's error when ctx ends.
	Claim(ctx context.Context, stage Stage, worker string) (Claim, error)
	// Extend moves the claim's deadline one lease ahead; ErrLost if it is no longer held.
	Extend(ctx context.Context, c Claim) error
	// Done ends the task with a result; ErrLost, and no effect, if the claim is no longer held.
	Done(ctx context.Context, c Claim, result []byte) error
	// Fail gives the task back: it is offered again after a backoff, or ends as Dead after the last attempt or a
	// Permanent cause. ErrLost, and no effect, if the claim is no longer held.
	Fail(ctx context.Context, c Claim, cause error) error
	// Next waits for the next task to end. Events come once each, in the order of the endings.
	Next(ctx context.Context) (Event, error)
	// Close wakes every waiting call. Tasks that did not end are forgotten.
	Close() error
}

// Options of a queue.
type Options struct {
	Lease    time.Duration                   // how long a claim holds without Extend
	Attempts int                             // deliveries before a task is Dead
	Backoff  func(attempt int) time.Duration // wait before delivery attempt+1 of a failed task
}

// DefaultOptions: 15 s leases, 4 attempts, backoff of 0.25 s doubling to 4 s.
func DefaultOptions() Options {
	return Options{Lease: 15 * time.Second, Attempts: 4, Backoff: func(attempt int) time.Duration {
		return min(250*time.Millisecond<<min(attempt-1, 4), 4*time.Second)
	}}
}

// Package queuetest holds the acceptance suite that every queue passes.
package queuetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/verdigris-db/verdigris/workers/queue"
)

// Harness makes queues for the suite. Advance lets at least d pass for the queue's clock: a fake clock is moved, a real one waited for.
type Harness struct {
	New     func(t *testing.T, o queue.Options) queue.Queue
	Advance func(d time.Duration)
}

const patience = 10 * time.Second // for a call that must return; never waited out by a queue that works

func options() queue.Options {
	return queue.Options{Lease: time.Second, Attempts: 3, Backoff: func(int) time.Duration { return 200 * time.Millisecond }}
}

func task(i int) queue.Task {
	return queue.Task{ID: fmt.Sprintf("m%03d", i), Stage: queue.Map, Payload: []byte{byte(i)}}
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"order and results":              order,
		"put again changes nothing":      putAgain,
		"stages are apart":               stages,
		"failure is retried, then dead":  failure,
		"permanent failure ends at once": permanent,
		"silence gives the task away":    silence,
		"extend keeps the claim":         extend,
		"late duplicate changes nothing": late,
		"claim waits for work":           waits,
		"claim ends with its context":    cancelled,
		"close wakes everybody":          closes,
		"many workers, each task once":   many,
	} {
		t.Run(name, func(t *testing.T) { test(t, h) })
	}
}

func ctxOf(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func claim(t *testing.T, q queue.Queue, s queue.Stage, worker string) queue.Claim {
	t.Helper()
	c, err := q.Claim(ctxOf(t), s, worker)
	must(t, err)
	return c
}

func next(t *testing.T, q queue.Queue) queue.Event {
	t.Helper()
	ev, err := q.Next(ctxOf(t))
	must(t, err)
	return ev
}

func lost(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, queue.ErrLost) {
		t.Fatalf("got %v, want ErrLost", err)
	}
}

func order(t *testing.T, h Harness) {
	q := h.New(t, options())
	must(t, q.Put(ctxOf(t), task(1), task(2)))
	for i := 1; i <= 2; i++ {
		c := claim(t, q, queue.Map, "w")
		if c.Task.ID != task(i).ID || c.Attempt != 1 || string(c.Task.Payload) != string(task(i).Payload) {
			t.Fatalf("claim %d: %+v", i, c)
		}
		must(t, q.Done(ctxOf(t), c, []byte(c.Task.ID)))
		if ev := next(t, q); ev.Outcome != queue.Done || string(ev.Result) != task(i).ID || ev.Worker != "w" {
			t.Fatalf("event %d: %+v", i, ev)
		}
	}
}

func putAgain(t *testing.T, h Harness) {
	q := h.New(t, options())
	must(t, q.Put(ctxOf(t), task(1)))
	c := claim(t, q, queue.Map, "w")
	must(t, q.Put(ctxOf(t), task(1)))
	must(t, q.Done(ctxOf(t), c, nil))
	must(t, q.Put(ctxOf(t), task(1), task(2)))
	if c := claim(t, q, queue.Map, "w"); c.Task.ID != task(2).ID {
		t.Fatalf("an ended task was offered again: %+v", c)
	}
}

func stages(t *testing.T, h Harness) {
	q := h.New(t, options())
	must(t, q.Put(ctxOf(t), task(1), queue.Task{ID: "r1", Stage: queue.Reduce}))
	if c := claim(t, q, queue.Reduce, "w"); c.Task.ID != "r1" {
		t.Fatalf("%+v", c)
	}
}

func failure(t *testing.T, h Harness) {
	q := h.New(t, options())
	must(t, q.Put(ctxOf(t), task(1)))
	for i := 1; i <= 3; i++ {
		c := claim(t, q, queue.Map, "w")
		if c.Attempt != i {
			t.Fatalf("attempt %d, want %d", c.Attempt, i)
		}
		must(t, q.Fail(ctxOf(t), c, fmt.Errorf("cause %d", i)))
		if i < 3 {
			h.Advance(250 * time.Millisecond)
		}
	}
	ev := next(t, q)
	if ev.Outcome != queue.Dead || len(ev.Causes) != 3 || ev.Causes[2].Error() != "cause 3" {
		t.Fatalf("%+v", ev)
	}
}

func permanent(t *testing.T, h Harness) {
	q := h.New(t, options())
	must(t, q.Put(ctxOf(t), task(1)))
	must(t, q.Fail(ctxOf(t), claim(t, q, queue.Map, "w"), queue.Permanent{Err: errors.New("bad input")}))
	if ev := next(t, q); ev.Outcome != queue.Dead || len(ev.Causes) != 1 {
		t.Fatalf("%+v", ev)
	}
}

func silence(t *testing.T, h Harness) {
	q := h.New(t, options())
	must(t, q.Put(ctxOf(t), task(1)))
	old := claim(t, q, queue.Map, "stopped")
	h.Advance(1100 * time.Millisecond)
	c := claim(t, q, queue.Map, "other")
	if c.Attempt != 2 || c.Worker != "other" {
		t.Fatalf("%+v", c)
	}
	lost(t, q.Extend(ctxOf(t), old))
	lost(t, q.Fail(ctxOf(t), old, errors.New("late")))
	must(t, q.Done(ctxOf(t), c, nil))
	if ev := next(t, q); ev.Worker != "other" || len(ev.Causes) != 1 {
		t.Fatalf("%+v", ev)
	}
}

func extend(t *testing.T, h Harness) {
	q := h.New(t, options())
	must(t, q.Put(ctxOf(t), task(1)))
	c := claim(t, q, queue.Map, "w")
	for range 4 {
		h.Advance(600 * time.Millisecond)
		must(t, q.Extend(ctxOf(t), c))
	}
	must(t, q.Done(ctxOf(t), c, nil))
}

func late(t *testing.T, h Harness) {
	q := h.New(t, options())
	must(t, q.Put(ctxOf(t), task(1)))
	old := claim(t, q, queue.Map, "slow")
	h.Advance(1100 * time.Millisecond)
	c := claim(t, q, queue.Map, "fast")
	must(t, q.Done(ctxOf(t), c, []byte("first")))
	lost(t, q.Done(ctxOf(t), old, []byte("second")))
	lost(t, q.Done(ctxOf(t), c, []byte("twice")))
	if ev := next(t, q); string(ev.Result) != "first" {
		t.Fatalf("%+v", ev)
	}
}

func waits(t *testing.T, h Harness) {
	q := h.New(t, options())
	got := make(chan queue.Claim, 1)
	go func() {
		if c, err := q.Claim(ctxOf(t), queue.Map, "w"); err == nil {
			got <- c
		}
		close(got)
	}()
	must(t, q.Put(ctxOf(t), task(7)))
	if c := <-got; c.Task.ID != task(7).ID {
		t.Fatalf("%+v", c)
	}
}

func cancelled(t *testing.T, h Harness) {
	q := h.New(t, options())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := q.Claim(ctx, queue.Map, "w"); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	if _, err := q.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
}

func closes(t *testing.T, h Harness) {
	q := h.New(t, options())
	errs := make(chan error, 2)
	go func() { _, err := q.Claim(ctxOf(t), queue.Map, "w"); errs <- err }()
	go func() { _, err := q.Next(ctxOf(t)); errs <- err }()
	must(t, q.Close())
	for range 2 {
		if err := <-errs; !errors.Is(err, queue.ErrClosed) {
			t.Fatalf("%v", err)
		}
	}
	if err := q.Put(ctxOf(t), task(1)); !errors.Is(err, queue.ErrClosed) {
		t.Fatalf("%v", err)
	}
}

func many(t *testing.T, h Harness) {
	const tasks, workers = 200, 8
	q := h.New(t, options())
	for i := range tasks {
		must(t, q.Put(ctxOf(t), task(i)))
	}
	ctx := ctxOf(t)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for {
				c, err := q.Claim(ctx, queue.Map, fmt.Sprint(w))
				if err != nil {
					return
				}
				if err := q.Done(ctx, c, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := map[string]bool{}
	for range tasks {
		ev := next(t, q)
		if seen[ev.Task.ID] {
			t.Errorf("%s ended twice", ev.Task.ID)
		}
		seen[ev.Task.ID] = true
	}
	must(t, q.Close())
	wg.Wait()
}

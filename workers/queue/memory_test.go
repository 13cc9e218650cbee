package queue_test

import (
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/verdigris-db/verdigris/workers/queue"
	"github.com/verdigris-db/verdigris/workers/queue/queuetest"
)

func TestMemory(t *testing.T) {
	clock := clockwork.NewFakeClock()
	queuetest.Run(t, queuetest.Harness{
		New: func(t *testing.T, o queue.Options) queue.Queue {
			q := queue.NewMemory(o, clock)
			t.Cleanup(func() { q.Close() })
			return q
		},
		Advance: func(d time.Duration) { clock.Advance(d) },
	})
}

// TestLastLeaseEndsBesideAnotherTask: the claim that ends the task runs out while another task waits behind it.
func TestLastLeaseEndsBesideAnotherTask(t *testing.T) {
	clock := clockwork.NewFakeClock()
	q := queue.NewMemory(queue.Options{Lease: time.Second, Attempts: 1, Backoff: func(int) time.Duration { return 0 }}, clock)
	ctx := t.Context()
	if err := q.Put(ctx, queue.Task{ID: "a", Stage: queue.Map}, queue.Task{ID: "b", Stage: queue.Map}); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Claim(ctx, queue.Map, "w1"); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Second)
	c, err := q.Claim(ctx, queue.Map, "w2")
	if err != nil || c.Task.ID != "b" {
		t.Fatalf("claimed %q, %v", c.Task.ID, err)
	}
	if ev, err := q.Next(ctx); err != nil || ev.Task.ID != "a" || ev.Outcome != queue.Dead {
		t.Errorf("event %+v, %v", ev, err)
	}
}

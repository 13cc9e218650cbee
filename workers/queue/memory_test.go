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

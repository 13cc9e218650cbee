package workers

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/store"
)

// heartbeat is the object that says that a build is alive. The garbage collector goes by the time that the store gives the
// object; what stands in it is for people.
type heartbeat struct {
	Host string `json:"host"`
	Pid  int    `json:"pid"`
	At   string `json:"at"` // RFC 3339, UTC
}

// startHeartbeat writes the heartbeat until the function that it returns is called.
func (b *build) startHeartbeat(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var beating sync.WaitGroup
	beating.Go(func() {
		tick := b.options.Clock.NewTicker(b.options.Timing.Heartbeat)
		defer tick.Stop()
		for {
			if err := b.beat(ctx); err != nil && ctx.Err() == nil {
				b.options.Log.Warn("the build's heartbeat was not written", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.Chan():
			}
		}
	})
	return func() {
		cancel()
		beating.Wait()
	}
}

func (b *build) beat(ctx context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	raw, err := json.Marshal(heartbeat{Host: host, Pid: os.Getpid(), At: b.options.Clock.Now().UTC().Format(time.RFC3339)})
	if err != nil {
		return fmt.Errorf("encoding the heartbeat: %w", err)
	}
	return b.view.Write(ctx, manifest.BuildName(b.plan.Build, manifest.HeartbeatObject), store.Bytes(append(raw, '\n')), store.Replace)
}

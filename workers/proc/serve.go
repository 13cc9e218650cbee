package proc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/rpc"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"

	"github.com/verdigris-db/verdigris/workers/queue"
)

// Delivery is one task handed to a worker. ID is unique per delivery and names what this attempt leaves behind.
type Delivery struct {
	Task    queue.Task
	Attempt int
	ID      string
}

// Worker is what a worker process does. Open comes once and before any Run; Progress is called at any time, during Open too.
type Worker interface {
	Open(ctx context.Context, job json.RawMessage) error
	Run(ctx context.Context, d Delivery) (result []byte, err error)
	Progress() json.RawMessage
}

var handshake = plugin.HandshakeConfig{
	ProtocolVersion: 1, MagicCookieKey: "VERDIGRIS_WORKER", MagicCookieValue: "one-build-one-coordinator",
}

const pluginName = "worker"

// border is go-plugin's view of a worker: the server object on one side, the bare RPC client on the other.
type border struct{ served *endpoint }

func (b border) Server(*plugin.MuxBroker) (any, error) { return b.served, nil }

func (border) Client(_ *plugin.MuxBroker, c *rpc.Client) (any, error) { return c, nil }

// Serve answers the coordinator's calls until the coordinator kills this process, or is gone. It returns when no job ever
// came; a process that was not started by a coordinator ends at once, with a message on stderr.
func Serve(w Worker) {
	dieWithParent()
	log.SetOutput(io.Discard) // go-plugin says there that its socket was closed, the S3 client that it lost a race
	served := newEndpoint(w)
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: handshake,
		Plugins:         plugin.PluginSet{pluginName: border{served}},
		Logger:          hclog.NewNullLogger(),
	})
	if served.opened.Load() {
		select {} // asked to end: the coordinator closes the connection and then kills; see Process.Close
	}
}

// dieWithParent ends this process when its parent does; the kernel's signal (see command) is the fast way, this the sure one.
func dieWithParent() {
	parent := os.Getppid()
	go func() {
		for range time.Tick(500 * time.Millisecond) {
			if os.Getppid() != parent {
				os.Exit(1)
			}
		}
	}()
}

// endpoint is the RPC face of a Worker. Its exported methods have net/rpc's form.
type endpoint struct {
	worker Worker
	opened atomic.Bool

	mu      sync.Mutex
	running map[string]context.CancelFunc
	early   map[string]bool // deliveries that were cancelled before their Run began: calls may overtake each other
}

func newEndpoint(w Worker) *endpoint {
	return &endpoint{worker: w, running: map[string]context.CancelFunc{}, early: map[string]bool{}}
}

// Reply carries a result or a failure.
type Reply struct {
	Result  []byte
	Failure *Failure
}

// Open hands the worker its job.
func (e *endpoint) Open(job []byte, r *Reply) error {
	e.opened.Store(true)
	if err := e.worker.Open(context.Background(), job); err != nil {
		r.Failure = failureOf(err)
	}
	return nil
}

// Run works on one delivery.
func (e *endpoint) Run(d Delivery, r *Reply) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e.mu.Lock()
	e.running[d.ID] = cancel
	if e.early[d.ID] {
		cancel()
	}
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		delete(e.running, d.ID)
		e.mu.Unlock()
	}()
	result, err := e.worker.Run(ctx, d)
	if err != nil {
		r.Failure = failureOf(err)
		if errors.Is(err, context.Canceled) && r.Failure.Class == Retry {
			r.Failure.Class = Stopped
		}
		return nil
	}
	r.Result = result
	return nil
}

// Cancel asks a running delivery to stop.
func (e *endpoint) Cancel(id string, _ *Reply) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if cancel := e.running[id]; cancel != nil {
		cancel()
	} else {
		e.early[id] = true
	}
	return nil
}

// Progress answers the heartbeat.
func (e *endpoint) Progress(_ struct{}, r *Reply) error {
	r.Result = e.worker.Progress()
	return nil
}

func failureOf(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return &Failure{Class: f.Class, Message: err.Error(), Object: f.Object}
	}
	return &Failure{Message: fmt.Sprint(err)}
}

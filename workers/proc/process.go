package proc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
)

// Config describes one worker process.
type Config struct {
	Name       string
	Command    func() *exec.Cmd      // a fresh command that ends in Serve
	Job        json.RawMessage       // given to Worker.Open
	Stderr     io.Writer             // the worker's log
	Beat       time.Duration         // between two heartbeats
	Deadline   time.Duration         // silence after which the process is killed
	OnProgress func(json.RawMessage) // called with each heartbeat's answer, from one goroutine
}

// Process is a running worker process as its coordinator sees it.
type Process struct {
	cfg    Config
	cmd    *exec.Cmd
	client *plugin.Client
	wire   plugin.ClientProtocol // the connection
	rpc    *rpc.Client           // one stream of it

	gone   chan struct{} // closed when the process is gone or being killed
	once   sync.Once
	cause  error // why; set before gone is closed
	beat   sync.WaitGroup
	ending chan struct{} // closed when no heartbeat is wanted any more
	ended  sync.Once
}

// Start runs the command, hands it the job and begins the heartbeat. On error nothing is left running.
func Start(ctx context.Context, cfg Config) (*Process, error) {
	if err := checkSocketFolder(os.TempDir()); err != nil {
		return nil, fmt.Errorf("starting worker %s: %w", cfg.Name, err)
	}
	cmd := cfg.Command()
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	bindToParent(cmd)
	p := &Process{cfg: cfg, cmd: cmd, gone: make(chan struct{}), ending: make(chan struct{})}
	p.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: handshake, Plugins: plugin.PluginSet{pluginName: border{}}, Cmd: cmd, Stderr: cfg.Stderr,
		SkipHostEnv:  true, // it would override what Command chose
		StartTimeout: time.Minute, Logger: hclog.NewNullLogger(), AllowedProtocols: []plugin.Protocol{plugin.ProtocolNetRPC},
	})
	err := p.connect()
	if err == nil {
		p.beat.Go(p.heartbeat)
		err = p.open(ctx)
	}
	if err != nil {
		p.lose(err)
		p.client.Kill()
		p.beat.Wait()
		return nil, fmt.Errorf("starting worker %s: %w", cfg.Name, err)
	}
	return p, nil
}

// longestSocket is the longest path that the address of a Unix socket has room for, on all systems.
const longestSocket = 103

// checkSocketFolder makes sure that a worker can have its socket in the folder for temporary files. If it cannot,
// go-plugin suspects the binary.
func checkSocketFolder(folder string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("the folder for temporary files has no room for the worker's socket: %w; name another by TMPDIR", err)
		}
	}()
	f, err := os.CreateTemp(folder, "plugin")
	if err != nil {
		return err
	}
	if len(f.Name()) > longestSocket {
		err = fmt.Errorf("%q has more than %d bytes", f.Name(), longestSocket)
	}
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// connect waits for the process to answer.
func (p *Process) connect() error {
	wire, err := p.client.Client()
	if err != nil {
		return err
	}
	// Both ends have the connection now. A worker that is killed cannot remove its socket, so the name goes at once.
	if at := p.client.ReattachConfig().Addr; at.Network() == "unix" {
		_ = os.Remove(at.String()) // what stays is a file without bytes
	}
	raw, err := wire.Dispense(pluginName)
	if err != nil {
		return err
	}
	p.wire, p.rpc = wire, raw.(*rpc.Client)
	return nil
}

// open hands over the job.
func (p *Process) open(ctx context.Context) error {
	var r Reply
	select {
	case call := <-p.rpc.Go("Plugin.Open", []byte(p.cfg.Job), &r, make(chan *rpc.Call, 1)).Done:
		if call.Error != nil {
			return call.Error
		}
	case <-p.gone:
		return p.Cause()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if r.Failure != nil {
		return r.Failure
	}
	return nil
}

// Pid is the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Gone is closed when the process has ended or is being killed; Cause then says why.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// Cause is why the process is gone; valid after Gone is closed.
func (p *Process) Cause() error { return &LostError{Worker: p.cfg.Name, Cause: p.cause} }

// lose marks the process as gone and kills it by pid first: go-plugin's own Kill waits for an answer that a stopped process never gives.
func (p *Process) lose(cause error) {
	p.once.Do(func() {
		p.cause = cause
		close(p.gone)
		if p.cmd.Process != nil {
			_ = p.cmd.Process.Kill() // a process that is already gone is what we want
		}
	})
}

// heartbeat asks for progress every Beat and loses the process when no answer came for Deadline.
func (p *Process) heartbeat() {
	tick := time.NewTicker(p.cfg.Beat)
	defer tick.Stop()
	for {
		var r Reply
		silence := time.NewTimer(p.cfg.Deadline)
		select {
		case call := <-p.rpc.Go("Plugin.Progress", struct{}{}, &r, make(chan *rpc.Call, 1)).Done:
			silence.Stop()
			if call.Error != nil {
				p.lose(fmt.Errorf("its connection broke: %w", call.Error))
				return
			}
			p.cfg.OnProgress(r.Result)
		case <-silence.C:
			p.lose(fmt.Errorf("no heartbeat for %s", p.cfg.Deadline))
			return
		case <-p.gone:
			silence.Stop()
			return
		case <-p.ending:
			silence.Stop()
			return
		}
		select {
		case <-tick.C:
		case <-p.gone:
			return
		case <-p.ending:
			return
		}
	}
}

// Run hands one delivery to the worker and waits for its end. It fails with a *Failure of the worker's, a *LostError
// when the process is gone, or ctx's error after the worker has stopped the task (or was killed because it did not).
func (p *Process) Run(ctx context.Context, d Delivery) ([]byte, error) {
	var r Reply
	call := p.rpc.Go("Plugin.Run", d, &r, make(chan *rpc.Call, 1))
	select {
	case <-call.Done:
	case <-p.gone:
		return nil, p.Cause()
	case <-ctx.Done():
		p.rpc.Go("Plugin.Cancel", d.ID, &Reply{}, make(chan *rpc.Call, 1))
		patience := time.NewTimer(p.cfg.Deadline)
		defer patience.Stop()
		select {
		case <-call.Done:
		case <-p.gone:
		case <-patience.C:
			p.lose(errors.New("it did not stop when asked"))
		}
		return nil, context.Cause(ctx)
	}
	if call.Error != nil {
		p.lose(fmt.Errorf("its connection broke: %w", call.Error))
		return nil, p.Cause()
	}
	if r.Failure != nil {
		return nil, r.Failure
	}
	return r.Result, nil
}

// Close ends the process and waits for it. The connection is closed first, while both ends are there: yamux writes to
// this process's standard error what it could not send any more.
func (p *Process) Close() {
	p.ended.Do(func() { close(p.ending) })
	p.beat.Wait()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = errors.Join(p.rpc.Close(), p.wire.Close()) // of a process that is gone it is closed already
	}()
	patience := time.NewTimer(p.cfg.Deadline)
	defer patience.Stop()
	select {
	case <-closed:
	case <-p.gone:
	case <-patience.C:
	}
	p.lose(errors.New("closed"))
	p.client.Kill()
	<-closed
}

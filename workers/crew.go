package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/jonboulle/clockwork"

	"github.com/verdigris-db/verdigris/workers/proc"
	"github.com/verdigris-db/verdigris/workers/queue"
)

// maxStarts bounds how often one worker is started in a build: a machine that kills each one is not worth more tries.
const maxStarts = 10

// crew is the worker processes of a build. A process is started when there is work for it, and again when it is lost.
type crew struct {
	options Options
	job     job
	members []*member
	before  Snapshot // what an earlier crew of this build has done
	started int      // and how many processes it was
	clock   clockwork.Clock
	log     *slog.Logger
}

// member is the place of one worker: the process that fills it, and what it and its forerunners have done.
type member struct {
	crew *crew
	name string

	start sync.Mutex // held while a process is started
	mu    sync.Mutex
	live  *proc.Process
	count int
	past  Snapshot
	now   Snapshot
}

// newCrew makes a crew without processes; earlier is the crew that it takes over from, which is closed, or nil.
func newCrew(o Options, earlier *crew, j job) *crew {
	c := &crew{options: o, job: j, clock: o.Clock, log: o.Log}
	if earlier != nil {
		c.before, c.started = earlier.snapshot(), earlier.starts()
		c.before.Memory = 0
	}
	for i := range o.Workers {
		c.members = append(c.members, &member{crew: c, name: fmt.Sprintf("w%d", i)})
	}
	return c
}

// close ends all processes and waits for them.
func (c *crew) close() {
	for _, m := range c.members {
		m.mu.Lock()
		p := m.live
		m.mu.Unlock()
		if p != nil {
			p.Close()
		}
	}
}

// snapshot adds up what all workers have done.
func (c *crew) snapshot() Snapshot {
	var all Snapshot
	for _, m := range c.members {
		m.mu.Lock()
		own := m.past.add(m.now)
		own.PeakMemory = max(m.past.PeakMemory, m.now.PeakMemory) // one process at a time
		m.mu.Unlock()
		all = all.add(own)
	}
	peak := max(all.PeakMemory, c.before.PeakMemory) // one crew at a time
	all = all.add(c.before)
	all.PeakMemory = peak
	return all
}

// starts is how many processes were started.
func (c *crew) starts() int {
	n := c.started
	for _, m := range c.members {
		m.mu.Lock()
		n += m.count
		m.mu.Unlock()
	}
	return n
}

// process is the member's live process; it starts one if there is none.
func (m *member) process(ctx context.Context) (*proc.Process, error) {
	m.start.Lock()
	defer m.start.Unlock()
	m.mu.Lock()
	p, count := m.live, m.count
	m.mu.Unlock()
	if p != nil {
		select {
		case <-p.Gone():
			m.bury(p)
		default:
			return p, nil
		}
	}
	if count == maxStarts {
		return nil, queue.Permanent{Err: fmt.Errorf("worker %s was started %d times and did not last", m.name, count)}
	}
	j := m.crew.job
	j.Name = m.name + "-" + randomHex(4)
	raw, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("encoding the job: %w", err)
	}
	o := m.crew.options
	logs := &logWriter{log: m.crew.log.With("worker", j.Name)}
	p, err = proc.Start(ctx, proc.Config{
		Name: j.Name, Command: o.Command, Job: raw, Stderr: logs, Beat: o.Timing.Beat, Deadline: o.Timing.Deadline, OnProgress: m.progress,
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count++
	if err != nil {
		return nil, err
	}
	m.live = p
	m.crew.log.Debug("worker started", "worker", j.Name, "pid", p.Pid())
	return p, nil
}

// bury ends a lost process for good and keeps what it has done.
func (m *member) bury(p *proc.Process) {
	p.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live = nil
	peak := max(m.past.PeakMemory, m.now.PeakMemory)
	m.past = m.past.add(m.now)
	m.past.PeakMemory, m.past.Memory = peak, 0
	m.now = Snapshot{}
}

// progress takes a heartbeat's answer.
func (m *member) progress(raw json.RawMessage) {
	var s Snapshot
	if err := json.Unmarshal(raw, &s); err != nil {
		m.crew.log.Warn("a worker's heartbeat cannot be read", "worker", m.name, "error", err)
		return
	}
	m.note(s)
}

func (m *member) note(s Snapshot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.CPU >= m.now.CPU { // of two answers that crossed, the later one
		m.now = s
	}
}

// run works on the tasks of one stage, on slots of them at a time in each worker, and hands each result to finish, from one
// goroutine. It ends with the first task that cannot be done, or when all are done.
func (c *crew) run(ctx context.Context, stage queue.Stage, slots int, tasks []queue.Task, finish func(*done) error) (err error) {
	if len(tasks) == 0 {
		return nil
	}
	q := queue.NewMemory(c.options.Queue, c.clock)
	if err := q.Put(ctx, tasks...); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	group, ctx := errgroup.WithContext(ctx)
	defer func() {
		stop(errStageOver)
		if e := group.Wait(); err == nil && e != nil && !errors.Is(e, errStageOver) {
			err = e
		}
		err = errors.Join(err, q.Close())
	}()
	for _, m := range c.members {
		for range min(slots, len(tasks)) {
			group.Go(func() error { return m.work(ctx, q, stage) })
		}
	}
	for range tasks {
		event, err := q.Next(ctx)
		if err != nil {
			return context.Cause(ctx)
		}
		if event.Outcome == queue.Dead {
			return failed(event)
		}
		for _, cause := range event.Causes {
			c.log.Warn("a task succeeded after a failure", "task", event.Task.ID, "attempt", event.Attempt, "cause", cause)
		}
		var a answer
		if err := json.Unmarshal(event.Result, &a); err != nil {
			return fmt.Errorf("reading the result of task %s: %w", event.Task.ID, err)
		}
		if err := finish(a.Done); err != nil {
			return err
		}
	}
	return nil
}

// errStageOver ends the claims that still wait when a stage has no task left.
var errStageOver = errors.New("the stage is over")

// failed is the error of a task that could not be done.
func failed(e queue.Event) error {
	last := e.Causes[len(e.Causes)-1]
	if len(e.Causes) == 1 {
		return last
	}
	return fmt.Errorf("giving up on task %s after %d attempts: %w", e.Task.ID, e.Attempt, last)
}

// work claims tasks and hands them to the member's process until ctx ends.
func (m *member) work(ctx context.Context, q queue.Queue, stage queue.Stage) error {
	for {
		claim, err := q.Claim(ctx, stage, m.name)
		if err != nil {
			return context.Cause(ctx)
		}
		result, err := m.deliver(ctx, q, claim)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch {
		case err == nil:
			err = q.Done(ctx, claim, result)
		case proc.ClassOf(err) == proc.Retry || proc.ClassOf(err) == proc.Stopped:
			m.crew.log.Warn("a task failed", "task", claim.Task.ID, "attempt", claim.Attempt, "worker", m.name, "error", err)
			err = q.Fail(ctx, claim, err)
		default:
			err = q.Fail(ctx, claim, queue.Permanent{Err: err})
		}
		if err != nil && !errors.Is(err, queue.ErrLost) {
			return err
		}
	}
}

// deliver hands one claim to the process and keeps the claim while the process lives.
func (m *member) deliver(ctx context.Context, q queue.Queue, claim queue.Claim) ([]byte, error) {
	p, err := m.process(ctx)
	if err != nil {
		return nil, err
	}
	over := make(chan struct{})
	var keep sync.WaitGroup
	keep.Go(func() { m.extend(ctx, q, claim, over) })
	result, err := p.Run(ctx, proc.Delivery{Task: claim.Task, Attempt: claim.Attempt, ID: randomHex(8)})
	close(over)
	keep.Wait()
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(result, &a); err != nil {
		return nil, fmt.Errorf("reading the result of task %s: %w", claim.Task.ID, err)
	}
	m.note(a.Snapshot)
	return result, nil
}

// extend keeps the claim until over is closed.
func (m *member) extend(ctx context.Context, q queue.Queue, claim queue.Claim, over <-chan struct{}) {
	tick := m.crew.clock.NewTicker(m.crew.options.Queue.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-ctx.Done():
			return
		case <-tick.Chan():
			if err := q.Extend(ctx, claim); err != nil {
				m.crew.log.Debug("a claim was not extended", "task", claim.Task.ID, "error", err)
				return
			}
		}
	}
}

// logWriter passes a worker's standard error on, line by line.
type logWriter struct{ log *slog.Logger }

func (w *logWriter) Write(b []byte) (int, error) {
	w.log.Warn("worker says", "text", string(b))
	return len(b), nil
}

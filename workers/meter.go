package workers

import (
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// meter times the phases of a build and tells the observer how far it is.
type meter struct {
	clock    clockwork.Clock
	observer Observer
	budget   int64

	mu     sync.Mutex
	build  *build // nil until there are workers to ask
	phases []PhaseReport
	began  time.Time
	cpu    time.Duration // of all processes when the phase began
	status Status
	base   int64 // rows of the phase that earlier runs did
	mark   Snapshot
	peak   int64 // of the memory of all processes together, as sampled
	stop   chan struct{}
	ticker sync.WaitGroup
}

func newMeter(o Options) *meter {
	m := &meter{clock: o.Clock, observer: o.Observer, budget: o.Memory, stop: make(chan struct{})}
	if m.observer == nil {
		m.observer = func(Status) {}
	}
	m.ticker.Go(m.tick)
	return m
}

// close ends the observer's calls.
func (m *meter) close() {
	close(m.stop)
	m.ticker.Wait()
}

// tick tells the observer about once a second.
func (m *meter) tick() {
	t := m.clock.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-t.Chan():
			m.tell()
		}
	}
}

// watch lets the meter ask the workers of b.
func (m *meter) watch(b *build) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.build = b
}

// snapshot is what all processes have done; m.mu is held.
func (m *meter) snapshot() Snapshot {
	var own Snapshot
	own.CPU = cpuTime()
	own.Memory, own.PeakMemory = residentMemory()
	if m.build == nil || m.build.crew == nil {
		return own
	}
	if m.build.counter != nil {
		own.Requests = m.build.counter.Requests()
	}
	return own.add(m.build.crew.snapshot())
}

// phase ends the phase before and begins another, of tasks tasks, of which finished ones with rows rows are done already.
func (m *meter) phase(p Phase, tasks, finished int, rows int64) {
	m.tell() // how the phase before ended
	m.mu.Lock()
	m.endPhase()
	m.mark = m.snapshot()
	m.began, m.cpu, m.base = m.clock.Now(), m.mark.CPU, rows
	m.status = Status{Phase: p, TasksTotal: tasks, Tasks: finished, Budget: m.budget}
	if m.build != nil {
		m.status.RowsTotal = m.build.plan.Totals.Rows
	}
	m.mu.Unlock()
	m.tell()
}

// endPhase books the phase that is over; m.mu is held.
func (m *meter) endPhase() {
	if m.status.Phase == "" {
		return
	}
	r := PhaseReport{Phase: m.status.Phase, Wall: Seconds(m.clock.Since(m.began)), CPU: Seconds(m.snapshot().CPU - m.cpu)}
	for i := range m.phases {
		if m.phases[i].Phase == r.Phase { // a second pass
			m.phases[i].Wall += r.Wall
			m.phases[i].CPU += r.CPU
			return
		}
	}
	m.phases = append(m.phases, r)
}

// task counts a task that is done.
func (m *meter) task() {
	m.mu.Lock()
	m.status.Tasks++
	m.mu.Unlock()
	m.tell()
}

// tell calls the observer with what is known now.
func (m *meter) tell() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.status.Phase == "" {
		return
	}
	now := m.snapshot()
	m.peak = max(m.peak, now.Memory)
	s := m.status
	switch s.Phase {
	case Mapping:
		s.Rows = m.base + now.RowsRead - m.mark.RowsRead
	case Reducing:
		s.Rows = m.base + now.RowsStored - m.mark.RowsStored
	}
	s.Bytes = now.BytesRun + now.BytesTable
	s.Memory = now.Memory
	s.Elapsed = m.clock.Since(m.began)
	m.observer(s)
}

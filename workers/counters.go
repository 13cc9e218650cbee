package workers

import (
	"encoding/json"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/verdigris-db/verdigris/store"
)

// counters is what a worker process has done so far; the heartbeat carries a copy.
type counters struct {
	rowsRead   atomic.Int64
	rowsStored atomic.Int64
	bytesRun   atomic.Int64 // written to runs
	bytesTable atomic.Int64 // written to tables and bloom filters
}

// Snapshot is a worker's counters at one moment, as the heartbeat carries them.
type Snapshot struct {
	RowsRead   int64          `json:"rows_read"`
	RowsStored int64          `json:"rows_stored"`
	BytesRun   int64          `json:"bytes_run"`
	BytesTable int64          `json:"bytes_table"`
	CPU        time.Duration  `json:"cpu"`      // of the process, user and system
	Memory     int64          `json:"memory"`   // resident bytes now
	PeakMemory int64          `json:"peak"`     // resident bytes at most
	Requests   store.Requests `json:"requests"` // to the store

}

// add is s with another worker's (or an earlier, ended process's) counts.
func (s Snapshot) add(t Snapshot) Snapshot {
	s.RowsRead += t.RowsRead
	s.RowsStored += t.RowsStored
	s.BytesRun += t.BytesRun
	s.BytesTable += t.BytesTable
	s.CPU += t.CPU
	s.Memory += t.Memory
	s.PeakMemory += t.PeakMemory
	s.Requests = addRequests(s.Requests, t.Requests)
	return s
}

func addRequests(a, b store.Requests) store.Requests {
	a.Writes += b.Writes
	a.Reads += b.Reads
	a.Stats += b.Stats
	a.Lists += b.Lists
	a.Deletes += b.Deletes
	a.Failed += b.Failed
	a.BytesWritten += b.BytesWritten
	a.BytesRead += b.BytesRead
	a.NamesListed += b.NamesListed
	return a
}

func (c *counters) snapshot() Snapshot {
	s := Snapshot{
		RowsRead: c.rowsRead.Load(), RowsStored: c.rowsStored.Load(), BytesRun: c.bytesRun.Load(), BytesTable: c.bytesTable.Load(),
		CPU: cpuTime(),
	}
	s.Memory, s.PeakMemory = residentMemory()
	return s
}

// cpuTime is the CPU time that this process has used.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func (s Snapshot) encode() json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		return json.RawMessage(`{}`) // numbers always encode
	}
	return b
}

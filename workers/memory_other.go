//go:build !linux

package workers

import (
	"runtime"
	"syscall"
)

// residentMemory is the process's resident bytes, now (as far as the Go runtime knows) and at most.
func residentMemory() (now, peak int64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err == nil {
		peak = r.Maxrss
	}
	return int64(m.Sys - m.HeapReleased), peak
}

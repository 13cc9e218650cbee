package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// machineMemory is the machine's memory in bytes.
func machineMemory() (int64, error) {
	n, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0, fmt.Errorf("asking for the machine's memory: %w", err)
	}
	return int64(n), nil
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// machineMemory is the memory that this process may use: the machine's, or less if a cgroup says so. In bytes.
func machineMemory() (int64, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0, fmt.Errorf("asking for the machine's memory: %w", err)
	}
	least := int64(info.Totalram) * int64(info.Unit)
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return least, nil // a kernel without cgroups limits nothing
	}
	for line := range bytes.Lines(groups) {
		_, rest, _ := strings.Cut(strings.TrimSpace(string(line)), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		switch controllers {
		case "":
			least = min(least, limitAbove("/sys/fs/cgroup", group, "memory.max", least))
		case "memory":
			least = min(least, limitAbove("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes", least))
		}
	}
	return least, nil
}

// limitAbove is the least limit that group or a group above it sets; none is what counts where no limit is set. Inside a
// container the group's own path is not there, and its limit stands at the root.
func limitAbove(root, group, file string, none int64) int64 {
	least := none
	for g := path.Clean("/" + group); ; g = path.Dir(g) {
		if b, err := os.ReadFile(filepath.Join(root, g, file)); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && n > 0 { // "max" is no number
				least = min(least, n)
			}
		}
		if g == "/" {
			return least
		}
	}
}

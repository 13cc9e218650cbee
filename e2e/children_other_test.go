//go:build !linux

package e2e

import "testing"

// children are the processes that a process has started.
func children(t *testing.T, _ int) []int {
	t.Helper()
	t.Skip("finding worker processes needs /proc")
	return nil
}

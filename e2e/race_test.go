//go:build race

package e2e

// raceFlags build the binary as this test is built.
var raceFlags = []string{"-race"}

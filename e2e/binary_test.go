package e2e

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The folder of this run: it holds the binary, and what the race detector of its processes has found.
const (
	binaryVar = "VERDIGRIS_E2E_BINARY" // where TestMain put the binary
	racesName = "race"                 // with the process id behind it
)

// TestMain builds the binary, with the race detector if the tests have it, and fails if any of its processes saw a race.
func TestMain(m *testing.M) {
	flag.Parse()
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	folder, err := os.MkdirTemp("", "verdigris-e2e-")
	if err != nil {
		return 1, fmt.Errorf("making a folder for the binary: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	binary := filepath.Join(folder, "verdigris")
	build := exec.Command("go", append(append([]string{"build", "-o", binary}, raceFlags...), "./cmd/verdigris")...)
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	races := filepath.Join(folder, racesName)
	for name, value := range map[string]string{
		binaryVar: binary,
		"GORACE":  "atexit_sleep_ms=0 log_path=" + races, // a worker's standard error is not read by everybody
	} {
		if err := os.Setenv(name, value); err != nil {
			return 1, err
		}
	}
	if err := limitParallel(); err != nil {
		return 1, err
	}
	code = m.Run()
	found, err := filepath.Glob(races + ".*")
	if err != nil {
		return 1, err
	}
	for _, name := range found {
		report, err := os.ReadFile(name)
		if err != nil {
			return 1, err
		}
		fmt.Fprintf(os.Stderr, "e2e: a process of the binary had a data race:\n%s\n", report)
		code = 1
	}
	return code, nil
}

// limitParallel lets two tests run side by side where the command line says nothing: each starts processes of its own.
func limitParallel() error {
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if set {
		return nil
	}
	return flag.Set("test.parallel", "2")
}

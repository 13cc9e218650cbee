package s3test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// withProgram builds the gateway, which costs next to nothing where it was built from the same files before, and calls
// use with the path of the program. A lock keeps the test processes that run side by side from each other's half-written
// program; it is held until use has started it.
func withProgram(use func(program string) error) (err error) {
	_, here, _, _ := runtime.Caller(0)
	source := filepath.Join(filepath.Dir(here), "..", "..", "gateway")
	if _, err := os.Stat(filepath.Join(source, "go.mod")); err != nil {
		return fmt.Errorf("looking for the gateway's source: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("looking for a place to build in: %w", err)
	}
	folder := filepath.Join(cache, "verdigris-test")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("making a place to build in: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return fmt.Errorf("opening the lock: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }() // which unlocks
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("locking %q: %w", lock.Name(), err)
	}
	program := filepath.Join(folder, "gateway")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = source
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the gateway in %q: %w\n%s", source, err, out)
	}
	return use(program)
}

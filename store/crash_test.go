package store_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/verdigris-db/verdigris/store"
)

// watched opens the directory store at root and tells its steps.
func watched(t *testing.T, root string, watch func(step string)) store.Store {
	t.Helper()
	address, err := store.DirectoryURL(root)
	if err != nil {
		t.Fatal(err)
	}
	s := openAt(t, address)
	store.Watch(s, watch)
	return s
}

// TestOrderOfSteps: the content is on the disk before it has its name, and the name before Write returns.
func TestOrderOfSteps(t *testing.T) {
	root := filepath.Join(t.TempDir(), "views")
	var steps []string
	s := watched(t, root, func(step string) { steps = append(steps, step) })
	path := filepath.Join(filepath.Dir(root), "body")
	if err := os.WriteFile(path, []byte("1"), 0o666); err != nil {
		t.Fatal(err)
	}
	file, err := store.HashFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const copied = "make temporary file, write, sync file, publish, remove temporary file, sync folder"
	for _, test := range []struct {
		name string
		body store.Body
		mode store.Mode
		want string
	}{
		{"a/b/1", store.Bytes([]byte("1")), store.CreateOnly,
			"make folder, sync folder, make folder, sync folder, make folder, sync folder, make folder, sync folder, " + copied},
		{"a/b/2", store.Bytes([]byte("2")), store.CreateOnly, copied},
		{"a/b/2", store.Bytes([]byte("3")), store.CreateOnly, "sync folder"}, // ErrExists, of what is there to stay
		{"a/b/2", store.Bytes([]byte("3")), store.Replace, "make temporary file, write, sync file, publish, sync folder"},
		{"a/b/3", file, store.CreateOnly, "sync file, publish, sync folder"},
		{"a/b/4", file, store.Replace, "make temporary file, write, sync file, publish, sync folder"},
		{"a/b/5", store.KnownBytes([]byte("1"), 2, [32]byte{}), store.CreateOnly, "make temporary file, remove temporary file"},
	} {
		steps = nil
		err := s.Write(t.Context(), test.name, test.body, test.mode)
		if err != nil && !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrMismatch) {
			t.Fatal(err)
		}
		if got := strings.Join(steps, ", "); got != test.want {
			t.Errorf("%s %s: %v: steps\n%s, want\n%s", test.mode, test.name, err, got, test.want)
		}
	}
}

// crashScript is what the child does: creates by copy and by link, and two replaces of one name.
func crashScript(t *testing.T, s store.Store, path string) error {
	body, err := store.HashFile(path)
	if err != nil {
		return err
	}
	if _, err := store.Create(t.Context(), s, "v/copied", store.Bytes(bytes.Repeat([]byte("0"), 100_000))); err != nil {
		return err
	}
	if _, err := store.Create(t.Context(), s, "v/linked", body); err != nil {
		return err
	}
	for _, content := range []string{"old", "new"} {
		if err := s.Write(t.Context(), "v/pointer", store.Bytes([]byte(content)), store.Replace); err != nil {
			return err
		}
	}
	return nil
}

// crashed is what crashScript leaves.
var crashed = map[string]string{
	"v/copied": strings.Repeat("0", 100_000), "v/linked": "from a file", "v/pointer": "new",
}

// TestCrash kills a process (kill -9) after each step of its Writes in turn. What is there must be whole, the same work
// again must end well, and what the dead have left must vanish when it is old, and not before.
func TestCrash(t *testing.T) {
	if root := os.Getenv("CRASH_ROOT"); root != "" {
		crashChild(t, root)
		return
	}
	leftovers := 0
	for step := 1; ; step++ {
		root := filepath.Join(t.TempDir(), "store")
		path := filepath.Join(filepath.Dir(root), "body")
		if err := os.WriteFile(path, []byte("from a file"), 0o666); err != nil {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0], "-test.run=^TestCrash$")
		child.Env = append(os.Environ(), "CRASH_ROOT="+root, "CRASH_STEP="+strconv.Itoa(step))
		out, err := child.CombinedOutput()
		status, ok := child.ProcessState.Sys().(syscall.WaitStatus)
		killed := ok && status.Signaled() && status.Signal() == syscall.SIGKILL
		if !killed && err != nil {
			t.Fatalf("step %d: the child ended with %v: %s", step, err, out)
		}
		s := watched(t, root, nil)
		for name, got := range contents(t, s) {
			if want := crashed[name]; got != want && (name != "v/pointer" || got != "old") {
				t.Fatalf("killed after step %d: %q holds %d bytes, or others than written", step, name, len(got))
			}
		}
		leftovers += checkLeftovers(t, root)
		if err := crashScript(t, s, path); err != nil {
			t.Fatalf("after the kill at step %d: %v", step, err)
		}
		if got := contents(t, s); !maps.Equal(got, crashed) {
			t.Fatalf("after the kill at step %d: the objects are %q", step, slices.Sorted(maps.Keys(got)))
		}
		if !killed {
			if step < 20 || leftovers == 0 {
				t.Fatalf("only %d steps and %d leftovers were seen", step-1, leftovers)
			}
			return
		}
	}
}

// crashChild does the work and dies after the step that the parent names.
func crashChild(t *testing.T, root string) {
	last, err := strconv.Atoi(os.Getenv("CRASH_STEP"))
	if err != nil {
		t.Fatal(err)
	}
	s := watched(t, root, func(string) {
		if last--; last == 0 {
			if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
				t.Error(err)
			}
			select {} // until the signal is there
		}
	})
	if err := crashScript(t, s, filepath.Join(filepath.Dir(root), "body")); err != nil {
		t.Fatal(err)
	}
}

// checkLeftovers counts the temporary files. A writer that comes soon after leaves them, since they may be another's, and
// one that comes a day later removes them.
func checkLeftovers(t *testing.T, root string) int {
	t.Helper()
	temporary := func() []string {
		files, err := filepath.Glob(filepath.Join(root, ".tmp", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	write := func() {
		if err := watched(t, root, nil).Write(t.Context(), "probe", store.Bytes([]byte("x")), store.Replace); err != nil {
			t.Fatal(err)
		}
	}
	left := temporary()
	write()
	if got := temporary(); !slices.Equal(got, left) {
		t.Fatalf("of the young leftovers %q there are %q", left, got)
	}
	old := time.Now().Add(-25 * time.Hour)
	foreign := filepath.Join(root, ".tmp", "folder") // which must not keep anybody from writing
	if err := os.MkdirAll(filepath.Join(foreign, "x"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, file := range append(left, foreign) {
		if err := os.Chtimes(file, old, old); err != nil {
			t.Fatal(err)
		}
	}
	write()
	if got := temporary(); !slices.Equal(got, []string{foreign}) {
		t.Fatalf("of the old leftovers there are still %q", got)
	}
	if err := os.RemoveAll(foreign); err != nil {
		t.Fatal(err)
	}
	if err := watched(t, root, nil).Delete(t.Context(), "probe"); err != nil {
		t.Fatal(err)
	}
	return len(left)
}

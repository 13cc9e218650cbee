package workers

import (
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestDamagedListIsWrittenAnew: the list of runs is not forced to the disk either, and after a crash of the machine the next run
// of the build wants the very same one.
func TestDamagedListIsWrittenAnew(t *testing.T) {
	f := newRunFolder(t.TempDir(), "guests", "0123")
	tasks := []shuffleTask{{Task: "m00000", Runs: []runObject{{Name: "runs/26/m00000.26.0.run", Bytes: 7, Rows: 1}}}}
	name, err := f.list(tasks)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"", "{}", "\x00\x00\x00"} {
		if err := os.WriteFile(f.path(name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		again, err := f.list(tasks)
		if err != nil || again != name {
			t.Fatalf("list %q, %v, want %q", again, err, name)
		}
		if got, err := f.readList(name); err != nil || !reflect.DeepEqual(got.Tasks, tasks) {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// TestFailedRunIsSaidOnce: a writer that failed repeats its error at each later call.
func TestFailedRunIsSaidOnce(t *testing.T) {
	f := newRunFolder(t.TempDir(), "guests", "0123")
	full := errors.New("disk full")
	err := f.write("runs/26/m00000.26.0.run", func(io.Writer) error { return full })
	if !errors.Is(err, full) || strings.Count(err.Error(), "disk full") != 1 {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(f.path("runs/26")); err != nil || len(left) > 0 {
		t.Errorf("%v: left behind are %v", err, left)
	}
}

//go:build unix

package source

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// TestPipeInAFilesPlace: opening a pipe waits for somebody who writes to it.
func TestPipeInAFilesPlace(t *testing.T) {
	dir := touch(t, "p.parquet")
	files, err := list(t, dir)
	ok(t, err)
	ok(t, os.Remove(files[0].URL))
	ok(t, syscall.Mkfifo(files[0].URL, 0o600))
	if _, err := openLocal(files[0]); !errors.Is(err, ErrSourceChanged) {
		t.Fatalf("got %v", err)
	}
}

package workers

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/verdigris-db/verdigris/manifest"
)

// runFolder is the local folder where the runs of one build are kept. Runs are disposable: they are not forced to the
// disk, and one that a crash of the machine has damaged is found by its checksums and made again.
//
//	<scratch>/<view>/builds/<build>/runs/<hh>/<task>.<attempt>.<n>.run
//	<scratch>/<view>/builds/<build>/runs/<digest>.list       which runs a reduce reads
//	<scratch>/<view>/builds/<build>/work/<worker>/            tables being made; a worker is a process, its name has a random part
type runFolder struct{ dir string }

// newRunFolder is the folder of one build; it is made when something is put there.
func newRunFolder(scratch, view, build string) runFolder {
	return runFolder{filepath.Join(scratch, view, filepath.FromSlash(manifest.BuildName(build, "")))}
}

func (f runFolder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// work is the folder for what a worker makes before it is published.
func (f runFolder) work(worker string) string { return filepath.Join(f.dir, "work", worker) }

// remove deletes everything of the build, and the folders above it that are empty then.
func (f runFolder) remove() error {
	if err := os.RemoveAll(f.dir); err != nil {
		return fmt.Errorf("removing the runs: %w", err)
	}
	builds := filepath.Dir(f.dir)
	for _, folder := range []string{builds, filepath.Dir(builds), filepath.Dir(filepath.Dir(builds))} {
		if os.Remove(folder) != nil { // another build's, or the operator's
			break
		}
	}
	return nil
}

// write makes the file of that name by fill, whole or not at all.
func (f runFolder) write(name string, fill func(io.Writer) error) (err error) {
	final := f.path(name)
	if err := os.MkdirAll(filepath.Dir(final), 0o777); err != nil {
		return fmt.Errorf("making the folder of a run: %w", err)
	}
	part := final + "." + randomHex(4) + ".part"
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("creating run %q: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("writing run %q: %w", name, err), file.Close(), os.Remove(part))
		}
	}()
	w := bufio.NewWriterSize(file, 256<<10)
	if err := fill(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(part, final)
}

// check reports whether the run is there with its size.
func (f runFolder) check(r runObject) error {
	info, err := os.Stat(f.path(r.Name))
	if err != nil {
		return fmt.Errorf("looking for run %q: %w", r.Name, err)
	}
	if info.Size() != r.Bytes {
		return fmt.Errorf("looking for run %q: it has %d bytes, %d were written", r.Name, info.Size(), r.Bytes)
	}
	return nil
}

// list stores which runs the reduce tasks read and gives its name.
func (f runFolder) list(tasks []shuffleTask) (string, error) {
	b, err := json.Marshal(shuffled{Format: doneFormat, Tasks: tasks})
	if err != nil {
		return "", fmt.Errorf("encoding the list of runs: %w", err)
	}
	name := "runs/" + manifest.DictionaryFingerprint(b) + ".list"
	have, err := os.ReadFile(f.path(name))
	if err == nil && bytes.Equal(have, b) {
		return name, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("looking for the list of runs: %w", err)
	} // one with other bytes was damaged by a crash of the machine, like runs
	return name, f.write(name, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// readList reads what list stored.
func (f runFolder) readList(name string) (*shuffled, error) {
	b, err := os.ReadFile(f.path(name))
	if err != nil {
		return nil, fmt.Errorf("reading the list of runs: %w", err)
	}
	s := new(shuffled)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("reading the list of runs %q: %w", name, err)
	}
	if s.Format != doneFormat {
		return nil, fmt.Errorf("reading the list of runs %q: format version %d; this binary reads %d", name, s.Format, doneFormat)
	}
	return s, nil
}

// randomHex is n random bytes in hex.
func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

package faulty

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// counter numbers the calls, from 1.
type counter interface {
	next(op Op, name string) (int, error)
}

// memoryCounter counts in this process.
type memoryCounter struct {
	mu sync.Mutex
	n  int
}

func (c *memoryCounter) next(Op, string) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n, nil
}

// fileCounter counts in a file that several processes share: a line with the count, in a fixed width, and then a line for
// each call with its number, the process, the kind and the name, for whoever looks for the call that went wrong.
type fileCounter struct{ path string }

const countWidth = 20 // digits and the line's end

func (c fileCounter) next(op Op, name string) (number int, err error) {
	f, err := os.OpenFile(c.path, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return 0, fmt.Errorf("counting a call: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }() // which unlocks
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return 0, fmt.Errorf("locking tally %q: %w", c.path, err)
	}
	number, err = readCount(f)
	if err != nil {
		return 0, fmt.Errorf("reading tally %q: %w", c.path, err)
	}
	number++
	if _, err := f.WriteAt(fmt.Appendf(nil, "%0*d\n", countWidth-1, number), 0); err != nil {
		return 0, fmt.Errorf("writing tally %q: %w", c.path, err)
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		return 0, fmt.Errorf("writing tally %q: %w", c.path, err)
	}
	if _, err := fmt.Fprintf(f, "%d %d %s %q\n", number, os.Getpid(), op, name); err != nil {
		return 0, fmt.Errorf("writing tally %q: %w", c.path, err)
	}
	return number, nil
}

// readCount is the number of calls so far; an empty file has none.
func readCount(f io.ReaderAt) (int, error) {
	var line [countWidth]byte
	n, err := f.ReadAt(line[:], 0)
	if n == 0 && err == io.EOF {
		return 0, nil
	}
	if n < countWidth {
		return 0, errors.Join(err, errors.New("it has no count"))
	}
	return strconv.Atoi(strings.TrimSuffix(string(line[:]), "\n"))
}

// ReadTally is the number of calls that the tally file at path has counted; 0 if there is none yet.
func ReadTally(path string) (int, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading tally: %w", err)
	}
	defer f.Close()
	n, err := readCount(f)
	if err != nil {
		return 0, fmt.Errorf("reading tally %q: %w", path, err)
	}
	return n, nil
}

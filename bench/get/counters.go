package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is what all threads of this process have used, garbage collector and background work included.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err) // the call cannot fail with these arguments
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// field finds the number behind a label, as in /proc/self/io and /proc/self/status.
func field(text []byte, label string) (int64, error) {
	_, rest, ok := bytes.Cut(text, []byte(label))
	if !ok {
		return 0, fmt.Errorf("no %q in %q", label, text)
	}
	rest = bytes.TrimLeft(rest, " \t")
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	return strconv.ParseInt(string(rest[:end]), 10, 64)
}

// ownMemory is the bytes of this process that no file backs.
func ownMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	kib, err := field(status, "RssAnon:")
	return kib << 10, err
}

// device counts what the process reads from the device: bytes from /proc/self/io, which other processes do not disturb,
// and requests from the device's line in /proc/diskstats, which they do.
type device struct {
	io, stats *os.File
	name      []byte // " major minor name " of the device, blanks squeezed
	buf       [16 << 10]byte
}

// openDevice finds the device of a file.
func openDevice(path string) (*device, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	id := info.Sys().(*syscall.Stat_t).Dev
	d := &device{name: fmt.Appendf(nil, "%d %d ", unix.Major(id), unix.Minor(id))}
	if d.io, err = os.Open("/proc/self/io"); err != nil {
		return nil, err
	}
	d.stats, err = os.Open("/proc/diskstats")
	return d, err
}

// readBytes is what this process has made the device read.
func (d *device) readBytes() (int64, error) {
	n, err := d.io.ReadAt(d.buf[:], 0)
	if err != nil && err != io.EOF {
		return 0, err
	}
	return field(d.buf[:n], "\nread_bytes:")
}

// requests is how many reads the device has done, for whomever; 0 where it has no line, as in some containers.
func (d *device) requests() (int64, error) {
	n, err := d.stats.ReadAt(d.buf[:], 0)
	if err != nil && err != io.EOF {
		return 0, err
	}
	for line := range bytes.Lines(d.buf[:n]) {
		fields := bytes.Fields(line)
		if len(fields) < 4 {
			continue
		}
		major, rest, _ := bytes.Cut(d.name, []byte(" "))
		if bytes.Equal(fields[0], major) && bytes.Equal(fields[1], bytes.TrimSpace(rest)) {
			return strconv.ParseInt(string(fields[3]), 10, 64)
		}
	}
	return 0, nil
}

// warm reads the files, so that the page cache has them.
func warm(names []string) error {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, f)
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// drop takes the files out of the page cache.
func drop(names []string) error {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		if err = f.Sync(); err == nil { // pages that are not written yet would stay
			err = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
		}
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return fmt.Errorf("dropping %q from the page cache: %w", name, err)
		}
	}
	return nil
}

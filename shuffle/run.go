package shuffle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/zeebo/xxh3"
)

// Run reads one run. It holds its trailer and one page of the index only, so that thousands may be open, and may be used
// by several goroutines.
type Run struct {
	r       io.ReaderAt
	trailer trailer

	mu   sync.Mutex
	page int // number of the page held; -1 is none
	held [pageEntries * indexBytes]byte
}

// PartitionInfo is one partition of a run: its range of the run's bytes and what was counted when it was written.
type PartitionInfo struct {
	Offset, Length int64
	RecordBytes    int64 // the length of its records, unpacked
	Stats          Stats
}

// OpenRun opens a run of size bytes that was written with the layout l. It reads the trailer only. Errors about the bytes
// wrap ErrDamagedRun; those of r are passed on.
func OpenRun(r io.ReaderAt, size int64, l *Layout) (*Run, error) {
	run, err := readTrailer(r, size)
	if err == nil && run.trailer.layout != l.Digest() {
		err = fmt.Errorf("%w: its rows are laid out as %s, wanted is %s", ErrDamagedRun, run.trailer.layout, l.Digest())
	}
	if err != nil {
		return nil, fmt.Errorf("opening a run: %w", err)
	}
	return run, nil
}

func readTrailer(r io.ReaderAt, size int64) (*Run, error) {
	if size < trailerBytes {
		return nil, fmt.Errorf("%w: it has %d bytes", ErrDamagedRun, size)
	}
	var b [trailerBytes]byte
	if err := readFull(r, b[:], size-trailerBytes); err != nil {
		return nil, err
	}
	t, err := decodeTrailer(b[:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamagedRun, err)
	}
	if t.index < 0 || t.partitions < 1 || t.index != size-trailerBytes-indexLen(t.partitions) {
		return nil, fmt.Errorf("%w: it has %d bytes, an index of %d partitions at %d", ErrDamagedRun, size, t.partitions, t.index)
	}
	return &Run{r: r, trailer: t, page: -1}, nil
}

// Partitions is R.
func (r *Run) Partitions() int { return r.trailer.partitions }

// Partition looks partition i up in the index, of which it reads one page where it has not got that from the call before.
func (r *Run) Partition(i int) (PartitionInfo, error) {
	e, err := r.entry(i)
	return e.PartitionInfo, err
}

func (r *Run) entry(i int) (indexEntry, error) {
	if i < 0 || i >= r.trailer.partitions {
		return indexEntry{}, fmt.Errorf("reading a run's index: partition %d of %d", i, r.trailer.partitions)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if page := i / pageEntries; page != r.page {
		if err := r.readPage(page); err != nil {
			return indexEntry{}, fmt.Errorf("reading a run's index, partition %d: %w", i, err)
		}
	}
	e := decodeIndexEntry(r.held[i%pageEntries*indexBytes:])
	if err := e.check(r.trailer.index); err != nil {
		return indexEntry{}, fmt.Errorf("reading a run's index, partition %d: %w: %w", i, ErrDamagedRun, err)
	}
	return e, nil
}

// readPage reads a page of the index, checksum and all, into held.
func (r *Run) readPage(page int) error {
	r.page = -1
	entries := min(pageEntries, r.trailer.partitions-page*pageEntries)
	var b [pageEntries*indexBytes + checkBytes]byte
	at := r.trailer.index + int64(page)*(pageEntries*indexBytes+checkBytes)
	n := entries * indexBytes
	if err := readFull(r.r, b[:n+checkBytes], at); err != nil {
		return err
	}
	if binary.LittleEndian.Uint64(b[n:]) != xxh3.Hash(b[:n]) {
		return fmt.Errorf("%w: the checksum of the page at %d differs", ErrDamagedRun, at)
	}
	copy(r.held[:], b[:n])
	r.page = page
	return nil
}

// readFull reads all of b; a run that ends before is damaged.
func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	switch {
	case n == len(b):
		return nil
	case err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %d of %d bytes at %d", ErrDamagedRun, n, len(b), at)
	}
	return fmt.Errorf("reading %d bytes at %d: %w", len(b), at, err)
}

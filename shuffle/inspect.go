package shuffle

import (
	"fmt"
	"io"

	"github.com/verdigris-db/verdigris/row"
)

// RunHeader is what a run says of itself, beside its index.
type RunHeader struct {
	Version    int     `json:"version"` // of the format
	Partitions int     `json:"partitions"`
	BlockBytes int     `json:"block_bytes"`
	Layout     row.Sum `json:"layout"` // see Layout.Digest
	Bytes      int64   `json:"bytes"`  // of the whole run
}

// InspectRun opens a run of any layout, to be looked at and checked. NewMerge takes it where the layout is the right one.
func InspectRun(r io.ReaderAt, size int64) (*Run, error) {
	run, err := readTrailer(r, size)
	if err != nil {
		return nil, fmt.Errorf("opening a run: %w", err)
	}
	return run, nil
}

// Header is the run's header.
func (r *Run) Header() RunHeader {
	t := &r.trailer
	return RunHeader{Version: runVersion, Partitions: t.partitions, BlockBytes: t.blockBytes, Layout: t.layout,
		Bytes: t.index + indexLen(t.partitions) + trailerBytes}
}

// Check reads partition i and compares its blocks with their checksums and with the index: number, rows and bytes. What is
// in the rows it does not see; a merge does. It gives the bytes read. memory for one block and one piece is taken.
func (r *Run) Check(i int) (int64, error) {
	e, err := r.entry(i)
	if err != nil {
		return 0, err
	}
	c := &cursor{run: r, entry: e, at: e.Offset, end: e.Offset + e.Length}
	c.piece = make([]byte, min(e.Length, maxPiece))
	blocks, err := c.checkAll()
	if err == nil && blocks != e.blocks {
		err = fmt.Errorf("%w: %d blocks, the index has %d", ErrDamagedRun, blocks, e.blocks)
	}
	if err != nil {
		return 0, fmt.Errorf("checking a run, partition %d: %w", i, err)
	}
	return e.Length, nil
}

// checkAll loads every block of c and counts them.
func (c *cursor) checkAll() (int, error) {
	if c.left() == 0 {
		return 0, nil
	}
	block := make([]byte, c.entry.largest)
	for n := 0; ; n++ {
		if err := c.peek(); err != nil {
			return 0, err
		}
		if c.state == done {
			return n, nil
		}
		c.last = c.head.first
		if err := c.load(block[:c.head.raw], nil); err != nil {
			return 0, err
		}
	}
}

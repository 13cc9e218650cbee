package shuffle

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/zeebo/xxh3"
)

// Compression is how the blocks of a run are packed.
type Compression string

// PackS2 is the default; PackNone stores the records as they are.
const (
	PackS2   Compression = "s2"
	PackNone Compression = "none"
)

// DefaultBlockBytes is the size of a run's blocks before packing.
const DefaultBlockBytes = 32 << 10

// RunOptions say how a run is written. The zero value is the default.
type RunOptions struct {
	Compression Compression // "" is PackS2
	BlockBytes  int         // of the records in a block; 0 is DefaultBlockBytes. A longer record has a block of its own
	Workers     int         // goroutines that sort, fold and pack; 0 is 1
}

func (o RunOptions) withDefaults() RunOptions {
	if o.Compression == "" {
		o.Compression = PackS2
	}
	if o.BlockBytes == 0 {
		o.BlockBytes = DefaultBlockBytes
	}
	if o.Workers == 0 {
		o.Workers = 1
	}
	return o
}

func (o RunOptions) validate() error {
	switch {
	case o.Compression != PackS2 && o.Compression != PackNone:
		return fmt.Errorf("compression %q, allowed are %q and %q", o.Compression, PackS2, PackNone)
	case o.BlockBytes < minBlockBytes || o.BlockBytes > maxBlockBytes:
		return fmt.Errorf("blocks of %d bytes, allowed are %d to %d", o.BlockBytes, minBlockBytes, maxBlockBytes)
	case o.Workers < 1:
		return fmt.Errorf("%d workers", o.Workers)
	}
	return nil
}

// writeBytes is how much is written at a time.
const writeBytes = 256 << 10

// RunInfo is what was written.
type RunInfo struct {
	Bytes int64
	Stats Stats // of all partitions; under RuleError Kept counts the differing rows of one key, which only Merge refuses
}

// WriteRun writes all partitions of s to one run, folded and cut by partition. It writes w from the calling goroutine,
// front to back. Under RuleError only identical rows are folded here: differing rows of one key are found by Merge, so
// that the error shows the same two rows whatever run they were in.
func WriteRun(w io.Writer, s *Sorted, o RunOptions) (RunInfo, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return RunInfo{}, fmt.Errorf("writing a run: %w", err)
	}
	s.sortAll(o.Workers)
	rw := &runWriter{w: bufio.NewWriterSize(w, writeBytes), sorted: s}
	err := rw.blocks(o)
	if err == nil {
		err = rw.finish(o)
	}
	if err != nil {
		return RunInfo{}, fmt.Errorf("writing a run: %w", err)
	}
	return RunInfo{Bytes: rw.written, Stats: rw.total}, nil
}

// sortAll sorts every partition, in workers goroutines.
func (s *Sorted) sortAll(workers int) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, s.slices.R) {
		wg.Go(func() {
			var scratch Scratch
			for i := int(next.Add(1)) - 1; i < s.slices.R; i = int(next.Add(1)) - 1 {
				s.sort(i, &scratch)
			}
		})
	}
	wg.Wait()
}

// runWriter is the one goroutine that writes.
type runWriter struct {
	w       *bufio.Writer
	sorted  *Sorted
	written int64
	open    indexEntry // of the partition whose blocks are being written
	index   []byte     // pages of the partitions before it
	page    int        // where the last page begins in index
	entries int        // partitions in index
	total   Stats
}

// blocks cuts the rows into units, has workers pack them, and writes what they give in order.
func (rw *runWriter) blocks(o RunOptions) error {
	p := newPacker(rw.sorted, o)
	defer p.stop()
	rw.open.Stats = rw.input(0)
	for u := range p.order {
		if err := rw.advance(u.partition); err != nil {
			return err
		}
		for b := range u.blocks {
			if err := rw.write(b); err != nil {
				return err
			}
			p.recycle(u, b)
		}
		if u.err != nil {
			return u.err
		}
		rw.open.Stats = rw.open.Stats.Add(u.stats)
	}
	return rw.advance(rw.sorted.slices.R)
}

// input is the Stats of partition i before the fold.
func (rw *runWriter) input(i int) Stats {
	c := rw.sorted.counts[i]
	return Stats{Read: c.rows, InputSum: c.sum}
}

func (rw *runWriter) write(b packedBlock) error {
	for _, part := range [][]byte{b.header[:], b.body} {
		n, err := rw.w.Write(part)
		rw.written += int64(n)
		if err != nil {
			return err
		}
	}
	e := &rw.open
	e.Length += int64(headerBytes + len(b.body))
	e.RecordBytes += int64(b.raw)
	e.blocks++
	e.largest = max(e.largest, b.raw)
	return nil
}

// advance closes the open partition and those without rows before partition to.
func (rw *runWriter) advance(to int) error {
	for rw.entries < to {
		e := &rw.open
		if err := e.Stats.Check(); err != nil {
			return fmt.Errorf("partition %d: %w", rw.entries, err)
		}
		rw.total = rw.total.Add(e.Stats)
		rw.index = e.append(rw.index)
		if rw.entries++; rw.entries%pageEntries == 0 || rw.entries == rw.sorted.slices.R {
			rw.index = binary.LittleEndian.AppendUint64(rw.index, xxh3.Hash(rw.index[rw.page:]))
			rw.page = len(rw.index)
		}
		rw.open = indexEntry{PartitionInfo: PartitionInfo{Offset: rw.written}}
		if rw.entries < rw.sorted.slices.R {
			rw.open.Stats = rw.input(rw.entries)
		}
	}
	return nil
}

// finish writes the index and the trailer.
func (rw *runWriter) finish(o RunOptions) error {
	t := trailer{index: rw.written, layout: rw.sorted.layout.Digest(), partitions: rw.sorted.slices.R, blockBytes: o.BlockBytes}
	n, err := rw.w.Write(t.append(rw.index))
	rw.written += int64(n)
	if err != nil {
		return err
	}
	return rw.w.Flush()
}

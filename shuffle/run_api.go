package shuffle

import (
	"errors"
	"io"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// Compression is how the blocks of a run are packed.
type Compression string

// PackS2 is the default; PackNone stores the records as they are.
const (
	PackS2   Compression = "s2"
	PackNone Compression = "none"
)

// RunOptions say how a run is written. The zero value is the default.
type RunOptions struct {
	Compression Compression // "" is PackS2
	BlockBytes  int         // records in a block; 0 is DefaultBlockBytes
	Workers     int         // goroutines that sort, fold and pack; 0 is 1
}

// RunInfo is what was written.
type RunInfo struct {
	Bytes int64
	Stats Stats // of all partitions; under RuleError Kept counts the differing rows of one key, which only Merge refuses
}

// WriteRun writes all partitions of s to one run, folded and cut by partition. It writes w from one goroutine, front to
// back. Under RuleError only identical rows are folded here: differing rows of one key are found by Merge, so that the
// error shows the same two rows whatever run they were in.
func WriteRun(w io.Writer, s *Sorted, o RunOptions) (RunInfo, error) { return RunInfo{}, errNotYet }

var errNotYet = errors.New("not written yet")

// Run reads one run. It holds no more than its trailer and one page of the index, and may be used by several goroutines.
type Run struct{}

// PartitionInfo is one partition of a run: its range of the run's bytes and what was counted when it was written.
type PartitionInfo struct {
	Offset, Length int64
	RecordBytes    int64 // the length of its records, unpacked
	Stats          Stats
}

// OpenRun opens a run of size bytes that was written with the layout l. It reads the trailer only. Errors about the bytes
// wrap ErrDamagedRun; those of r are passed on.
func OpenRun(r io.ReaderAt, size int64, l *Layout) (*Run, error) { return nil, errNotYet }

// Partitions is R.
func (r *Run) Partitions() int { return 0 }

// Partition looks partition i up in the index, of which it reads one page where it has not got that from the call before.
func (r *Run) Partition(i int) (PartitionInfo, error) { return PartitionInfo{}, errNotYet }

// Merge is the rows of one partition from all runs of a build: a Stream that gives the rows and Stats that a Fold of all
// rows in memory would.
type Merge struct{}

// NewMerge starts the merge of one partition within memory bytes. The error wraps ErrMemory where that cannot be done, and
// names the bytes needed; it wraps ErrDamagedRun where a run's index is damaged. It reads no other part of the runs than
// the index and the partition's own range. Runs without rows of the partition cost nothing.
func NewMerge(l *Layout, slices partitioner.Slices, partition int, runs []*Run, memory int64) (*Merge, error) {
	return nil, errNotYet
}

// Next gives the next rows; see row.Stream. The records stay valid until the next call.
func (m *Merge) Next(buf []row.Row) (int, error) { return 0, errNotYet }

// Stats counts the rows so far.
func (m *Merge) Stats() Stats { return Stats{} }

// Close ends the merge and lets its memory go. The runs stay open.
func (m *Merge) Close() error { return nil }

// SampleSorted gives the first rows of s in table order after the fold: at most rows rows, at most bytes bytes. The records
// are copies and as a Stream has them, recency included. Very large rows are passed over. SampleRuns gives the same.
func SampleSorted(s *Sorted, rows, bytes int) ([]row.Row, error) { return nil, errNotYet }

// SampleRuns is SampleSorted for rows that stand in runs; memory bounds what it holds beside the sample.
func SampleRuns(l *Layout, slices partitioner.Slices, runs []*Run, rows, bytes int, memory int64) ([]row.Row, error) {
	return nil, errNotYet
}

// DefaultBlockBytes is the size of a run's blocks before packing.
const DefaultBlockBytes = 32 << 10

// MergeBytes is memory that surely suffices for NewMerge with so many runs, written with o, of rows of at most maxRecord
// bytes that have at most piled rows larger than a block under one key.
func MergeBytes(runs int, o RunOptions, maxRecord int64, piled int) int64 { return 0 }

// RunWriterBytes bounds the memory of WriteRun beside the Sorted's: partitions is R, partitionRows the rows of the largest
// partition.
func RunWriterBytes(o RunOptions, partitions int, partitionRows int64) int64 { return 0 }

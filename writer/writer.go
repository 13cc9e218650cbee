// Package writer turns the sorted rows of one partition into the local files of a table: the table and its bloom filter.
package writer

import (
	"errors"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

var errPending = errors.New("pending")

// Options says what is written and where. Everything but Dir and MemoryBytes decides bytes.
type Options struct {
	Schema      *cql.Schema
	Slices      partitioner.Slices
	Partition   int // the partition, 0 .. Slices.R-1; rows of another are refused
	Codec       *codec.Codec
	Dictionary  string  // the dictionary object's name
	Fingerprint string  // of the table, see the manifest
	InputRows   uint64  // rows before the fold, and their sum: only recorded
	InputSum    row.Sum //
	RecencyCell bool    // records end with a recency cell, which is not stored
	BloomPPM    uint32  // the filter's rate of false positives, per million
	Dir         string  // where the files and the scratch spool are made, under names of their own
	MemoryBytes int64   // packed rows held in memory; what is above goes through the spool
}

// Writer writes one table. It ends in Finish or Abort, once. After an error every later call returns that error.
// It belongs to one goroutine.
type Writer struct{}

// New begins a table.
func New(o Options) (*Writer, error) { return nil, errPending }

// Add appends rows, which must be in strictly ascending table order, within the call and from call to call. The records
// are not kept.
func (w *Writer) Add(rows []row.Row) error { return errPending }

// Finish lays out the table and its bloom filter and closes both files. They are not synced to disk; from here on they
// are the caller's to publish or remove.
func (w *Writer) Finish() (Result, error) { return Result{}, errPending }

// Abort removes the files. It does nothing after Finish has succeeded.
func (w *Writer) Abort() error { return errPending }

// File is a finished local file.
type File struct {
	Path   string
	Size   int64
	SHA256 [32]byte
}

// Result is what Finish made.
type Result struct {
	Table, Bloom       File
	Rows, Keys         uint64
	StoredSum          row.Sum
	MinToken, MaxToken int64 // of the first and last row; both 0 when there is no row
	Stats              Stats
}

// Stats is what a build report says about a table.
type Stats struct {
	Buckets      uint64
	LargeKeys    uint64 // in the row area because of their size
	MovedKeys    uint64 // in the row area because their bucket was full
	CellBytes    uint64 // cells of the stored rows before packing
	PackedBytes  uint64 // and after
	BloomProbes  uint64 // absent keys that the finished filter was asked for
	BloomMatches uint64 // and how many it took for present
}

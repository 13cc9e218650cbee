package table

import (
	"errors"
	"io"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

var errPending = errors.New("pending")

// Codecs gives the codec that a table's header names, made ready for its schema with the named dictionary object.
type Codecs func(name codec.Name, schema *cql.Schema, dictionary string) (*codec.Codec, error)

// Table is an open table: its header and index in memory, the rest in the file. It is read-only and may be shared by
// goroutines; each reads through a Reader of its own.
type Table struct {
	header Header
}

// Open reads trailer, header and index of a table of size bytes. r stays in use and is the caller's to close.
func Open(r io.ReaderAt, size int64, codecs Codecs) (*Table, error) { return nil, errPending }

// Header is what the table says about itself. It is shared: do not change it.
func (t *Table) Header() *Header { return &t.header }

// Reader reads rows of a table for one goroutine. It owns the buffers that its results point into.
type Reader struct{}

// NewReader is a reader of t.
func (t *Table) NewReader() *Reader { return &Reader{} }

// Get finds the rows of one key; a key that the table does not have gives no rows. The rows stay valid until the
// reader's next Get. One read of at most 4 KiB, a second one for keys in the row area. The bloom filter is not asked.
func (r *Reader) Get(key partitioner.Key, want Slice) (*Rows, error) { return nil, errPending }

// Slice is the part of one key's rows that is wanted; the zero Slice is all of them.
type Slice struct {
	Prefix [][]byte // payloads that the first clustering columns must equal
	Lower  *Bound   // on the clustering column behind the prefix, by value, whatever the column's direction
	Upper  *Bound
	Limit  int // rows, 0 for no limit
}

// Bound is one end of a clustering range.
type Bound struct {
	Value     []byte
	Exclusive bool
}

// Rows is the result of a Get.
type Rows struct{}

// Found reports whether the table has the key at all, even if the slice asked for holds none of its rows.
func (r *Rows) Found() bool { return false }

// Next is the cells of the next row (clustering, values, each with its length), valid until the next call, and io.EOF
// behind the last.
func (r *Rows) Next() ([]byte, error) { return nil, errPending }

// Scan is the rows with from < token <= to, in table order; partitioner.MinToken and math.MaxInt64 give all.
// It reads ahead in large pieces and checks every checksum, order and token on the way.
func (t *Table) Scan(from, to int64) row.Stream { return nil }

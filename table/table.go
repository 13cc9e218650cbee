package table

import (
	"fmt"
	"io"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
)

// Codecs gives the codec that a table's header names, made ready for its schema with the named dictionary object.
type Codecs func(name codec.Name, schema *cql.Schema, dictionary string) (*codec.Codec, error)

// Table is an open table: its header and index in memory, the rest in the file. It is read-only and may be shared by
// goroutines; each reads through a Reader of its own.
type Table struct {
	file   io.ReaderAt
	header Header
	index  *index
	order  *Order
	codec  *codec.Codec
	slices partitioner.Slices
	plain  bool // the codec's blocks are bodies
}

// Open reads trailer, header and index of a table of size bytes. r stays in use and is the caller's to close.
func Open(r io.ReaderAt, size int64, codecs Codecs) (*Table, error) {
	t := &Table{file: r}
	if err := readTail(r, size, &t.header); err != nil {
		return nil, err
	}
	h := &t.header
	b := make([]byte, h.Layout.Index.Length)
	if err := readFull(r, b, int64(h.Layout.Index.Offset)); err != nil {
		return nil, fmt.Errorf("reading index of a table: %w", err)
	}
	var err error
	if t.index, err = parseIndex(b, h.Layout.N, h.Layout.Buckets.Length); err != nil {
		return nil, &CorruptError{Part: "index", Offset: h.Layout.Index.Offset, Err: err}
	}
	if t.codec, err = codecs(h.Codec, &h.Schema, h.Dictionary); err != nil {
		return nil, fmt.Errorf("opening table: %w", err)
	}
	if v := t.codec.Version(); t.codec.Name() != h.Codec || v != h.CodecVersion {
		return nil, fmt.Errorf("opening table: codec %q version %d: %w: this build reads %q version %d",
			h.Codec, h.CodecVersion, codec.ErrUnknown, t.codec.Name(), v)
	}
	t.order = NewOrder(&h.Schema)
	t.slices = partitioner.Slices{R: h.R}
	t.plain = BlocksAreBodies(h.Codec)
	return t, nil
}

// Header is what the table says about itself. It is shared: do not change it.
func (t *Table) Header() *Header { return &t.header }

// Memory is about how many bytes the open table holds, its codec apart.
func (t *Table) Memory() int64 {
	return 8*int64(len(t.index.groups)) + 2*int64(len(t.index.within)) + 4096
}

// locate is the bucket of a token, which must be of the table's partition.
func (t *Table) locate(token int64) (bucket uint64, err error) {
	partition, position := t.slices.Locate(token)
	if partition != t.header.Partition {
		return 0, fmt.Errorf("token %d is of partition %d, the table holds %d of %d", token, partition, t.header.Partition, t.header.R)
	}
	return BucketOf(position, t.header.Layout.N), nil
}

// corruptBucket is the error about bucket i.
func (t *Table) corruptBucket(i, offset uint64, err error) error {
	return &CorruptError{Part: fmt.Sprintf("bucket %d", i), Offset: t.header.Layout.Buckets.Offset + offset, Err: err}
}

// corruptMoved is the error about the rest of a bucket.
func (t *Table) corruptMoved(s Section, err error) error {
	return &CorruptError{Part: "rest of a bucket", Offset: t.header.Layout.Moved.Offset + s.Offset, Err: err}
}

// corruptLarge is the error about a part of the row area.
func (t *Table) corruptLarge(part string, offset uint64, err error) error {
	return &CorruptError{Part: part, Offset: t.header.Layout.Large.Offset + offset, Err: err}
}

package writer

import (
	"encoding/binary"
	"fmt"
	"io"
	"sort"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
)

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
	MovedKeys    uint64 // in the moved section because their bucket was full
	CellBytes    uint64 // cells of the stored rows before packing
	PackedBytes  uint64 // and after
	BloomProbes  uint64 // absent keys that the finished filter was asked for
	BloomMatches uint64 // and how many it took for present
}

// bloomProbes is how many absent keys the finished filter is asked for.
const bloomProbes = 100_000

// Finish lays out the table and its bloom filter and closes both files. They are not synced to disk; from here on they
// are the caller's to publish or remove.
func (w *Writer) Finish() (Result, error) {
	if w.err != nil {
		return Result{}, w.err
	}
	r, err := w.finish()
	if err != nil {
		return Result{}, w.fail(fmt.Errorf("finishing table of partition %d: %w", w.options.Partition, err))
	}
	w.done, w.err = true, errFinished
	return r, nil
}

func (w *Writer) finish() (Result, error) {
	if err := w.endKey(); err != nil {
		return Result{}, err
	}
	filter, err := bloom.New(w.keys, w.options.BloomPPM)
	if err != nil {
		return Result{}, err
	}
	h := table.Header{
		Schema: *w.options.Schema, R: w.options.Slices.R, Partition: w.options.Partition,
		Codec: w.options.Codec.Name(), CodecVersion: w.options.Codec.Version(), Dictionary: w.options.Dictionary,
		Fingerprint: w.options.Fingerprint, Rows: w.rows, Keys: w.keys, InputRows: w.options.InputRows, InputSum: w.options.InputSum,
		StoredSum: w.storedSum, MinToken: w.minToken,
	}
	if w.rows > 0 {
		h.MaxToken = w.check.token
	}
	if err := w.layOut(&h.Layout, filter); err != nil {
		return Result{}, err
	}
	tail, err := table.AppendTail(nil, &h, h.Layout.Index.End())
	if err != nil {
		return Result{}, err
	}
	if _, err := w.table.Write(tail); err != nil {
		return Result{}, err
	}
	result := Result{
		Rows: h.Rows, Keys: h.Keys, StoredSum: h.StoredSum, MinToken: h.MinToken, MaxToken: h.MaxToken,
		Stats: Stats{
			Buckets: h.Layout.N, LargeKeys: h.Layout.LargeKeys, MovedKeys: h.Layout.MovedKeys, CellBytes: w.cellBytes, PackedBytes: w.packedBytes,
			BloomProbes: bloomProbes, BloomMatches: filter.Filter().Measure(bloomProbes),
		},
	}
	if w.bloom, err = newOutput(w.options.Dir, "bloom-*"); err != nil {
		return Result{}, err
	}
	if _, err := filter.Filter().WriteTo(w.bloom); err != nil {
		return Result{}, err
	}
	if result.Table, err = w.table.close(); err != nil {
		return Result{}, err
	}
	if result.Bloom, err = w.bloom.close(); err != nil {
		return Result{}, err
	}
	return result, w.spool.close()
}

// layOut goes over the spool a second time and writes buckets, moved section and index behind the row area.
func (w *Writer) layOut(l *table.Layout, filter *bloom.Builder) error {
	r, err := w.ratio()
	if err != nil {
		return err
	}
	l.N = w.totals.buckets(r)
	l.KeyPrefix, l.KeyLength = w.totals.prefix, w.totals.keyLength
	l.LargeKeys = w.largeKeys
	l.Large = table.Section{Offset: uint64(len(table.Magic)), Length: w.large}
	b := buckets{
		writer: w, layout: l, lengths: make([]byte, 0, 2*l.N+4),
		moved: spool{dir: w.options.Dir, limit: max(w.options.MemoryBytes/16, minSlab)},
	}
	err = b.write(filter)
	if closed := b.moved.close(); err == nil {
		err = closed
	}
	return err
}

// buckets writes buckets, moved section and index.
type buckets struct {
	writer  *Writer
	layout  *table.Layout
	current uint64 // bucket being filled
	builder table.BucketBuilder
	body    []byte
	block   []byte
	size    uint64 // of the buckets so far
	lengths []byte
	moved   spool // the rests of full buckets, one an entry
	movedTo uint64
}

func (b *buckets) write(filter *bloom.Builder) error {
	r, err := b.writer.spool.read()
	if err != nil {
		return err
	}
	var e spoolEntry
	var suffix []byte
	for {
		if err := r.next(&e); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		filter.Add(e.h1, e.h2)
		token := e.token()
		_, position := b.writer.options.Slices.Locate(token)
		for to := table.BucketOf(position, b.layout.N); b.current < to; {
			if err := b.flush(); err != nil {
				return err
			}
		}
		suffix = suffix[:0]
		if e.kind == table.Inline {
			suffix = b.layout.AppendEntryKey(suffix, e.key)
		}
		b.builder.Add(token, e.kind, suffix, e.rows)
	}
	for b.current < b.layout.N {
		if err := b.flush(); err != nil {
			return err
		}
	}
	b.layout.Buckets = table.Section{Offset: b.layout.Large.End(), Length: b.size}
	b.layout.Moved = table.Section{Offset: b.layout.Buckets.End(), Length: b.movedTo}
	if err := b.writeMoved(); err != nil {
		return err
	}
	index := binary.LittleEndian.AppendUint32(b.lengths, table.Checksum(b.lengths, 0))
	b.layout.Index = table.Section{Offset: b.layout.Moved.End(), Length: uint64(len(index))}
	_, err = b.writer.table.Write(index)
	return err
}

// flush writes the current bucket and begins the next.
func (b *buckets) flush() error {
	b.current++
	n := b.builder.Len()
	if n == 0 {
		b.lengths = append(b.lengths, 0, 0)
		return nil
	}
	part := b.pack(0, n, nil, b.size)
	if len(part) > table.MaxBucket {
		var err error
		if part, err = b.split(n); err != nil {
			return err
		}
	}
	if _, err := b.writer.table.Write(part); err != nil {
		return err
	}
	b.size += uint64(len(part))
	b.lengths = binary.LittleEndian.AppendUint16(b.lengths, uint16(len(part)))
	b.builder.Reset()
	return nil
}

// pack is the stored form of entries from <= i < to at an offset of their section, valid until the next call.
func (b *buckets) pack(from, to int, more *table.Section, offset uint64) []byte {
	b.body = b.builder.AppendBody(b.body[:0], from, to, more)
	if !b.writer.blocks {
		b.body = binary.LittleEndian.AppendUint32(b.body, table.Checksum(b.body, offset))
		return b.body
	}
	b.block = b.writer.encoder.EncodeBlock(b.block[:0], b.body)
	b.block = binary.LittleEndian.AppendUint32(b.block, table.Checksum(b.block, offset))
	return b.block
}

// split keeps about as many of the current bucket's n entries as fit, moves the rest, and is the bucket's stored form.
func (b *buckets) split(n int) ([]byte, error) {
	more := table.Section{Offset: b.movedTo, Length: 1<<32 - 1} // about
	kept := sort.Search(min(n-1, table.MaxBucket), func(i int) bool {
		return len(b.pack(0, i+1, &more, b.size)) > table.MaxBucket
	})
	for { // a packed block may grow when its numbers change: try with fewer, at last with none
		more.Length = uint64(len(b.pack(kept, n, nil, b.movedTo)))
		if kept == 0 || len(b.pack(0, kept, &more, b.size)) <= table.MaxBucket {
			break
		}
		kept--
	}
	if err := b.moved.add(&spoolEntry{rows: b.pack(kept, n, nil, b.movedTo)}); err != nil {
		return nil, err
	}
	b.movedTo += more.Length
	b.layout.MovedKeys += uint64(n - kept)
	return b.pack(0, kept, &more, b.size), nil
}

func (b *buckets) writeMoved() error {
	r, err := b.moved.read()
	if err != nil {
		return err
	}
	var e spoolEntry
	for {
		if err := r.next(&e); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if _, err := b.writer.table.Write(e.rows); err != nil {
			return err
		}
	}
}

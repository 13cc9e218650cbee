package table

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/partitioner"
)

// Reader reads rows of a table for one goroutine. It owns the buffers that its results point into.
type Reader struct {
	table  *Table
	decode codec.Decoder
	file   []byte // the bucket as it is in the file
	body   []byte // and decoded, for codecs that pack blocks
	rows   Rows
}

// NewReader is a reader of t.
func (t *Table) NewReader() *Reader {
	r := &Reader{table: t, decode: t.codec.NewDecoder(), file: make([]byte, 0, MaxBucket)}
	r.rows.reader = r
	r.rows.extent = window{file: t.file, section: t.header.Layout.Large}
	return r
}

// Get finds the rows of one key; a key that the table does not have gives no rows, a key of another partition an error.
// The rows stay valid until the reader's next Get. One read of at most 4 KiB; a second for keys in the row area and for
// the rare key whose bucket was full; more for keys of more than 64 KiB. The bloom filter is not asked.
func (r *Reader) Get(key partitioner.Key, want Slice) (*Rows, error) {
	t := r.table
	r.rows.reset(want)
	if !want.all() || want.Limit != 0 {
		if err := t.order.check(&want); err != nil {
			return nil, fmt.Errorf("getting a key: %w", err)
		}
	}
	token := key.Token()
	i, err := t.locate(token)
	if err != nil {
		return nil, fmt.Errorf("getting a key: %w", err)
	}
	offset, length := t.index.bucket(i)
	if length == 0 {
		return &r.rows, nil
	}
	part, err := r.read(t.header.Layout.Buckets.Offset+offset, length)
	if err != nil {
		return nil, fmt.Errorf("reading bucket %d: %w", i, err)
	}
	var b bucket
	if err := r.parse(&b, part, offset); err != nil {
		return nil, t.corruptBucket(i, offset, err)
	}
	found, err := r.find(&b, key.Bytes, token)
	if err != nil {
		return nil, t.corruptBucket(i, offset, err)
	}
	if found || b.flags&flagMore == 0 {
		return &r.rows, r.rows.err
	}
	return r.getMoved(key.Bytes, token, i, offset, b.more)
}

// getMoved goes on in the rest of bucket i.
func (r *Reader) getMoved(key []byte, token int64, i, offset uint64, more Section) (*Rows, error) {
	t := r.table
	if size := t.header.Layout.Moved.Length; more.Offset > size || more.Length > size-more.Offset {
		return nil, t.corruptBucket(i, offset, fmt.Errorf("its rest is %+v of %d bytes: %w", more, size, errShort))
	}
	part, err := r.read(t.header.Layout.Moved.Offset+more.Offset, int(more.Length))
	if err != nil {
		return nil, fmt.Errorf("reading the rest of bucket %d: %w", i, err)
	}
	var b bucket
	if err := r.parse(&b, part, more.Offset); err != nil {
		return nil, t.corruptMoved(more, err)
	}
	if b.flags&flagMore != 0 {
		return nil, t.corruptMoved(more, fmt.Errorf("flags %#x", b.flags))
	}
	if _, err := r.find(&b, key, token); err != nil {
		return nil, t.corruptMoved(more, err)
	}
	return &r.rows, r.rows.err
}

// read fills the reader's buffer from the file.
func (r *Reader) read(offset uint64, length int) ([]byte, error) {
	if cap(r.file) > maxKept && length <= maxKept {
		r.file = nil
	}
	r.file = slices.Grow(r.file[:0], length)[:length]
	r.rows.blockAt = offset
	return r.file, readFull(r.table.file, r.file, int64(offset))
}

// parse checks and decodes a bucket as it is stored at offset of its section.
func (r *Reader) parse(b *bucket, part []byte, offset uint64) error {
	block, err := verify(part, offset)
	if err != nil {
		return err
	}
	if r.body, block, err = r.table.decodeBlock(r.decode, r.body, block); err != nil {
		return err
	}
	return b.parse(block)
}

// decodeBlock is the body of a block, in buf where it has to be decoded.
func (t *Table) decodeBlock(d codec.Decoder, buf, block []byte) (newBuf, body []byte, err error) {
	if t.plain {
		return buf, block, nil
	}
	if cap(buf) > maxKept {
		buf = nil
	}
	buf, err = d.DecodeBlock(buf[:0], block)
	return buf, buf, err
}

// find looks for key in a bucket and, if it is there, makes its rows the reader's. Errors are about the bucket; those
// about the row area are left in the rows.
func (r *Reader) find(b *bucket, key []byte, token int64) (found bool, err error) {
	l := &r.table.header.Layout
	inline := l.hasPrefix(key)
	at, offset := 0, 0 // entry and where it begins
	for i := b.next(byte(token), 0); i >= 0; i = b.next(byte(token), i+1) {
		at, offset = i, offset+b.sum(at, i)
		entry, err := b.entry(i, offset)
		if err != nil {
			return false, err
		}
		if b.kind(i) == Reference {
			ref, err := parseRef(entry, l.Large.Length)
			if err != nil {
				return false, err
			}
			if r.rows.openExtent(ref, key) || r.rows.err != nil {
				return true, nil
			}
			continue
		}
		suffix, rows, err := l.splitEntry(entry)
		if err != nil {
			return false, fmt.Errorf("entry %d: %w", i, err)
		}
		if inline && bytes.Equal(suffix, key[len(l.KeyPrefix):]) {
			return true, r.rows.openInline(rows)
		}
	}
	return false, nil
}

package table

import (
	"fmt"
	"io"
	"sort"

	"github.com/verdigris-db/verdigris/codec"
)

// Rows is the result of a Get.
type Rows struct {
	reader  *Reader
	want    Slice
	all     bool // every row is wanted
	found   bool
	err     error
	left    int // rows of the limit, -1 for no limit
	block   rowBlock
	blockAt uint64 // where in the file the block's bucket or chunk begins
	next    int    // row of block
	cells   []byte

	head     head
	headBuf  []byte
	extent   window // over the row area
	chunk    int    // next of head.chunks
	chunkEnd int    // the first that is not wanted
	body     []byte // of the chunk, for codecs that pack blocks
}

func (r *Rows) reset(want Slice) {
	r.want = want
	r.all = want.all()
	r.found, r.err = false, nil
	r.left = want.Limit
	if want.Limit == 0 {
		r.left = -1
	}
	r.block.reset()
	r.next, r.chunk, r.chunkEnd = 0, 0, 0
	r.extent.drop()
	if cap(r.cells) > maxKept {
		r.cells = nil
	}
	if cap(r.headBuf) > maxKept {
		r.headBuf = nil
	}
}

// Found reports whether the table has the key at all, even if the slice asked for holds none of its rows.
func (r *Rows) Found() bool { return r.found }

// openInline begins with the rows of an Inline entry.
func (r *Rows) openInline(rows []byte) error {
	r.found = true
	if r.reader.table.order.Columns() == 0 {
		r.block.single(rows)
		return nil
	}
	return r.block.parse(rows)
}

// openExtent begins with the rows of an extent if it is that of key. An error is left in r.err.
func (r *Rows) openExtent(ref Ref, key []byte) bool {
	t := r.reader.table
	headAt := ref.Offset + ref.Length - ref.Head
	r.extent.drop()
	var part []byte
	var err error
	if ref.Length <= wholeExtent {
		r.extent.ahead = ref.Length
		_, err = r.extent.bytes(ref.Offset, ref.Length)
	}
	if err == nil {
		r.extent.ahead = ref.Head
		part, err = r.extent.bytes(headAt, ref.Head)
	}
	if err != nil {
		r.err = fmt.Errorf("reading head of a key: %w", err)
		return false
	}
	r.headBuf = append(r.headBuf[:0], part...) // the window moves on to the chunks
	if err := r.head.parse(r.headBuf, ref, t.order.Columns()); err != nil {
		r.err = t.corruptLarge("head of a key", headAt, err)
		return false
	}
	if !r.head.sameKey(key) {
		return false
	}
	r.found = true
	r.choose()
	return true
}

// readAhead is how much of a large key's chunks is read at once.
const readAhead = 256 << 10

// choose finds the chunks that may hold rows of the slice. The rows of chunk i are at or behind its position, and before
// the position of chunk i+1.
func (r *Rows) choose() {
	t, chunks := r.reader.table, r.head.chunks
	r.chunk, r.chunkEnd = 0, len(chunks)
	if !r.all {
		place := func(i int) int { return t.order.place(chunks[i].position, &r.want) }
		first := sort.Search(len(chunks)-1, func(i int) bool { return place(i+1) >= 0 }) // the last before the slice
		r.chunk = first
		r.chunkEnd = first + 1 + sort.Search(len(chunks)-1-first, func(i int) bool { return place(first+1+i) > 0 })
	}
	if r.left >= 0 && r.chunk < r.chunkEnd { // the first chunk may hold none of the rows, those behind it all
		need := uint64(r.left)
		n := sort.Search(r.chunkEnd-r.chunk-1, func(i int) bool {
			return chunks[r.chunk+1+i].before-chunks[r.chunk+1].before >= need
		})
		r.chunkEnd = min(r.chunkEnd, r.chunk+1+n)
	}
	last := chunks[r.chunkEnd-1]
	r.extent.ahead = min(readAhead, last.offset+last.stored-chunks[r.chunk].offset)
}

// Next is the cells of the next row (clustering, values, each with its length), valid until the next call, and io.EOF
// behind the last.
func (r *Rows) Next() ([]byte, error) {
	for r.err == nil {
		if r.next < len(r.block.ends) {
			cells, place, err := r.decode(r.next)
			if err != nil {
				r.err = err
				break
			}
			r.next++
			switch {
			case place < 0:
				continue
			case place > 0 || r.left == 0:
				r.err = io.EOF
				continue
			}
			r.left--
			return cells, nil
		}
		if r.chunk == r.chunkEnd || r.left == 0 {
			r.err = io.EOF
			break
		}
		r.err = r.openChunk()
	}
	return nil, r.err
}

// decode is row i of the block and its place beside the slice.
func (r *Rows) decode(i int) (cells []byte, place int, err error) {
	t := r.reader.table
	r.cells, err = r.reader.decode.DecodeRow(r.cells[:0], r.block.row(i))
	if err != nil {
		return nil, 0, &CorruptError{Part: fmt.Sprintf("row %d of a block", i), Offset: r.blockAt, Err: err}
	}
	if !r.all {
		place = t.order.place(r.cells, &r.want)
	}
	return r.cells, place, nil
}

// openChunk reads the next chunk and goes to its first row that may be in the slice.
func (r *Rows) openChunk() error {
	t := r.reader.table
	c := &r.head.chunks[r.chunk]
	part, err := r.extent.bytes(c.offset, c.stored)
	if err != nil {
		return fmt.Errorf("reading chunk of a key: %w", err)
	}
	if r.body, err = t.openChunk(&r.block, r.reader.decode, r.body, part, c); err != nil {
		return t.corruptLarge("chunk", c.offset, err)
	}
	r.blockAt = t.header.Layout.Large.Offset + c.offset
	r.chunk++
	r.next = 0
	if r.all {
		return nil
	}
	var failed error
	r.next = sort.Search(len(r.block.ends), func(i int) bool {
		_, place, err := r.decode(i)
		if err != nil {
			failed = err
		}
		return err != nil || place >= 0
	})
	return failed
}

// openChunk makes block the rows of a chunk as it is stored.
func (t *Table) openChunk(block *rowBlock, d codec.Decoder, buf, part []byte, c *chunk) ([]byte, error) {
	b, err := verify(part, c.offset)
	if err != nil {
		return buf, err
	}
	if buf, b, err = t.decodeBlock(d, buf, b); err != nil {
		return buf, err
	}
	if err := block.parse(b); err != nil {
		return buf, err
	}
	if uint64(len(block.ends)) != c.rows {
		return buf, fmt.Errorf("%d rows, the head says %d", len(block.ends), c.rows)
	}
	return buf, nil
}

package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// scanAhead is how much of a section a scan reads at once; batchBytes is about how much one Next of it decodes.
const (
	scanAhead  = 1 << 20
	batchBytes = 1 << 20
)

// Scan is the rows with from < token <= to, in table order; partitioner.MinToken and math.MaxInt64 give all.
// It reads ahead in large pieces and checks every checksum, order and token on the way.
func (t *Table) Scan(from, to int64) row.Stream {
	l := &t.header.Layout
	s := &scan{
		table: t, decode: t.codec.NewDecoder(), from: from, to: to, whole: true, lastToken: partitioner.MinToken,
		buckets: window{file: t.file, section: l.Buckets, ahead: scanAhead},
		moved:   window{file: t.file, section: l.Moved, ahead: scanAhead},
		large:   window{file: t.file, section: l.Large, ahead: scanAhead},
		end:     l.N,
	}
	low, high := t.slices.Bounds(t.header.Partition)
	if from >= high || to <= low || from >= to {
		s.end, s.whole = 0, false
		return s
	}
	if from > low {
		s.next, _ = t.locate(from)
		s.whole = false
	}
	if to < high {
		last, _ := t.locate(to)
		s.end, s.whole = last+1, false
	}
	return s
}

// scan goes through buckets, their entries, the chunks of those in the row area, and the rows of these.
type scan struct {
	table    *Table
	decode   codec.Decoder
	from, to int64
	whole    bool // all rows: what the header says about them can be checked
	err      error

	buckets, moved, large window

	next, end uint64 // buckets still to read
	number    uint64 // of the bucket being read
	at        uint64 // where in the file its part begins
	bucket    bucket
	body      []byte
	entry     int // next of bucket
	offset    int // of that entry in bucket.entries
	inMoved   bool

	key      []byte
	inRange  bool // the key's token is
	rows     rowBlock
	row      int // next of rows
	head     head
	headBuf  []byte
	chunk    int    // next of head.chunks
	chunkBuf []byte // body of the chunk

	lastToken int64
	lastKey   []byte
	last      []byte // cells of the last row of this key
	lastBuf   []byte
	hasLast   bool
	arena     []byte // records of this batch

	countRows, countKeys, countLarge, countMoved uint64
	firstToken                                   int64
	largeEnd, movedEnd                           uint64 // of what has been read without a gap
}

var _ row.Stream = (*scan)(nil)

// Next decodes the next rows.
func (s *scan) Next(buf []row.Row) (int, error) {
	s.lastBuf = append(s.lastBuf[:0], s.last...) // it is in the arena
	s.last = s.lastBuf
	if cap(s.arena) > 2*batchBytes {
		s.arena = nil // the records of a batch with a very large row
	}
	s.arena = s.arena[:0]
	n, used := 0, 0
	for n < len(buf) && used < batchBytes && s.err == nil {
		if s.row < len(s.rows.ends) {
			rec, err := s.record()
			if err != nil {
				s.err = err
				break
			}
			if s.inRange {
				buf[n] = row.Row{Token: s.lastToken, Rec: rec}
				n++
				used += len(rec)
			}
			continue
		}
		s.err = s.advance()
	}
	if n > 0 || s.err == nil {
		return n, nil
	}
	return 0, s.err
}

// record decodes the next row of the block.
func (s *scan) record() ([]byte, error) {
	start := len(s.arena)
	b := row.Begin(s.arena, s.key)
	cellsAt := len(b)
	b, err := s.decode.DecodeRow(b, s.rows.row(s.row))
	if err != nil {
		return nil, s.corrupt(err)
	}
	if len(b)-start > row.MaxRecord {
		return nil, s.corrupt(fmt.Errorf("a row of %d bytes, at most %d allowed", len(b)-start, row.MaxRecord))
	}
	row.End(b, start)
	s.arena = b
	cells := b[cellsAt:]
	if s.table.order.Columns() > 0 {
		if s.hasLast && s.table.order.Compare(s.last, cells) >= 0 {
			return nil, s.corrupt(errors.New("rows of a key are out of order"))
		}
		s.last, s.hasLast = cells, true
	}
	s.row++
	s.countRows++
	return b[start:len(b):len(b)], nil
}

// advance goes on to the next block of rows: a chunk, a key, a bucket.
func (s *scan) advance() error {
	switch {
	case s.chunk < len(s.head.chunks):
		return s.openChunk()
	case s.entry < len(s.bucket.tags):
		return s.openEntry()
	case s.bucket.flags&flagMore != 0 && !s.inMoved:
		return s.openMoved()
	case s.next < s.end:
		return s.openBucket()
	}
	return s.finish()
}

// corrupt is the error about the part that is being read.
func (s *scan) corrupt(err error) error {
	return &CorruptError{Part: fmt.Sprintf("bucket %d", s.number), Offset: s.at, Err: err}
}

func (s *scan) openBucket() error {
	s.number = s.next
	s.next++
	offset, length := s.table.index.bucket(s.number)
	s.bucket, s.entry, s.offset, s.inMoved = bucket{}, 0, 0, false
	if length == 0 {
		return nil
	}
	return s.open(&s.buckets, offset, uint64(length))
}

func (s *scan) openMoved() error {
	more := s.bucket.more
	if s.whole && more.Offset != s.movedEnd {
		return s.corrupt(fmt.Errorf("its rest begins at %d of the moved section, expected at %d", more.Offset, s.movedEnd))
	}
	s.movedEnd = more.Offset + more.Length
	s.bucket, s.entry, s.offset, s.inMoved = bucket{}, 0, 0, true
	if err := s.open(&s.moved, more.Offset, more.Length); err != nil {
		return err
	}
	if s.bucket.flags&flagMore != 0 || len(s.bucket.tags) == 0 {
		return s.corrupt(fmt.Errorf("the rest of a bucket has flags %#x and %d entries", s.bucket.flags, len(s.bucket.tags)))
	}
	s.countMoved += uint64(len(s.bucket.tags))
	return nil
}

// open reads a bucket or the rest of one.
func (s *scan) open(w *window, offset, length uint64) error {
	s.at = w.section.Offset + offset
	part, err := w.bytes(offset, length)
	if err != nil {
		return s.readError(err)
	}
	block, err := verify(part, offset)
	if err != nil {
		return s.corrupt(err)
	}
	if s.body, block, err = s.table.decodeBlock(s.decode, s.body, block); err != nil {
		return s.corrupt(err)
	}
	if err := s.bucket.parse(block); err != nil {
		return s.corrupt(err)
	}
	if err := s.bucket.check(); err != nil {
		return s.corrupt(err)
	}
	return nil
}

// readError tells a reference out of its section, which is damage, from a failing file.
func (s *scan) readError(err error) error {
	if errors.Is(err, errShort) {
		return s.corrupt(err)
	}
	return fmt.Errorf("reading bucket %d: %w", s.number, err)
}

// openEntry begins with the next key of the bucket.
func (s *scan) openEntry() error {
	i := s.entry
	entry, err := s.bucket.entry(i, s.offset)
	if err != nil {
		return s.corrupt(err)
	}
	s.entry++
	s.offset += len(entry)
	s.hasLast = false
	s.head.chunks, s.chunk = s.head.chunks[:0], 0
	s.key, s.lastKey = s.lastKey[:0], s.key
	if s.bucket.kind(i) == Reference {
		return s.openExtent(entry, i)
	}
	l := &s.table.header.Layout
	suffix, rows, err := l.splitEntry(entry)
	if err != nil {
		return s.corrupt(fmt.Errorf("entry %d: %w", i, err))
	}
	s.key = l.appendKey(s.key, suffix)
	if l.KeyLength == 0 && len(s.key) > row.MaxKey {
		return s.corrupt(fmt.Errorf("entry %d: key of %d bytes", i, len(s.key)))
	}
	if err := s.newKey(i); err != nil {
		return err
	}
	s.row = 0
	if s.table.order.Columns() == 0 {
		s.rows.single(rows)
		return nil
	}
	if err := s.rows.parse(rows); err != nil {
		return s.corrupt(fmt.Errorf("entry %d: %w", i, err))
	}
	return nil
}

// newKey checks the token and the place of the key of entry i.
func (s *scan) newKey(i int) error {
	token := partitioner.Token(s.key)
	if byte(token) != s.bucket.tags[i] {
		return s.corrupt(fmt.Errorf("entry %d: tag %02x, its key has token %d", i, s.bucket.tags[i], token))
	}
	if b, err := s.table.locate(token); err != nil || b != s.number {
		return s.corrupt(fmt.Errorf("entry %d: its key has token %d, which is of bucket %d (%v)", i, token, b, err))
	}
	if token < s.lastToken || token == s.lastToken && bytes.Compare(s.key, s.lastKey) <= 0 {
		return s.corrupt(fmt.Errorf("entry %d: its key has token %d and follows %d out of order", i, token, s.lastToken))
	}
	if s.countKeys == 0 {
		s.firstToken = token
	}
	s.countKeys++
	s.lastToken = token
	s.inRange = token > s.from && token <= s.to
	return nil
}

// openExtent begins with a key in the row area.
func (s *scan) openExtent(entry []byte, i int) error {
	t := s.table
	ref, err := parseRef(entry, s.large.section.Length)
	if err != nil {
		return s.corrupt(fmt.Errorf("entry %d: %w", i, err))
	}
	if s.whole && ref.Offset != s.largeEnd {
		return s.corrupt(fmt.Errorf("entry %d: its key begins at %d of the row area, expected at %d", i, ref.Offset, s.largeEnd))
	}
	s.largeEnd = ref.Offset + ref.Length
	s.countLarge++
	headAt := ref.Offset + ref.Length - ref.Head
	if ref.Length <= scanAhead { // in one read with the chunks
		if _, err := s.large.bytes(ref.Offset, ref.Length); err != nil {
			return s.readError(err)
		}
	}
	ahead := s.large.ahead
	if ref.Length > scanAhead {
		s.large.ahead = 0 // the chunks stand before the head
	}
	part, err := s.large.bytes(headAt, ref.Head)
	s.large.ahead = ahead
	if err != nil {
		return s.readError(err)
	}
	s.headBuf = append(s.headBuf[:0], part...)
	if err := s.head.parse(s.headBuf, ref, t.order.Columns()); err != nil {
		return t.corruptLarge("head of a key", headAt, err)
	}
	if len(s.head.key) > row.MaxKey {
		return t.corruptLarge("head of a key", headAt, fmt.Errorf("key of %d bytes", len(s.head.key)))
	}
	s.key = append(s.key, s.head.key...)
	s.rows.reset()
	s.row = 0
	if err := s.newKey(i); err != nil {
		return err
	}
	if !s.inRange {
		s.head.chunks = s.head.chunks[:0]
	}
	return nil
}

// openChunk begins with the next chunk of the key.
func (s *scan) openChunk() error {
	t := s.table
	c := &s.head.chunks[s.chunk]
	s.chunk++
	part, err := s.large.bytes(c.offset, c.stored)
	if err != nil {
		return s.readError(err)
	}
	if s.chunkBuf, err = t.openChunk(&s.rows, s.decode, s.chunkBuf, part, c); err != nil {
		return t.corruptLarge("chunk", c.offset, err)
	}
	s.row = 0
	s.at = t.header.Layout.Large.Offset + c.offset
	if s.chunk == 1 || t.order.Columns() == 0 {
		return nil
	}
	cells, err := s.decode.DecodeRow(nil, s.rows.row(0))
	if err != nil {
		return t.corruptLarge("chunk", c.offset, err)
	}
	if !bytes.HasPrefix(cells, c.position) {
		return t.corruptLarge("chunk", c.offset, errors.New("its first row is not at the position that the head says"))
	}
	return nil
}

// finish checks what a scan of everything has seen against the header.
func (s *scan) finish() error {
	h := &s.table.header
	if !s.whole {
		return io.EOF
	}
	first, last := s.firstToken, s.lastToken
	if s.countKeys == 0 {
		first, last = 0, 0
	}
	got := [...]uint64{s.countRows, s.countKeys, s.countLarge, s.countMoved, s.largeEnd, s.movedEnd}
	want := [...]uint64{h.Rows, h.Keys, h.Layout.LargeKeys, h.Layout.MovedKeys, h.Layout.Large.Length, h.Layout.Moved.Length}
	if got != want || first != h.MinToken || last != h.MaxToken {
		return &CorruptError{Part: "header", Offset: h.Layout.Index.End(), Err: fmt.Errorf(
			"rows, keys, large keys, moved keys, bytes of the row area and of the moved section are %d, tokens %d to %d; it says %d, %d to %d",
			got, first, last, want, h.MinToken, h.MaxToken)}
	}
	return io.EOF
}

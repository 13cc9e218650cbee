package writer

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/table"
)

// spool keeps entries between the two times that the writer goes over them: in memory up to a limit, behind that in a
// scratch file, which loses its name as soon as it is open.
//
//	entry = h1 u64 | h2 u64 | kind u8 | key length u16 | rows length u32 | key | rows
type spool struct {
	dir   string
	limit int64
	held  int64 // capacity of the slabs, in bytes
	slab  []byte
	slabs [][]byte // the full ones
	file  *os.File
	buf   *bufio.Writer
}

// spoolEntry is one key: its hash and bytes, and its row block or its reference.
type spoolEntry struct {
	h1, h2 uint64
	kind   table.Kind
	key    []byte
	rows   []byte
}

// token is the token of the entry's key.
func (e *spoolEntry) token() int64 { return partitioner.FromHash(e.h1) }

const (
	spoolHeader      = 8 + 8 + 1 + 2 + 4
	minSlab, maxSlab = 64 << 10, 1 << 20
	spoolBuffer      = 256 << 10
)

// putHeader writes the entry's header.
func (e *spoolEntry) putHeader(b *[spoolHeader]byte) {
	binary.LittleEndian.PutUint64(b[0:], e.h1)
	binary.LittleEndian.PutUint64(b[8:], e.h2)
	b[16] = byte(e.kind)
	binary.LittleEndian.PutUint16(b[17:], uint16(len(e.key)))
	binary.LittleEndian.PutUint32(b[19:], uint32(len(e.rows)))
}

// add appends e, whose slices are not kept.
func (s *spool) add(e *spoolEntry) error {
	if len(e.key) > math.MaxUint16 || len(e.rows) > math.MaxUint32 {
		return fmt.Errorf("spooling a key of %d bytes with %d bytes of rows: too long", len(e.key), len(e.rows))
	}
	if s.file == nil {
		if size := spoolHeader + len(e.key) + len(e.rows); size <= cap(s.slab)-len(s.slab) || s.room(size) {
			n := len(s.slab)
			s.slab = s.slab[:n+size]
			b := s.slab[n:]
			e.putHeader((*[spoolHeader]byte)(b))
			copy(b[spoolHeader:], e.key)
			copy(b[spoolHeader+len(e.key):], e.rows)
			return nil
		}
		if err := s.spill(); err != nil {
			return err
		}
	}
	var header [spoolHeader]byte
	e.putHeader(&header)
	for _, part := range [...][]byte{header[:], e.key, e.rows} {
		if _, err := s.buf.Write(part); err != nil {
			return fmt.Errorf("writing scratch spool: %w", err)
		}
	}
	return nil
}

// room begins a slab with room for size bytes, and reports whether the limit allows it.
func (s *spool) room(size int) bool {
	n := max(min(max(2*cap(s.slab), minSlab), maxSlab), size)
	if s.held+int64(n) > s.limit {
		return false
	}
	s.held += int64(n)
	s.slabs = append(s.slabs, s.slab)
	s.slab = make([]byte, 0, n)
	return true
}

// spill makes the scratch file for the entries that follow.
func (s *spool) spill() error {
	f, err := os.CreateTemp(s.dir, "spool-*")
	if err != nil {
		return fmt.Errorf("making scratch spool: %w", err)
	}
	s.file, s.buf = f, bufio.NewWriterSize(f, spoolBuffer)
	if err := os.Remove(f.Name()); err != nil {
		return fmt.Errorf("taking the name off scratch spool %q: %w", f.Name(), err)
	}
	return nil
}

// close gives memory and scratch file back.
func (s *spool) close() error {
	s.slab, s.slabs = nil, nil
	if s.file == nil {
		return nil
	}
	if err := s.file.Close(); err != nil {
		return fmt.Errorf("closing scratch spool: %w", err)
	}
	return nil
}

// read begins to go over the entries in the order of add; no add may follow.
func (s *spool) read() (*spoolReader, error) {
	r := &spoolReader{slabs: append(s.slabs[:len(s.slabs):len(s.slabs)], s.slab)}
	if s.file != nil {
		if err := s.buf.Flush(); err != nil {
			return nil, fmt.Errorf("writing scratch spool: %w", err)
		}
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("going to the start of the scratch spool: %w", err)
		}
		r.file = bufio.NewReaderSize(s.file, spoolBuffer)
	}
	return r, nil
}

type spoolReader struct {
	slabs [][]byte
	rest  []byte // of the slab being read
	file  *bufio.Reader
	buf   []byte
}

// next makes e the next entry, valid until the next call; behind the last it returns io.EOF.
func (r *spoolReader) next(e *spoolEntry) error {
	for len(r.rest) == 0 && len(r.slabs) > 0 {
		r.rest, r.slabs = r.slabs[0], r.slabs[1:]
	}
	if len(r.rest) > 0 {
		key, rows := e.header(r.rest)
		e.body(r.rest[spoolHeader:], key, rows)
		r.rest = r.rest[spoolHeader+key+rows:]
		return nil
	}
	if r.file == nil {
		return io.EOF
	}
	var header [spoolHeader]byte
	if _, err := io.ReadFull(r.file, header[:]); err != nil {
		if err == io.EOF {
			return io.EOF
		}
		return fmt.Errorf("reading scratch spool: %w", err)
	}
	key, rows := e.header(header[:])
	r.buf = slices.Grow(r.buf[:0], key+rows)[:key+rows]
	if _, err := io.ReadFull(r.file, r.buf); err != nil {
		return fmt.Errorf("reading scratch spool: %w", err)
	}
	e.body(r.buf, key, rows)
	return nil
}

func (e *spoolEntry) header(b []byte) (key, rows int) {
	e.h1, e.h2 = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	e.kind = table.Kind(b[16])
	return int(binary.LittleEndian.Uint16(b[17:])), int(binary.LittleEndian.Uint32(b[19:]))
}

func (e *spoolEntry) body(b []byte, key, rows int) {
	e.key, e.rows = b[:key:key], b[key:key+rows:key+rows]
}

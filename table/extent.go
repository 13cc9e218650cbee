package table

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/verdigris-db/verdigris/row"
)

// A key in the row area is an extent: its chunks, then its head. A chunk is a row block as the codec stores it, and its
// checksum. The head is written last, when the chunks are known:
//
//	key length uvarint | key | rows uvarint | chunks uvarint | chunks * chunk entry | checksum u32
//	chunk entry = stored length uvarint | rows uvarint | position
//
// A position is the clustering cells, with their lengths, of the chunk's first row; the first chunk has none.

// Ref says where the extent of a key is.
type Ref struct {
	Offset uint64 // in the row area
	Length uint64 // of the extent
	Head   uint64 // length of the head, the extent's last part, with its checksum
}

// AppendRef appends a Reference entry.
func AppendRef(dst []byte, r Ref) []byte {
	dst = binary.AppendUvarint(dst, r.Offset)
	dst = binary.AppendUvarint(dst, r.Length)
	return binary.AppendUvarint(dst, r.Head)
}

// parseRef decodes a Reference entry into a row area of size bytes.
func parseRef(entry []byte, size uint64) (Ref, error) {
	f := fields{rest: entry}
	r := Ref{f.uvarint(), f.uvarint(), f.uvarint()}
	switch {
	case f.err != nil:
		return Ref{}, fmt.Errorf("a reference: %w", f.err)
	case len(f.rest) != 0:
		return Ref{}, fmt.Errorf("%d bytes behind a reference", len(f.rest))
	case r.Offset > size || r.Length > size-r.Offset || r.Head > r.Length || r.Head < checksumLen:
		return Ref{}, fmt.Errorf("a reference to %+v in a row area of %d bytes", r, size)
	}
	return r, nil
}

// HeadBuilder collects the chunk index of one extent.
type HeadBuilder struct {
	chunks  uint64
	rows    uint64
	entries []byte
}

// Reset empties the head.
func (h *HeadBuilder) Reset() { h.chunks, h.rows, h.entries = 0, 0, h.entries[:0] }

// Chunks is the number of chunks so far.
func (h *HeadBuilder) Chunks() uint64 { return h.chunks }

// Add puts in the next chunk: its stored length with checksum, its rows and the clustering cells of the first of them.
func (h *HeadBuilder) Add(stored, rows int, position []byte) {
	h.entries = binary.AppendUvarint(h.entries, uint64(stored))
	h.entries = binary.AppendUvarint(h.entries, uint64(rows))
	if h.chunks > 0 {
		h.entries = append(h.entries, position...)
	}
	h.chunks++
	h.rows += uint64(rows)
}

// AppendHead appends the head of key, which is written at offset in the row area.
func (h *HeadBuilder) AppendHead(dst, key []byte, offset uint64) []byte {
	start := len(dst)
	dst = binary.AppendUvarint(dst, uint64(len(key)))
	dst = append(dst, key...)
	dst = binary.AppendUvarint(dst, h.rows)
	dst = binary.AppendUvarint(dst, h.chunks)
	dst = append(dst, h.entries...)
	return binary.LittleEndian.AppendUint32(dst, Checksum(dst[start:], offset))
}

// chunk is one chunk of an extent.
type chunk struct {
	offset   uint64 // in the row area
	stored   uint64 // length, with checksum
	rows     uint64
	before   uint64 // rows of the chunks before it
	position []byte // aliases the head
}

// head is a decoded head; its slices alias the bytes it was decoded from.
type head struct {
	key    []byte
	rows   uint64
	chunks []chunk
}

// parse decodes the head at the end of extent ref, reusing chunks; clustering is the number of cells in a position.
func (h *head) parse(b []byte, ref Ref, clustering int) error {
	body, err := verify(b, ref.Offset+ref.Length-ref.Head)
	if err != nil {
		return err
	}
	f := fields{rest: body}
	h.key = f.take(f.uvarint())
	h.rows = f.uvarint()
	n := f.uvarint()
	if f.err != nil || n == 0 || n > uint64(len(f.rest)) {
		return fmt.Errorf("%d chunks in a head of %d bytes: %w", n, len(b), errShort)
	}
	h.chunks = h.chunks[:0]
	offset, before := ref.Offset, uint64(0)
	for i := range n {
		c := chunk{offset: offset, stored: f.uvarint(), rows: f.uvarint(), before: before}
		if i > 0 {
			if c.position, err = takeCells(&f, clustering); err != nil {
				return fmt.Errorf("position of chunk %d: %w", i, err)
			}
		}
		if f.err != nil || c.stored <= checksumLen || c.stored > ref.Length-ref.Head-(offset-ref.Offset) || c.rows == 0 ||
			c.rows > h.rows-before {
			return fmt.Errorf("chunk %d of %d bytes and %d rows in %+v: %w", i, c.stored, c.rows, ref, errShort)
		}
		offset += c.stored
		before += c.rows
		h.chunks = append(h.chunks, c)
	}
	if len(f.rest) != 0 || before != h.rows || offset != ref.Offset+ref.Length-ref.Head {
		return fmt.Errorf("%d chunks do not fill %+v: %w", n, ref, errShort)
	}
	return nil
}

// takeCells takes n non-null cells with their lengths.
func takeCells(f *fields, n int) ([]byte, error) {
	end := 0
	for range n {
		if len(f.rest)-end < row.CellHeader {
			return nil, errShort
		}
		length := binary.BigEndian.Uint32(f.rest[end:])
		end += row.CellHeader
		if length > math.MaxInt32 || int(length) > len(f.rest)-end {
			return nil, errShort
		}
		end += int(length)
	}
	return f.take(uint64(end)), f.err
}

// verify splits the checksum off a part at offset of its section.
func verify(part []byte, offset uint64) (body []byte, err error) {
	n := len(part) - checksumLen
	if n < 0 {
		return nil, fmt.Errorf("%d bytes: %w", len(part), errShort)
	}
	body = part[:n:n]
	if Checksum(body, offset) != binary.LittleEndian.Uint32(part[n:]) {
		return nil, errChecksum
	}
	return body, nil
}

// sameKey reports whether the head is that of key.
func (h *head) sameKey(key []byte) bool { return bytes.Equal(h.key, key) }

package table

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/verdigris-db/verdigris/partitioner"
)

// The trailer is the last trailerLen bytes of a table, little-endian:
//
//	file size u64 | header offset u64 | header length u32 | header checksum u32 | version u32 | checksum of these u32 | magic
const trailerLen = 40

// maxHeader bounds the header, in bytes: a schema has at most some thousand columns.
const maxHeader = 64 << 20

// tailRead is how much Open reads at once from the end of a table: of small tables all it needs.
const tailRead = 16 << 10

// AppendTail appends header and trailer, which end a table whose sections end at offset.
func AppendTail(dst []byte, h *Header, offset uint64) ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return dst, fmt.Errorf("encoding header: %w", err)
	}
	dst = append(dst, text...)
	start := len(dst)
	dst = binary.LittleEndian.AppendUint64(dst, offset+uint64(len(text))+trailerLen)
	dst = binary.LittleEndian.AppendUint64(dst, offset)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(text)))
	dst = binary.LittleEndian.AppendUint32(dst, Checksum(text, 0))
	dst = binary.LittleEndian.AppendUint32(dst, Version)
	dst = binary.LittleEndian.AppendUint32(dst, Checksum(dst[start:], 0))
	return append(dst, Magic...), nil
}

// readTail reads trailer and header of a table of size bytes.
func readTail(r io.ReaderAt, size int64, h *Header) error {
	if size < int64(len(Magic)+trailerLen) {
		return &CorruptError{Part: "trailer", Err: fmt.Errorf("file of %d bytes: %w", size, errShort)}
	}
	var front [len(Magic)]byte
	if err := readFull(r, front[:], 0); err != nil {
		return fmt.Errorf("reading the first bytes of a table: %w", err)
	}
	tail := make([]byte, min(size, tailRead))
	start := size - int64(len(tail))
	if err := readFull(r, tail, start); err != nil {
		return fmt.Errorf("reading trailer of a table: %w", err)
	}
	at := uint64(size - trailerLen)
	t := tail[len(tail)-trailerLen:]
	corrupt := func(err error) error { return &CorruptError{Part: "trailer", Offset: at, Err: err} }
	if string(t[32:]) != Magic || string(front[:]) != Magic {
		return corrupt(fmt.Errorf("begins with %q and ends with %q, not %q", front, t[32:], Magic))
	}
	if Checksum(t[:28], 0) != binary.LittleEndian.Uint32(t[28:]) {
		return corrupt(errChecksum)
	}
	if v := binary.LittleEndian.Uint32(t[24:]); v != Version {
		return fmt.Errorf("opening table: %w %d: this build reads %d", ErrVersion, v, Version)
	}
	offset, length := binary.LittleEndian.Uint64(t[8:]), uint64(binary.LittleEndian.Uint32(t[16:]))
	switch said := binary.LittleEndian.Uint64(t); {
	case said != uint64(size):
		return corrupt(fmt.Errorf("file of %d bytes, its trailer says %d", size, said))
	case length > maxHeader || length > at || offset != at-length:
		return corrupt(fmt.Errorf("header of %d bytes at %d in a file of %d", length, offset, size))
	}
	text := make([]byte, length)
	if int64(offset) >= start {
		copy(text, tail[int64(offset)-start:])
	} else if err := readFull(r, text, int64(offset)); err != nil {
		return fmt.Errorf("reading header of a table: %w", err)
	}
	corrupt = func(err error) error { return &CorruptError{Part: "header", Offset: offset, Err: err} }
	if Checksum(text, 0) != binary.LittleEndian.Uint32(t[20:]) {
		return corrupt(errChecksum)
	}
	if err := json.Unmarshal(text, h); err != nil {
		return corrupt(err)
	}
	if err := h.validate(offset); err != nil {
		return corrupt(err)
	}
	return nil
}

// validate checks that the header's numbers fit each other and a file whose sections end at end.
func (h *Header) validate(end uint64) error {
	if err := (partitioner.Slices{R: h.R}).Validate(); err != nil {
		return err
	}
	if h.Partition < 0 || h.Partition >= h.R {
		return fmt.Errorf("partition %d of %d", h.Partition, h.R)
	}
	l := &h.Layout
	next := uint64(len(Magic))
	for _, s := range []Section{l.Large, l.Buckets, l.Moved, l.Index} {
		if s.Offset != next || s.Length > end-next {
			return fmt.Errorf("section %+v, expected at %d and inside %d", s, next, end)
		}
		next = s.End()
	}
	switch {
	case next != end:
		return fmt.Errorf("sections end at %d, the header begins at %d", next, end)
	case l.N < 1 || l.N > math.MaxUint32 || l.Index.Length != 2*l.N+checksumLen:
		return fmt.Errorf("%d buckets in an index of %d bytes", l.N, l.Index.Length)
	case l.KeyLength < 0 || l.KeyLength > 0 && l.KeyLength < len(l.KeyPrefix):
		return fmt.Errorf("keys of %d bytes with a prefix of %d", l.KeyLength, len(l.KeyPrefix))
	case h.Keys > h.Rows || l.LargeKeys > h.Keys || l.MovedKeys > h.Keys || h.MinToken > h.MaxToken:
		return fmt.Errorf("%d keys (%d large, %d moved) in %d rows from token %d to %d",
			h.Keys, l.LargeKeys, l.MovedKeys, h.Rows, h.MinToken, h.MaxToken)
	}
	return nil
}

// readFull fills b from offset. A file that ends before is damaged, not just unreadable.
func readFull(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		return &CorruptError{Part: "file", Offset: uint64(offset), Err: fmt.Errorf("%d of %d bytes: %w", n, len(b), errShort)}
	}
	return err
}

// Package row fixes the bytes of one row on its way from a Parquet file to a table, and the row's identity.
//
//	record = total uint32 LE | keyLen uint16 LE | key | cell*
//	cell   = length int32 BE (-1 null) | CQL native-protocol v4 bytes
//
// total counts the whole record, itself included. The key is Cassandra's partition key: the bytes of one column, or for
// several columns each as a 2-byte big-endian length, the bytes, and a 0 byte. The cells stand in schema order:
// clustering, then values, then, where the duplicate rule needs one, the recency cell, which orders rows of one key but is
// not stored. A record is self-contained: it may be copied, compared and hashed without its schema.
package row

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/zeebo/xxh3"
)

// Bounds of a record; a row outside them is refused where it is read.
const (
	HeaderLen  = 6         // total and keyLen
	CellHeader = 4         // a cell's length
	MaxKey     = 65535     // bytes of a partition key
	MaxCell    = 64 << 20  // bytes of one cell
	MaxRecord  = 512 << 20 // bytes of one record
)

// ErrShort is wrapped by every error about a record or cell that ends before its length says.
var ErrShort = errors.New("row is shorter than its lengths say")

// Len is the record's total length in bytes. rec holds at least HeaderLen bytes.
func Len(rec []byte) int { return int(binary.LittleEndian.Uint32(rec)) }

// Key is the record's partition key bytes; it aliases rec.
func Key(rec []byte) []byte {
	n := int(binary.LittleEndian.Uint16(rec[4:]))
	return rec[HeaderLen : HeaderLen+n]
}

// Cells is everything behind the key: the cells with their lengths; it aliases rec.
func Cells(rec []byte) []byte {
	return rec[HeaderLen+int(binary.LittleEndian.Uint16(rec[4:])):]
}

// Next splits the first cell off cells. A null cell has null true and a nil payload.
func Next(cells []byte) (payload []byte, null bool, rest []byte) {
	n := int32(binary.BigEndian.Uint32(cells))
	if n < 0 {
		return nil, true, cells[CellHeader:]
	}
	end := CellHeader + int(n)
	return cells[CellHeader:end:end], false, cells[end:]
}

// AppendCell appends a non-null cell with its length.
func AppendCell(dst, payload []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(payload)))
	return append(dst, payload...)
}

// AppendNull appends a null cell.
func AppendNull(dst []byte) []byte { return append(dst, 0xff, 0xff, 0xff, 0xff) }

// Begin appends a record's header and key to dst. Cells are appended next, then End is called with the same start.
func Begin(dst, key []byte) []byte {
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(key)))
	return append(dst, key...)
}

// End writes the length of the record that starts at start and ends at len(dst).
func End(dst []byte, start int) { binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start)) }

// Check walks rec and reports the first length that does not fit; cells is the number of cells expected.
func Check(rec []byte, cells int) error {
	if !sized(rec) {
		return fmt.Errorf("record of %d bytes: %w", len(rec), ErrShort)
	}
	k := firstCell(rec)
	if k > len(rec) {
		return fmt.Errorf("key of %d bytes in a record of %d: %w", k-HeaderLen, len(rec), ErrShort)
	}
	return CheckCells(rec[k:], cells)
}

// CheckCells reports whether b is exactly n cells.
func CheckCells(b []byte, n int) error {
	for i := range n {
		if len(b) < CellHeader {
			return fmt.Errorf("cell %d: %w", i, ErrShort)
		}
		l := int32(binary.BigEndian.Uint32(b))
		b = b[CellHeader:]
		if l < 0 {
			if l != -1 {
				return fmt.Errorf("cell %d: length %d: %w", i, l, ErrShort)
			}
			continue
		}
		if int(l) > len(b) {
			return fmt.Errorf("cell %d of %d bytes, %d left: %w", i, l, len(b), ErrShort)
		}
		b = b[l:]
	}
	if len(b) != 0 {
		return fmt.Errorf("%d bytes behind the last cell: %w", len(b), ErrShort)
	}
	return nil
}

// Row is a record and the token of its key, as it travels between stages.
type Row struct {
	Token int64
	Rec   []byte
}

// Stream yields the rows of one partition in table order: by token, key bytes, clustering.
// Next fills buf and returns how many rows it put there; the records stay valid until the next call. At the end it
// returns 0 and io.EOF. After any other error every later call returns the same error.
type Stream interface {
	Next(buf []Row) (int, error)
}

// Sum is a sum of row hashes mod 2^128: a digest of a multiset of rows that does not depend on their order.
type Sum struct{ Hi, Lo uint64 }

// Hash is the XXH3-128 of keyLen, key and cells: all of the record but its total length.
// With a recency cell the whole record is the row as it was read; see HashStored for the row as it is kept.
func Hash(rec []byte) Sum {
	h := xxh3.Hash128(rec[4:])
	return Sum{h.Hi, h.Lo}
}

// HashStored is Hash of the record without its last tail bytes, which are the recency cell.
func HashStored(rec []byte, tail int) Sum {
	h := xxh3.Hash128(rec[4 : len(rec)-tail])
	return Sum{h.Hi, h.Lo}
}

// Add is s + t mod 2^128.
func (s Sum) Add(t Sum) Sum {
	lo := s.Lo + t.Lo
	hi := s.Hi + t.Hi
	if lo < s.Lo {
		hi++
	}
	return Sum{hi, lo}
}

// Sub is s - t mod 2^128.
func (s Sum) Sub(t Sum) Sum {
	hi := s.Hi - t.Hi
	if s.Lo < t.Lo {
		hi--
	}
	return Sum{hi, s.Lo - t.Lo}
}

// String is the sum as 32 lower-case hex digits, high half first.
func (s Sum) String() string { return fmt.Sprintf("%016x%016x", s.Hi, s.Lo) }

// MarshalText is String.
func (s Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads 32 hex digits.
func (s *Sum) UnmarshalText(b []byte) error {
	var raw [16]byte
	if len(b) != 2*len(raw) {
		return fmt.Errorf("sum %.80q is not 32 hex digits", b)
	}
	if _, err := hex.Decode(raw[:], b); err != nil {
		return fmt.Errorf("sum %q is not 32 hex digits: %w", b, err)
	}
	s.Hi, s.Lo = binary.BigEndian.Uint64(raw[:]), binary.BigEndian.Uint64(raw[8:])
	return nil
}

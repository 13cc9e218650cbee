package cql

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// MaxKey is the most bytes of a partition key, and of one of its columns.
const MaxKey = 65535

// ErrKeyTooLong is wrapped by every error about a partition key over MaxKey bytes.
var ErrKeyTooLong = errors.New("partition key is longer than 65535 bytes")

// KeyType says why t may not be the type of a key or clustering column; nil if it may.
func KeyType(t Type) error {
	switch t.Kind {
	case List, Map, Struct:
		return fmt.Errorf("%s may not be a key or clustering column: it has parts that may be null and no text of its own "+
			"to ask for it by; allowed are the types without parts (boolean, numbers, text, blob, uuid, date, time, timestamp)", t)
	case Invalid:
		return errors.New("a column without a type may not be a key or clustering column")
	}
	return nil
}

// CompositeKey appends the partition key of the column payloads parts: one part is the key itself, several stand
// each as a 2-byte big-endian length, the bytes, and a 0 byte.
func CompositeKey(dst []byte, parts ...[]byte) ([]byte, error) {
	start := len(dst)
	if len(parts) == 1 {
		dst = append(dst, parts[0]...)
	} else {
		for i, part := range parts {
			if len(part) > MaxKey {
				return dst[:start], fmt.Errorf("key column %d of %d bytes: %w", i, len(part), ErrKeyTooLong)
			}
			dst = AppendKeyPart(dst, part)
		}
	}
	if n := len(dst) - start; n > MaxKey {
		return dst[:start], fmt.Errorf("key of %d bytes: %w", n, ErrKeyTooLong)
	}
	return dst, nil
}

// AppendKeyPart appends one column of a key of several columns; len(part) <= MaxKey is the caller's duty.
func AppendKeyPart(dst, part []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(part)))
	dst = append(dst, part...)
	return append(dst, 0)
}

// SplitKey is the inverse of CompositeKey for n columns; the parts alias key.
func SplitKey(key []byte, n int) ([][]byte, error) {
	if n == 1 {
		return [][]byte{key}, nil
	}
	parts := make([][]byte, n)
	rest := key
	for i := range parts {
		var err error
		if parts[i], rest, err = NextKeyPart(rest); err != nil {
			return nil, fmt.Errorf("splitting key of %d bytes: column %d: %w", len(key), i, err)
		}
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("splitting key of %d bytes: %d behind column %d: %w", len(key), len(rest), n-1, ErrInvalid)
	}
	return parts, nil
}

// NextKeyPart splits the first column off a key of several columns; both results alias key.
func NextKeyPart(key []byte) (part, rest []byte, err error) {
	if len(key) < 3 {
		return nil, nil, fmt.Errorf("%d bytes, at least 3 needed: %w", len(key), ErrInvalid)
	}
	n := int(binary.BigEndian.Uint16(key))
	if n+3 > len(key) {
		return nil, nil, fmt.Errorf("length %d, %d bytes left: %w", n, len(key)-3, ErrInvalid)
	}
	if key[2+n] != 0 {
		return nil, nil, fmt.Errorf("end byte is %02x, not 00: %w", key[2+n], ErrInvalid)
	}
	return key[2 : 2+n : 2+n], key[3+n:], nil
}

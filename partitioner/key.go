package partitioner

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/row"
)

// ErrEmptyKey says that a partition key of a single column is empty, which Cassandra forbids.
var ErrEmptyKey = errors.New("partition key is empty")

// CompositeKey appends the partition key bytes of the given column payloads to dst: one column is its bytes, several are
// each a 2-byte big-endian length, the bytes, and a 0 byte.
func CompositeKey(dst []byte, parts ...[]byte) ([]byte, error) {
	start := len(dst)
	if len(parts) == 1 {
		if len(parts[0]) == 0 {
			return dst, ErrEmptyKey
		}
		dst = append(dst, parts[0]...)
	} else {
		for _, p := range parts {
			if len(p) > row.MaxKey {
				return dst[:start], tooLong(len(p))
			}
			dst = binary.BigEndian.AppendUint16(dst, uint16(len(p)))
			dst = append(append(dst, p...), 0)
		}
	}
	if n := len(dst) - start; n > row.MaxKey {
		return dst[:start], tooLong(n)
	}
	return dst, nil
}

// SplitKey is the n column payloads of a partition key; they alias key.
func SplitKey(key []byte, n int) ([][]byte, error) {
	if n == 1 {
		if len(key) == 0 {
			return nil, ErrEmptyKey
		}
		return [][]byte{key}, nil
	}
	parts := make([][]byte, n)
	rest := key
	for i := range parts {
		if len(rest) < 3 {
			return nil, fmt.Errorf("splitting key %x: column %d of %d is missing", key, i, n)
		}
		end := 2 + int(binary.BigEndian.Uint16(rest))
		if end >= len(rest) || rest[end] != 0 {
			return nil, fmt.Errorf("splitting key %x: column %d of %d is damaged", key, i, n)
		}
		parts[i], rest = rest[2:end:end], rest[end+1:]
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("splitting key %x: %d bytes behind column %d", key, len(rest), n-1)
	}
	return parts, nil
}

func tooLong(n int) error {
	return fmt.Errorf("partition key of %d bytes: allowed are %d", n, row.MaxKey)
}

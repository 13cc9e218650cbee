package table

import (
	"errors"
	"fmt"
)

// CorruptError says that a table's bytes are not what a writer made: fetch the file again or repair the version.
type CorruptError struct {
	Part   string // "trailer", "header", "index", "bucket 17", "head of a key", "chunk"
	Offset uint64 // of the part in the file
	Err    error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("damaged table: %s at offset %d: %v", e.Part, e.Offset, e.Err)
}

func (e *CorruptError) Unwrap() error { return e.Err }

// IsCorruption reports whether err says that a table is damaged, rather than that it could not be read.
func IsCorruption(err error) bool {
	var c *CorruptError
	return errors.As(err, &c)
}

// ErrVersion is wrapped by the error about a table of a format version that this build does not know.
var ErrVersion = errors.New("unknown table format version")

var (
	errChecksum = errors.New("checksum does not match")
	errShort    = errors.New("ends too early")
)

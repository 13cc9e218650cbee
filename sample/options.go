package sample

import (
	"errors"
	"fmt"
)

// Codec compresses the pages of the files.
type Codec string

// The codecs.
const (
	Zstd   Codec = "zstd"
	Snappy Codec = "snappy"
)

// Options says what to write.
type Options struct {
	Rows         int64 // of all files together, repeated guests included
	Files        int   // for WriteFiles; the rows are divided evenly, in order
	Seed         uint64
	RowGroupRows int64 // rows of a row group, at most
	Codec        Codec
}

// Bounds of Options.
const (
	MaxRows  = 1 << 40
	MaxFiles = 100_000
)

// Default is a hundred thousand rows in four files: 115 MB.
func Default() Options {
	return Options{Rows: 100_000, Files: 4, Seed: 1, RowGroupRows: 20_000, Codec: Zstd}
}

// Validate reports everything that is out of bounds.
func (o Options) Validate() error {
	var all []error
	if o.Rows < 0 || o.Rows > MaxRows {
		all = append(all, fmt.Errorf("%d rows are not allowed; allowed: 0 to %d", o.Rows, int64(MaxRows)))
	}
	if o.Files < 1 || o.Files > MaxFiles {
		all = append(all, fmt.Errorf("%d files are not allowed; allowed: 1 to %d", o.Files, MaxFiles))
	}
	if o.RowGroupRows < 1 {
		all = append(all, fmt.Errorf("%d rows a row group are not allowed; allowed: 1 and more", o.RowGroupRows))
	}
	if o.Codec != Zstd && o.Codec != Snappy {
		all = append(all, fmt.Errorf("codec %q is not allowed; allowed: %s, %s", o.Codec, Zstd, Snappy))
	}
	return errors.Join(all...)
}

// Stats is what was written.
type Stats struct {
	Files        int   `json:"files"`
	Rows         int64 `json:"rows"`
	Guests       int64 `json:"guests"`        // different keys
	Repeated     int64 `json:"repeated"`      // rows of a guest that another row tells more recently of
	ContextBytes int64 `json:"context_bytes"` // of the column context, uncompressed
	Bytes        int64 `json:"bytes"`         // of the files
}

func (s *Stats) add(t Stats) {
	s.Files += t.Files
	s.Rows += t.Rows
	s.Guests += t.Guests
	s.Repeated += t.Repeated
	s.ContextBytes += t.ContextBytes
	s.Bytes += t.Bytes
}

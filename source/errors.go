package source

import (
	"errors"
	"fmt"
	"strings"
)

// What an operator can tell apart; every error of this package that is about input wraps one of them.
var (
	// ErrSourceChanged is wrapped when a file is not the one that was listed: size, mtime, inode or etag differ.
	ErrSourceChanged = errors.New("source changed while it was read")
	// ErrDamaged is wrapped when a file contradicts itself or its format.
	ErrDamaged = errors.New("damaged Parquet file")
	// ErrUnsupported is wrapped when a file is whole but uses what this package refuses: an encoding, a codec, a type.
	ErrUnsupported = errors.New("unsupported Parquet feature")
	// ErrSchema is wrapped when files disagree, or a wanted column does not exist or has another type.
	ErrSchema = errors.New("schemas do not agree")
	// ErrNoSource is wrapped when a source of the spec is not there, or holds no file.
	ErrNoSource = errors.New("no file matches")
)

// ListError says why the files that the sources name cannot be an input together, or one of them at all.
type ListError struct{ Reason string }

// Error is the reason.
func (e *ListError) Error() string { return e.Reason }

func unfit(format string, args ...any) error { return &ListError{fmt.Sprintf(format, args...)} }

// PlaceError says where in the input an error is. Column is "" and Group is -1 where they do not apply.
type PlaceError struct {
	File   string
	Group  int
	Column string
	Err    error
}

// Error names file, row group and column in front of the cause.
func (e *PlaceError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "reading %q", e.File)
	if e.Group >= 0 {
		fmt.Fprintf(&b, ", row group %d", e.Group)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, ", column %q", e.Column)
	}
	return b.String() + ": " + e.Err.Error()
}

// Unwrap is the cause.
func (e *PlaceError) Unwrap() error { return e.Err }

// ValueError is a value that its CQL type cannot hold. Row is the row's position in the file.
type ValueError struct {
	Row      int64
	Value    string // the value as text, shortened
	Reason   string
	Override string // the line to put under types: in the spec, or "" where none helps
}

// Error says what the value is, why it is refused, and the line to paste.
func (e *ValueError) Error() string {
	s := fmt.Sprintf("row %d: value %s %s", e.Row, e.Value, e.Reason)
	if e.Override != "" {
		s += fmt.Sprintf("; to accept it put %q under types: in the spec", e.Override)
	}
	return s
}

// damaged makes an error of class ErrDamaged.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// unsupported makes an error of class ErrUnsupported.
func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

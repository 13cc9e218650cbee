package store

import (
	"context"
	"io"
	"iter"
	"time"
)

// Store holds immutable objects under names such as "orders/manifests/v1.json". Every method may be called by several
// goroutines at once, ends early when its context ends, and fails with an *Error that names operation, object and store.
// IsTransient says which failures another try may heal; WithRetry does that. All methods are idempotent save a
// CreateOnly Write, whose second try finds its own object: WithRetry and Create look that up.
type Store interface {
	// Write publishes body under name, whole or not at all: no reader ever sees a part of it. It fails with ErrExists
	// if mode is CreateOnly and the name is taken, and with ErrMismatch if the bytes are not what body's size and sha256
	// say. After any other error the object may or may not be there, with all its bytes.
	Write(ctx context.Context, name string, body Body, mode Mode) error

	// Read opens length bytes from offset on, or all to the end if length is negative. The reader gives exactly those
	// bytes or an error; a range that ends behind the object is ErrRange, at once or when the reader gets there. It
	// fails with ErrNotFound, or with ErrPrecondition if a condition does not hold. The caller closes the reader.
	Read(ctx context.Context, name string, offset, length int64, conditions ...Condition) (*Reader, error)

	// Stat describes one object, or fails with ErrNotFound. It never reads content: see Info.SHA256 and Digest.
	Stat(ctx context.Context, name string) (Info, error)

	// List yields every object whose name starts with prefix ("" for all), in the order of the names' bytes, with
	// memory for one page or one folder. It ends after the first error. An object written or deleted meanwhile may be
	// missing or present. Info.SHA256 and Info.ETag may be empty here.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]

	// Delete removes an object. A name that does not exist is no error, so that a second try succeeds.
	Delete(ctx context.Context, name string) error

	// Close frees connections. Readers that are still open fail afterwards or not, as the store likes.
	Close() error
}

// Mode says what a Write does to an object that is there already.
type Mode int

// The two modes: CreateOnly lets exactly one of many writers win, Replace swaps the object in one step.
const (
	CreateOnly Mode = iota
	Replace
)

// String is the mode's name in messages.
func (m Mode) String() string {
	if m == Replace {
		return "replace"
	}
	return "create"
}

// Info describes an object.
type Info struct {
	Name     string
	Size     int64     // bytes
	SHA256   [32]byte  // of the content; all zero where the store does not keep it (directories, foreign objects): see Digest
	ETag     string    // changes when the object is replaced; only to be compared
	Modified time.Time // by the store's clock
}

// HasSHA256 reports whether the store told the content's sha256.
func (i Info) HasSHA256() bool { return i.SHA256 != [32]byte{} }

// Reader is a part of one object, and what the store tells of the object that the bytes belong to.
type Reader struct {
	io.ReadCloser
	ETag string
	Size int64 // bytes of the whole object
}

// Condition must hold for a Read to succeed.
type Condition struct{ etag string }

// IfMatch lets a Read fail with ErrPrecondition unless the object still has this ETag, as Stat or a Reader gave it.
func IfMatch(etag string) Condition { return Condition{etag: etag} }

// wantedETag is the ETag that the conditions ask for, or "" for none.
func wantedETag(conditions []Condition) string {
	for _, c := range conditions {
		if c.etag != "" {
			return c.etag
		}
	}
	return ""
}

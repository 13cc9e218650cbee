package store

import (
	"context"
	"errors"
	"fmt"
)

// The reasons that callers ask for with errors.Is. All are permanent: the same call fails again.
var (
	ErrExists       = errors.New("object exists already")                       // a create-only Write lost; see Create
	ErrNotFound     = errors.New("object does not exist")                       // Read or Stat of a free name
	ErrPrecondition = errors.New("object has changed since it was looked at")   // Read with IfMatch
	ErrMismatch     = errors.New("content is not what its size and sha256 say") // Write; nothing was published
	ErrRange        = errors.New("range ends behind the object")                // Read
	ErrName         = errors.New("name is not allowed")                         // any call
	ErrUnsupported  = errors.New("not supported by this store")                 // a limit that the message names
)

// Error is a failed call: what was tried, on which object of which store, and why.
type Error struct {
	Op        string // verb phrase, such as "writing"
	Name      string // the object, or the prefix of a List
	URL       string // the store, without parameters; may be empty
	Transient bool   // another try may succeed
	Err       error
}

// Error reads like: writing "a/b" in file:///x: disk full.
func (e *Error) Error() string {
	if e.URL == "" {
		return fmt.Sprintf("%s %q: %v", e.Op, e.Name, e.Err)
	}
	return fmt.Sprintf("%s %q in %s: %v", e.Op, e.Name, e.URL, e.Err)
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// AddressError is why a store cannot be opened: its address, or what the machine's configuration says about it. No
// request was sent.
type AddressError struct{ Err error }

// Error is that of the cause, which names the address.
func (e *AddressError) Error() string { return e.Err.Error() }

// Unwrap is the cause.
func (e *AddressError) Unwrap() error { return e.Err }

// IsTransient reports whether a call that failed with err may succeed when it is made again: the network, an overloaded
// or busy server. The end of the caller's own context is never transient.
func IsTransient(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	var e *Error
	return errors.As(err, &e) && e.Transient
}

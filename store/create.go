package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// Outcome says how a Create came to its success.
type Outcome int

// Created: this call wrote the object (or its reply was lost and the object is there as written). Same: an equal object
// was there before.
const (
	Created Outcome = iota
	Same
)

// String is the outcome's name in messages.
func (o Outcome) String() string {
	if o == Same {
		return "same"
	}
	return "created"
}

// ConflictError tells that a create-only name is taken by other content. It is an ErrExists.
type ConflictError struct {
	Name string
	Want Body // what was to be written
	Have Info // what is there; SHA256 is set
	Err  error
}

// Error shows both contents by size and sha256.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%v with other content: it has %d bytes with sha256 %x, not %d bytes with sha256 %x",
		e.Err, e.Have.Size, e.Have.SHA256, e.Want.Size, e.Want.SHA256)
}

// Unwrap is the store's answer, an ErrExists.
func (e *ConflictError) Unwrap() error { return e.Err }

// Create writes body under a free name. Where the name is taken, it compares size and sha256: equal is Same, different is
// a *ConflictError. Two writers of equal bodies both succeed, so a body that stands for "I was first" must say who I am.
func Create(ctx context.Context, s Store, name string, body Body) (Outcome, error) {
	err := s.Write(ctx, name, body, CreateOnly)
	if err == nil {
		return Created, nil
	}
	if !errors.Is(err, ErrExists) {
		return 0, err
	}
	if err := compare(ctx, s, name, body, err); err != nil {
		return 0, err
	}
	return Same, nil
}

// compare returns nil if the object has body's content, and else a *ConflictError around exists, which told that the name
// is taken.
func compare(ctx context.Context, s Store, name string, body Body, exists error) error {
	var conflict *ConflictError
	if errors.As(exists, &conflict) {
		return exists
	}
	have, err := Digest(ctx, s, name)
	if err != nil {
		return fmt.Errorf("comparing with the object that exists: %w", err)
	}
	if have.Size != body.Size || have.SHA256 != body.SHA256 {
		return &ConflictError{Name: name, Want: body, Have: have, Err: exists}
	}
	return nil
}

// Digest is Stat with Info.SHA256 always set: where the store does not keep it, the object is read once.
func Digest(ctx context.Context, s Store, name string) (Info, error) {
	info, err := s.Stat(ctx, name)
	if err != nil || info.HasSHA256() {
		return info, err
	}
	r, err := s.Read(ctx, name, 0, info.Size, IfMatch(info.ETag))
	if err != nil {
		return Info{}, err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return Info{}, err
	}
	info.SHA256 = [32]byte(h.Sum(nil))
	return info, nil
}

// ReadAll reads a small object whole; one of more than limit bytes is refused with ErrRange.
func ReadAll(ctx context.Context, s Store, name string, limit int64) ([]byte, error) {
	r, err := s.Read(ctx, name, 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("reading %q: object is larger than the %d bytes expected: %w", name, limit, ErrRange)
	}
	return data, nil
}

package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// CheckCreateOnly tries on a small object of its own whether the store lets one of two creates win, and removes it. A
// service that passes over the condition would let two builds commit one version and tell neither: the error is then
// ErrUnsupported. It takes four requests; a killed process may leave the object, "check/" and a random name.
func CheckCreateOnly(ctx context.Context, s Store) (err error) {
	name := "check/" + rand.Text()
	if err := s.Write(ctx, name, Bytes([]byte("first")), CreateOnly); err != nil {
		return fmt.Errorf("checking create-only writes: %w", err)
	}
	defer func() {
		if e := s.Delete(ctx, name); e != nil {
			err = errors.Join(err, fmt.Errorf("checking create-only writes: %w", e))
		}
	}()
	err = s.Write(ctx, name, Bytes([]byte("second")), CreateOnly)
	if err != nil && !errors.Is(err, ErrExists) {
		return fmt.Errorf("checking create-only writes: %w", err)
	}
	data, readErr := ReadAll(ctx, s, name, 100)
	if readErr != nil {
		return fmt.Errorf("checking create-only writes: %w", readErr)
	}
	if err == nil || string(data) != "first" {
		return fmt.Errorf("checking create-only writes: %w: the second of two creates of %q was not refused (S3 services must honour If-None-Match)",
			ErrUnsupported, name)
	}
	return nil
}

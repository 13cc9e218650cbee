package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/verdigris-db/verdigris/store"
)

// maxDocument bounds the JSON documents that are read into memory.
const maxDocument = 1 << 30

// readObject reads a whole small object.
func readObject(ctx context.Context, s store.Store, name string) ([]byte, error) {
	r, err := s.Read(ctx, name, 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("reading object %q: %w", name, err)
	}
	if len(b) > maxDocument {
		return nil, fmt.Errorf("reading object %q: more than %d bytes", name, maxDocument)
	}
	return b, nil
}

// writeJSON creates an object, or finds an equal one there.
func writeJSON(ctx context.Context, s store.Store, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding object %q: %w", name, err)
	}
	_, err = store.Create(ctx, s, name, store.Bytes(append(b, '\n')))
	return err
}

// exists reports whether there is an object of that name.
func exists(ctx context.Context, s store.Store, name string) (bool, error) {
	_, err := s.Stat(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

package workers

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/verdigris-db/verdigris/store"
)

// maxDocument bounds the JSON documents that are read into memory.
const maxDocument = 1 << 30

// readObject reads a whole small object.
func readObject(ctx context.Context, s store.Store, name string) ([]byte, error) {
	return store.ReadAll(ctx, s, name, maxDocument)
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

package store

import (
	"context"
	"fmt"
	"net/url"
)

// Open opens the store at an address: file:///absolute/path, s3://bucket/prefix?region=..&endpoint=..&use_path_style=true
// (gocloud's parameters), or mem:// (a new empty store in this process). The directory or prefix need not exist yet.
// Nothing is retried: see WithRetry.
func Open(ctx context.Context, address string) (Store, error) {
	s, err := open(ctx, address)
	if err != nil {
		return nil, &AddressError{err}
	}
	return s, nil
}

func open(ctx context.Context, address string) (Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("opening store: %w", err)
	}
	switch u.Scheme {
	case "file":
		return openDirectory(u)
	case "s3":
		return openS3(ctx, u)
	case "mem":
		return openMemory(u)
	}
	return nil, fmt.Errorf("opening store %q: %w: scheme %q; use file, s3 or mem", address, ErrUnsupported, u.Scheme)
}

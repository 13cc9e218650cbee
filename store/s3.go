package store

import (
	"context"
	"net/url"
)

func openS3(ctx context.Context, u *url.URL) (Store, error) { return nil, ErrUnsupported }
func openMemory(u *url.URL) (Store, error)                  { return nil, ErrUnsupported }

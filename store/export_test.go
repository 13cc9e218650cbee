package store

import (
	"context"
	"net/url"
	"time"
)

// Watch lets a directory store tell each step of its Writes. It is for one goroutine.
func Watch(s Store, watch func(step string)) { s.(*directory).watch = watch }

// OpenS3Patient opens an S3 store that takes connections for broken after another time.
func OpenS3Patient(ctx context.Context, address string, silence time.Duration) (Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return openS3Patient(ctx, u, silence)
}

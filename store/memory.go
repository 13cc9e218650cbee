package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"

	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"
	"gocloud.dev/gcerrors"
)

// openMemory opens mem://, a new and empty store that ends with the process.
func openMemory(u *url.URL) (Store, error) {
	if u.Host != "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("opening store %q: the address of a memory store is mem:// and nothing more", u)
	}
	return &bucket{blobs: memblob.OpenBucket(&memblob.Options{NoMD5: true}), kind: memory{}, url: "mem://"}, nil
}

// memory is the kind of a bucket in memory.
type memory struct{}

// upload holds the whole body; a canceled context keeps it from being published.
func (memory) upload(ctx context.Context, blobs *blob.Bucket, name string, source io.Reader, _ int64, options *blob.WriterOptions) error {
	return blobs.Upload(ctx, name, source, options)
}

// open asks for the ETag before and after, because the reader does not tell it.
func (memory) open(ctx context.Context, blobs *blob.Bucket, name string, offset, length int64, wanted string) (*blob.Reader, string, error) {
	for {
		before, err := blobs.Attributes(ctx, name)
		if err != nil {
			return nil, "", err
		}
		if wanted != "" && wanted != before.ETag {
			return nil, "", ErrPrecondition
		}
		r, err := blobs.NewRangeReader(ctx, name, offset, length, nil)
		if err != nil {
			return nil, "", err
		}
		after, err := blobs.Attributes(ctx, name)
		if err == nil && after.ETag == before.ETag {
			return r, before.ETag, nil
		}
		if err := errors.Join(err, r.Close()); err != nil { // deleted meanwhile
			return nil, "", err
		}
	}
}

// listed is empty: only Attributes know the ETag.
func (memory) listed(*blob.ListObject) string { return "" }

// reason knows the two refusals; memory has no passing failures.
func (memory) reason(err error) (error, bool) {
	switch gcerrors.Code(err) {
	case gcerrors.NotFound:
		return ErrNotFound, false
	case gcerrors.FailedPrecondition:
		return ErrPrecondition, false
	}
	return err, false
}

// costly is never so: nothing is sent.
func (memory) costly(int64) bool { return false }

// close has nothing to free.
func (memory) close() {}

package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"gocloud.dev/blob"
)

// bucket keeps each object as one blob of a gocloud bucket, with its sha256 in the blob's metadata. What differs between
// S3 and memory is in its kind.
type bucket struct {
	blobs *blob.Bucket
	kind  kind
	url   string // without parameters
}

var _ Store = (*bucket)(nil)

// kind is what gocloud leaves to each service.
type kind interface {
	// upload publishes source, of size bytes. On failure it leaves nothing behind.
	upload(ctx context.Context, blobs *blob.Bucket, name string, source io.Reader, size int64, options *blob.WriterOptions) error
	// open reads a range of at least one byte, and fails with ErrPrecondition if there is a wanted ETag and another.
	open(ctx context.Context, blobs *blob.Bucket, name string, offset, length int64, wanted string) (*blob.Reader, string, error)
	// listed is the ETag of an object in a list, or "".
	listed(o *blob.ListObject) string
	// reason finds one of the package's reasons for err, or gives err back, and says if another try may succeed.
	reason(err error) (because error, transient bool)
	// costly reports whether an upload of this size is worth asking first if the name is taken.
	costly(size int64) bool
	// close frees connections.
	close()
}

const metaSHA256 = "sha256" // the metadata key; its value is hexadecimal

// fail wraps err for a caller.
func (b *bucket) fail(ctx context.Context, op, name string, err error) error {
	because, transient := b.kind.reason(err)
	if cause := context.Cause(ctx); cause != nil { // the end of the caller's context is what ended the call
		transient = false
		if !errors.Is(because, cause) {
			because = fmt.Errorf("%w (%w)", cause, because)
		}
	}
	return &Error{Op: op, Name: name, URL: b.url, Transient: transient, Err: because}
}

// Write uploads the body. The service decides between several writers of one name.
func (b *bucket) Write(ctx context.Context, name string, body Body, mode Mode) error {
	const op = "writing"
	if err := errors.Join(ValidateName(name), context.Cause(ctx)); err != nil {
		return b.fail(ctx, op, name, err)
	}
	err := b.write(ctx, name, body, mode)
	if because, _ := b.kind.reason(err); because == ErrPrecondition {
		err = ErrExists
	}
	if err != nil {
		return b.fail(ctx, op, name, err)
	}
	return nil
}

func (b *bucket) write(ctx context.Context, name string, body Body, mode Mode) error {
	if mode == CreateOnly && b.kind.costly(body.Size) { // spares the work where the loss is certain; the service decides
		exists, err := b.blobs.Exists(ctx, name)
		if err != nil {
			return err
		}
		if exists {
			return ErrExists
		}
	}
	source, err := body.Open()
	if err != nil {
		return err
	}
	defer source.Close()
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	watched := &watchedSource{source: source, stop: cancel}
	err = b.kind.upload(inner, b.blobs, name, watched, body.Size, &blob.WriterOptions{
		ContentType: "application/octet-stream",
		IfNotExist:  mode == CreateOnly,
		Metadata:    map[string]string{metaSHA256: hex.EncodeToString(body.SHA256[:])},
	})
	if watched.err != nil {
		return watched.err
	}
	return err
}

// watchedSource ends the upload when the body fails: the service must not take what came until then for the whole.
type watchedSource struct {
	source io.Reader
	stop   func()
	err    error
}

// Read passes bytes on and keeps the error.
func (w *watchedSource) Read(p []byte) (int, error) {
	n, err := w.source.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
		w.stop()
	}
	return n, err
}

// Read opens a range of a blob.
func (b *bucket) Read(ctx context.Context, name string, offset, length int64, conditions ...Condition) (*Reader, error) {
	const op = "reading"
	if err := errors.Join(ValidateName(name), context.Cause(ctx)); err != nil {
		return nil, b.fail(ctx, op, name, err)
	}
	r, left, err := b.read(ctx, name, offset, length, wantedETag(conditions))
	if err != nil {
		return nil, b.fail(ctx, op, name, err)
	}
	r.ReadCloser = &exactReader{ctx: ctx, source: r.ReadCloser, left: left,
		fail: func(err error) error { return b.fail(ctx, op, name, err) }}
	return r, nil
}

// read opens a range and tells how many bytes it has.
func (b *bucket) read(ctx context.Context, name string, offset, length int64, wanted string) (*Reader, int64, error) {
	if offset < 0 {
		return nil, 0, fmt.Errorf("%w: offset %d", ErrRange, offset)
	}
	if length == 0 { // services have no empty ranges
		return b.readNothing(ctx, name, offset, length, wanted)
	}
	r, etag, err := b.kind.open(ctx, b.blobs, name, offset, length, wanted)
	if err != nil {
		if because, _ := b.kind.reason(err); because == ErrRange { // or the empty rest at the object's end
			return b.readNothing(ctx, name, offset, length, wanted)
		}
		return nil, 0, err
	}
	rest := r.Size() - offset
	if rest < 0 || length > rest {
		return nil, 0, errors.Join(fmt.Errorf("%w: %d bytes from %d of %d", ErrRange, length, offset, r.Size()), r.Close())
	}
	if length < 0 {
		length = rest
	}
	return &Reader{ReadCloser: r, ETag: etag, Size: r.Size()}, length, nil
}

// readNothing is read of a range without bytes.
func (b *bucket) readNothing(ctx context.Context, name string, offset, length int64, wanted string) (*Reader, int64, error) {
	a, err := b.blobs.Attributes(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	if wanted != "" && wanted != a.ETag {
		return nil, 0, ErrPrecondition
	}
	if length > 0 || offset > a.Size || length < 0 && offset != a.Size {
		return nil, 0, fmt.Errorf("%w: %d bytes from %d of %d", ErrRange, length, offset, a.Size)
	}
	return &Reader{ReadCloser: io.NopCloser(strings.NewReader("")), ETag: a.ETag, Size: a.Size}, 0, nil
}

// Stat asks for a blob's attributes. An object that another program wrote has no sha256.
func (b *bucket) Stat(ctx context.Context, name string) (Info, error) {
	const op = "looking up"
	if err := errors.Join(ValidateName(name), context.Cause(ctx)); err != nil {
		return Info{}, b.fail(ctx, op, name, err)
	}
	a, err := b.blobs.Attributes(ctx, name)
	if err != nil {
		return Info{}, b.fail(ctx, op, name, err)
	}
	info := Info{Name: name, Size: a.Size, ETag: a.ETag, Modified: a.ModTime}
	if sum, err := hex.DecodeString(a.Metadata[metaSHA256]); err == nil && len(sum) == len(info.SHA256) {
		copy(info.SHA256[:], sum)
	}
	return info, nil
}

// List pages through the blobs. The empty objects "folder/" that web consoles make to show a folder are passed over.
func (b *bucket) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		err := validatePrefix(prefix)
		if err == nil {
			err = b.list(ctx, prefix, yield)
		}
		if err != nil && err != errStopped {
			yield(Info{}, b.fail(ctx, "listing", prefix, err))
		}
	}
}

func (b *bucket) list(ctx context.Context, prefix string, yield func(Info, error) bool) error {
	var last string
	for page := b.blobs.List(&blob.ListOptions{Prefix: prefix}); ; {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		o, err := page.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if o.Key < last { // a resumed list would lose names
			return fmt.Errorf("%w: the service lists %q after %q, not in the order of names", ErrUnsupported, o.Key, last)
		}
		last = o.Key
		if o.Size == 0 && (o.Key == "" || strings.HasSuffix(o.Key, "/")) {
			continue
		}
		if !yield(Info{Name: o.Key, Size: o.Size, ETag: b.kind.listed(o), Modified: o.ModTime}, nil) {
			return errStopped
		}
	}
}

// Delete removes a blob.
func (b *bucket) Delete(ctx context.Context, name string) error {
	const op = "deleting"
	if err := errors.Join(ValidateName(name), context.Cause(ctx)); err != nil {
		return b.fail(ctx, op, name, err)
	}
	err := b.blobs.Delete(ctx, name)
	if because, _ := b.kind.reason(err); because == ErrNotFound {
		return nil
	}
	if err != nil {
		return b.fail(ctx, op, name, err)
	}
	return nil
}

// Close closes the bucket and its connections.
func (b *bucket) Close() error {
	err := b.blobs.Close()
	b.kind.close()
	return err
}

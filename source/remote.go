package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/verdigris-db/verdigris/store"
)

// remoteWindow makes the time of one request small beside that of its bytes.
const remoteWindow = 4 << 20

// bucket returns the store of a bucket URL without a key, opened once.
func (s *Storage) bucket(ctx context.Context, address string) (store.Store, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.New("the storage is closed")
	}
	if b := s.buckets[address]; b != nil {
		return b, nil
	}
	b, err := store.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	if s.buckets == nil {
		s.buckets = map[string]store.Store{}
	}
	b = store.WithRetry(b, store.DefaultRetry())
	s.buckets[address] = b
	return b, nil
}

// splitSource cuts s3://bucket/key?parameters as a source writes it: the key is literal, with wildcards.
func splitSource(src string) (address, key string, err error) {
	rest := strings.TrimPrefix(src, "s3://")
	rest, query, _ := strings.Cut(rest, "?")
	bucket, key, _ := strings.Cut(rest, "/")
	if bucket == "" || hasWildcard(bucket) {
		return "", "", errors.New("no bucket in it: s3://bucket/prefix is allowed")
	}
	if _, err := url.ParseQuery(query); err != nil {
		return "", "", fmt.Errorf("parameters %q: %w", query, err)
	}
	return (&url.URL{Scheme: "s3", Host: bucket, RawQuery: query}).String(), key, nil
}

// objectURL is the URL of a key; splitObject is its inverse.
func objectURL(address, key string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	u.Path = "/" + key
	return u.String(), nil
}

func splitObject(object string) (address, key string, err error) {
	u, err := url.Parse(object)
	if err != nil {
		return "", "", fmt.Errorf("reading the URL of an object: %w", err)
	}
	key = strings.TrimPrefix(u.Path, "/")
	u.Path, u.RawPath = "", ""
	return u.String(), key, nil
}

// listRemote lists an s3:// source.
func (s *Storage) listRemote(ctx context.Context, src string) ([]File, error) {
	address, key, err := splitSource(src)
	if err != nil {
		return nil, err
	}
	bucket, err := s.bucket(ctx, address)
	if err != nil {
		return nil, err
	}
	var r root
	prefix := ""
	if hasWildcard(key) {
		dir, pattern := splitPattern(key)
		if err := checkPattern(pattern); err != nil {
			return nil, err
		}
		r.dir, r.pattern = strings.TrimPrefix(dir, "/"), pattern
		head, _, _ := strings.Cut(strings.NewReplacer("*", "\x00", "[", "\x00", `\`, "\x00").Replace(pattern[0]), "\x00")
		prefix = r.dir + head // spares the listing of the folder's other names
	} else if key = strings.TrimSuffix(key, "/"); key != "" {
		info, err := bucket.Stat(ctx, key)
		if err == nil {
			f, err := remoteFile(address, key[:strings.LastIndexByte(key, '/')+1], info)
			return []File{f}, err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		r.dir = key + "/"
		prefix = r.dir
	}
	var out []File
	for info, err := range bucket.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(info.Name, r.dir)
		if !r.takes(strings.Split(name, "/")) {
			continue
		}
		f, err := remoteFile(address, r.dir, info)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// remoteFile is the object of info, named below the folder dir.
func remoteFile(address, dir string, info store.Info) (f File, err error) {
	f = File{Name: strings.TrimPrefix(info.Name, dir), Size: info.Size, ETag: strings.Trim(info.ETag, `"`)}
	if f.ETag == "" {
		return f, fmt.Errorf("object %q has no ETag, by which a change would be seen", info.Name)
	}
	if f.URL, err = objectURL(address, info.Name); err != nil {
		return f, err
	}
	f.Folders, err = foldersOf(f.Name)
	return f, err
}

// remoteObject is an object in a bucket. Every read carries the ETag that was listed.
type remoteObject struct {
	bucket store.Store
	key    string
	listed File
}

var _ object = (*remoteObject)(nil)

func (s *Storage) openRemote(ctx context.Context, f File) (object, error) {
	address, key, err := splitObject(f.URL)
	if err != nil {
		return nil, err
	}
	bucket, err := s.bucket(ctx, address)
	if err != nil {
		return nil, err
	}
	return &remoteObject{bucket: bucket, key: key, listed: f}, nil
}

// ReadAt reads as io.ReaderAt does, with one request.
func (o *remoteObject) ReadAt(ctx context.Context, b []byte, off int64) (n int, err error) {
	want := len(b)
	if rest := o.listed.Size - off; int64(want) > rest {
		if rest <= 0 {
			return 0, io.EOF
		}
		want = int(rest)
	}
	r, err := o.bucket.Read(ctx, o.key, off, int64(want), store.IfMatch(`"`+o.listed.ETag+`"`))
	if err != nil {
		return 0, o.changed(err)
	}
	defer func() {
		if closing := r.Close(); err == nil && closing != nil {
			err = fmt.Errorf("closing the read: %w", closing)
		}
	}()
	if r.Size != o.listed.Size {
		return 0, fmt.Errorf("%w: it had %d bytes and has %d", ErrSourceChanged, o.listed.Size, r.Size)
	}
	if n, err = io.ReadFull(r, b[:want]); err != nil {
		return n, o.changed(err)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// changed finds the errors that say that the object is another one.
func (o *remoteObject) changed(err error) error {
	switch {
	case errors.Is(err, store.ErrPrecondition):
		return fmt.Errorf("%w: its ETag is no longer %s", ErrSourceChanged, o.listed.ETag)
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: it is gone", ErrSourceChanged)
	case errors.Is(err, store.ErrRange):
		return fmt.Errorf("%w: it is shorter", ErrSourceChanged)
	}
	return err
}

// Unchanged has nothing to ask: each read was answered for the listed ETag.
func (o *remoteObject) Unchanged(context.Context) error { return nil }

func (o *remoteObject) Reach() reach { return far }

// Close leaves the bucket open for other objects.
func (o *remoteObject) Close() error { return nil }

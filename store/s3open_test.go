package store_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"go.uber.org/goleak"

	"github.com/verdigris-db/verdigris/internal/testkit/s3test"
	"github.com/verdigris-db/verdigris/store"
)

func TestOpenRefuses(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	for address, want := range map[string]string{
		"":                            "use file, s3 or mem",
		"views":                       "use file, s3 or mem",
		"gs://bucket":                 "use file, s3 or mem",
		"file://host/views":           "no host",
		"file:views":                  "must be absolute",
		"file:///views?x=1":           "no parameters",
		"mem://name":                  "nothing more",
		"s3://":                       "",
		"s3://b?region=r&what=1":      "what",
		"s3://k:secret@b?region=r":    "credentials",
		"s3://b/a/../b?region=r":      "not allowed",
		"s3://b?use_path_style=maybe": "use_path_style",
		"s3://b/p":                    "AWS_REGION",
		"s3://b/" + strings.Repeat("p/", 63) + "?region=r": "more than 123 bytes",
	} {
		s, err := store.Open(t.Context(), address)
		if err == nil {
			t.Errorf("%q was opened", address)
			s.Close()
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: error %q, want it to contain %q and no secret", address, err, want)
		}
	}
}

// TestS3Closed also checks that Close leaves no connection and no goroutine.
func TestS3Closed(t *testing.T) {
	server := s3test.Start(t)
	address := server.URL("closed")
	before := goleak.IgnoreCurrent()
	s := openAt(t, address)
	if err := s.Write(t.Context(), "a", store.Bytes(content(9<<20)), store.CreateOnly); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ReadAll(t.Context(), s, "a", 9<<20); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
	if _, err := s.Stat(t.Context(), "a"); err == nil || store.IsTransient(err) {
		t.Fatalf("stat after close: %v", err)
	}
}

// TestS3Refused: what the user has to mend is neither missing nor tried again.
func TestS3Refused(t *testing.T) {
	server := s3test.Start(t)
	try := func(address string) []error {
		s := openAt(t, address)
		defer s.Close()
		errs := []error{s.Write(t.Context(), "a", store.Bytes(nil), store.CreateOnly)}
		_, err := s.Read(t.Context(), "a", 0, -1)
		errs = append(errs, err)
		for _, err := range s.List(t.Context(), "") {
			errs = append(errs, err)
		}
		return errs
	}
	exists := server.URL("exists")
	missing := strings.Replace(exists, "exists", "missing", 1)
	for i, err := range try(missing) {
		if err == nil || errors.Is(err, store.ErrNotFound) || store.IsTransient(err) || !strings.Contains(err.Error(), "NoSuchBucket") {
			t.Errorf("call %d on a bucket that is not there: %v", i, err)
		}
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong")
	for i, err := range try(exists) {
		if err == nil || errors.Is(err, store.ErrNotFound) || store.IsTransient(err) {
			t.Errorf("call %d with wrong credentials: %v", i, err)
		}
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	for i, err := range try(exists) {
		if err == nil || errors.Is(err, store.ErrNotFound) || store.IsTransient(err) {
			t.Errorf("call %d without credentials: %v", i, err)
		}
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1") // where nobody listens, as on any laptop
	s := openAt(t, exists)
	defer s.Close()
	_, err := s.Stat(t.Context(), "a")
	if err == nil || store.IsTransient(err) || !strings.Contains(err.Error(), "no EC2 IMDS role found") {
		t.Errorf("on a machine without a role: %v", err)
	}
}

// TestS3ForeignObjects: what other programs have put into the bucket.
func TestS3ForeignObjects(t *testing.T) {
	server := s3test.Start(t)
	s := openAt(t, server.URL("foreign/p"))
	defer s.Close()
	client, bucket := server.Client(), "foreign"
	for key, metadata := range map[string]map[string]string{
		"p/": nil, "p/folder/": nil, "p/folder/plain": nil, "p/odd": {"sha256": "not hex"}, "q/other": nil, "pq": nil,
	} {
		body := []byte(key)
		if strings.HasSuffix(key, "/") {
			body = nil
		}
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body), Metadata: metadata}); err != nil {
			t.Fatalf("%q: %v", key, err)
		}
	}
	var names []string
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, info.Name)
		digest, err := store.Digest(t.Context(), s, info.Name)
		if err != nil || digest.SHA256 != sha256.Sum256([]byte("p/"+info.Name)) || info.ETag != digest.ETag {
			t.Errorf("%q: %+v, in the list %+v, error %v", info.Name, digest, info, err)
		}
		if bare, err := s.Stat(t.Context(), info.Name); err != nil || bare.HasSHA256() {
			t.Errorf("%q is said to have a sha256: %+v, %v", info.Name, bare, err)
		}
	}
	if want := []string{"folder/plain", "odd"}; !slices.Equal(names, want) {
		t.Fatalf("list is %q, want %q", names, want)
	}
}

func TestUploadBytes(t *testing.T) {
	const mib = 1 << 20
	for size, want := range map[int64]int64{
		0: 0, 1000: 2000, 8*mib - 1: 16*mib - 2, 8 * mib: 56 * mib, 80_000 * mib: 56 * mib, 80_000*mib + 1: 63 * mib, 5 << 40: 7 * 525 * mib,
	} {
		if got := store.UploadBytes(size); got != want {
			t.Errorf("an upload of %d bytes takes %d, want %d", size, got, want)
		}
	}
}

// TestUploadMemory uploads more than the formula allows and watches the heap.
func TestUploadMemory(t *testing.T) {
	const size = 96 << 20
	server := s3test.Start(t)
	s := openAt(t, server.URL("memory"))
	defer s.Close()
	path := filepath.Join(t.TempDir(), "body")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		t.Fatal(err)
	}
	body, err := store.HashFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(5)) // garbage is no part of the formula
	runtime.GC()
	heap := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, done := heap(), make(chan error, 1)
	go func() { done <- s.Write(t.Context(), "a", body, store.CreateOnly) }()
	var peak int64
	for tick := time.NewTicker(time.Millisecond); ; {
		select {
		case err := <-done:
			tick.Stop()
			if err != nil {
				t.Fatal(err)
			}
			const slack = 4 << 20 // of the garbage, buffers of connections
			if used := peak - before; used > store.UploadBytes(size)+slack {
				t.Fatalf("the upload took %d MiB of heap, the formula says %d", used>>20, store.UploadBytes(size)>>20)
			}
			t.Logf("%d MiB of heap, the formula says %d", (peak-before)>>20, store.UploadBytes(size)>>20)
			return
		case <-tick.C:
			peak = max(peak, heap())
		}
	}
}

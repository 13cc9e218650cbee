package store_test

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/verdigris-db/verdigris/internal/testkit/s3test"
	"github.com/verdigris-db/verdigris/store"
)

// content is size bytes.
func content(size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * i >> 7)
	}
	return data
}

// TestS3Harm lets each kind of request go wrong on the wire once: alone the store calls that transient, publishes nothing
// damaged and leaves no parts; with retries the work is done.
func TestS3Harm(t *testing.T) {
	server := s3test.Start(t)
	p := startProxy(t, server.Endpoint)
	const small, large = 100_000, 8<<20 + 100_000 // two parts
	all := content(large)
	for _, test := range []struct {
		name   string
		harm   harm
		match  func(*http.Request) bool
		size   int
		healed bool // below WithRetry already: the SDK sends a part again
	}{
		{"put damaged", damageRequest, isPut, small, false},
		{"put dropped", dropRequest, isPut, small, false},
		{"put reply lost", dropReply, isPut, small, false},
		{"put slowed", slowDown, isPut, small, false},
		{"put in conflict", conflict, isPut, small, false},
		{"part damaged", damageRequest, isPart, large, true},
		{"part dropped", dropRequest, isPart, large, true},
		{"part reply lost", dropReply, isPart, large, true},
		{"part slowed", slowDown, isPart, large, true},
		{"complete dropped", dropRequest, isComplete, large, false},
		{"complete reply lost", dropReply, isComplete, large, false},
		{"complete in conflict", conflict, isComplete, large, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := all[:test.size]
			body := store.Bytes(data)
			bare := openAt(t, p.through(server.URL("harm")))
			defer bare.Close()
			p.arm(test.harm, 1, test.match)
			err := bare.Write(t.Context(), test.name+"/bare", body, store.CreateOnly)
			if (err == nil) != test.healed || err != nil && !store.IsTransient(err) {
				t.Errorf("without retries: %v", err)
			}
			if p.count() != 1 {
				t.Fatalf("%d requests were harmed", p.count())
			}
			info, err := bare.Stat(t.Context(), test.name+"/bare")
			if there := err == nil; there != (test.healed || test.harm == dropReply) {
				t.Errorf("published: %v (%v)", there, err)
			} else if there && (info.SHA256 != body.SHA256 || info.Size != body.Size) {
				t.Errorf("published with %+v", info)
			}
			if got, err := store.ReadAll(t.Context(), bare, test.name+"/bare", large); err == nil && !bytes.Equal(got, data) {
				t.Error("published damaged")
			}
			if test.healed {
				return
			}
			p.arm(test.harm, 2, test.match)
			if err := store.WithRetry(bare, quick).Write(t.Context(), test.name+"/retry", body, store.CreateOnly); err != nil {
				t.Errorf("with retries: %v", err)
			}
			if p.count() == 0 {
				t.Fatal("nothing was harmed")
			}
			if got, err := store.ReadAll(t.Context(), bare, test.name+"/retry", large); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes were read back, or others than written: %v", len(got), err)
			}
		})
	}
	if left := server.Uploads("harm"); len(left) != 0 {
		t.Errorf("parts left behind: %q", left)
	}
}

// TestS3HarmedReads: what breaks off is read on; what is damaged is never given as good.
func TestS3HarmedReads(t *testing.T) {
	server := s3test.Start(t)
	p := startProxy(t, server.Endpoint)
	bare := openAt(t, p.through(server.URL("reads")))
	defer bare.Close()
	data := content(1 << 20)
	if err := bare.Write(t.Context(), "a", store.Bytes(data), store.CreateOnly); err != nil {
		t.Fatal(err)
	}
	for _, h := range []harm{cutReply, dropRequest, dropReply, slowDown} {
		for _, length := range []int64{-1, 1<<20 - 1000} {
			p.arm(h, 1, isGet)
			r, err := bare.Read(t.Context(), "a", 1000, length)
			if err == nil {
				_, err = io.ReadAll(r)
				err = errors.Join(err, r.Close())
			}
			if err != nil && !store.IsTransient(err) || err == nil && (h == cutReply || h == slowDown) { // else net/http asks again
				t.Errorf("%s: %v", h, err)
			}
			p.arm(h, 3, isGet)
			r, err = store.WithRetry(bare, quick).Read(t.Context(), "a", 1000, length)
			if err != nil {
				t.Fatalf("%s: %v", h, err)
			}
			got, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, data[1000:]) {
				t.Errorf("%s with retries: %d bytes, or others than written: %v", h, len(got), err)
			}
			if p.count() != 3 {
				t.Errorf("%s: %d harmed", h, p.count())
			}
		}
	}
	p.arm(damageReply, 1, isGet)
	if _, err := store.ReadAll(t.Context(), store.WithRetry(bare, quick), "a", 1<<20); err == nil {
		t.Error("a damaged object was read without an error")
	}
}

// TestS3LostRacePrintsNothing: the SDK would print a line on the standard logger.
func TestS3LostRacePrintsNothing(t *testing.T) {
	server := s3test.Start(t)
	s := openAt(t, server.URL("quiet"))
	defer s.Close()
	var printed bytes.Buffer
	log.SetOutput(&printed)
	defer log.SetOutput(os.Stderr)
	p := startProxy(t, server.Endpoint)
	late := openAt(t, p.through(server.URL("quiet")))
	defer late.Close()
	path := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, content(9<<20), 0o666); err != nil {
		t.Fatal(err)
	}
	body, err := store.HashFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p.arm("", -1, func(r *http.Request) bool { // the other writer wins when the parts are there already
		if isComplete(r) {
			if err := s.Write(t.Context(), "a", store.Bytes([]byte("winner")), store.Replace); err != nil {
				t.Error(err)
			}
		}
		return false
	})
	if err := late.Write(t.Context(), "a", body, store.CreateOnly); !errors.Is(err, store.ErrExists) || store.IsTransient(err) {
		t.Fatalf("the loser got %v", err)
	}
	if left := server.Uploads("quiet"); len(left) != 0 {
		t.Errorf("parts left behind: %q", left)
	}
	if printed.Len() > 0 {
		t.Errorf("printed: %s", printed.String())
	}
}

package storetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/verdigris-db/verdigris/store"
)

func (s Suite) testMismatch(t *testing.T, st store.Store) {
	for _, size := range []int{0, 1000, s.LargeSize} {
		data := noise(size, 1)
		sum := sha256.Sum256(data)
		path := filepath.Join(t.TempDir(), "body")
		check(t, os.WriteFile(path, data, 0o666))
		long, short := int64(size)+1, int64(size)-1
		for i, body := range []store.Body{
			store.KnownBytes(data, long, sum), store.KnownBytes(data, short, sum), store.KnownBytes(data, int64(size), [32]byte{1}),
			store.File(path, long, sum), store.File(path, short, sum), store.File(path, int64(size), [32]byte{1}),
		} {
			for _, mode := range []store.Mode{store.CreateOnly, store.Replace} {
				name := fmt.Sprintf("bad/%d/%d/%v", size, i, mode)
				wantErr(t, st.Write(t.Context(), name, body, mode), store.ErrMismatch)
			}
		}
	}
	if got := list(t, st, ""); len(got) != 0 {
		t.Fatalf("published in spite of the mismatch: %q", got)
	}
}

func (suite Suite) testFile(t *testing.T, s store.Store) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "body")
	check(t, os.WriteFile(path, []byte("from a file"), 0o666))
	body, err := store.HashFile(path)
	check(t, err)
	check(t, s.Write(ctx, "f/1", body, store.CreateOnly))
	check(t, s.Write(ctx, "f/2", body, store.CreateOnly))
	check(t, s.Write(ctx, "f/2", body, store.Replace))
	suite.wantExists(t, s.Write(ctx, "f/1", body, store.CreateOnly))
	check(t, os.Remove(path))
	if err := s.Write(ctx, "f/3", body, store.CreateOnly); !errors.Is(err, os.ErrNotExist) || errors.Is(err, store.ErrNotFound) {
		t.Fatalf("body without its file: %v", err)
	}
	for _, name := range []string{"f/1", "f/2"} {
		if got := get(t, s, name); got != "from a file" {
			t.Fatalf("%q holds %q", name, got)
		}
	}
}

func (s Suite) testLarge(t *testing.T, st store.Store) {
	ctx := t.Context()
	data := noise(s.LargeSize, 2)
	path := filepath.Join(t.TempDir(), "body")
	check(t, os.WriteFile(path, data, 0o666))
	body, err := store.HashFile(path)
	check(t, err)
	got, err := store.Create(ctx, st, "large", body)
	check(t, err)
	if got != store.Created && !s.Lossy {
		t.Fatalf("create: %v", got)
	}
	got, err = store.Create(ctx, st, "large", body)
	check(t, err)
	if got != store.Same && !s.Lossy {
		t.Fatalf("second create: %v", got)
	}
	_, err = store.Create(ctx, st, "large", store.Bytes(noise(s.LargeSize, 3)))
	wantErr(t, err, store.ErrExists)
	check(t, st.Write(ctx, "replaced", store.Bytes([]byte("small")), store.Replace))
	check(t, st.Write(ctx, "replaced", body, store.Replace))
	for _, name := range []string{"large", "replaced"} {
		if !bytes.Equal([]byte(get(t, st, name)), data) {
			t.Fatalf("%q read back differs", name)
		}
		info, err := store.Digest(ctx, st, name)
		check(t, err)
		if info.SHA256 != body.SHA256 || info.Size != body.Size {
			t.Fatalf("stat of %q: %+v", name, info)
		}
	}
	middle := int64(len(data) / 2)
	r, err := st.Read(ctx, "large", middle-5, 10)
	check(t, err)
	part, err := io.ReadAll(r)
	check(t, errors.Join(err, r.Close()))
	if !bytes.Equal(part, data[middle-5:middle+5]) {
		t.Fatal("range in the middle differs")
	}
}

// testRace lets several writers of different contents create one name: exactly one may win, and its content must be there.
func testRace(t *testing.T, s store.Store, rounds, writers, size int) {
	bodies := make([]store.Body, writers)
	for i := range bodies {
		bodies[i] = store.Bytes(noise(size, uint64(i)))
	}
	for round := range rounds {
		name := fmt.Sprintf("race/%d", round)
		errs := make([]error, writers)
		start := make(chan struct{})
		var wait sync.WaitGroup
		for i := range writers {
			wait.Go(func() {
				<-start
				errs[i] = s.Write(t.Context(), name, bodies[i], store.CreateOnly)
			})
		}
		close(start)
		wait.Wait()
		winner := -1
		for i, err := range errs {
			switch {
			case err == nil && winner < 0:
				winner = i
			case err == nil:
				t.Fatalf("round %d: writers %d and %d both won", round, winner, i)
			case !errors.Is(err, store.ErrExists) && !store.IsTransient(err):
				t.Fatalf("round %d: writer %d: %v", round, i, err)
			}
		}
		if winner < 0 {
			t.Fatalf("round %d: nobody won: %v", round, errors.Join(errs...))
		}
		info, err := store.Digest(t.Context(), s, name)
		check(t, err)
		if info.SHA256 != bodies[winner].SHA256 {
			t.Fatalf("round %d: writer %d won, but the object is another's", round, winner)
		}
	}
}

package store_test

import (
	"errors"
	"io"
	"testing"

	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/store/faulty"
)

func TestCount(t *testing.T) {
	c := store.Count(openAt(t, "mem://"))
	if err := script(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	want := store.Requests{
		Writes: 6, Reads: 2, Stats: 3, Lists: 1, Deletes: 1,
		Failed:       2, // a name that is taken, and one that is missing
		BytesWritten: 3006, BytesRead: 1400, NamesListed: 4,
	}
	if got := c.Requests(); got != want {
		t.Fatalf("counted %+v, want %+v", got, want)
	}
}

// TestCountOfTries: below WithRetry each try is a request, and a reader that breaks is a failure.
func TestCountOfTries(t *testing.T) {
	inner := openAt(t, "mem://")
	c := store.Count(faulty.New(inner, faulty.Plan{Fault: faulty.Fail, Op: faulty.Write, Call: 1, Every: 1, Times: 2}))
	if err := store.WithRetry(c, quick).Write(t.Context(), "a", store.Bytes([]byte("0123456789")), store.CreateOnly); err != nil {
		t.Fatal(err)
	}
	if got, want := c.Requests(), (store.Requests{Writes: 3, Failed: 2, BytesWritten: 10}); got != want {
		t.Fatalf("counted %+v, want %+v", got, want)
	}
	c = store.Count(faulty.New(inner, faulty.Plan{Fault: faulty.Truncate, Call: 1, After: 4}))
	r, err := store.WithRetry(c, quick).Read(t.Context(), "a", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	if got, want := c.Requests(), (store.Requests{Reads: 2, Failed: 1, BytesRead: 10}); got != want {
		t.Fatalf("counted %+v, want %+v", got, want)
	}
}

package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/verdigris-db/verdigris/internal/testkit/s3test"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/store/faulty"
	"github.com/verdigris-db/verdigris/store/storetest"
)

// quick is a policy that does not wait.
var quick = store.Retry{Tries: 4, Initial: 1, Max: 1}

// always lets every call from the first on go wrong.
func always(fault faulty.Fault, op faulty.Op) faulty.Plan {
	return faulty.Plan{Fault: fault, Op: op, Call: 1, Every: 1, Times: -1}
}

// script uses every call as a build does, each answer checked, and ends with objects that content tells.
func script(ctx context.Context, s store.Store) error {
	for i := range 3 {
		name := fmt.Sprintf("tables/%d", i)
		if _, err := store.Create(ctx, s, name, store.Bytes(bytes.Repeat([]byte{byte('a' + i)}, 1000))); err != nil {
			return err
		}
	}
	if _, err := store.Create(ctx, s, "tables/0", store.Bytes([]byte("other"))); !errors.Is(err, store.ErrExists) {
		return fmt.Errorf("create of other content: %w", err)
	}
	if err := s.Write(ctx, "pointer", store.Bytes([]byte("old")), store.Replace); err != nil {
		return err
	}
	if err := s.Write(ctx, "pointer", store.Bytes([]byte("new")), store.Replace); err != nil {
		return err
	}
	var names []string
	for info, err := range s.List(ctx, "") {
		if err != nil {
			return err
		}
		names = append(names, info.Name)
	}
	if want := []string{"pointer", "tables/0", "tables/1", "tables/2"}; !slices.Equal(names, want) {
		return fmt.Errorf("list is %q, want %q", names, want)
	}
	data, err := store.ReadAll(ctx, s, "tables/1", 1000)
	if err != nil {
		return err
	}
	if string(data) != strings.Repeat("b", 1000) {
		return fmt.Errorf("read %d bytes, or others than written", len(data))
	}
	r, err := s.Read(ctx, "tables/2", 500, 400)
	if err != nil {
		return err
	}
	data, err = io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	if string(data) != strings.Repeat("c", 400) {
		return fmt.Errorf("read %d bytes of a range, or others than written", len(data))
	}
	if info, err := s.Stat(ctx, "pointer"); err != nil || info.Size != 3 {
		return fmt.Errorf("stat: %+v: %w", info, err)
	}
	if _, err := s.Stat(ctx, "never"); !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("stat of nothing: %w", err)
	}
	return s.Delete(ctx, "tables/2")
}

// scripted is what script leaves.
var scripted = map[string]string{"pointer": "new", "tables/0": strings.Repeat("a", 1000), "tables/1": strings.Repeat("b", 1000)}

// contents reads a whole store.
func contents(t *testing.T, s store.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		data, err := store.ReadAll(t.Context(), s, info.Name, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		all[info.Name] = string(data)
	}
	return all
}

// TestRetryHealsEachCall lets each call of the script go wrong in each transient way, once and from then on twice in a row.
func TestRetryHealsEachCall(t *testing.T) {
	for _, fault := range []faulty.Fault{faulty.Fail, faulty.Lose, faulty.Truncate} {
		for _, times := range []int{1, 2} {
			for call := 1; ; call++ {
				bare := openAt(t, "mem://")
				bad := faulty.New(bare, faulty.Plan{Fault: fault, Call: call, Every: 1, Times: times, After: 300})
				if err := script(t.Context(), store.WithRetry(bad, quick)); err != nil {
					t.Fatalf("%s at call %d, %d times: %v", fault, call, times, err)
				}
				if got := contents(t, bare); !maps.Equal(got, scripted) {
					t.Fatalf("%s at call %d, %d times: the store has %d objects, or others than written", fault, call, times, len(got))
				}
				if bad.Faults() == 0 {
					if call < 14 {
						t.Fatalf("the script made %d calls only", call-1)
					}
					break
				}
			}
		}
	}
}

// TestWithoutRetryEachFaultSurfaces also covers refusals under WithRetry, which must not be tried again.
func TestWithoutRetryEachFaultSurfaces(t *testing.T) {
	for _, fault := range []faulty.Fault{faulty.Fail, faulty.Lose, faulty.Refuse} {
		for call := 1; ; call++ {
			bad := faulty.New(openAt(t, "mem://"), faulty.Plan{Fault: fault, Call: call})
			s := store.Store(bad)
			if fault == faulty.Refuse {
				s = store.WithRetry(bad, quick)
			}
			err := script(t.Context(), s)
			if bad.Faults() == 0 {
				if err != nil {
					t.Fatalf("without a fault: %v", err)
				}
				break
			}
			if !errors.Is(err, faulty.ErrInjected) || store.IsTransient(err) == (fault == faulty.Refuse) {
				t.Fatalf("%s at call %d: %v", fault, call, err)
			}
			if bad.Calls() != call {
				t.Fatalf("%s at call %d: %d calls were made", fault, call, bad.Calls())
			}
		}
	}
}

func TestRetryGivesUp(t *testing.T) {
	for _, op := range []faulty.Op{faulty.Write, faulty.Read, faulty.Stat, faulty.List, faulty.Delete} {
		for _, fault := range []faulty.Fault{faulty.Fail, faulty.Truncate} {
			inner := openAt(t, "mem://")
			if err := inner.Write(t.Context(), "a", store.Bytes([]byte("0123456789")), store.CreateOnly); err != nil {
				t.Fatal(err)
			}
			bad := faulty.New(inner, always(fault, op))
			s := store.WithRetry(bad, quick)
			var err error
			switch op {
			case faulty.Write:
				err = s.Write(t.Context(), "b", store.Bytes(nil), store.CreateOnly)
			case faulty.Read:
				_, err = store.ReadAll(t.Context(), s, "a", 10)
			case faulty.Stat:
				_, err = s.Stat(t.Context(), "a")
			case faulty.List:
				for _, e := range s.List(t.Context(), "") {
					err = e
				}
			case faulty.Delete:
				err = s.Delete(t.Context(), "a")
			}
			if !errors.Is(err, faulty.ErrInjected) || !strings.Contains(err.Error(), "giving up after 4 tries") || bad.Calls() != 4 {
				t.Errorf("%s %s: %d calls, error %v", fault, op, bad.Calls(), err)
			}
		}
	}
}

func TestRetryWaitsAndEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := faulty.New(openAt(t, "mem://"), always(faulty.Fail, faulty.Stat))
		s := store.WithRetry(bad, store.DefaultRetry())
		start := time.Now()
		_, err := s.Stat(t.Context(), "a")
		if took := time.Since(start); !store.IsTransient(err) || bad.Calls() != 8 || took < 10*time.Second || took > time.Minute {
			t.Fatalf("%d calls in %v: %v", bad.Calls(), took, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err = s.Stat(ctx, "a")
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, faulty.ErrInjected) || store.IsTransient(err) {
			t.Fatalf("with a deadline: %v", err)
		}
	})
}

// TestLostReplyOfALoser: the reply is lost, and the name belongs to another writer.
func TestLostReplyOfALoser(t *testing.T) {
	inner := openAt(t, "mem://")
	bad := faulty.New(inner, faulty.Plan{Fault: faulty.Fail, Op: faulty.Write, Call: 1})
	if err := inner.Write(t.Context(), "a", store.Bytes([]byte("theirs")), store.CreateOnly); err != nil {
		t.Fatal(err)
	}
	err := store.WithRetry(bad, quick).Write(t.Context(), "a", store.Bytes([]byte("mine")), store.CreateOnly)
	var conflict *store.ConflictError
	if !errors.As(err, &conflict) || !errors.Is(err, store.ErrExists) || store.IsTransient(err) {
		t.Fatalf("got %v, want a conflict", err)
	}
}

// TestResumedReadStaysWithOneObject: the object is replaced while a reader that breaks is in the middle of it.
func TestResumedReadStaysWithOneObject(t *testing.T) {
	inner := openAt(t, "mem://")
	put := func(content string) {
		if err := inner.Write(t.Context(), "a", store.Bytes([]byte(content)), store.Replace); err != nil {
			t.Fatal(err)
		}
	}
	put("0123456789")
	s := store.WithRetry(faulty.New(inner, faulty.Plan{Fault: faulty.Truncate, Call: 1, After: 4}), quick)
	r, err := s.Read(t.Context(), "a", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	put("abcdefghij")
	data, err := io.ReadAll(r)
	if string(data) != "0123" || !errors.Is(err, store.ErrPrecondition) {
		t.Fatalf("read %q and %v", data, err)
	}
}

// TestRetryNoticesShortReads: a reader that ends early without an error is a broken one.
func TestRetryNoticesShortReads(t *testing.T) {
	inner := openAt(t, "mem://")
	if err := inner.Write(t.Context(), "a", store.Bytes([]byte("0123456789")), store.CreateOnly); err != nil {
		t.Fatal(err)
	}
	for _, length := range []int64{-1, 8} {
		s := store.WithRetry(faulty.New(inner, faulty.Plan{Fault: faulty.Shorten, Call: 1, Every: 1, Times: 2, After: 3}), quick)
		r, err := s.Read(t.Context(), "a", 2, length)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || string(data) != "23456789" {
			t.Fatalf("read %q and %v", data, err)
		}
		s = store.WithRetry(faulty.New(inner, always(faulty.Shorten, faulty.Read)), quick)
		r, err = s.Read(t.Context(), "a", 2, length)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(r)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("always short: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRetrySuite runs the acceptance suite on stores whose every third call goes wrong.
func TestRetrySuite(t *testing.T) {
	for _, fault := range []faulty.Fault{faulty.Fail, faulty.Lose, faulty.Truncate} {
		for kind, open := range map[string]func(t *testing.T) store.Store{
			"memory": func(t *testing.T) store.Store { return openAt(t, "mem://") }, "directory": openDir,
		} {
			t.Run(string(fault)+" "+kind, func(t *testing.T) {
				storetest.Suite{
					Open: func(t *testing.T) store.Store {
						plan := faulty.Plan{Fault: fault, Call: 2, Every: 3, Times: -1, After: 5}
						many := store.Retry{Tries: 30, Initial: 1, Max: 1} // of concurrent calls one may be unlucky often
						return store.WithRetry(store.Count(faulty.New(open(t), plan)), many)
					},
					Races: 10, LargeSize: 1 << 16, LargeRace: 2, Lossy: true,
				}.Run(t)
			})
		}
	}
}

// TestRetryS3 runs the script on the gateway, each call going wrong after it was done.
func TestRetryS3(t *testing.T) {
	server := s3test.Start(t)
	for call := 1; ; call++ {
		bare := openAt(t, server.URL(fmt.Sprintf("retry/%d", call)))
		bad := faulty.New(bare, faulty.Plan{Fault: faulty.Lose, Call: call})
		if err := script(t.Context(), store.WithRetry(bad, quick)); err != nil {
			t.Fatalf("at call %d: %v", call, err)
		}
		if got := contents(t, bare); !maps.Equal(got, scripted) {
			t.Fatalf("at call %d: the store has %d objects, or others than written", call, len(got))
		}
		if err := bare.Close(); err != nil {
			t.Fatal(err)
		}
		if bad.Faults() == 0 {
			return
		}
	}
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/verdigris-db/verdigris/store"
)

func testRanges(t *testing.T, s store.Store) {
	put(t, s, "r", "0123456789")
	for _, test := range []struct {
		offset, length int64
		want           string
	}{
		{0, -1, "0123456789"}, {0, 10, "0123456789"}, {0, 1, "0"}, {9, 1, "9"}, {3, 4, "3456"}, {3, -1, "3456789"},
		{0, 0, ""}, {5, 0, ""}, {10, 0, ""}, {10, -1, ""}, {9, -1, "9"},
	} {
		r, err := s.Read(t.Context(), "r", test.offset, test.length)
		if err != nil {
			t.Fatalf("range %d+%d: %v", test.offset, test.length, err)
		}
		got, err := io.ReadAll(r)
		check(t, errors.Join(err, r.Close()))
		if r.Size != 10 {
			t.Fatalf("range %d+%d: the object is said to have %d bytes", test.offset, test.length, r.Size)
		}
		if string(got) != test.want {
			t.Fatalf("range %d+%d: %q, want %q", test.offset, test.length, got, test.want)
		}
	}
	for _, test := range [][2]int64{{0, 11}, {10, 1}, {11, 0}, {11, -1}, {100, 5}, {-1, 2}, {9, 2}} {
		r, err := s.Read(t.Context(), "r", test[0], test[1])
		if err == nil {
			_, err = io.ReadAll(r)
			check(t, r.Close())
		}
		if !errors.Is(err, store.ErrRange) {
			t.Fatalf("range %d+%d: %v, want %v", test[0], test[1], err, store.ErrRange)
		}
	}
}

func testConditions(t *testing.T, s store.Store) {
	ctx := t.Context()
	put(t, s, "c", "first")
	info, err := s.Stat(ctx, "c")
	check(t, err)
	r, err := s.Read(ctx, "c", 1, 2, store.IfMatch(info.ETag))
	check(t, err)
	if r.ETag != info.ETag {
		t.Fatalf("reader's etag %q, stat's %q", r.ETag, info.ETag)
	}
	check(t, r.Close())
	check(t, s.Write(ctx, "c", store.Bytes([]byte("other")), store.Replace))
	for _, length := range []int64{-1, 0, 2} {
		_, err = s.Read(ctx, "c", 0, length, store.IfMatch(info.ETag))
		wantErr(t, err, store.ErrPrecondition)
	}
}

func testList(t *testing.T, s store.Store) {
	names := []string{"a", "b/1", "b/2/x", "b.1", "b-1", "ba", "b0", "B", "ä", "z/z/z/z", "_x", "b/2.x"}
	for _, name := range names {
		put(t, s, name, name)
	}
	slices.Sort(names)
	for _, prefix := range []string{"", "b", "b/", "b/2", "b/2/", "z/z", "ä", "nope", "b.1", "a"} {
		var want []string
		for _, name := range names {
			if strings.HasPrefix(name, prefix) {
				want = append(want, name)
			}
		}
		if got := list(t, s, prefix); !slices.Equal(got, want) {
			t.Fatalf("list %q: %q, want %q", prefix, got, want)
		}
	}
	for info, err := range s.List(t.Context(), "b/") { // stops when asked to
		check(t, err)
		if info.Name != "b/1" || info.Size != 3 || info.Modified.IsZero() {
			t.Fatalf("info in list: %+v", info)
		}
		break
	}
}

func testListPages(t *testing.T, s store.Store) {
	var want []string
	var wait sync.WaitGroup
	errs := make([]error, 8)
	for i := range 1230 {
		want = append(want, fmt.Sprintf("many/%02d/%d", i%7, i))
	}
	for worker := range errs {
		wait.Go(func() {
			for i := worker; i < len(want); i += len(errs) {
				errs[worker] = errors.Join(errs[worker], s.Write(t.Context(), want[i], store.Bytes([]byte("x")), store.CreateOnly))
			}
		})
	}
	wait.Wait()
	check(t, errors.Join(errs...))
	names := slices.Sorted(slices.Values(want))
	if got := list(t, s, "many/"); !slices.Equal(got, names) {
		t.Fatalf("list of %d names gave %d, or in another order", len(names), len(got))
	}
}

func testCanceled(t *testing.T, s store.Store) {
	put(t, s, "there", "1")
	ctx, cancel := context.WithCancel(t.Context())
	r, err := s.Read(ctx, "there", 0, -1)
	check(t, err)
	cancel()
	_, err = io.ReadAll(r)
	wantErr(t, err, context.Canceled)
	check(t, r.Close())
	wantErr(t, s.Write(ctx, "x", store.Bytes([]byte("1")), store.CreateOnly), context.Canceled)
	_, err = s.Stat(ctx, "there")
	wantErr(t, err, context.Canceled)
	_, err = s.Read(ctx, "there", 0, -1)
	wantErr(t, err, context.Canceled)
	wantErr(t, s.Delete(ctx, "there"), context.Canceled)
	for _, err := range s.List(ctx, "") {
		wantErr(t, err, context.Canceled)
	}
	if got := list(t, s, ""); !slices.Equal(got, []string{"there"}) {
		t.Fatalf("list: %q", got)
	}
}

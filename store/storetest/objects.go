package storetest

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/store"
)

func (suite Suite) testCreate(t *testing.T, s store.Store) {
	ctx := t.Context()
	mine, other := store.Bytes([]byte("mine")), store.Bytes([]byte("other, and longer"))
	first, err := store.Create(ctx, s, "a/b", mine)
	check(t, err)
	if first != store.Created && !suite.Lossy {
		t.Fatalf("first create: %v, want %v", first, store.Created)
	}
	suite.wantExists(t, s.Write(ctx, "a/b", mine, store.CreateOnly))
	wantErr(t, s.Write(ctx, "a/b", other, store.CreateOnly), store.ErrExists)
	got, err := store.Create(ctx, s, "a/b", mine)
	check(t, err)
	if got != store.Same && !suite.Lossy {
		t.Fatalf("second create of the same content: %v, want %v", got, store.Same)
	}
	_, err = store.Create(ctx, s, "a/b", other)
	wantErr(t, err, store.ErrExists)
	var conflict *store.ConflictError
	if !errors.As(err, &conflict) || conflict.Have.SHA256 != mine.SHA256 || conflict.Have.Size != 4 {
		t.Fatalf("create of other content: %v, want a conflict that shows what is there", err)
	}
	var detail *store.Error
	if !errors.As(err, &detail) || !strings.HasSuffix(detail.Name, "a/b") || detail.Op == "" || detail.URL == "" {
		t.Fatalf("error %v does not tell operation, object and store", err)
	}
	if got := get(t, s, "a/b"); got != "mine" {
		t.Fatalf("losing writes changed the object to %q", got)
	}
}

func testReplace(t *testing.T, s store.Store) {
	ctx := t.Context()
	var tags []string
	for _, content := range []string{"one", "two", "three, longer", ""} {
		check(t, s.Write(ctx, "p", store.Bytes([]byte(content)), store.Replace))
		if got := get(t, s, "p"); got != content {
			t.Fatalf("read %q, want %q", got, content)
		}
		info, err := store.Digest(ctx, s, "p")
		check(t, err)
		if info.SHA256 != sha256.Sum256([]byte(content)) || info.Size != int64(len(content)) {
			t.Fatalf("after %q: wrong size or sha256: %+v", content, info)
		}
		if info.ETag == "" || slices.Contains(tags, info.ETag) {
			t.Fatalf("etag %q after %q; before: %q", info.ETag, content, tags)
		}
		tags = append(tags, info.ETag)
	}
	if got := list(t, s, ""); !slices.Equal(got, []string{"p"}) {
		t.Fatalf("list: %q", got)
	}
}

func testDelete(t *testing.T, s store.Store) {
	ctx := t.Context()
	put(t, s, "d/x", "1")
	put(t, s, "d/y", "2")
	check(t, s.Delete(ctx, "d/x"))
	check(t, s.Delete(ctx, "d/x"))
	check(t, s.Delete(ctx, "never/was"))
	check(t, s.Delete(ctx, "d")) // a folder in some stores, never an object
	if got := list(t, s, ""); !slices.Equal(got, []string{"d/y"}) {
		t.Fatalf("list: %q", got)
	}
	put(t, s, "d/x", "again")
	check(t, s.Delete(ctx, "d/x"))
	check(t, s.Delete(ctx, "d/y"))
	if got := list(t, s, ""); len(got) != 0 {
		t.Fatalf("list: %q", got)
	}
}

func testMissing(t *testing.T, s store.Store) {
	put(t, s, "folder/x", "1")
	for _, name := range []string{"nope", "folder", "folder/nope", "folder/x/below"} {
		_, err := s.Stat(t.Context(), name)
		wantErr(t, err, store.ErrNotFound)
		_, err = s.Read(t.Context(), name, 0, -1)
		wantErr(t, err, store.ErrNotFound)
		_, err = s.Read(t.Context(), name, 0, 0)
		wantErr(t, err, store.ErrNotFound)
	}
	if got := list(t, s, "nope/"); len(got) != 0 {
		t.Fatalf("list: %q", got)
	}
}

func (suite Suite) testEmpty(t *testing.T, s store.Store) {
	put(t, s, "empty", "")
	if got := get(t, s, "empty"); got != "" {
		t.Fatalf("read %q", got)
	}
	for _, length := range []int64{0, -1} {
		r, err := s.Read(t.Context(), "empty", 0, length)
		check(t, err)
		check(t, r.Close())
	}
	got, err := store.Create(t.Context(), s, "empty", store.Bytes(nil))
	check(t, err)
	if got != store.Same && !suite.Lossy {
		t.Fatalf("second create: %v", got)
	}
}

func testNames(t *testing.T, s store.Store) {
	names := []string{"space in name", "per%20cent", "plus+and&amp", "q?x=1#frag", "quo'te\"s", "ünï/cödé/日本", "dt=2026-11-21/x.parquet",
		"a:b;c,d", "~tilde", "back\\slash", "(br)[ack]{ets}", ".hidden", "dots...x/y..z", "star*", "<lt>", "emoji😀", strings.Repeat("n", 240)}
	for _, name := range names {
		put(t, s, name, "content of "+name)
	}
	for _, name := range list(t, s, "") {
		if got := get(t, s, name); got != "content of "+name {
			t.Fatalf("%q holds %q", name, got)
		}
		info, err := store.Digest(t.Context(), s, name)
		check(t, err)
		if info.Name != name || info.SHA256 != sha256.Sum256([]byte("content of "+name)) {
			t.Fatalf("stat of %q: %+v", name, info)
		}
		check(t, s.Delete(t.Context(), name))
	}
	if got := list(t, s, ""); len(got) != 0 {
		t.Fatalf("left after delete: %q", got)
	}
}

func testRefusedNames(t *testing.T, s store.Store) {
	ctx := t.Context()
	for _, name := range []string{"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "../a", "a/..", "a../b", "a\x00b", "a\nb", "\xff",
		"x__0x2f__y", strings.Repeat("n", 241), strings.Repeat("n/", 600) + "n"} {
		wantErr(t, s.Write(ctx, name, store.Bytes(nil), store.CreateOnly), store.ErrName)
		_, err := s.Stat(ctx, name)
		wantErr(t, err, store.ErrName)
		_, err = s.Read(ctx, name, 0, -1)
		wantErr(t, err, store.ErrName)
		wantErr(t, s.Delete(ctx, name), store.ErrName)
	}
	for _, err := range s.List(ctx, "../") {
		wantErr(t, err, store.ErrName)
		return
	}
	t.Fatal("list of a refused prefix gave no error")
}

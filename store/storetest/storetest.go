// Package storetest is the acceptance suite that every kind of store passes.
package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/verdigris-db/verdigris/store"
)

// Suite says what is tested and how hard.
type Suite struct {
	Open      func(t *testing.T) store.Store // a new, empty store each time; the suite closes it
	Races     int                            // rounds of ten writers of one small name
	LargeSize int                            // bytes of a large object, more than one part where a store has parts
	LargeRace int                            // rounds of ten writers of one large name

	// Lossy says that replies of Open's stores may be lost and looked up: then a create that finds its very content there
	// may take that for its own.
	Lossy bool
}

// Run runs every test of the suite.
func (s Suite) Run(t *testing.T) {
	tests := []struct {
		name string
		test func(t *testing.T, s store.Store)
	}{
		{"create", s.testCreate}, {"replace", testReplace}, {"delete", testDelete}, {"missing", testMissing},
		{"ranges", testRanges}, {"conditions", testConditions}, {"list", testList}, {"list pages", testListPages},
		{"names", testNames}, {"refused names", testRefusedNames}, {"empty object", s.testEmpty}, {"mismatch", s.testMismatch},
		{"file", s.testFile}, {"large", s.testLarge}, {"canceled", testCanceled},
		{"race small", func(t *testing.T, st store.Store) { testRace(t, st, s.Races, 10, 100) }},
		{"race large", func(t *testing.T, st store.Store) { testRace(t, st, s.LargeRace, 10, s.LargeSize) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			st := s.Open(t)
			defer func() { check(t, st.Close()) }()
			test.test(t, st)
		})
	}
}

// check ends the test on an error.
func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantErr ends the test unless err is want.
func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
	if store.IsTransient(err) {
		t.Fatalf("%v is called transient", err)
	}
}

// wantExists ends the test unless err is what a create of the content that is there may give.
func (s Suite) wantExists(t *testing.T, err error) {
	t.Helper()
	if !s.Lossy || err != nil {
		wantErr(t, err, store.ErrExists)
	}
}

// put creates an object with this content.
func put(t *testing.T, s store.Store, name, content string) {
	t.Helper()
	check(t, s.Write(t.Context(), name, store.Bytes([]byte(content)), store.CreateOnly))
}

// get reads a whole object.
func get(t *testing.T, s store.Store, name string) string {
	t.Helper()
	data, err := store.ReadAll(t.Context(), s, name, 1<<30)
	check(t, err)
	return string(data)
}

// list collects the names under a prefix.
func list(t *testing.T, s store.Store, prefix string) []string {
	t.Helper()
	names := []string{}
	for info, err := range s.List(t.Context(), prefix) {
		check(t, err)
		names = append(names, info.Name)
	}
	return names
}

// noise is size bytes that do not repeat, from a seed.
func noise(size int, seed uint64) []byte {
	data := make([]byte, size)
	src := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = src.Read(data) // never fails
	return data
}

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

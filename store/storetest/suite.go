// Package storetest is the acceptance suite that every kind of store passes.
package storetest

import (
	"errors"
	"math/rand/v2"
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

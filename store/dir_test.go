package store_test

import (
	"testing"

	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/store/storetest"
)

// openDir opens a new directory store.
func openDir(t *testing.T) store.Store {
	t.Helper()
	address, err := store.DirectoryURL(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDirectory(t *testing.T) {
	storetest.Suite{Open: openDir, Races: 300, LargeSize: 4 << 20, LargeRace: 3}.Run(t)
}

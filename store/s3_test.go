package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/verdigris-db/verdigris/internal/testkit/s3test"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/store/storetest"
)

// openAt opens a store by its address.
func openAt(t *testing.T, address string) store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestS3(t *testing.T) {
	server := s3test.Start(t)
	var prefixes atomic.Int64
	open := func(t *testing.T) store.Store {
		return openAt(t, server.URL(fmt.Sprintf("suite/of many/%d", prefixes.Add(1))))
	}
	storetest.Suite{Open: open, Races: 20, LargeSize: 9 << 20, LargeRace: 1}.Run(t)
	if left := server.Uploads("suite"); len(left) != 0 {
		t.Fatalf("parts left behind: %q", left)
	}
}

func TestMemory(t *testing.T) {
	open := func(t *testing.T) store.Store { return openAt(t, "mem://") }
	storetest.Suite{Open: open, Races: 300, LargeSize: 1 << 18, LargeRace: 20}.Run(t)
}

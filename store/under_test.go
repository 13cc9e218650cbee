package store_test

import (
	"errors"
	"testing"

	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/store/storetest"
)

// TestUnder runs the suite on a part of a store, beside which other names must be neither seen nor touched.
func TestUnder(t *testing.T) {
	storetest.Suite{
		Open: func(t *testing.T) store.Store {
			inner := openAt(t, "mem://")
			for _, name := range []string{"orders", "orders.x/a", "ordersx", "other/a"} {
				if err := inner.Write(t.Context(), name, store.Bytes([]byte(name)), store.CreateOnly); err != nil {
					t.Fatal(err)
				}
			}
			return store.Under(inner, "orders")
		},
		Races: 10, LargeSize: 1 << 20, LargeRace: 2,
	}.Run(t)
}

func TestUnderKeepsFullNamesInErrors(t *testing.T) {
	_, err := store.Under(openAt(t, "mem://"), "orders").Stat(t.Context(), "a")
	var e *store.Error
	if !errors.As(err, &e) || e.Name != "orders/a" {
		t.Fatalf("got %v, want an error about orders/a", err)
	}
}

package store_test

import (
	"context"
	"errors"
	"os"
	"regexp"
	"testing"

	"github.com/verdigris-db/verdigris/internal/testkit/s3test"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/store/faulty"
)

// careless passes over the condition of a create, as some services do.
type careless struct{ store.Store }

func (c careless) Write(ctx context.Context, name string, body store.Body, _ store.Mode) error {
	return c.Store.Write(ctx, name, body, store.Replace)
}

// deaf refuses as it should, but has replaced the object.
type deaf struct{ store.Store }

func (d deaf) Write(ctx context.Context, name string, body store.Body, mode store.Mode) error {
	return errors.Join(d.Store.Write(ctx, name, body, mode), d.Store.Write(ctx, name, body, store.Replace))
}

func TestCheckCreateOnly(t *testing.T) {
	server := s3test.Start(t)
	for _, s := range []store.Store{openDir(t), openAt(t, "mem://"), openAt(t, server.URL("check"))} {
		if err := store.CheckCreateOnly(t.Context(), s); err != nil {
			t.Error(err)
		}
		for _, bad := range []store.Store{careless{s}, deaf{s}} {
			if err := store.CheckCreateOnly(t.Context(), bad); !errors.Is(err, store.ErrUnsupported) {
				t.Errorf("a store that overwrites: %v", err)
			}
		}
		for call := 1; call <= 4; call++ {
			bad := faulty.New(s, faulty.Plan{Fault: faulty.Fail, Call: call})
			if err := store.CheckCreateOnly(t.Context(), bad); !errors.Is(err, faulty.ErrInjected) {
				t.Errorf("a fault at call %d: %v", call, err)
			}
			if err := store.CheckCreateOnly(t.Context(), store.WithRetry(faulty.New(s, faulty.Plan{Fault: faulty.Lose, Call: call}), quick)); err != nil {
				t.Errorf("a lost reply at call %d: %v", call, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestAddressesOfTheGuide opens each address that the guide shows.
func TestAddressesOfTheGuide(t *testing.T) {
	page, err := os.ReadFile("../docs/guide/stores.md")
	if err != nil {
		t.Fatal(err)
	}
	addresses := regexp.MustCompile("(?:file:///|s3://)[^\\s`\"]+").FindAllString(string(page), -1)
	if len(addresses) < 3 {
		t.Fatalf("only %q were found", addresses)
	}
	for _, address := range addresses {
		if err := openAt(t, address).Close(); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

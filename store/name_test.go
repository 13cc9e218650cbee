package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/store"
)

func TestValidateName(t *testing.T) {
	for _, name := range []string{"a", "a/b", ".hidden", "a/.tmp/b", ".tmpx", "...x", "a b", "ü", strings.Repeat("n", 240)} {
		if err := store.ValidateName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", "/", "/a", "a/", "a//b", ".", "a/./b", "..", "../a", "a/..", "a../b", "a\x00b", "a\x7fb", "\xff", ".tmp", ".tmp/x",
		"x__0x2f__y", strings.Repeat("n", 241), strings.Repeat("n/", 450) + "n"} {
		if err := store.ValidateName(name); !errors.Is(err, store.ErrName) {
			t.Errorf("%q: %v, want %v", name, err, store.ErrName)
		}
	}
}

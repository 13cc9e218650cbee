package cql

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCompositeKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 1, 4).Draw(t, "parts")
		key, err := CompositeKey([]byte("x"), parts...)
		if err != nil || key[0] != 'x' {
			t.Fatalf("%x: %x, %v", parts, key, err)
		}
		back, err := SplitKey(key[1:], len(parts))
		if err != nil || len(back) != len(parts) {
			t.Fatalf("%x: %v", key, err)
		}
		for i := range parts {
			if !bytes.Equal(parts[i], back[i]) {
				t.Fatalf("column %d is %x, was %x", i, back[i], parts[i])
			}
		}
	})
}

func TestLongKeys(t *testing.T) {
	for _, c := range []struct {
		parts []int
		fits  bool
	}{
		{[]int{MaxKey}, true},
		{[]int{MaxKey + 1}, false},
		{[]int{MaxKey - 6, 0}, true},
		{[]int{MaxKey - 5, 0}, false},
		{[]int{MaxKey + 1, 0}, false},
	} {
		var parts [][]byte
		for _, n := range c.parts {
			parts = append(parts, make([]byte, n))
		}
		key, err := CompositeKey([]byte("x"), parts...)
		if (err == nil) != c.fits || err != nil && (!errors.Is(err, ErrKeyTooLong) || string(key) != "x") {
			t.Errorf("%d: %d bytes, %v", c.parts, len(key), err)
		}
	}
}

func TestSplitKeyErrors(t *testing.T) {
	for _, text := range []string{"", "0001", "000161", "00016100", "0001610000", "0001610100000000", "0001610000000000", "00016101000000"} {
		key, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if parts, err := SplitKey(key, 2); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %x, %v", text, parts, err)
		}
	}
}

// TestPageKey checks the example of a key of several columns on the page of types.
func TestPageKey(t *testing.T) {
	page, err := os.ReadFile("../docs/format/types.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("\\(\"a\", -1\\) of `text` and `int` is `([0-9a-f ]+)`").FindSubmatch(page)
	if example == nil {
		t.Fatal("the page has no example")
	}
	want, err := hex.DecodeString(strings.ReplaceAll(string(example[1]), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	got, err := CompositeKey(nil, []byte("a"), AppendInt(nil, -1))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("is %x (%v), the page says %x", got, err, want)
	}
}

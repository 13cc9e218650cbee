package partitioner

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestCompositeKeyBytes(t *testing.T) {
	got, err := CompositeKey([]byte{9}, []byte("a"), []byte{0xff, 0xff, 0xff, 0xff})
	if err != nil || hex.EncodeToString(got) != "09000161000004ffffffff00" { // a line of Cassandra's tokens.tsv, behind a 9
		t.Fatalf("%x, %v", got, err)
	}
	got, err = CompositeKey(nil, []byte("one"))
	if err != nil || string(got) != "one" {
		t.Fatalf("%x, %v", got, err)
	}
}

func TestCompositeKeyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 40), 1, 5).Draw(t, "parts")
		key, err := CompositeKey(nil, parts...)
		if err != nil {
			t.Fatal(err)
		}
		back, err := SplitKey(key, len(parts))
		if err != nil {
			t.Fatal(err)
		}
		for i := range parts {
			if !bytes.Equal(parts[i], back[i]) {
				t.Fatalf("column %d: %x became %x", i, parts[i], back[i])
			}
		}
	})
}

func TestKeyErrors(t *testing.T) {
	if _, err := CompositeKey(nil, nil); !errors.Is(err, ErrEmptyKey) {
		t.Errorf("empty single key: %v", err)
	}
	if _, err := SplitKey(nil, 1); !errors.Is(err, ErrEmptyKey) {
		t.Errorf("splitting an empty key: %v", err)
	}
	if _, err := CompositeKey(nil, nil, nil); err != nil {
		t.Errorf("empty columns of a composite key are allowed: %v", err)
	}
	for _, sizes := range [][]int{{65536}, {65530, 1}, {70000, 1}} {
		parts := make([][]byte, len(sizes))
		for i, n := range sizes {
			parts[i] = make([]byte, n)
		}
		if _, err := CompositeKey(nil, parts...); err == nil {
			t.Errorf("parts of %v bytes were taken", sizes)
		}
	}
	for _, bad := range []string{"", "0001", "000161", "00016101", "00ff6100", "0001610000", "00016100000100"} {
		key, _ := hex.DecodeString(bad)
		if _, err := SplitKey(key, 2); err == nil {
			t.Errorf("key %s was split", bad)
		}
	}
}

func FuzzSplitKey(f *testing.F) {
	f.Add([]byte("\x00\x01a\x00\x00\x01b\x00"), 2)
	f.Fuzz(func(t *testing.T, key []byte, n int) {
		if n < 1 || n > 10 {
			return
		}
		parts, err := SplitKey(key, n)
		if err != nil {
			return
		}
		if back, err := CompositeKey(nil, parts...); len(key) <= 65535 && (err != nil || !bytes.Equal(back, key)) {
			t.Fatalf("%x became %x, %v", key, back, err)
		}
	})
}

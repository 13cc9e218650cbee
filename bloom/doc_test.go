package bloom

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/bits"
	"os"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/partitioner"
)

// TestDocExample compares the page's bytes and the bits it gives for one key with the code's.
func TestDocExample(t *testing.T) {
	text, err := os.ReadFile("../docs/format/bloom.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "\n```bytes\n")
	block, after, _ := strings.Cut(block, "\n```")
	var shown []byte
	for line := range strings.SplitSeq(block, "\n") {
		cells := strings.SplitN(line, "  ", 3)
		if cells[0] != fmt.Sprintf("%04x", len(shown)) {
			t.Fatalf("line %q begins at byte %04x", line, len(shown))
		}
		b, err := hex.DecodeString(strings.ReplaceAll(cells[1], " ", ""))
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		shown = append(shown, b...)
	}
	f := build(t, 10, 1000)
	if got := file(t, f); !bytes.Equal(got, shown) {
		t.Errorf("the code makes\n%s, the page shows\n%s", hex.Dump(got), hex.Dump(shown))
	}
	h1, h2 := partitioner.Hash128(key(1))
	at, step := sequence(h1, h2)
	var list []string
	for range f.Header().K {
		bit, _ := bits.Mul64(at, f.Header().Bits)
		list = append(list, fmt.Sprint(bit))
		at += step
	}
	want := fmt.Sprintf("h1 = %016x and h2 = %016x, so step = %016x, and its bits are %s.", h1, h2, step, strings.Join(list, ", "))
	if !strings.Contains(after, want) {
		t.Errorf("the page does not say %q", want)
	}
}

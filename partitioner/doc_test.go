package partitioner

import (
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestDocExamples computes the rows of the page's example tables: key, hash and token; token, R, partition and position.
func TestDocExamples(t *testing.T) {
	text, err := os.ReadFile("../docs/format/tokens.md")
	if err != nil {
		t.Fatal(err)
	}
	keys, places := 0, 0
	for line := range strings.SplitSeq(string(text), "\n") {
		cells := strings.Split(line, "|")
		for i := range cells {
			cells[i] = strings.Trim(cells[i], " `")
		}
		number := func(i int) int64 {
			n, err := strconv.ParseInt(cells[i], 10, 64)
			if err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			return n
		}
		switch {
		case len(cells) == 6 && len(cells[3]) == 32: // key, hash, token
			key, err := hex.DecodeString(cells[2])
			if err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			h1, h2 := Hash128(key)
			if got := hex16(h1) + hex16(h2); got != cells[3] || FromHash(h1) != number(4) {
				t.Errorf("line %q: hash %s, token %d", line, got, FromHash(h1))
			}
			keys++
		case len(cells) == 6 && len(cells[4]) == 16: // token, R, partition, position
			s := Slices{R: int(number(2))}
			index, position := s.Locate(number(1))
			if want := cells[3]; strconv.Itoa(index) != want || hex16(position) != cells[4] {
				t.Errorf("line %q: partition %d, position %s", line, index, hex16(position))
			}
			places++
		}
	}
	if keys < 5 || places < 5 {
		t.Fatalf("the page shows %d keys and %d places", keys, places)
	}
}

func hex16(x uint64) string {
	s := strconv.FormatUint(x, 16)
	return strings.Repeat("0", 16-len(s)) + s
}

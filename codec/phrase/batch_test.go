package phrase

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

var words = []string{"carefully ", "final ", "deposits", " furiously", " ironic", "requests.", " sleep", "quickly", " the ", "a", "\x00\x00\x00",
	`{"id":`, `"name":"`, `"},{"`, "0000000000000000", "12", "\xff\xfe"}

// someTexts is n texts of words, of random bytes, and of both.
func someTexts(r *rand.Rand, n int) [][]byte {
	texts := make([][]byte, n)
	for i := range texts {
		for want := r.IntN(120); len(texts[i]) < want; {
			if r.IntN(8) == 0 {
				texts[i] = append(texts[i], byte(r.Uint32()))
			} else {
				texts[i] = append(texts[i], words[r.IntN(len(words))]...)
			}
		}
		if r.IntN(2) == 0 {
			texts[i] = texts[i][:r.IntN(len(texts[i])+1)]
		}
	}
	return texts
}

// checkBatch compares a batch with the definition, and decodes what both gave.
func checkBatch(t testing.TB, table *Table, m *Matcher, b *Batch, texts [][]byte) {
	t.Helper()
	b.Reset()
	for _, text := range texts {
		b.Add(text)
	}
	b.Encode(m)
	for i, text := range texts {
		want := m.Encode(nil, text)
		got := b.AppendPacked([]byte("x"), i)
		if got[0] != 'x' || !bytes.Equal(got[1:], want) || b.PackedLen(i) != len(want) || b.TextLen(i) != len(text) {
			t.Fatalf("text %d %q:\n got %x\nwant %x", i, text, got[1:], want)
		}
		back, err := table.Decode([]byte("y"), want, len(text))
		if err != nil || back[0] != 'y' || !bytes.Equal(back[1:], text) {
			t.Fatalf("text %d %q comes back as %q, %v", i, text, back, err)
		}
	}
}

func TestBatchIsEncode(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tables := []*Table{Train(nil), Train(someTexts(r, 3)), Train(someTexts(r, 3000))}
	var b Batch
	for _, table := range tables {
		m := NewMatcher(table)
		for _, n := range []int{0, 1, 2, 3, 4, 5, 100, 1000} {
			t.Run(fmt.Sprintf("%d codes/%d texts", table.Codes(), n), func(t *testing.T) {
				checkBatch(t, table, m, &b, someTexts(r, n))
			})
		}
	}
}

func FuzzBatch(f *testing.F) {
	f.Add([]byte("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbb"), []byte("aaab"), []byte("\x00"))
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), []byte("\x00\x00\x00\x00"), []byte{})
	f.Fuzz(func(t *testing.T, sample, x, y []byte) {
		table := Train([][]byte{sample, sample, sample})
		checkBatch(t, table, NewMatcher(table), new(Batch), [][]byte{x, y, sample})
	})
}

func BenchmarkBatch(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	texts := someTexts(r, 256)
	table := Train(someTexts(r, 5000))
	m := NewMatcher(table)
	var batch Batch
	total := 0
	for _, text := range texts {
		total += len(text)
	}
	b.SetBytes(int64(total))
	for b.Loop() {
		batch.Reset()
		for _, text := range texts {
			batch.Add(text)
		}
		batch.Encode(m)
	}
}

package phrase

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// plainDecode is Decode in the plainest form: a code at a time, each looked at.
func plainDecode(t *Table, src []byte) (text []byte, ok bool) {
	if len(src)%3 == 1 {
		return nil, false
	}
	for i := 0; i < len(src); i += 3 {
		a := int(src[i]) | int(src[i+1]&15)<<8
		if a >= t.n {
			return nil, false
		}
		text = append(text, t.Phrase(a)...)
		if i+2 == len(src) {
			return text, src[i+1]>>4 == 0
		}
		b := int(src[i+1]>>4) | int(src[i+2])<<4
		if b >= t.n {
			return nil, false
		}
		text = append(text, t.Phrase(b)...)
	}
	return text, true
}

// checkDecode compares Decode of any bytes with plainDecode.
func checkDecode(t testing.TB, table *Table, src []byte) {
	t.Helper()
	want, ok := plainDecode(table, src)
	got, err := table.Decode([]byte("before"), src, 16*len(src))
	if string(got[:6]) != "before" || ok != (err == nil) || ok && !bytes.Equal(got[6:], want) || !ok && len(got) != 6 {
		t.Fatalf("%x: %q, %v; want %q, %v", src, got, err, want, ok)
	}
	if ok && len(want) > 0 {
		if got, err := table.Decode(nil, src, len(want)-1); err == nil || len(got) != 0 {
			t.Fatalf("%x: %d bytes within a limit of %d", src, len(got), len(want)-1)
		}
	}
}

func TestDecodeAnything(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	full := make([][]byte, MaxCodes-Singles)
	for i := range full {
		full[i] = bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 1+i%8)
	}
	whole, err := New(full)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []*Table{Train(nil), Train(someTexts(r, 1000)), whole} {
		for n := range 100 {
			for range 20 {
				src := make([]byte, n)
				for i := range src {
					src[i] = byte(r.Uint32())
					if r.IntN(2) == 0 {
						src[i] &= 0x0f // small codes
					}
				}
				checkDecode(t, table, src)
			}
		}
		for _, n := range []int{chunkIn - 1, chunkIn, chunkIn + 2, chunkIn + 3, 3*chunkIn + 5} {
			checkDecode(t, table, make([]byte, n))
			src := make([]byte, n)
			for i := range src {
				src[i] = byte(r.Uint32())
			}
			checkDecode(t, table, src)
		}
	}
}

// TestExpandKeepsItsRoom asks that no byte behind the promised room changes.
func TestExpandKeepsItsRoom(t *testing.T) {
	full := make([][]byte, MaxCodes-Singles)
	for i := range full {
		full[i] = bytes.Repeat([]byte{byte(i)}, MaxPhrase)
	}
	table, err := New(full)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 64 {
		if n%3 == 1 {
			continue
		}
		src := bytes.Repeat([]byte{0xff}, n)
		if n%3 == 2 {
			src[n-1] = 0x0f
		}
		room := (n*2/3 + 1) * MaxPhrase
		out := bytes.Repeat([]byte{0xaa}, 5+room+40)
		if end, ok := table.expand(out[:5+room], 5, src); !ok || end != 5+n*2/3*MaxPhrase {
			t.Fatalf("%d bytes of codes: end %d, %v", n, end, ok)
		}
		if !bytes.Equal(out[5+room:], bytes.Repeat([]byte{0xaa}, 40)) || !bytes.Equal(out[:5], bytes.Repeat([]byte{0xaa}, 5)) {
			t.Fatalf("%d bytes of codes: bytes outside the room changed", n)
		}
		if _, ok := table.expand(out[:5+room-1], 5, src); ok {
			t.Fatalf("%d bytes of codes: expanded without room", n)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for what, phrases := range map[string][][]byte{
		"a phrase of one byte": {[]byte("a")},
		"a phrase of 17 bytes": {bytes.Repeat([]byte("a"), 17)},
		"too many phrases":     make([][]byte, MaxCodes-Singles+1),
	} {
		if _, err := New(phrases); err == nil {
			t.Errorf("%s is no error", what)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("the sample the sample the sample"), []byte{0x61, 0x10, 0x06})
	f.Fuzz(func(t *testing.T, sample, src []byte) {
		checkDecode(t, Train([][]byte{sample, sample, sample}), src)
	})
}

package row

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// cell is a cell as a test draws it.
type cell struct {
	payload []byte
	null    bool
}

func drawCells(t *rapid.T) []cell {
	cells := make([]cell, rapid.IntRange(0, 5).Draw(t, "cells"))
	for i := range cells {
		if cells[i].null = rapid.Bool().Draw(t, "null"); !cells[i].null {
			cells[i].payload = rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "payload")
		}
	}
	return cells
}

func record(prefix, key []byte, cells []cell) []byte {
	out := Begin(prefix, key)
	for _, c := range cells {
		if c.null {
			out = AppendNull(out)
		} else {
			out = AppendCell(out, c.payload)
		}
	}
	End(out, len(prefix))
	return out
}

func TestRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "key")
		cells := drawCells(t)
		rec := record([]byte("before"), key, cells)[len("before"):]
		if err := Check(rec, len(cells)); err != nil {
			t.Fatal(err)
		}
		if Len(rec) != len(rec) || !bytes.Equal(Key(rec), key) {
			t.Fatalf("%x: length %d, key %x", rec, Len(rec), Key(rec))
		}
		rest := Cells(rec)
		for i, c := range cells {
			payload, null, behind := Next(rest)
			if null != c.null || !bytes.Equal(payload, c.payload) || null && payload != nil {
				t.Fatalf("cell %d is %x, null %v", i, payload, null)
			}
			rest = behind
		}
		if len(rest) != 0 {
			t.Fatalf("%d bytes behind the cells", len(rest))
		}
		for _, n := range []int{len(cells) - 1, len(cells) + 1} {
			if err := Check(rec, n); n >= 0 && !errors.Is(err, ErrShort) {
				t.Fatalf("%d cells pass as %d: %v", len(cells), n, err)
			}
		}
		cut := rapid.IntRange(0, len(rec)-1).Draw(t, "cut")
		if err := Check(rec[:cut], len(cells)); !errors.Is(err, ErrShort) {
			t.Fatalf("%d of %d bytes pass: %v", cut, len(rec), err)
		}
	})
}

// TestGolden is the package's picture in bytes.
func TestGolden(t *testing.T) {
	rec := record(nil, []byte("key"), []cell{{payload: []byte{0, 0, 0, 7}}, {null: true}})
	if got := hex.EncodeToString(rec); got != "15000000"+"0300"+"6b6579"+"00000004"+"00000007"+"ffffffff" {
		t.Errorf("record is %s", got)
	}
	if got := Hash(rec).String(); got != "570418b1028f757a28d1b9b9cbab4da7" {
		t.Errorf("hash is %s", got)
	}
	tail := AppendCell(nil, []byte{1, 2})
	long := append(bytes.Clone(rec), tail...)
	End(long, 0)
	if HashStored(long, len(tail)) != Hash(rec) || Hash(long) == Hash(rec) {
		t.Error("the hash of the stored row is not that of the row without its recency cell")
	}
}

func TestSum(t *testing.T) {
	modulus := new(big.Int).Lsh(big.NewInt(1), 128)
	number := func(s Sum) *big.Int {
		v := new(big.Int).SetUint64(s.Hi)
		return v.Lsh(v, 64).Add(v, new(big.Int).SetUint64(s.Lo))
	}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) Sum {
			part := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1<<64 - 1}))
			return Sum{part.Draw(t, label), part.Draw(t, label)}
		}
		a, b := draw("a"), draw("b")
		want := new(big.Int).Add(number(a), number(b))
		if got := number(a.Add(b)); got.Cmp(want.Mod(want, modulus)) != 0 {
			t.Fatalf("%s + %s = %s", a, b, a.Add(b))
		}
		if a.Add(b).Sub(b) != a || a.Sub(b).Add(b) != a {
			t.Fatalf("%s and %s: Sub is not the inverse of Add", a, b)
		}
		if want := fmt.Sprintf("%032x", number(a)); a.String() != want {
			t.Fatalf("%s is written as %s", want, a)
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back Sum
		if err := json.Unmarshal(text, &back); err != nil || back != a {
			t.Fatalf("%s is read as %s (%v)", text, back, err)
		}
	})
	for _, bad := range []string{"", "00", "-0000000000000000000000000000001", "+0000000000000001 000000000000001", "0x00000000000000000000000000000001", "g0000000000000000000000000000000"} {
		var s Sum
		if err := s.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is read as %s", bad, s)
		}
	}
}

// FuzzCheck: what Check lets pass can be walked.
func FuzzCheck(f *testing.F) {
	f.Add(record(nil, []byte("key"), []cell{{payload: []byte{0, 0, 0, 7}}, {null: true}}), 2)
	f.Fuzz(func(t *testing.T, rec []byte, n int) {
		if n < 0 || n > 100 || Check(rec, n) != nil {
			return
		}
		size := HeaderLen + len(Key(rec))
		rest := Cells(rec)
		for range n {
			var payload []byte
			payload, _, rest = Next(rest)
			size += CellHeader + len(payload)
		}
		if size != len(rec) || len(rest) != 0 {
			t.Fatalf("%x: %d of %d bytes walked", rec, size, len(rec))
		}
	})
}

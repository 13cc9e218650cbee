package shuffle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// readRun reads all partitions of one run.
func readRun(b []byte, l *Layout, s partitioner.Slices, memory int64) ([]row.Row, error) {
	run, err := OpenRun(bytes.NewReader(b), int64(len(b)), l)
	if err != nil {
		return nil, err
	}
	var all []row.Row
	for p := range s.R {
		m, err := NewMerge(l, s, p, []*Run{run}, memory)
		if err != nil {
			return nil, err
		}
		buf := make([]row.Row, 64)
		for {
			n, err := m.Next(buf)
			for _, r := range buf[:n] {
				all = append(all, row.Row{Token: r.Token, Rec: bytes.Clone(r.Rec)})
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// smallRun is a run of a few rows in several blocks, one of them with a record longer than a block.
func smallRun(t testing.TB, seed uint64, compression Compression) ([]byte, *testCase, partitioner.Slices) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 5))
	c := randomCase(r, 60, 40, RuleLatest)
	s := partitioner.Slices{R: 5}
	arenas := newArenas(t, 1, c.layout, s, 1<<20, 16<<10)
	c.fillArenas(t, r, arenas, nil)
	b, _ := writeRun(t, c.layout, s, arenas, RunOptions{BlockBytes: minBlockBytes, Compression: compression})
	return b, c, s
}

// checkRunBytes looks at all of a run without its layout.
func checkRunBytes(b []byte) error {
	run, err := InspectRun(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	h := run.Header()
	bytes := indexLen(h.Partitions) + trailerBytes
	for i := range h.Partitions {
		n, err := run.Check(i)
		if err != nil {
			return err
		}
		bytes += n
	}
	if bytes != h.Bytes || h.Bytes != int64(len(b)) {
		return fmt.Errorf("%d bytes were checked of %d, the header says %d", bytes, len(b), h.Bytes)
	}
	return nil
}

// TestEveryByteMatters: a change of any byte of a run is found when all of the run is read, and so is an end too early.
func TestEveryByteMatters(t *testing.T) {
	for i, compression := range []Compression{PackNone, PackS2} {
		b, c, s := smallRun(t, uint64(i)+1, compression)
		if _, err := readRun(b, c.layout, s, 1<<20); err != nil {
			t.Fatal(err)
		}
		if err := checkRunBytes(b); err != nil {
			t.Fatal(err)
		}
		for at := range b {
			for _, flip := range []byte{1, 0x80, 0xff} {
				b[at] ^= flip
				_, err := readRun(b, c.layout, s, 1<<20)
				var which *RunError
				opened := at < len(b)-trailerBytes
				if !errors.Is(err, ErrDamagedRun) || errors.As(err, &which) != opened {
					t.Fatalf("byte %d of %d, flipped by %x: %v", at, len(b), flip, err)
				}
				if err := checkRunBytes(b); !errors.Is(err, ErrDamagedRun) {
					t.Fatalf("byte %d of %d, flipped by %x, checked: %v", at, len(b), flip, err)
				}
				b[at] ^= flip
			}
		}
		for n := range b {
			if _, err := readRun(b[:n], c.layout, s, 1<<20); !errors.Is(err, ErrDamagedRun) {
				t.Fatalf("cut to %d of %d bytes: %v", n, len(b), err)
			}
		}
	}
}

func TestForeignRun(t *testing.T) {
	b, c, s := smallRun(t, 1, PackNone)
	other, err := NewLayout(c.layout.schema, RuleError, c.layout.recency)
	if err == nil {
		t.Fatal("a layout with a recency column that its rule does not use")
	}
	c2 := randomCase(rand.New(rand.NewPCG(99, 5)), 1, 2, RuleError)
	if other = c2.layout; other.Digest() == c.layout.Digest() {
		t.Fatal("the two layouts are the same")
	}
	if _, err := OpenRun(bytes.NewReader(b), int64(len(b)), other); !errors.Is(err, ErrDamagedRun) {
		t.Fatalf("a run of another layout: %v", err)
	}
	run := openRun(t, c.layout, b)
	if _, err := NewMerge(c.layout, partitioner.Slices{R: s.R + 1}, 0, []*Run{run}, 1<<20); !errors.Is(err, ErrDamagedRun) {
		t.Fatalf("a run of other partitions: %v", err)
	}
	for _, i := range []int{-1, s.R} {
		if _, err := run.Partition(i); err == nil {
			t.Fatalf("partition %d of %d", i, s.R)
		}
	}
}

// TestLoss changes what was counted and what is there, behind the checksums.
func TestLoss(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	c := randomCase(r, 500, 400, RuleLatest)
	s := partitioner.Slices{R: 2}
	arenas := newArenas(t, 1, c.layout, s, 8<<20, 16<<10)
	c.fillArenas(t, r, arenas, nil)
	load := func() *Sorted {
		sorted := NewSorted(c.layout, s)
		if err := sorted.Load(arenas); err != nil {
			t.Fatal(err)
		}
		return sorted
	}
	cases := map[string]func(*Sorted){
		"a row doubled, another lost": func(x *Sorted) { x.entries[0] = x.entries[1] },
		"a row lost": func(x *Sorted) {
			x.entries = x.entries[1:]
			for i := range x.starts[1:] {
				x.starts[i+1]--
			}
		},
		"a byte changed": func(x *Sorted) {
			rec := record(x.slabs, x.entries[0].ref)
			rec[len(rec)-1] ^= 1
		},
	}
	for name, damage := range cases {
		var scratch Scratch
		x := load()
		damage(x)
		if err := failure(t, x.Partition(0, &scratch)); !errors.Is(err, ErrLost) {
			t.Errorf("%s: memory says %v", name, err)
		}
		if name == "a byte changed" {
			damage(x)
		}
		x = load()
		damage(x)
		if _, err := WriteRun(io.Discard, x, RunOptions{}); !errors.Is(err, ErrLost) {
			t.Errorf("%s: WriteRun says %v", name, err)
		}
		if name == "a byte changed" {
			damage(x)
		}
	}
	b, _ := writeRun(t, c.layout, s, arenas, RunOptions{})
	index := func(change func(*Stats)) error {
		run := openRun(t, c.layout, b)
		if _, err := run.Partition(0); err != nil {
			t.Fatal(err)
		}
		e := decodeIndexEntry(run.held[:])
		change(&e.Stats)
		e.append(run.held[:0])
		m, err := NewMerge(c.layout, s, 0, []*Run{run}, 8<<20)
		if err != nil {
			return err
		}
		return failure(t, m)
	}
	one := row.Sum{Lo: 1}
	if err := index(func(s *Stats) { s.Read--; s.Kept-- }); !errors.Is(err, ErrDamagedRun) {
		t.Errorf("a row more than counted: %v", err)
	}
	if err := index(func(s *Stats) { s.InputSum, s.KeptSum = s.InputSum.Add(one), s.KeptSum.Add(one) }); !errors.Is(err, ErrLost) {
		t.Errorf("another sum: %v", err)
	}
	if err := index(func(s *Stats) { s.Read-- }); !errors.Is(err, ErrDamagedRun) || !errors.Is(err, ErrLost) {
		t.Errorf("counts that do not add up: %v", err)
	}
}

package shuffle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/verdigris-db/verdigris/partitioner"
)

// FuzzOpenRun reads a run of any bytes: rows or an error that says damaged, within the memory.
func FuzzOpenRun(f *testing.F) {
	for i, compression := range []Compression{PackNone, PackS2} {
		b, _, _ := smallRun(f, uint64(i)+1, compression)
		f.Add(b)
	}
	_, c, s := smallRun(f, 1, PackNone)
	f.Fuzz(func(t *testing.T, b []byte) {
		checkRun(t, b, c, s)
	})
}

// checkRun reads b and judges the error.
func checkRun(t *testing.T, b []byte, c *testCase, s partitioner.Slices) {
	t.Helper()
	if run, err := InspectRun(bytes.NewReader(b), int64(len(b))); err == nil {
		for i := range min(run.Partitions(), 50) {
			if _, err := run.Check(i); err != nil && !errors.Is(err, ErrDamagedRun) {
				t.Fatal(err)
			}
		}
	}
	rows, err := readRun(b, c.layout, s, 4<<20)
	if err != nil && !errors.Is(err, ErrDamagedRun) && !errors.Is(err, ErrMemory) && !errors.Is(err, ErrLost) {
		t.Fatal(err)
	}
	if err == nil && len(rows) > len(b) {
		t.Fatalf("%d rows from %d bytes", len(rows), len(b))
	}
}

// FuzzBlocks changes a run and then makes its checksums right, so that what is behind them is reached: each three bytes of
// edits are an offset and a value.
func FuzzBlocks(f *testing.F) {
	var runs [][]byte
	var cases []*testCase
	var s partitioner.Slices
	for i, compression := range []Compression{PackNone, PackS2} {
		b, c, slices := smallRun(f, uint64(i)+1, compression)
		runs, cases, s = append(runs, b), append(cases, c), slices
		f.Add(uint8(i), []byte{0, 12, 1})
		f.Add(uint8(i), []byte{0, 40, 0xff, 0, 41, 0xff})
		f.Add(uint8(i), []byte{byte((len(b) - 700) >> 8), byte(len(b) - 700), 3})
	}
	f.Fuzz(func(t *testing.T, which uint8, edits []byte) {
		i := int(which) % len(runs)
		b := bytes.Clone(runs[i])
		starts := blockStarts(b)
		for ; len(edits) >= 3; edits = edits[3:] {
			b[int(binary.BigEndian.Uint16(edits))%len(b)] = edits[2]
		}
		reseal(b, starts)
		checkRun(t, b, cases[i], s)
	})
}

// blockStarts is the offset of every block of a sound run, and of its index.
func blockStarts(b []byte) []int {
	index := int(binary.LittleEndian.Uint64(b[len(b)-trailerBytes:]))
	var starts []int
	at := 0
	for at < index {
		starts = append(starts, at)
		h := decodeBlockHeader(b[at:])
		at += headerBytes + h.stored
	}
	return append(starts, at)
}

// reseal computes the checksums of the blocks, the one page of the index and the trailer anew.
func reseal(b []byte, starts []int) {
	le := binary.LittleEndian
	for i, at := range starts[:len(starts)-1] {
		end := starts[i+1]
		if stored := int(le.Uint32(b[at+8:])); at+headerBytes+stored < end {
			end = at + headerBytes + stored
		}
		le.PutUint64(b[at:], xxh3.Hash(b[at+checkBytes:end]))
	}
	trailer := len(b) - trailerBytes
	le.PutUint64(b[trailer-checkBytes:], xxh3.Hash(b[starts[len(starts)-1]:trailer-checkBytes]))
	le.PutUint64(b[trailer+40:], xxh3.Hash(b[trailer:trailer+40]))
	copy(b[trailer+48:], runMagic)
	le.PutUint32(b[trailer+32:], runVersion)
	le.PutUint64(b[trailer+40:], xxh3.Hash(b[trailer:trailer+40]))
}

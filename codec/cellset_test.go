package codec

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// TestCellSet compares a set with a search from the first cell on.
func TestCellSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([][]byte{{0}, {0, 1}, []byte("etaoin shrdlu"), {0xff, 0x80, 0}}).Draw(t, "letters")
		payload := rapid.SliceOfN(rapid.SampledFrom(letters), 0, rapid.SampledFrom([]int{2, 8, 24, 60}).Draw(t, "longest"))
		var cells [][]byte
		for _, p := range rapid.SliceOfN(payload, 1, 100).Draw(t, "cells") {
			cells = append(cells, row.AppendCell(nil, p))
		}
		cells[rapid.IntRange(0, len(cells)-1).Draw(t, "null")] = row.AppendNull(nil)
		s := newCellSet(cells)
		asked := rapid.SliceOfN(payload, 0, 50).Draw(t, "asked")
		for _, cell := range cells {
			asked = append(asked, cell[row.CellHeader:])
		}
		for _, p := range asked {
			want := -1
			for i := len(cells) - 1; i >= 0; i-- {
				if !isNull(cells[i]) && bytes.Equal(cells[i][row.CellHeader:], p) {
					want = i
				}
			}
			if index, ok := s.find(p); ok != (want >= 0) || ok && int(index) != want {
				t.Fatalf("%q in %q: %d, %v, want %d", p, cells, index, ok, want)
			}
		}
	})
}

// TestDictionaryColumns packs cells of every length around those that are treated in their own way, of the dictionary and
// not, behind keys of every length: how many bytes are in front of a payload decides which way it is looked up.
func TestDictionaryColumns(t *testing.T) {
	s := &cql.Schema{Key: columns("k", cql.Blob), Values: columns("a", cql.Text, "b", cql.Text)}
	for _, lengths := range [][]int{{0, 1, 7, 8}, {0, 1, 5, 8, 9, 16, 17, 23, 24}, {3, 24, 25, 26, 31, 32, 33, 100}} {
		d := dataset{schema: s}
		var known [][]byte
		for _, n := range lengths {
			known = append(known, bytes.Repeat([]byte{'x'}, n), append(bytes.Repeat([]byte{'x'}, n), 'y'))
		}
		for i := range 2000 {
			d.rows = append(d.rows, pair(i%30, known[i*7%len(known)], known[i*11%len(known)]))
		}
		c := open(t, Cells, d, len(d.rows))
		for i, p := range c.method.(*cellsMethod).plans {
			if p.kind != kindDictionary {
				t.Fatalf("column %d with payloads of %v bytes is of kind %d", i, lengths, p.kind)
			}
		}
		for n := range 40 {
			d.rows = append(d.rows, pair(n, bytes.Repeat([]byte{'z'}, n), bytes.Repeat([]byte{'x'}, n)), pair(n%3, nil, known[n%len(known)]))
		}
		checkRoundTrip(t, c, d.rows, 2)
	}
}

// pair is a row with a key of n bytes and two cells.
func pair(n int, cells ...[]byte) row.Row {
	rec := row.Begin(nil, make([]byte, n))
	for _, c := range cells {
		if c == nil {
			rec = row.AppendNull(rec)
		} else {
			rec = row.AppendCell(rec, c)
		}
	}
	return finish(int64(n), rec)
}

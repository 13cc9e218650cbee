package row

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// checkBatch takes rows of any bytes and compares what comes of it with Check and Next.
func checkBatch(t failer, rows []Row, cells int) {
	t.Helper()
	b := NewBatch(cells)
	for len(rows) > 0 {
		rest, err := b.Take(rows)
		if err != nil {
			if rest != nil || len(b.Rows()) != 0 {
				t.Fatalf("after %v: %d rows taken, %d left", err, len(b.Rows()), len(rest))
			}
			checkRefused(t, rows[:min(len(rows), BatchRows(cells))], cells, err)
			return
		}
		n := len(b.Rows())
		if n == 0 || n > BatchRows(cells) || n+len(rest) != len(rows) || b.Cells() != cells {
			t.Fatalf("%d of %d rows of %d cells taken, %d left", n, len(rows), b.Cells(), len(rest))
		}
		for i, r := range b.Rows() {
			if err := Check(r.Rec, cells); err != nil || r.Token != rows[i].Token {
				t.Fatalf("row %d with token %d: taken, but %v", i, r.Token, err)
			}
			left := Cells(r.Rec)
			for c := range cells {
				if at := b.Places(c)[i]; int(at) != len(r.Rec)-len(left) {
					t.Fatalf("row %d %x: cell %d at %d, want %d", i, r.Rec, c, at, len(r.Rec)-len(left))
				}
				_, _, left = Next(left)
			}
		}
		rows = rest
	}
}

// checkRefused asks that err names the first of rows that Check refuses.
func checkRefused(t failer, rows []Row, cells int, err error) {
	t.Helper()
	for _, r := range rows {
		if why := Check(r.Rec, cells); why != nil {
			if !errors.Is(err, ErrShort) || err.Error() != fmt.Sprintf("row with token %d: %v", r.Token, why) {
				t.Fatalf("row %x with token %d: %v, want %v", r.Rec, r.Token, err, why)
			}
			return
		}
	}
	t.Fatalf("%v, but every row is right", err)
}

// failer is what testing.TB and rapid.T share.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func TestBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.IntRange(0, 5).Draw(t, "cells")
		var rows []Row
		for i := range rapid.IntRange(0, 30).Draw(t, "rows") {
			list := make([]cell, cells)
			for c := range list {
				if list[c].null = rapid.Bool().Draw(t, "null"); !list[c].null {
					list[c].payload = rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "payload")
				}
			}
			rec := record(nil, rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "key"), list)
			switch rapid.IntRange(0, 40).Draw(t, "damage") {
			case 0:
				rec[rapid.IntRange(0, len(rec)-1).Draw(t, "at")] = rapid.SampledFrom([]byte{0, 1, 4, 5, 0x7f, 0x80, 0xff}).Draw(t, "byte")
			case 1:
				rec = rec[:rapid.IntRange(0, len(rec)-1).Draw(t, "cut")]
			case 2:
				rec = append(rec, rapid.SliceOfN(rapid.Byte(), 1, 5).Draw(t, "more")...)
				End(rec, 0)
			}
			rows = append(rows, Row{Token: int64(i), Rec: bytes.Clone(rec)})
		}
		checkBatch(t, rows, cells)
	})
}

// TestBatchBounds takes more rows, bytes and cells than one batch has.
func TestBatchBounds(t *testing.T) {
	of := func(n, cells, size int) (rows []Row) {
		for i := range n {
			rows = append(rows, Row{int64(i), record(nil, []byte("key"), []cell{{payload: []byte(strings.Repeat("x", size))}})})
			for range cells - 1 {
				rows[i].Rec = AppendNull(rows[i].Rec)
			}
			End(rows[i].Rec, 0)
		}
		return rows
	}
	for _, c := range []struct{ n, cells, size, first int }{
		{2 * batchRows, 1, 1, batchRows},
		{20, batchCells / 8, 1, 3}, // by their bytes
		{20, 2 * batchCells, 1, 1},
		{20, 2, batchBytes / 5, 4},
		{3, 2, 2 * batchBytes, 1},
	} {
		rows := of(c.n, c.cells, c.size)
		b := NewBatch(c.cells)
		if rest, err := b.Take(rows); err != nil || len(b.Rows()) != c.first || len(rest) != c.n-c.first {
			t.Errorf("%+v: %d rows taken, %d left, %v", c, len(b.Rows()), len(rest), err)
		}
		checkBatch(t, rows, c.cells)
	}
	if rest, err := NewBatch(3).Take(nil); err != nil || len(rest) != 0 {
		t.Errorf("of no rows: %d left, %v", len(rest), err)
	}
}

// FuzzBatch makes eight rows, equal but for one of any bytes.
func FuzzBatch(f *testing.F) {
	good := record(nil, []byte("key"), []cell{{payload: []byte("ab")}, {null: true}, {}})
	f.Add(good, uint8(3), uint8(0))
	f.Add(good, uint8(2), uint8(5))
	f.Add(good[:len(good)-3], uint8(3), uint8(2))
	f.Fuzz(func(t *testing.T, rec []byte, cells, at uint8) {
		if len(rec) >= HeaderLen && at&0x80 == 0 {
			End(rec, 0)
		}
		right := record(nil, nil, make([]cell, cells))
		rows := make([]Row, 8)
		for i := range rows {
			rows[i] = Row{int64(i), right}
		}
		rows[at%8].Rec = rec
		checkBatch(t, rows, int(cells))
	})
}

func BenchmarkBatch(b *testing.B) {
	var rows []Row
	for i := range 4096 {
		list := make([]cell, 15)
		for c := range list {
			list[c].payload = make([]byte, (c*7+i*13)%20)
		}
		rows = append(rows, Row{int64(i), record(nil, []byte("12345678"), list)})
	}
	batch := NewBatch(15)
	for b.Loop() {
		for rest := rows; len(rest) > 0; {
			var err error
			if rest, err = batch.Take(rest); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)), "ns/row")
}

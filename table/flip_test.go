package table_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"testing"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
	. "github.com/verdigris-db/verdigris/writer/writertest"
)

// damage is what a scan and the gets of some keys say about a table, or may have changed in it.
type damage struct {
	rows []row.Row
	buf  []row.Row
	keys []partitioner.Key
}

// scan compares a whole scan with the rows. A nil result means that they are all there, unchanged.
func (d *damage) scan(tb *table.Table) error {
	s := tb.Scan(partitioner.MinToken, math.MaxInt64)
	at := 0
	for {
		n, err := s.Next(d.buf)
		for _, r := range d.buf[:n] {
			if at == len(d.rows) || r.Token != d.rows[at].Token || !bytes.Equal(r.Rec, d.rows[at].Rec) {
				return fmt.Errorf("row %d is wrong", at)
			}
			at++
		}
		switch {
		case err == io.EOF && at == len(d.rows):
			return nil
		case err == io.EOF:
			return fmt.Errorf("%d rows of %d", at, len(d.rows))
		case err != nil:
			return err
		}
	}
}

// get asks for each key.
func (d *damage) get(tb *table.Table) error {
	r := tb.NewReader()
	at := 0
	for _, k := range d.keys {
		got, err := r.Get(k, table.Slice{})
		for err == nil {
			var cells []byte
			if cells, err = got.Next(); err == nil {
				if !bytes.Equal(cells, row.Cells(d.rows[at].Rec)) {
					return fmt.Errorf("row %d is wrong", at)
				}
				at++
			}
		}
		if err != io.EOF {
			return err
		}
	}
	if at != len(d.rows) {
		return fmt.Errorf("%d rows of %d", at, len(d.rows))
	}
	return nil
}

// TestEveryFlipIsFound changes each byte of a table (of long chunks each fifth): what is then read is an error about damage, or right.
func TestEveryFlipIsFound(t *testing.T) {
	rows := mixedRows()
	for _, name := range codec.Names() {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			w := Write(t, Options(t, mixedSchema(), name, rows[:20]), rows, 100)
			d := damage{rows: rows, buf: make([]row.Row, 64)}
			for i, r := range rows {
				if i == 0 || !bytes.Equal(row.Key(r.Rec), row.Key(rows[i-1].Rec)) {
					d.keys = append(d.keys, partitioner.NewKey(row.Key(r.Rec)))
				}
			}
			file := bytes.NewReader(w.Bytes)
			tb := w.Open(t)
			buckets := int(tb.Header().Layout.Buckets.Offset)
			index := int(tb.Header().Layout.Index.Offset)
			silent := 0
			for i := range w.Bytes {
				if i > 100 && i < buckets-500 && i%5 > 0 || Race && i%11 > 0 {
					continue // chunks are all alike
				}
				for _, flip := range []byte{1 << (i % 8), 0xff} {
					w.Bytes[i] ^= flip
					damaged, err := tb, error(nil)
					if i < len(table.Magic) || i >= index { // the parts that Open reads
						damaged, err = table.Open(file, file.Size(), w.Codecs)
					}
					if err == nil {
						err = d.scan(damaged)
					}
					if err == nil {
						silent++
					}
					if err != nil && !table.IsCorruption(err) {
						t.Fatalf("byte %d: scan: %v", i, err)
					}
					if damaged != nil && (i%16 == 0 || err == nil) {
						if err := d.get(damaged); err != nil && !table.IsCorruption(err) {
							t.Fatalf("byte %d: get: %v", i, err)
						}
					}
					w.Bytes[i] ^= flip
					if flip == 0xff || i%8 != 0 {
						break // one flip is enough for most bytes
					}
				}
			}
			if silent > 0 {
				t.Errorf("%d flips changed nothing that is read", silent)
			}
		})
	}
}

// TestEveryCutIsFound opens tables that end too early, or that something was appended to.
func TestEveryCutIsFound(t *testing.T) {
	rows := mixedRows()
	w := Write(t, Options(t, mixedSchema(), codec.None, rows), rows, 100)
	for n := 0; n < len(w.Bytes); n += 1 + n/1000 {
		if _, err := table.Open(bytes.NewReader(w.Bytes[:n]), int64(n), w.Codecs); !table.IsCorruption(err) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
		if _, err := table.Open(bytes.NewReader(w.Bytes[:n]), int64(len(w.Bytes)), w.Codecs); !table.IsCorruption(err) {
			t.Fatalf("%d bytes of a table that should have %d: %v", n, len(w.Bytes), err)
		}
	}
	longer := append(bytes.Clone(w.Bytes), w.Bytes[len(w.Bytes)-40:]...)
	if _, err := table.Open(bytes.NewReader(longer), int64(len(longer)), w.Codecs); !table.IsCorruption(err) {
		t.Fatalf("a table with its trailer twice: %v", err)
	}
}

// Package writertest makes rows and tables for the tests of the packages that write and read them.
package writertest

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
	"github.com/verdigris-db/verdigris/writer"
)

// column is a column with a name made from its number.
func column(i int, t cql.Type) cql.Column { return cql.Column{Name: fmt.Sprintf("c%d", i), Type: t} }

// RandomPayload is a valid payload of a scalar type, from few values if few is set.
func RandomPayload(r *rand.Rand, k cql.Kind, few int) []byte {
	n := int64(r.Uint64())
	if few > 0 {
		n = int64(r.IntN(few)) - int64(few/2)
	}
	switch k {
	case cql.Boolean:
		return cql.AppendBoolean(nil, n&1 == 0)
	case cql.Int:
		return cql.AppendInt(nil, int32(n))
	case cql.BigInt:
		return cql.AppendBigInt(nil, n)
	case cql.Date:
		return cql.AppendDate(nil, int32(n))
	case cql.Double:
		return cql.AppendDouble(nil, float64(n)/8)
	case cql.Decimal:
		return cql.AppendDecimal(nil, n, int32(r.IntN(3)))
	case cql.VarInt:
		return cql.AppendVarint(nil, n)
	case cql.Text:
		if few > 0 {
			return fmt.Appendf(nil, "word %d", n)
		}
		b := make([]byte, r.IntN(60))
		for i := range b {
			b[i] = "etaoin shrdlu"[r.IntN(13)]
		}
		return b
	case cql.Blob:
		b := make([]byte, r.IntN(40))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	panic(k)
}

var scalarKinds = []cql.Kind{cql.Boolean, cql.Int, cql.BigInt, cql.Date, cql.Double, cql.Decimal, cql.VarInt, cql.Text, cql.Blob}

func pickKind(r *rand.Rand) cql.Type { return cql.Of(scalarKinds[r.IntN(len(scalarKinds))]) }

// RandomSchema is a schema of one or two key columns and any others.
func RandomSchema(r *rand.Rand) *cql.Schema {
	s := &cql.Schema{}
	n := 0
	next := func(t cql.Type) cql.Column { n++; return column(n, t) }
	for range 1 + r.IntN(2) {
		s.Key = append(s.Key, next(pickKind(r)))
	}
	for range r.IntN(3) {
		c := cql.ClusteringColumn{Column: next(pickKind(r)), Order: cql.Ascending}
		if r.IntN(2) == 0 {
			c.Order = cql.Descending
		}
		s.Clustering = append(s.Clustering, c)
	}
	for range r.IntN(4) {
		s.Values = append(s.Values, next(pickKind(r)))
	}
	return s
}

// Record makes a row of a schema.
func Record(key []byte, cells ...[]byte) row.Row {
	rec := row.Begin(nil, key)
	for _, c := range cells {
		if c == nil {
			rec = row.AppendNull(rec)
		} else {
			rec = row.AppendCell(rec, c)
		}
	}
	row.End(rec, 0)
	return row.Row{Token: partitioner.Token(key), Rec: rec}
}

// Sorted puts rows into table order, keeps those of a partition and drops those with the identity of another.
func Sorted(s *cql.Schema, slicesOf partitioner.Slices, partition int, rows []row.Row) []row.Row {
	order := table.NewOrder(s)
	var kept []row.Row
	for _, r := range rows {
		if p, _ := slicesOf.Locate(r.Token); p == partition {
			kept = append(kept, r)
		}
	}
	compare := func(a, b row.Row) int {
		return cmp.Or(cmp.Compare(a.Token, b.Token), bytes.Compare(row.Key(a.Rec), row.Key(b.Rec)),
			order.Compare(row.Cells(a.Rec), row.Cells(b.Rec)))
	}
	slices.SortStableFunc(kept, compare)
	return slices.CompactFunc(kept, func(a, b row.Row) bool { return compare(a, b) == 0 })
}

// OpenCodec is codec n with a dictionary trained on the first rows of sample.
func OpenCodec(t testing.TB, n codec.Name, s *cql.Schema, sample []row.Row) *codec.Codec {
	t.Helper()
	dict, err := codec.Train(n, s, sample[:min(len(sample), codec.SampleRows)])
	if err != nil {
		t.Fatal(err)
	}
	c, err := codec.Open(n, s, dict)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Options are the usual ones for a table of rows, the only one of its view.
func Options(t testing.TB, s *cql.Schema, n codec.Name, sample []row.Row) writer.Options {
	c := OpenCodec(t, n, s, sample)
	return writer.Options{
		Schema: s, Slices: partitioner.Slices{R: 1}, Codec: c, Fingerprint: "00112233445566778899aabbccddeeff", InputRows: uint64(len(sample)),
		BloomPPM: 1000, Dir: t.TempDir(), MemoryBytes: 1 << 30,
	}
}

// Written is a finished table, read back.
type Written struct {
	Result       writer.Result
	Bytes, Bloom []byte
	Codec        *codec.Codec
}

// Write makes a table of rows, added in batches of this size.
func Write(t testing.TB, o writer.Options, rows []row.Row, batch int) Written {
	t.Helper()
	w, err := writer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < len(rows); from += batch {
		if err := w.Add(rows[from:min(from+batch, len(rows))]); err != nil {
			t.Fatal(err)
		}
	}
	result, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	out := Written{Result: result, Codec: o.Codec}
	if out.Bytes, err = os.ReadFile(result.Table.Path); err != nil {
		t.Fatal(err)
	}
	if out.Bloom, err = os.ReadFile(result.Bloom.Path); err != nil {
		t.Fatal(err)
	}
	return out
}

// Open opens the table.
func (w *Written) Open(t testing.TB) *table.Table {
	t.Helper()
	tb, err := table.Open(bytes.NewReader(w.Bytes), int64(len(w.Bytes)), w.Codecs)
	if err != nil {
		t.Fatal(err)
	}
	return tb
}

// Codecs gives the codec the table was written with.
func (w *Written) Codecs(codec.Name, *cql.Schema, string) (*codec.Codec, error) { return w.Codec, nil }

// All reads a stream to its end; the records are copies.
func All(t testing.TB, s row.Stream, batch int) []row.Row {
	t.Helper()
	var out []row.Row
	buf := make([]row.Row, batch)
	for {
		n, err := s.Next(buf)
		for _, r := range buf[:n] {
			out = append(out, row.Row{Token: r.Token, Rec: bytes.Clone(r.Rec)})
		}
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// SameRows compares rows one by one.
func SameRows(t testing.TB, what string, got, want []row.Row) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i].Token != want[i].Token || !bytes.Equal(got[i].Rec, want[i].Rec) {
			t.Fatalf("%s: row %d is\n%d %x, want\n%d %x", what, i, got[i].Token, got[i].Rec, want[i].Token, want[i].Rec)
		}
	}
}

// CheckAll scans a table and gets each of its keys.
func CheckAll(t testing.TB, w *Written, rows []row.Row) {
	t.Helper()
	tb := w.Open(t)
	SameRows(t, "scan", All(t, tb.Scan(partitioner.MinToken, 1<<63-1), 100), rows)
	filter, err := bloom.Decode(w.Bloom)
	if err != nil {
		t.Fatal(err)
	}
	r := tb.NewReader()
	keys := uint64(0)
	var sum row.Sum
	for i := 0; i < len(rows); keys++ {
		key := partitioner.NewKey(row.Key(rows[i].Rec))
		if !filter.Has(key.H1, key.H2) {
			t.Fatalf("key %x is not in the filter", key.Bytes)
		}
		got, err := r.Get(key, table.Slice{})
		if err != nil || !got.Found() {
			t.Fatalf("key %x: %v", key.Bytes, err)
		}
		for ; i < len(rows) && bytes.Equal(row.Key(rows[i].Rec), key.Bytes); i++ {
			cells, err := got.Next()
			if err != nil || !bytes.Equal(cells, row.Cells(rows[i].Rec)) {
				t.Fatalf("key %x: cells %x (%v), want %x", key.Bytes, cells, err, row.Cells(rows[i].Rec))
			}
			sum = sum.Add(row.Hash(rows[i].Rec))
		}
		if _, err := got.Next(); err != io.EOF {
			t.Fatalf("key %x: behind its last row: %v", key.Bytes, err)
		}
	}
	h := tb.Header()
	if h.Rows != uint64(len(rows)) || h.Keys != keys || h.StoredSum != sum || w.Result.Keys != keys || w.Result.StoredSum != sum {
		t.Fatalf("%d rows, %d keys, sum %v; header %+v; result %+v", len(rows), keys, sum, h, w.Result)
	}
}

// NewRand is a generator of the same numbers for the same seed.
func NewRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// BigInt is the payload of a bigint.
func BigInt(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// RandomRows makes rows of few enough keys that some have many.
func RandomRows(seed uint64, s *cql.Schema, n, keys int) []row.Row {
	r := NewRand(seed)
	var made [][]byte
	for range keys {
		var parts [][]byte
		for _, c := range s.Key {
			p := RandomPayload(r, c.Type.Kind, 0)
			if len(p) == 0 {
				p = []byte{1}
			}
			parts = append(parts, p)
		}
		k, err := cql.CompositeKey(nil, parts...)
		if err != nil {
			panic(err)
		}
		made = append(made, k)
	}
	var rows []row.Row
	for range n {
		var cells [][]byte
		for i := range s.Cells() {
			p := RandomPayload(r, s.CellType(i).Kind, r.IntN(2)*20)
			switch {
			case i < len(s.Clustering):
			case r.IntN(10) == 0:
				p = nil
			case r.IntN(200) == 0:
				p = bytes.Repeat(p, 1+r.IntN(1000))
			}
			cells = append(cells, p)
		}
		rows = append(rows, Record(made[r.IntN(len(made))], cells...))
	}
	return rows
}

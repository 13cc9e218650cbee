package writer_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
	. "github.com/verdigris-db/verdigris/writer/writertest"
)

// codecs are those that the limits are tried with.
var codecs = codec.Names()

// keyed is a schema of a blob key and values of these kinds.
func keyed(values ...cql.Kind) *cql.Schema {
	s := &cql.Schema{Key: []cql.Column{{Name: "k", Type: cql.Of(cql.Blob)}}}
	for i, v := range values {
		s.Values = append(s.Values, cql.Column{Name: fmt.Sprintf("v%d", i), Type: cql.Of(v)})
	}
	return s
}

// clustered is keyed with one ascending bigint clustering column.
func clustered(values ...cql.Kind) *cql.Schema {
	s := keyed(values...)
	s.Clustering = []cql.ClusteringColumn{{Column: cql.Column{Name: "c", Type: cql.Of(cql.BigInt)}, Order: cql.Ascending}}
	return s
}

func TestMillionRowKey(t *testing.T) {
	n := int64(1_000_000)
	if Race {
		n = 100_000
	}
	s := clustered(cql.BigInt)
	rows := make([]row.Row, 0, n+20)
	for i := range n {
		rows = append(rows, Record([]byte("wide"), BigInt(i), BigInt(i*i)))
	}
	for i := range 20 {
		rows = append(rows, Record(fmt.Appendf(nil, "narrow %d", i), BigInt(1), BigInt(2)))
	}
	for _, name := range codecs {
		o := Options(t, s, name, rows[:1000])
		rows = Sorted(s, o.Slices, 0, rows)
		w := Write(t, o, rows, 10_000)
		CheckAll(t, &w, rows)

		counted := &counting{ReaderAt: bytes.NewReader(w.Bytes)}
		tb, err := table.Open(counted, int64(len(w.Bytes)), w.Codecs)
		if err != nil {
			t.Fatal(err)
		}
		r := tb.NewReader()
		for _, from := range []int64{0, 1, n / 2, n * 9 / 11, n - 3} {
			counted.calls, counted.bytes = 0, 0
			got, err := r.Get(partitioner.NewKey([]byte("wide")), table.Slice{Lower: &table.Bound{Value: BigInt(from)}, Limit: 3})
			if err != nil {
				t.Fatal(err)
			}
			for i := from; i < from+3; i++ {
				cells, err := got.Next()
				if want := row.Cells(Record(nil, BigInt(i), BigInt(i*i)).Rec); err != nil || !bytes.Equal(cells, want) {
					t.Fatalf("row %d from %d: %x (%v)", i, from, cells, err)
				}
			}
			if _, err := got.Next(); err != io.EOF {
				t.Fatalf("behind the limit: %v", err)
			}
			if counted.bytes > 128<<10 || counted.calls > 4 {
				t.Errorf("%s: three rows of %d took %d reads, %d bytes", name, n, counted.calls, counted.bytes)
			}
		}
	}
}

// counting counts what is read.
type counting struct {
	io.ReaderAt
	calls, bytes, longest int
}

func (c *counting) ReadAt(b []byte, offset int64) (int, error) {
	c.calls++
	c.bytes += len(b)
	c.longest = max(c.longest, len(b))
	return c.ReaderAt.ReadAt(b, offset)
}

func TestLargeValues(t *testing.T) {
	noise := make([]byte, row.MaxCell)
	if _, err := rand.NewChaCha8([32]byte{7}).Read(noise); err != nil {
		t.Fatal(err)
	}
	s := keyed(cql.Blob, cql.BigInt)
	var rows []row.Row
	sizes := []int{0, 1, 2000, 2031, 2032, 2033, 4095, 4096, 4097, 16 << 10, 64 << 10, 100_000, 1 << 20, row.MaxCell}
	for i, n := range sizes {
		rows = append(rows, Record(fmt.Appendf(nil, "key %d", i), noise[:n], nil))
	}
	for _, name := range codecs {
		o := Options(t, s, name, rows[:3])
		rows = Sorted(s, o.Slices, 0, rows)
		w := Write(t, o, rows, len(rows))
		CheckAll(t, &w, rows)
	}
}

func TestLongKeys(t *testing.T) {
	s := clustered(cql.Text)
	prefix := bytes.Repeat([]byte("p"), 1500)
	long := bytes.Repeat([]byte{0xff}, row.MaxKey)
	var rows []row.Row
	for i := range 300 {
		key := fmt.Appendf(bytes.Clone(prefix), "%d", i)
		for j := range int64(i % 4) {
			rows = append(rows, Record(key, BigInt(j), fmt.Appendf(nil, "text %d", i)))
		}
	}
	rows = append(rows, Record(long, BigInt(1), []byte("a")), Record(long, BigInt(2), []byte("b")), Record(long[1:], BigInt(2), nil))
	for _, name := range codecs {
		o := Options(t, s, name, rows[:10])
		rows = Sorted(s, o.Slices, 0, rows)
		w := Write(t, o, rows, 50)
		CheckAll(t, &w, rows)
		if h := w.Open(t).Header(); !bytes.Equal(h.Layout.KeyPrefix, prefix) || h.Layout.LargeKeys != 2 || len(w.Bytes) > 250_000 {
			t.Errorf("%s: prefix of %d bytes, %d large keys, %d bytes", name, len(h.Layout.KeyPrefix), h.Layout.LargeKeys, len(w.Bytes))
		}
	}
}

func TestNoRows(t *testing.T) {
	s := keyed(cql.Text)
	for _, name := range codecs {
		w := Write(t, Options(t, s, name, nil), nil, 1)
		CheckAll(t, &w, nil)
		if got, err := w.Open(t).NewReader().Get(partitioner.NewKey([]byte("k")), table.Slice{}); err != nil || got.Found() {
			t.Errorf("a table of no rows: %v", err)
		}
	}
}

func TestOneRow(t *testing.T) {
	for _, s := range []*cql.Schema{keyed(), keyed(cql.Text)} {
		cells := make([][]byte, len(s.Values))
		rows := []row.Row{Record([]byte("k"), cells...)}
		for _, name := range codecs {
			w := Write(t, Options(t, s, name, rows), rows, 1)
			CheckAll(t, &w, rows)
		}
	}
}

// TestFullBuckets uses keys of just under half a bucket, of which many buckets get three.
func TestFullBuckets(t *testing.T) {
	r := NewRand(8)
	s := keyed(cql.Blob)
	var rows []row.Row
	for i := range int64(3000) {
		b := make([]byte, 2000)
		for j := range b {
			b[j] = byte(r.Uint32())
		}
		rows = append(rows, Record(BigInt(i), b))
	}
	for _, name := range codecs {
		o := Options(t, s, name, rows[:10])
		rows = Sorted(s, o.Slices, 0, rows)
		w := Write(t, o, rows, 100)
		CheckAll(t, &w, rows)
		if n := w.Result.Stats.MovedKeys; n == 0 || n > 60 {
			t.Errorf("%s: %d of 3000 keys moved, want some, and at most 2 %%", name, n)
		}
	}
}

// TestSameTokens uses keys that were made to collide: none of the hash's 128 bits tells them apart.
func TestSameTokens(t *testing.T) {
	s := keyed(cql.Text)
	var rows []row.Row
	for i := range 1000 {
		rows = append(rows, Record(fmt.Appendf(nil, "key %d", i), bytes.Repeat([]byte("x"), i)))
	}
	for _, k := range Collisions("", 2000) {
		rows = append(rows, Record(k, []byte("one of many")))
	}
	for _, name := range codecs {
		o := Options(t, s, name, rows[:10])
		rows = Sorted(s, o.Slices, 0, rows)
		w := Write(t, o, rows, 100)
		CheckAll(t, &w, rows)
		if w.Result.Stats.MovedKeys < 1500 {
			t.Errorf("%s: %d keys moved", name, w.Result.Stats.MovedKeys)
		}
	}
}

//go:build unix

package writer_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
	"github.com/verdigris-db/verdigris/writer"
	. "github.com/verdigris-db/verdigris/writer/writertest"
)

var benchKeys = flag.Int("keys", 200_000, "keys of the tables that are measured")

func named(names ...any) []cql.Column {
	var out []cql.Column
	for i := 0; i < len(names); i += 2 {
		out = append(out, cql.Column{Name: names[i].(string), Type: cql.Of(names[i+1].(cql.Kind))})
	}
	return out
}

// vocabulary is what comments are made of.
func vocabulary() []string {
	return strings.Fields("furiously quickly carefully blithely slyly ironic final regular express pending special bold even silent " +
		"packages requests accounts deposits foxes theodolites instructions ideas pinto beans dependencies asymptotes sleep haggle " +
		"nag wake cajole use boost integrate detect among the above across along against beneath after around between into of to")
}

// comment is text of a length between low and high that repeats itself as people do.
func comment(r *rand.Rand, list []string, low, high int) []byte {
	n := low + r.IntN(high-low+1)
	b := make([]byte, 0, n+20)
	for len(b) < n {
		b = append(append(b, list[r.IntN(len(list))]...), ' ')
	}
	return b[:n]
}

// cpu is the CPU time of the process in nanoseconds: on a busy machine the clock says little.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// shape is a kind of data: its schema, and the rows of one key.
type shape struct {
	name   string
	schema *cql.Schema
	rows   func(r *rand.Rand, key int64) []row.Row
}

func orders() shape {
	list := vocabulary()
	s := &cql.Schema{Key: named("o_orderkey", cql.BigInt), Values: named("o_custkey", cql.BigInt, "o_orderstatus", cql.Text,
		"o_totalprice", cql.Decimal, "o_orderdate", cql.Date, "o_orderpriority", cql.Text, "o_clerk", cql.Text, "o_shippriority", cql.Int,
		"o_comment", cql.Text)}
	return shape{"orders", s, func(r *rand.Rand, key int64) []row.Row {
		return []row.Row{Record(BigInt(4*key), BigInt(1+r.Int64N(149999)), []byte("FOP")[r.IntN(3):][:1],
			cql.AppendDecimal(nil, 85771+r.Int64N(55442745), 2), cql.AppendDate(nil, int32(8035+r.IntN(2406))),
			[]byte([]string{"1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"}[r.IntN(5)]),
			fmt.Appendf(nil, "Clerk#%09d", 1+r.IntN(1000)), cql.AppendInt(nil, 0), comment(r, list, 19, 78))}
	}}
}

func lineitem() shape {
	list := vocabulary()
	s := &cql.Schema{Key: named("l_orderkey", cql.BigInt), Values: named("l_partkey", cql.BigInt, "l_suppkey", cql.BigInt,
		"l_quantity", cql.Decimal, "l_extendedprice", cql.Decimal, "l_discount", cql.Decimal, "l_tax", cql.Decimal,
		"l_returnflag", cql.Text, "l_linestatus", cql.Text, "l_shipdate", cql.Date, "l_commitdate", cql.Date, "l_receiptdate", cql.Date,
		"l_shipinstruct", cql.Text, "l_shipmode", cql.Text, "l_comment", cql.Text)}
	s.Clustering = []cql.ClusteringColumn{{Column: named("l_linenumber", cql.Int)[0], Order: cql.Ascending}}
	return shape{"lineitem", s, func(r *rand.Rand, key int64) []row.Row {
		rows := make([]row.Row, 1+r.IntN(7))
		for i := range rows {
			ship := int32(8035 + r.IntN(2500))
			rows[i] = Record(BigInt(4*key), cql.AppendInt(nil, int32(i+1)), BigInt(1+r.Int64N(200000)), BigInt(1+r.Int64N(10000)),
				cql.AppendDecimal(nil, 100*(1+r.Int64N(50)), 2), cql.AppendDecimal(nil, 90091+r.Int64N(10404859), 2),
				cql.AppendDecimal(nil, r.Int64N(11), 2), cql.AppendDecimal(nil, r.Int64N(9), 2), []byte("ANR")[r.IntN(3):][:1],
				[]byte("FO")[r.IntN(2):][:1], cql.AppendDate(nil, ship), cql.AppendDate(nil, ship+30), cql.AppendDate(nil, ship+10),
				[]byte([]string{"COLLECT COD", "DELIVER IN PERSON", "NONE", "TAKE BACK RETURN"}[r.IntN(4)]),
				[]byte([]string{"AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"}[r.IntN(7)]), comment(r, list, 10, 43))
		}
		return rows
	}}
}

func profiles() shape {
	list := vocabulary()
	s := &cql.Schema{Key: named("guest", cql.Text), Values: named("context", cql.Text, "updated_at", cql.Timestamp)}
	return shape{"profiles", s, func(r *rand.Rand, key int64) []row.Row {
		b := []byte(`{"visits":[`)
		for i := range r.IntN(60) {
			if i > 0 {
				b = append(b, ',')
			}
			b = fmt.Appendf(b, `{"page":"/%s","seconds":%d,"device":"mobile"}`, bytes.TrimSpace(comment(r, list, 5, 20)), r.IntN(300))
		}
		b = append(b, `]}`...)
		return []row.Row{Record(fmt.Appendf(nil, "guest-%010d", key), b, BigInt(1700000000000+r.Int64N(1e9)))}
	}}
}

// keys are the keys 0 .. n-1 in table order.
func (s shape) keys(n int) []int64 {
	r := rand.New(rand.NewPCG(1, 1))
	tokens := make([]int64, n)
	keys := make([]int64, n)
	for i := range keys {
		tokens[i], keys[i] = s.rows(r, int64(i))[0].Token, int64(i)
	}
	slices.SortFunc(keys, func(a, b int64) int { return cmp.Compare(tokens[a], tokens[b]) })
	return keys
}

// all is the rows of keys, which lie in memory in another order, as those of a build do.
func (s shape) all(keys []int64) []row.Row {
	r := rand.New(rand.NewPCG(2, 2))
	var rows []row.Row
	for _, k := range slices.Sorted(slices.Values(keys)) {
		rows = append(rows, s.rows(r, k)...)
	}
	slices.SortStableFunc(rows, func(a, b row.Row) int { return cmp.Compare(a.Token, b.Token) })
	return rows
}

// BenchmarkWrite is a whole table per turn; CPU time is what counts. The parts that are not the writer's stand beside it.
func BenchmarkWrite(b *testing.B) {
	for _, s := range []shape{orders(), lineitem()} {
		b.Run(s.name, func(b *testing.B) { benchmarkWrite(b, s) })
	}
}

func benchmarkWrite(b *testing.B, s shape) {
	rows := s.all(s.keys(*benchKeys))
	perRow := func(b *testing.B, from int64) {
		b.ReportMetric(float64(cpu(b)-from)/float64(b.N)/float64(len(rows)), "cpu-ns/row")
	}
	b.Run("sums", func(b *testing.B) {
		var sum row.Sum
		from := cpu(b)
		for b.Loop() {
			for _, r := range rows {
				sum = sum.Add(row.HashStored(r.Rec, 0))
			}
		}
		perRow(b, from)
	})
	for _, name := range codec.Names() {
		o := Options(b, s.schema, name, rows)
		b.Run(string(name)+"/codec", func(b *testing.B) {
			enc := o.Codec.NewEncoder()
			batch := row.NewBatch(s.schema.Cells())
			var packed []byte
			var ends []int
			from := cpu(b)
			for b.Loop() {
				for rest := rows; len(rest) > 0; {
					var err error
					if rest, err = batch.Take(rest); err != nil {
						b.Fatal(err)
					}
					packed, ends = enc.EncodeBatch(packed[:0], batch, ends[:0])
				}
			}
			perRow(b, from)
		})
		b.Run(string(name)+"/table", func(b *testing.B) {
			var result writer.Result
			from := cpu(b)
			for b.Loop() {
				w, err := writer.New(o)
				if err != nil {
					b.Fatal(err)
				}
				for part := range slices.Chunk(rows, 1000) {
					if err := w.Add(part); err != nil {
						b.Fatal(err)
					}
				}
				if result, err = w.Finish(); err != nil {
					b.Fatal(err)
				}
				for _, f := range []writer.File{result.Table, result.Bloom} {
					if err := os.Remove(f.Path); err != nil {
						b.Fatal(err)
					}
				}
			}
			perRow(b, from)
			b.ReportMetric(float64(result.Table.Size)/float64(len(rows)), "B/row")
		})
	}
}

// built is a table of n keys on disk.
func built(b *testing.B, s shape, name codec.Name, keys []int64) (*table.Table, writer.Result) {
	b.Helper()
	sample := s.all(keys[:min(len(keys), codec.SampleRows)])
	o := Options(b, s.schema, name, sample)
	w, err := writer.New(o)
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 2))
	for _, k := range keys {
		if err := w.Add(s.rows(r, k)); err != nil {
			b.Fatal(err)
		}
	}
	result, err := w.Finish()
	if err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(result.Table.Path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := f.Close(); err != nil {
			b.Error(err)
		}
	})
	tb, err := table.Open(f, result.Table.Size, func(codec.Name, *cql.Schema, string) (*codec.Codec, error) { return o.Codec, nil })
	if err != nil {
		b.Fatal(err)
	}
	return tb, result
}

// BenchmarkGet is hits at random, from the page cache, and scans.
func BenchmarkGet(b *testing.B) {
	for _, s := range []shape{orders(), lineitem(), profiles()} {
		b.Run(s.name, func(b *testing.B) {
			keys := s.keys(*benchKeys)
			for _, name := range codec.Names() {
				b.Run(string(name), func(b *testing.B) {
					tb, result := built(b, s, name, keys)
					b.Run("hit", func(b *testing.B) { benchmarkHits(b, s, keys, tb, result) })
					b.Run("scan", func(b *testing.B) { benchmarkScan(b, tb) })
				})
			}
		})
	}
}

func benchmarkHits(b *testing.B, s shape, keys []int64, tb *table.Table, result writer.Result) {
	r := tb.NewReader()
	random, made := rand.New(rand.NewPCG(3, 3)), rand.New(rand.NewPCG(4, 4))
	asked := make([][]byte, 1<<18)
	for i := range asked {
		asked[i] = row.Key(s.rows(made, keys[random.IntN(len(keys))])[0].Rec)
	}
	b.ReportAllocs()
	i := 0
	from := cpu(b)
	for b.Loop() {
		got, err := r.Get(partitioner.NewKey(asked[i%len(asked)]), table.Slice{})
		if err != nil || !got.Found() {
			b.Fatal(err)
		}
		for ; err == nil; _, err = got.Next() {
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(cpu(b)-from)/float64(b.N), "cpu-ns/get")
	b.ReportMetric(float64(result.Table.Size)/float64(result.Rows), "B/row")
	b.ReportMetric(float64(result.Stats.MovedKeys)/float64(result.Keys), "moved/key")
	b.ReportMetric(float64(result.Stats.LargeKeys)/float64(result.Keys), "large/key")
}

func benchmarkScan(b *testing.B, tb *table.Table) {
	buf := make([]row.Row, 1024)
	from := cpu(b)
	for b.Loop() {
		stream := tb.Scan(partitioner.MinToken, 1<<63-1)
		var err error
		for err == nil {
			_, err = stream.Next(buf)
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpu(b)-from)/float64(b.N)/float64(tb.Header().Rows), "cpu-ns/row")
}

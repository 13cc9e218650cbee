package shuffle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/source"
)

// lineitem is rows like those of TPC-H's largest table, in batches as the source gives them: narrow columns as slots, flags
// and modes by index, the comment as bytes. Key l_orderkey, clustering l_linenumber.
type lineitem struct {
	layout  *Layout
	batches []*source.Batch
	rows    int
}

const batchRows = 4096

func newLineitem(rows int) *lineitem {
	column := func(name string, k cql.Kind) cql.Column { return cql.Column{Name: name, Type: cql.Of(k)} }
	schema := &cql.Schema{
		Key:        []cql.Column{column("l_orderkey", cql.BigInt)},
		Clustering: []cql.ClusteringColumn{{Column: column("l_linenumber", cql.Int), Order: cql.Ascending}},
		Values: []cql.Column{
			column("l_partkey", cql.BigInt), column("l_suppkey", cql.BigInt), column("l_quantity", cql.Decimal),
			column("l_extendedprice", cql.Decimal), column("l_discount", cql.Decimal), column("l_tax", cql.Decimal),
			column("l_returnflag", cql.Text), column("l_linestatus", cql.Text), column("l_shipdate", cql.Date),
			column("l_commitdate", cql.Date), column("l_receiptdate", cql.Date), column("l_shipinstruct", cql.Text),
			column("l_shipmode", cql.Text), column("l_comment", cql.Text),
		},
	}
	l, err := NewLayout(schema, RuleError, cql.Type{})
	if err != nil {
		panic(err)
	}
	t := &lineitem{layout: l, rows: rows}
	r := rand.New(rand.NewPCG(1, 2))
	order, line := int64(1), 0
	for done := 0; done < rows; done += batchRows {
		n := min(batchRows, rows-done)
		b := &source.Batch{Rows: n, First: int64(done), Columns: make([]source.Column, 16)}
		for range n {
			if line++; line > 1+int(order*7%7) {
				order, line = order+1+int64(r.IntN(4)), 1
			}
			slot(&b.Columns[0], binary.BigEndian.AppendUint64(nil, uint64(order)))
			slot(&b.Columns[1], binary.BigEndian.AppendUint32(nil, uint32(line)))
			slot(&b.Columns[2], binary.BigEndian.AppendUint64(nil, uint64(r.IntN(200_000))))
			slot(&b.Columns[3], binary.BigEndian.AppendUint64(nil, uint64(r.IntN(10_000))))
			for i, most := range []int64{5000, 10_000_000, 11, 9} {
				slot(&b.Columns[4+i], cql.AppendDecimal(nil, r.Int64N(most), 2))
			}
			for i := range 3 {
				slot(&b.Columns[10+i], cql.AppendDate(nil, int32(8000+r.IntN(2500))))
			}
			for _, i := range []int{8, 9, 13, 14} {
				b.Columns[i].Idx = append(b.Columns[i].Idx, int32(r.IntN([]int{3, 2, 4, 7}[i%5%4])))
			}
			comment := &b.Columns[15]
			for range 10 + r.IntN(33) {
				comment.Data = append(comment.Data, "etaoin shrdlu"[r.IntN(13)])
			}
			comment.Ends = append(comment.Ends, uint32(len(comment.Data)))
		}
		for _, i := range []int{8, 9, 14} {
			for _, v := range []string{"REG AIR", "A", "R", "MAIL", "SHIP", "TRUCK", "FOB"} {
				slot(&b.Columns[i], []byte(v))
			}
		}
		for _, v := range []string{"DELIVER IN PERSON", "TAKE BACK RETURN", "COLLECT COD", "NONE", "", "", ""} {
			c := &b.Columns[13]
			c.Data = append(c.Data, v...)
			c.Ends = append(c.Ends, uint32(len(c.Data)))
		}
		t.batches = append(t.batches, b)
	}
	return t
}

func slot(c *source.Column, payload []byte) {
	var s [16]byte
	s[3] = byte(len(payload))
	copy(s[4:], payload)
	c.Slots = append(c.Slots, s)
}

var lineitems = sync.OnceValue(func() *lineitem { return newLineitem(2 << 20) })

func (t *lineitem) append(tb testing.TB, a *Arena) {
	for _, b := range t.batches {
		if n, err := a.Append(b, nil, 0); err != nil || n != b.Rows {
			tb.Fatal(n, err)
		}
	}
}

// cpuNanos is the processor time of the process: other processes of the machine do not disturb it much.
func cpuNanos() float64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Nano() + u.Stime.Nano())
}

// perRow runs f b.N times and reports its processor time for each row.
func perRow(b *testing.B, rows int, f func()) {
	b.ResetTimer()
	spent := 0.0
	for range b.N {
		at := cpuNanos()
		f()
		spent += cpuNanos() - at
	}
	b.ReportMetric(spent/float64(b.N)/float64(rows), "cpu-ns/row")
}

// BenchmarkLineitem is the stages of a shuffle one by one, and in memory and by runs as a whole.
func BenchmarkLineitem(b *testing.B) {
	t := lineitems()
	s := partitioner.Slices{R: 64}
	arena, err := NewArena(t.layout, ArenaOptions{Positions: InOrder(t.layout), Slices: s, Limit: 2 << 30})
	if err != nil {
		b.Fatal(err)
	}
	t.append(b, arena)
	sorted := NewSorted(t.layout, s)
	load := func() {
		if err := sorted.Load([]*Arena{arena}); err != nil {
			b.Fatal(err)
		}
	}
	load()
	b.Logf("%d rows of %d bytes", arena.Rows(), arena.RecordBytes()/arena.Rows())
	var scratch Scratch
	buf := make([]row.Row, 256)
	fold := func() {
		for p := range s.R {
			drainOnly(b, sorted.Partition(p, &scratch), buf)
		}
	}
	b.Run("append", func(b *testing.B) {
		perRow(b, t.rows, func() { arena.Reset(); t.append(b, arena) })
	})
	b.Run("load", func(b *testing.B) { perRow(b, t.rows, load) })
	b.Run("load+sort", func(b *testing.B) { perRow(b, t.rows, func() { load(); sorted.sortAll(1) }) })
	b.Run("fold", func(b *testing.B) { perRow(b, t.rows, fold) })
	b.Run("append+sort+fold", func(b *testing.B) {
		perRow(b, t.rows, func() { arena.Reset(); t.append(b, arena); load(); fold() })
	})
	for _, o := range []RunOptions{{}, {Compression: PackNone}} {
		b.Run(fmt.Sprintf("run/%s", o.withDefaults().Compression), func(b *testing.B) {
			load()
			sorted.sortAll(1)
			perRow(b, t.rows, func() {
				if _, err := WriteRun(io.Discard, sorted, o); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
	for _, n := range []int{4, 64} {
		for _, c := range []Compression{PackS2, PackNone} {
			b.Run(fmt.Sprintf("merge/%d runs/%s", n, c), func(b *testing.B) {
				runs := t.runs(b, s, n, RunOptions{Compression: c})
				memory := MergeBytes(n, RunOptions{}, 0, 1) + 16<<20
				m, err := NewMerge(t.layout, s, 0, runs, memory)
				if err != nil {
					b.Fatal(err)
				}
				perRow(b, t.rows, func() {
					for p := range s.R {
						if err := m.Restart(p); err != nil {
							b.Fatal(err)
						}
						drainOnly(b, m, buf)
					}
				})
			})
		}
	}
}

// runs writes the rows to n runs.
func (t *lineitem) runs(b *testing.B, s partitioner.Slices, n int, o RunOptions) []*Run {
	arena, err := NewArena(t.layout, ArenaOptions{Positions: InOrder(t.layout), Slices: s, Limit: 2 << 30})
	if err != nil {
		b.Fatal(err)
	}
	sorted := NewSorted(t.layout, s)
	var runs []*Run
	for i := range n {
		arena.Reset()
		for j := i; j < len(t.batches); j += n {
			if _, err := arena.Append(t.batches[j], nil, 0); err != nil {
				b.Fatal(err)
			}
		}
		if err := sorted.Load([]*Arena{arena}); err != nil {
			b.Fatal(err)
		}
		var w bytes.Buffer
		if _, err := WriteRun(&w, sorted, o); err != nil {
			b.Fatal(err)
		}
		runs = append(runs, openRun(b, t.layout, w.Bytes()))
	}
	return runs
}

func drainOnly(b *testing.B, s Stream, buf []row.Row) {
	for {
		if _, err := s.Next(buf); err == io.EOF {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

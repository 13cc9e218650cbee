//go:build unix

package codec

import (
	"fmt"
	"math"
	"syscall"
	"testing"

	"github.com/verdigris-db/verdigris/row"
)

func benchmarked(t testing.TB) []dataset {
	return []dataset{fromTPCH(t, orders(100000)), fromTPCH(t, lineitem(100000)), profiles(20000), random(20000, 100)}
}

// cpuNanos is the CPU time of this process so far: on a busy machine the clock says little.
func cpuNanos(t testing.TB) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// best keeps the least CPU time of a benchmark's passes: what the others took more, other processes took from the
// caches.
type best struct {
	b           *testing.B
	rows        int
	from, least int64
}

func newBest(b *testing.B, rows int) *best { return &best{b: b, rows: rows, least: math.MaxInt64} }

func (m *best) begin() { m.from = cpuNanos(m.b) }
func (m *best) end()   { m.least = min(m.least, cpuNanos(m.b)-m.from) }

func (m *best) report() {
	m.b.ReportMetric(float64(m.least)/float64(m.rows), "cpu-ns/row")
	m.b.ReportMetric(0, "ns/op")
}

// BenchmarkTrain learns from SampleRows rows.
func BenchmarkTrain(b *testing.B) {
	for _, d := range benchmarked(b) {
		b.Run(d.name, func(b *testing.B) {
			sample := sampleOf(d)
			best := newBest(b, 1)
			for b.Loop() {
				best.begin()
				if _, err := Train(Cells, d.schema, sample); err != nil {
					b.Fatal(err)
				}
				best.end()
			}
			b.ReportMetric(float64(best.least)/1e6, "cpu-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// sampleOf is the rows that a build would train on.
func sampleOf(d dataset) []row.Row {
	size := 0
	for i := range min(len(d.rows), SampleRows) {
		if size += len(d.rows[i].Rec); size > SampleBytes {
			return d.rows[:i]
		}
	}
	return d.rows[:min(len(d.rows), SampleRows)]
}

// benchRows is the rows that are packed again and again: as in a build, they are in the cache.
const benchRows = 4096

// BenchmarkEncode gives the time and the stored bytes of a row, packed and put into blocks.
func BenchmarkEncode(b *testing.B) {
	for _, d := range benchmarked(b) {
		for _, n := range Names() {
			b.Run(fmt.Sprintf("%s/%s", d.name, n), func(b *testing.B) {
				c := open(b, n, d, len(sampleOf(d)))
				enc := c.NewEncoder()
				cached := d.rows[:min(len(d.rows), benchRows)]
				var packed, block []byte
				var ends []int
				best := newBest(b, len(cached))
				for b.Loop() {
					best.begin()
					for i := 0; i < len(cached); i += 512 {
						part := cached[i:min(i+512, len(cached))]
						packed, ends = encodeRows(enc, packed[:0], part, ends[:0])
						if c.method.blocks() {
							for at := 0; at < len(packed); at += sizeBlock {
								block = enc.EncodeBlock(block[:0], packed[at:min(at+sizeBlock, len(packed))])
							}
						}
					}
					best.end()
				}
				best.report()
				b.ReportMetric(float64(c.PackedSize(d.rows))/float64(len(d.rows)), "B/row")
			})
		}
	}
}

// BenchmarkDecode gives the time to get one row: of its block, if the codec packs blocks, then of the row.
func BenchmarkDecode(b *testing.B) {
	for _, d := range benchmarked(b) {
		for _, n := range Names() {
			b.Run(fmt.Sprintf("%s/%s", d.name, n), func(b *testing.B) {
				c := open(b, n, d, len(sampleOf(d)))
				blocks, _ := packBlocks(c, d.rows[:min(len(d.rows), benchRows)])
				dec := c.NewDecoder()
				var body, cells []byte
				var err error
				gets := 0
				for _, block := range blocks {
					gets++
					if !c.method.blocks() {
						gets += len(block.ends) - 1
					}
				}
				best := newBest(b, gets)
				for b.Loop() {
					best.begin()
					for _, block := range blocks {
						body = block.bytes
						from := 0
						for _, end := range block.ends {
							if c.method.blocks() {
								if body, err = dec.DecodeBlock(body[:0:0], block.bytes); err != nil {
									b.Fatal(err)
								}
							}
							if cells, err = dec.DecodeRow(cells[:0], body[from:end]); err != nil {
								b.Fatal(err)
							}
							from = end
							if c.method.blocks() {
								break // one get a block is enough to know
							}
						}
					}
					best.end()
				}
				best.report()
			})
		}
	}
}

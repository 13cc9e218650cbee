package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// oneColumn is rows of one column with the given payloads; nil is null.
func oneColumn(t cql.Type, payloads ...[]byte) dataset {
	d := dataset{name: t.String(), schema: &cql.Schema{Key: columns("k", cql.BigInt), Values: []cql.Column{{Name: "v", Type: t}}}}
	for i, p := range payloads {
		rec := record(int64(i))
		if p == nil {
			rec = row.AppendNull(rec)
		} else {
			rec = row.AppendCell(rec, p)
		}
		d.rows = append(d.rows, finish(int64(i), rec))
	}
	return d
}

// edges are the numbers at which a byte or a sign is added, and their neighbours.
func edges() (vs []uint64) {
	for bit := range 64 {
		for _, v := range []uint64{1<<bit - 1, 1 << bit, 1<<bit + 1} {
			vs = append(vs, v, -v)
		}
	}
	return vs
}

// TestNumberEdges trains on ranges that begin at an edge, and packs all edges of every length with the plan.
func TestNumberEdges(t *testing.T) {
	kinds := []cql.Kind{cql.TinyInt, cql.SmallInt, cql.Int, cql.BigInt, cql.VarInt, cql.Decimal, cql.Date, cql.Double}
	for _, k := range kinds {
		t.Run(k.String(), func(t *testing.T) {
			var payloads [][]byte
			payloads = append(payloads, nil, []byte{})
			for _, v := range edges() {
				payloads = append(payloads, numberPayload(k, v))
				payloads = append(payloads, binary.BigEndian.AppendUint64([]byte{0, 0, 0, 2}, v)) // not the shortest decimal
			}
			all := oneColumn(cql.Of(k), payloads...)
			lows, spans := edges(), []uint64{3, 255, 1 << 31, 1<<63 - 1, 1<<64 - 2}
			for i := 0; i < len(lows); i += 23 {
				low := lows[i]
				for _, span := range spans {
					sample := oneColumn(cql.Of(k), numberPayload(k, low), numberPayload(k, low+span/2), numberPayload(k, low+span), nil)
					c := open(t, Cells, sample, 4)
					checkRoundTrip(t, c, all.rows[:], 1)
				}
			}
		})
	}
}

// numberPayload is the payload of v, or of as much of it as fits.
func numberPayload(k cql.Kind, v uint64) []byte {
	switch k {
	case cql.VarInt:
		return appendMinimal(nil, int64(v))
	case cql.Decimal:
		return appendMinimal([]byte{0, 0, 0, 2}, int64(v))
	}
	return binary.BigEndian.AppendUint64(nil, v)[8-cql.Of(k).FixedWidth():]
}

// TestRangesGrow asks that numbers somewhat beyond the sample still have a field.
func TestRangesGrow(t *testing.T) {
	for _, k := range []cql.Kind{cql.Int, cql.BigInt, cql.VarInt, cql.Decimal, cql.Timestamp, cql.Date} {
		t.Run(k.String(), func(t *testing.T) {
			for _, first := range []uint64{0, 1, 1000, 1 << 30} {
				var payloads [][]byte
				for i := range uint64(1000) {
					payloads = append(payloads, numberPayload(k, first+i*7))
				}
				c := open(t, Cells, oneColumn(cql.Of(k), payloads...), 1000)
				later := oneColumn(cql.Of(k), numberPayload(k, first), numberPayload(k, first+7*1100), numberPayload(k, first+7*1200))
				packed, ends := encodeRows(c.NewEncoder(), nil, later.rows, nil)
				if len(packed) != len(ends)*c.method.(*cellsMethod).fieldBytes {
					t.Errorf("from %d: packed rows %x have exceptions", first, packed)
				}
				checkRoundTrip(t, c, later.rows, 1)
			}
		})
	}
}

// TestOutliersAreExceptions asks that one number far away does not widen the field of the others.
func TestOutliersAreExceptions(t *testing.T) {
	var payloads [][]byte
	for i := range uint64(5000) {
		payloads = append(payloads, numberPayload(cql.BigInt, 100+i*i%997))
	}
	payloads[77] = numberPayload(cql.BigInt, 1<<62)
	d := oneColumn(cql.Of(cql.BigInt), payloads...)
	c := open(t, Cells, d, len(d.rows))
	if size := c.PackedSize(d.rows); size > int64(2*len(d.rows)+20) {
		t.Errorf("%d rows take %d bytes", len(d.rows), size)
	}
	checkRoundTrip(t, c, d.rows, 1)
}

// TestTextLengths packs texts around every length at which something changes, coded or not, in the last column and before.
func TestTextLengths(t *testing.T) {
	s := &cql.Schema{Key: columns("k", cql.BigInt), Values: columns("a", cql.Text, "b", cql.Blob, "c", cql.Text)}
	var text, noise []byte
	for i := 0; len(text) < largeText+20; i++ {
		text = fmt.Appendf(text, "word %d, ", i%100)
	}
	for i := 0; len(noise) < len(text); i++ {
		noise = append(noise, byte(i*i*i>>3), byte(i*7919>>5), byte(i*104729>>7), byte(i))
	}
	d := dataset{schema: s}
	for _, at := range []int{0, 100, 180, 250, 4090, chunkText, largeText} {
		for n := max(0, at-9); n <= at+20; n++ {
			rec := appendText(record(int64(n)), string(text[:n]))
			rec = row.AppendCell(rec, noise[:n])
			d.rows = append(d.rows, finish(int64(n), appendText(rec, string(text[n%50:max(n, n%50)]))))
		}
	}
	for _, sample := range []int{1, 40, 80, len(d.rows)} {
		c := open(t, Cells, d, sample)
		checkRoundTrip(t, c, d.rows, 3)
	}
}

// TestLongTextsTrain has few, long texts, whose ends say other things than their beginnings.
func TestLongTextsTrain(t *testing.T) {
	var payloads [][]byte
	for i := range 4 {
		text := bytes.Repeat([]byte{'.'}, 50<<10)
		for n := i; len(text) < 400<<10; n++ {
			text = fmt.Appendf(text, `{"reservation":%d,"guests":%d},`, n*7919%10000, n%5)
		}
		payloads = append(payloads, text)
	}
	d := oneColumn(cql.Of(cql.Text), payloads...)
	c := open(t, Cells, d, 4)
	if size, plain := c.PackedSize(d.rows), int64(4*400<<10); size > plain/3 {
		t.Errorf("%d bytes of text take %d", plain, size)
	}
	checkRoundTrip(t, c, d.rows, 1)
}

// chunkText is about the text of one chunk of the phrase decoder.
const chunkText = 1536 * 4

// TestLargestCell packs 64 MiB, as text that packs well, as noise, and as a number.
func TestLargestCell(t *testing.T) {
	if testing.Short() {
		t.Skip("packs 64 MiB several times")
	}
	text := make([]byte, row.MaxCell)
	noise := make([]byte, row.MaxCell)
	x := uint64(1)
	for i := range text {
		text[i] = "all work and no play "[i%21]
		x = x*6364136223846793005 + 1442695040888963407
		noise[i] = byte(x >> 56)
	}
	for _, n := range Names() {
		d := oneColumn(cql.Of(cql.Text), text[:3000], text[:4000], text, noise)
		checkRoundTrip(t, open(t, n, d, 2), d.rows, 1)
	}
	d := oneColumn(cql.Of(cql.BigInt), noise[:8], noise[8:16], text)
	checkRoundTrip(t, open(t, Cells, d, 2), d.rows, 1)
}

// TestEdgeShapes has schemas and rows of which there is little.
func TestEdgeShapes(t *testing.T) {
	none := dataset{schema: &cql.Schema{Key: columns("k", cql.BigInt)}}
	for i := range 3 {
		none.rows = append(none.rows, finish(int64(i), record(int64(i))))
	}
	nulls := make([][]byte, 700)
	wide := dataset{schema: &cql.Schema{Key: columns("k", cql.BigInt)}}
	rec := record(1)
	for i := range 3000 {
		wide.schema.Values = append(wide.schema.Values, cql.Column{Name: fmt.Sprint("c", i), Type: cql.Of(cql.Kind(1 + i%15))})
		rec = appendInt(rec, int32(i))
	}
	wide.rows = []row.Row{finish(1, rec), finish(1, rec)}
	long := dataset{schema: &cql.Schema{Key: columns("k", cql.BigInt)}}
	rec, short := record(1), record(2)
	for i := range 20 {
		long.schema.Values = append(long.schema.Values, cql.Column{Name: fmt.Sprint("c", i), Type: cql.Of(cql.Text)})
		rec = appendText(rec, strings.Repeat(fmt.Sprintf("text %d; ", i), 5000))
		short = appendText(short, fmt.Sprintf("text %d; text %d;", i, i))
	}
	long.rows = []row.Row{finish(1, rec), finish(2, short), finish(1, rec)}
	for name, d := range map[string]dataset{"no columns": none, "nulls": oneColumn(cql.Of(cql.Int), nulls...), "3000 columns": wide, "20 long texts": long} {
		t.Run(name, func(t *testing.T) {
			for _, n := range Names() {
				for _, sample := range []int{0, 1, len(d.rows)} {
					checkRoundTrip(t, open(t, n, d, sample), d.rows, d.schema.Cells())
				}
			}
		})
	}
	c := open(t, Cells, oneColumn(cql.Of(cql.Int), nulls...), 700)
	if got := c.PackedSize(oneColumn(cql.Of(cql.Int), nulls...).rows); got != 700 {
		t.Errorf("700 rows of null take %d bytes, want one each", got)
	}
}

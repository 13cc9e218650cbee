package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/codec/phrase"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// anyType draws a type, nested ones too.
func anyType(t *rapid.T, depth int) cql.Type {
	kinds := []cql.Kind{cql.Boolean, cql.TinyInt, cql.SmallInt, cql.Int, cql.BigInt, cql.VarInt, cql.Float, cql.Double, cql.Decimal,
		cql.Text, cql.Blob, cql.UUID, cql.Date, cql.Time, cql.Timestamp}
	if depth > 0 {
		kinds = append(kinds, cql.List, cql.Map, cql.Struct)
	}
	switch k := rapid.SampledFrom(kinds).Draw(t, "kind"); k {
	case cql.List:
		return cql.ListOf(anyType(t, depth-1))
	case cql.Map:
		return cql.MapOf(anyType(t, 0), anyType(t, depth-1))
	case cql.Struct:
		return cql.StructOf([]string{"a", "b"}, []cql.Type{anyType(t, depth-1), anyType(t, depth-1)})
	default:
		return cql.Of(k)
	}
}

// shape is how the cells of one column are drawn; each shape leads training to another plan.
type shape func(t *rapid.T) (payload []byte, null bool)

// anyShape draws a shape for a column of type ct.
func anyShape(t *rapid.T, ct cql.Type) shape {
	width := ct.FixedWidth()
	word := func(v uint64) []byte {
		b := binary.BigEndian.AppendUint64(nil, v)
		if width > 0 && width < 8 {
			b = b[8-width:]
		}
		return b
	}
	base, unit := rapid.Uint64().Draw(t, "base"), rapid.SampledFrom([]uint64{1, 1, 2, 100, 3600000, 1 << 40}).Draw(t, "unit")
	span := rapid.SampledFrom([]uint64{1, 7, 1000, 1 << 40, 1<<64 - 1}).Draw(t, "span")
	ranged := func(t *rapid.T) ([]byte, bool) {
		v := base + unit*rapid.Uint64Range(0, span).Draw(t, "v")
		switch ct.Kind {
		case cql.VarInt:
			return appendMinimal(nil, int64(v)), false
		case cql.Decimal:
			return appendMinimal([]byte{0, 0, 0, 2}, int64(v)), false
		}
		return word(v), false
	}
	anyBytes := func(t *rapid.T) ([]byte, bool) { return rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes"), false }
	set := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 20), 1, 9).Draw(t, "set")
	few := func(t *rapid.T) ([]byte, bool) { return rapid.SampledFrom(set).Draw(t, "member"), false }
	words := func(t *rapid.T) ([]byte, bool) {
		return bytes.Join(rapid.SliceOfN(rapid.SampledFrom(set), 0, 30).Draw(t, "words"), []byte(" ")), false
	}
	null := func(*rapid.T) ([]byte, bool) { return nil, true }
	main := rapid.SampledFrom([]shape{ranged, anyBytes, few, words, null}).Draw(t, "shape")
	odd := rapid.SampledFrom([]shape{main, anyBytes, null, ranged}).Draw(t, "odd shape")
	every := rapid.IntRange(2, 40).Draw(t, "odd every")
	return func(t *rapid.T) ([]byte, bool) {
		if rapid.IntRange(1, every).Draw(t, "turn") == 1 {
			return odd(t)
		}
		return main(t)
	}
}

// anyDataset draws a schema and rows of it. Payloads need not be valid for their type: a codec gives any bytes back.
func anyDataset(t *rapid.T) dataset {
	s := &cql.Schema{Key: columns("k", cql.BigInt)}
	var shapes []shape
	for i := range rapid.IntRange(0, 8).Draw(t, "columns") {
		ct := anyType(t, 2)
		c := cql.Column{Name: fmt.Sprintf("c%d", i), Type: ct}
		if rapid.IntRange(0, 3).Draw(t, "role") == 0 && len(s.Values) == 0 {
			s.Clustering = append(s.Clustering, cql.ClusteringColumn{Column: c, Order: cql.Ascending})
		} else {
			s.Values = append(s.Values, c)
		}
		shapes = append(shapes, anyShape(t, ct))
	}
	d := dataset{name: "any", schema: s}
	for i := range rapid.IntRange(0, 60).Draw(t, "rows") {
		rec := record(int64(i))
		for _, sh := range shapes {
			if payload, null := sh(t); null {
				rec = row.AppendNull(rec)
			} else {
				rec = row.AppendCell(rec, payload)
			}
		}
		d.rows = append(d.rows, finish(int64(i), rec))
	}
	return d
}

// TestRoundTripProperty trains on a part of random rows and gets all of them back from every codec.
func TestRoundTripProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDataset(t)
		sample := rapid.IntRange(0, len(d.rows)).Draw(t, "sample")
		for _, n := range Names() {
			dict, err := Train(n, d.schema, d.rows[:sample])
			if err != nil {
				t.Fatal(err)
			}
			c, err := Open(n, d.schema, dict)
			if err != nil {
				t.Fatal(err)
			}
			checkRoundTrip(t, c, d.rows, d.schema.Cells())
			if c.PackedSize(d.rows) < 0 {
				t.Fatal("negative size")
			}
		}
	})
}

// anyPlan draws a plan that a dictionary may hold; it need not fit the column.
func anyPlan(t *rapid.T) plan {
	number := func(name string) uint64 {
		return rapid.Uint64().Draw(t, name) >> rapid.SampledFrom([]int{0, 1, 31, 48, 56, 63}).Draw(t, name+" shift")
	}
	cell := func() []byte {
		if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
			return row.AppendNull(nil)
		}
		return row.AppendCell(nil, rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "cell"))
	}
	p := plan{kind: rapid.SampledFrom([]kind{kindConstant, kindInteger, kindNumber, kindDictionary, kindText, kindPlain}).Draw(t, "kind")}
	switch p.kind {
	case kindConstant:
		p.cells = [][]byte{cell()}
	case kindInteger:
		p.size = rapid.SampledFrom([]int{1, 2, 4, 8}).Draw(t, "size")
		p.width = uint8(rapid.IntRange(1, p.maxWidth()).Draw(t, "width"))
		p.base, p.unit = number("base"), max(1, number("unit"))
	case kindNumber:
		p.prefix = make([]byte, rapid.SampledFrom([]int{0, maxPrefix}).Draw(t, "prefix"))
		p.width = uint8(rapid.IntRange(1, 64).Draw(t, "width"))
		p.base, p.unit = number("base"), max(1, number("unit"))
	case kindDictionary:
		p.width = uint8(rapid.IntRange(1, 5).Draw(t, "width"))
		for range rapid.IntRange(1, int(p.null())).Draw(t, "cells") {
			p.cells = append(p.cells, cell())
		}
	default:
		p.width, p.fixed = modeWidth, rapid.IntRange(0, 20).Draw(t, "fixed")
	}
	return p
}

// TestAnyPlansRoundTrip packs random rows by random plans: a dictionary decides how small rows are, never what they say.
func TestAnyPlansRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDataset(t)
		plans := make([]plan, d.schema.Cells())
		for i := range plans {
			plans[i] = anyPlan(t)
		}
		phrases, err := phrase.New(rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]byte("abc \x00\xff")), 2, 16), 0, 100).Draw(t, "phrases"))
		if err != nil {
			t.Fatal(err)
		}
		c, err := Open(Cells, d.schema, sealDictionary(Cells, d.schema, appendPlans(nil, plans, phrases)))
		if err != nil {
			t.Fatal(err)
		}
		checkRoundTrip(t, c, d.rows, d.schema.Cells())
	})
}

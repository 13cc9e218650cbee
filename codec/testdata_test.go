package codec

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// dataset is seeded rows of one realistic schema.
type dataset struct {
	name   string
	schema *cql.Schema
	rows   []row.Row
}

func columns(pairs ...any) []cql.Column {
	var cs []cql.Column
	for i := 0; i < len(pairs); i += 2 {
		cs = append(cs, cql.Column{Name: pairs[i].(string), Type: cql.Of(pairs[i+1].(cql.Kind))})
	}
	return cs
}

// record starts a row with a bigint key.
func record(key int64) []byte {
	return row.Begin(nil, binary.BigEndian.AppendUint64(nil, uint64(key)))
}

func finish(key int64, rec []byte) row.Row {
	row.End(rec, 0)
	return row.Row{Token: key, Rec: rec}
}

func appendBigint(rec []byte, v int64) []byte {
	return row.AppendCell(rec, binary.BigEndian.AppendUint64(nil, uint64(v)))
}

func appendInt(rec []byte, v int32) []byte {
	return row.AppendCell(rec, binary.BigEndian.AppendUint32(nil, uint32(v)))
}

func appendDate(rec []byte, day int) []byte {
	return row.AppendCell(rec, binary.BigEndian.AppendUint32(nil, uint32(day)+1<<31))
}

func appendText(rec []byte, s string) []byte { return row.AppendCell(rec, []byte(s)) }

// appendDecimal appends v / 100 as a decimal cell.
func appendDecimal(rec []byte, v int64) []byte {
	return row.AppendCell(rec, appendMinimal([]byte{0, 0, 0, 2}, v))
}

// appendMinimal appends the shortest two's complement form of v.
func appendMinimal(b []byte, v int64) []byte {
	n := 1
	for v>>(8*n-1) != 0 && v>>(8*n-1) != -1 && n < 8 {
		n++
	}
	for n--; n >= 0; n-- {
		b = append(b, byte(v>>(8*n)))
	}
	return b
}

var commentWords = []string{"carefully", "final", "deposits", "furiously", "ironic", "requests", "sleep", "quickly", "across",
	"the", "regular", "accounts", "blithely", "express", "pending", "packages", "among", "bold", "theodolites", "haggle",
	"slyly", "even", "instructions", "above", "unusual", "ideas", "wake", "special", "foxes", "silent", "pinto", "beans",
	"according", "to", "after", "cajole", "fluffily", "daring", "asymptotes", "nag", "dolphins", "platelets", "against"}

// comment is TPC-H-like text of low to high bytes, cut anywhere.
func comment(r *rand.Rand, low, high int) string {
	want := low + r.IntN(high-low+1)
	var b []byte
	for len(b) < want {
		b = append(b, commentWords[r.IntN(len(commentWords))]...)
		b = append(b, ' ')
	}
	return string(b[:want])
}

func pick(r *rand.Rand, options ...string) string { return options[r.IntN(len(options))] }

// orders is n rows shaped like TPC-H orders.
func orders(n int) dataset {
	d := dataset{name: "orders", schema: &cql.Schema{
		Key: columns("o_orderkey", cql.BigInt),
		Values: columns("o_custkey", cql.BigInt, "o_orderstatus", cql.Text, "o_totalprice", cql.Decimal, "o_orderdate", cql.Date,
			"o_orderpriority", cql.Text, "o_clerk", cql.Text, "o_shippriority", cql.Int, "o_comment", cql.Text),
	}}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		rec := record(int64(i))
		rec = appendBigint(rec, 1+r.Int64N(149999))
		rec = appendText(rec, pick(r, "F", "O", "P"))
		rec = appendDecimal(rec, 85771+r.Int64N(55442745))
		rec = appendDate(rec, 8035+r.IntN(2406))
		rec = appendText(rec, pick(r, "1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"))
		rec = appendText(rec, fmt.Sprintf("Clerk#%09d", 1+r.IntN(1000)))
		rec = appendInt(rec, 0)
		rec = appendText(rec, comment(r, 19, 78))
		d.rows = append(d.rows, finish(int64(i), rec))
	}
	return d
}

// lineitem is n rows shaped like TPC-H lineitem.
func lineitem(n int) dataset {
	d := dataset{name: "lineitem", schema: &cql.Schema{
		Key:        columns("l_orderkey", cql.BigInt),
		Clustering: []cql.ClusteringColumn{{Column: columns("l_linenumber", cql.Int)[0], Order: cql.Ascending}},
		Values: columns("l_partkey", cql.BigInt, "l_suppkey", cql.BigInt, "l_quantity", cql.Decimal, "l_extendedprice", cql.Decimal,
			"l_discount", cql.Decimal, "l_tax", cql.Decimal, "l_returnflag", cql.Text, "l_linestatus", cql.Text, "l_shipdate", cql.Date,
			"l_commitdate", cql.Date, "l_receiptdate", cql.Date, "l_shipinstruct", cql.Text, "l_shipmode", cql.Text, "l_comment", cql.Text),
	}}
	r := rand.New(rand.NewPCG(2, 2))
	for i := range n {
		rec := record(int64(i / 4))
		rec = appendInt(rec, int32(1+i%4+r.IntN(4)))
		rec = appendBigint(rec, 1+r.Int64N(200000))
		rec = appendBigint(rec, 1+r.Int64N(10000))
		rec = appendDecimal(rec, 100*(1+r.Int64N(50)))
		rec = appendDecimal(rec, 90091+r.Int64N(10404859))
		rec = appendDecimal(rec, r.Int64N(11))
		rec = appendDecimal(rec, r.Int64N(9))
		rec = appendText(rec, pick(r, "A", "N", "R"))
		rec = appendText(rec, pick(r, "F", "O"))
		ship := 8035 + r.IntN(2500)
		rec = appendDate(rec, ship)
		rec = appendDate(rec, ship+r.IntN(120)-60)
		rec = appendDate(rec, ship+1+r.IntN(30))
		rec = appendText(rec, pick(r, "COLLECT COD", "DELIVER IN PERSON", "NONE", "TAKE BACK RETURN"))
		rec = appendText(rec, pick(r, "AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"))
		rec = appendText(rec, comment(r, 10, 43))
		d.rows = append(d.rows, finish(int64(i), rec))
	}
	return d
}

package codec

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

var tpch = flag.String("tpch", "", "folder with orders.tbl and lineitem.tbl (fields separated by |) to measure instead of generated rows")

// name is a word of 2 to 4 syllables.
func name(r *rand.Rand) string {
	var b strings.Builder
	for range 2 + r.IntN(3) {
		b.WriteString(pick(r, "ba", "cor", "del", "fin", "gor", "ha", "il", "jan", "ko", "lu", "mer", "no", "per", "ri", "sun", "ta", "vol", "we"))
	}
	return b.String()
}

func hexDigits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[r.IntN(16)]
	}
	return string(b)
}

func day(r *rand.Rand) string {
	return fmt.Sprintf("20%02d-%02d-%02d", 12+r.IntN(15), 1+r.IntN(12), 1+r.IntN(28))
}

// profile is one guest's JSON document, of 300 bytes to 20 KB.
func profile(r *rand.Rand, names []string) string {
	want := []int{400, 600, 900, 1200, 1600, 2000, 2600, 3600, 5600, 12000}[r.IntN(10)]
	want -= r.IntN(want / 4)
	first, last := names[r.IntN(len(names)/8)], names[r.IntN(len(names))]
	b := fmt.Appendf(nil, `{"guest_id":"%s-%s","first_name":"%s","last_name":"%s","email":"%s.%s%d@mail.example","country":"%s","updated_at":"%sT%02d:%02d:%02dZ"`,
		hexDigits(r, 8), hexDigits(r, 12), first, last, first, last, r.IntN(1000), pick(r, "NL", "DE", "FR", "US", "GB", "ES", "JP"), day(r), r.IntN(24), r.IntN(60), r.IntN(60))
	b = fmt.Appendf(b, `,"loyalty":{"tier":"%s","points":%d,"member_since":"%s","newsletter":%t}`, pick(r, "basic", "silver", "gold"), r.IntN(200000), day(r), r.IntN(2) == 0)
	b = append(b, `,"stays":[`...)
	for len(b) < want {
		b = fmt.Appendf(b, `{"booking":"%s","hotel_id":%d,"check_in":"%s","nights":%d,"room":"%s","price":{"amount":%d.%02d,"currency":"%s"},"rating":%d`,
			hexDigits(r, 16), 10000+r.IntN(6000), day(r), 1+r.IntN(10), pick(r, "STANDARD_TWIN", "STANDARD_DOUBLE", "DELUXE_DOUBLE", "JUNIOR_SUITE"), 50+r.IntN(600), r.IntN(100), pick(r, "EUR", "USD", "GBP"), 1+r.IntN(5))
		if r.IntN(3) == 0 {
			b = append(b, `,"note":"`...)
			for range 3 + r.IntN(20) {
				b = append(b, names[r.IntN(len(names))]...)
				b = append(b, ' ')
			}
			b = append(b, '"')
		}
		b = append(b, `},`...)
	}
	return string(append(b, `{}],"active":true}`...))
}

// profiles is n rows with a JSON document each.
func profiles(n int) dataset {
	d := dataset{name: "profiles", schema: &cql.Schema{Key: columns("guest_id", cql.BigInt), Values: columns("context", cql.Text, "updated_at", cql.Timestamp)}}
	r := rand.New(rand.NewPCG(3, 3))
	names := make([]string, 4000)
	for i := range names {
		names[i] = name(r)
	}
	for i := range n {
		rec := appendText(record(int64(i)), profile(r, names))
		rec = appendBigint(rec, 1700000000000+r.Int64N(60000000000))
		d.rows = append(d.rows, finish(int64(i), rec))
	}
	return d
}

// random is n rows with size random bytes each.
func random(n, size int) dataset {
	d := dataset{name: "random", schema: &cql.Schema{Key: columns("k", cql.BigInt), Values: columns("v", cql.Blob)}}
	r := rand.NewChaCha8([32]byte{4})
	for i := range n {
		b := make([]byte, size)
		if _, err := r.Read(b); err != nil {
			panic(err) // ChaCha8 does not fail
		}
		d.rows = append(d.rows, finish(int64(i), row.AppendCell(record(int64(i)), b)))
	}
	return d
}

// fromTPCH replaces the rows of d by those of a file that dbgen made, if there is one.
func fromTPCH(t testing.TB, d dataset) dataset {
	if *tpch == "" {
		return d
	}
	f, err := os.Open(filepath.Join(*tpch, d.name+".tbl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	at := map[string][]int{"orders": {0, 1, 2, 3, 4, 5, 6, 7, 8}, "lineitem": {0, 3, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}[d.name]
	d.rows = nil
	for sc := bufio.NewScanner(f); sc.Scan(); {
		fields := strings.Split(sc.Text(), "|")
		key, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		rec := record(key)
		for i := range d.schema.Cells() {
			rec = appendField(t, rec, d.schema.CellType(i).Kind, fields[at[i+1]])
		}
		d.rows = append(d.rows, finish(key, rec))
	}
	return d
}

func appendField(t testing.TB, rec []byte, k cql.Kind, s string) []byte {
	number := func(s string) int64 {
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	switch k {
	case cql.BigInt:
		return appendBigint(rec, number(s))
	case cql.Int:
		return appendInt(rec, int32(number(s)))
	case cql.Decimal:
		return appendDecimal(rec, number(strings.Replace(s, ".", "", 1)))
	case cql.Date:
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return appendDate(rec, int(d.Unix()/86400))
	}
	return appendText(rec, s)
}

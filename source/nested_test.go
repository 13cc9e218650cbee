package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/verdigris-db/verdigris/cql"
)

type address struct {
	Street *string  `parquet:"street,optional" json:"street"`
	Zip    int32    `parquet:"zip" json:"zip"`
	Tags   []string `parquet:"tags,list" json:"tags"`
}

type nestedRow struct {
	ID     int64            `parquet:"id" json:"id"`
	List   []int64          `parquet:"list,list" json:"list"`
	Lists  [][]string       `parquet:"lists,list" json:"lists"`
	Home   *address         `parquet:"home,optional" json:"home"`
	Places []address        `parquet:"places,list" json:"places"`
	Counts map[string]int64 `parquet:"counts" json:"counts"`
	Plain  []int32          `parquet:"plain" json:"plain"` // a repeated field without annotation
}

func randomAddress(r *rand.Rand) address {
	a := address{Zip: r.Int32N(100), Tags: []string{}}
	if r.IntN(3) > 0 {
		s := fmt.Sprintf("street %d", r.IntN(5))
		a.Street = &s
	}
	for range r.IntN(3) {
		a.Tags = append(a.Tags, fmt.Sprint(r.IntN(9)))
	}
	return a
}

func randomNested(r *rand.Rand, id int64) nestedRow {
	row := nestedRow{ID: id, List: []int64{}, Lists: [][]string{}, Places: []address{}, Counts: map[string]int64{}, Plain: []int32{}}
	for range r.IntN(5) {
		row.List = append(row.List, r.Int64N(1000))
		inner := []string{}
		for range r.IntN(3) {
			inner = append(inner, fmt.Sprint("x", r.IntN(3)))
		}
		row.Lists = append(row.Lists, inner)
		row.Places = append(row.Places, randomAddress(r))
		row.Counts[fmt.Sprint("k", r.IntN(40))] = r.Int64N(5)
		row.Plain = append(row.Plain, r.Int32())
	}
	if r.IntN(2) == 0 {
		a := randomAddress(r)
		row.Home = &a
	}
	return row
}

func TestNestedColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var rows []nestedRow
	var want []string
	for i := range 9000 {
		row := randomNested(r, int64(i))
		rows = append(rows, row)
		b, err := json.Marshal(row)
		ok(t, err)
		want = append(want, string(b))
	}
	for _, version := range []int{1, 2} {
		for _, page := range []int{512, 1 << 20} {
			t.Run(fmt.Sprintf("v%d pages of %d", version, page), func(t *testing.T) {
				dir := t.TempDir()
				writeFile(t, dir, "x.parquet", rows, parquet.DataPageVersion(version), parquet.PageBufferSize(page),
					parquet.MaxRowsPerRowGroup(5000))
				files, schema, _, err := openAll(dir)
				ok(t, err)
				var wants []Want
				var names []string
				for _, c := range schema.Columns[:7] {
					ok(t, c.Err)
					wants = append(wants, Want{Name: c.Name, Type: c.Type})
					names = append(names, c.Type.String())
				}
				const types = "bigint|list<bigint>|list<list<text>>|struct<street: text, zip: int, tags: list<text>>|" +
					"list<struct<street: text, zip: int, tags: list<text>>>|map<text, bigint>|list<int>"
				if got := strings.Join(names, "|"); got != types {
					t.Errorf("types are %s", got)
				}
				got, err := readJSON(files, wants)
				ok(t, err)
				if len(got) != len(want) {
					t.Fatalf("%d rows, want %d", len(got), len(want))
				}
				for i := range got {
					var fields []string
					for j, v := range strings.SplitN(got[i], "|", 7) {
						fields = append(fields, fmt.Sprintf("%q:%s", wants[j].Name, v))
					}
					if line := "{" + strings.Join(fields, ",") + "}"; line != want[i] {
						t.Fatalf("row %d:\n%s, want\n%s", i, line, want[i])
					}
				}
			})
		}
	}
}

func TestNestedOverride(t *testing.T) {
	type row struct {
		L []int64 `parquet:"l,list"`
	}
	dir := t.TempDir()
	writeFile(t, dir, "x.parquet", []row{{L: []int64{1, 2}}, {L: []int64{3}}, {L: []int64{4, 1 << 40}}})
	files, schema, _, err := openAll(dir)
	ok(t, err)
	w := Want{Name: "l", Type: cql.ListOf(cql.Of(cql.Int))}
	ok(t, schema.Check(w))
	got, err := readJSON(files, []Want{w})
	var bad *ValueError
	if !errors.As(err, &bad) || bad.Row != 2 || !strings.Contains(err.Error(), "1099511627776") {
		t.Errorf("got %v and %v", got, err)
	}
	if err := schema.Check(Want{Name: "l", Type: cql.ListOf(cql.Of(cql.Date))}); !errors.Is(err, ErrSchema) {
		t.Errorf("a list of dates: %v", err)
	}
	if err := schema.Check(Want{Name: "l", Type: cql.Of(cql.Text)}); !errors.Is(err, ErrSchema) {
		t.Errorf("a text: %v", err)
	}
}

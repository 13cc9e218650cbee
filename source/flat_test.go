package source

import (
	"fmt"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
)

type flatRow struct {
	ID    int64   `parquet:"id"`
	Name  string  `parquet:"name,dict"`
	Note  *string `parquet:"note,optional"`
	Score float64 `parquet:"score"`
	Flag  bool    `parquet:"flag"`
	Count *int32  `parquet:"count,optional"`
}

func TestFlatColumns(t *testing.T) {
	dir := t.TempDir()
	var rows []flatRow
	var want []string
	for i := range 10_000 {
		r := flatRow{ID: int64(i), Name: fmt.Sprintf("n%d", i%7), Score: float64(i) / 4, Flag: i%3 == 0}
		note, count := "null", "null"
		if i%5 != 0 {
			s := fmt.Sprintf("note %d", i)
			r.Note, note = &s, fmt.Sprintf("%q", s)
		}
		if i%4 != 0 {
			n := int32(-i)
			r.Count, count = &n, fmt.Sprint(n)
		}
		rows = append(rows, r)
		want = append(want, fmt.Sprintf(`%d|%q|%s|%v|%t|%s|%q|%d`, i, r.Name, note, r.Score, r.Flag, count, "a/x.parquet", i))
	}
	writeFile(t, dir, "a/x.parquet", rows)
	files, schema, _, err := openAll(dir)
	ok(t, err)
	var wants []Want
	for _, c := range schema.Columns {
		ok(t, schema.Check(Want{Name: c.Name, Type: c.Type}))
		wants = append(wants, Want{Name: c.Name, Type: c.Type})
	}
	if got := schema.Columns[0].Type; got.Kind != cql.BigInt {
		t.Errorf("id is %s", got)
	}
	got, err := readJSON(files, wants)
	ok(t, err)
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("row %d: %s, want %s", i, got[i], want[i])
		}
	}
}

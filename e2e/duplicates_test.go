package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// newestFirst keeps the newest row of each key as DuckDB finds it; of equally new rows the one with the greatest note, which is the
// view's only value column.
const newestFirst = `SELECT *, replace(filename, '{root}/', '') AS _file, file_row_number AS _row FROM files
	QUALIFY row_number() OVER (PARTITION BY %s ORDER BY %s DESC NULLS LAST, note DESC) = 1`

func TestLatestAgainstDuckDB(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("duplicates", "source")
	cases := []struct{ name, key, clustering, by, sqlBy string }{
		{"microseconds", "tenant, id", "", "updated", "updated"},
		{"clustering", "tenant, id", "line", "updated", "updated"},
		{"decimal", "id", "", "score", "score"},
		{"text", "id", "", "rank", "encode(rank)"},
		{"folder", "tenant, id", "", "dt", "dt"},
		{"file", "line", "", "_file", "_file"},
		{"position", "tenant, id", "", "_row", "_row"},
	}
	var queries []query
	for _, c := range cases {
		q := query{Root: "source", Key: strings.Split(c.key, ", "), Columns: []string{"note"}}
		unique := c.key
		if c.clustering != "" {
			q.Clustering = []order{{Column: c.clustering, Desc: true}}
			unique += ", " + c.clustering
		}
		q.SQL = fmt.Sprintf(newestFirst, unique, c.sqlBy)
		queries = append(queries, q)
	}
	want := s.expected(queries...)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			spec := fmt.Sprintf("view: v\nsource: source\nkey: [%s]\ncolumns: [note]\nduplicates: {rule: latest, by: %s}\npartitions: 4\n", c.key, c.by)
			if c.clustering != "" {
				spec += fmt.Sprintf("clustering: [{column: %s, order: desc}]\n", c.clustering)
			}
			r := s.build(spec, c.name)
			if r.Totals.Folded == 0 || r.Totals.Read != 900 || r.Totals.Read != r.Totals.Rows+r.Totals.Folded {
				t.Errorf("%d rows were read, %d folded, %d kept", r.Totals.Read, r.Totals.Folded, r.Totals.Rows)
			}
			s.checkView(c.name, "v", want[i], queries[i].Key)
		})
	}
}

func TestIdenticalRowsAreOne(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("identical", "source")
	want := s.expected(query{Root: "source", SQL: "SELECT DISTINCT id, line, note, gone FROM files", Key: []string{"id"},
		Columns: []string{"note", "gone"}, Clustering: []order{{Column: "line"}}})[0]
	r := s.build("view: v\nsource: source\nkey: id\nclustering: [{column: line}]\npartitions: 3\n", "out")
	if r.Totals.Read != 1200 || int(r.Totals.Rows) != len(want) || r.Totals.Keys != 50 {
		t.Errorf("of %d rows %d were kept, under %d keys", r.Totals.Read, r.Totals.Rows, r.Totals.Keys)
	}
	s.checkView("out", "v", want, []string{"id"})
}

func TestDifferentRowsWithOneKeyAreShown(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("duplicates", "source")
	s.write("v.yaml", "view: v\nsource: source\nkey: [tenant, id]\ncolumns: [note]\nstore: out\n")
	o := s.try("build", "v.yaml")
	if o.code != 3 || strings.Count(o.messages, `{note="n`) != 2 {
		t.Errorf("code %d, messages %s; want 3 and both rows", o.code, o.messages)
	}
	if o := s.try("versions", "--store", "out", "--view", "v", "-o", "json"); strings.TrimSpace(o.out) != "[]" {
		t.Errorf("a version was published: %s", o.out)
	}
}

package e2e

import "testing"

func TestOverridesAgainstDuckDB(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("overrides", "source")
	spec := `view: v
source: source
key: id
partitions: 3
columns: [order, i, d, f, u, ts, ts_bigint, day, t, bin, ints]
types:
  id: {type: text, name: name}
  order: {name: order_no}
  i: tinyint
  d: {type: bigint, name: whole}
  f: double
  u: uuid
  ts: timestamp(truncate)
  ts_bigint: bigint
  day: timestamp
  t: bigint
  bin: {type: uuid, name: bin_id}
  ints: {type: "list<text>", name: numbers}
`
	sql := `SELECT CAST(id AS VARCHAR) AS name, "order" AS order_no, i, CAST(d AS BIGINT) AS whole, CAST(f AS DOUBLE) AS f, u,
		epoch_ms((epoch_us(ts) - (epoch_us(ts) % 1000 + 1000) % 1000) // 1000) AS ts, epoch_us(ts_bigint) AS ts_bigint, CAST(day AS TIMESTAMP) AS day,
		epoch_us(t) * 1000 AS t, CAST(lower(hex(bin)) AS UUID) AS bin_id, CAST(ints AS VARCHAR[]) AS numbers FROM files`
	want := s.expected(query{Root: "source", SQL: sql, Key: []string{"name"},
		Columns: []string{"order_no", "i", "whole", "f", "u", "ts", "ts_bigint", "day", "t", "bin_id", "numbers"}})[0]
	s.build(spec, "out")
	s.checkView("out", "v", want, []string{"name"})
}

func TestFileAndRowAgainstDuckDB(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("duplicates", "source")
	sql := "SELECT *, replace(filename, '{root}/', '') AS _file, file_row_number AS _row FROM files"
	keyed := query{Root: "source", SQL: sql, Key: []string{"_file", "_row"}, Columns: []string{"note", "tenant"}}
	clustered := query{Root: "source", SQL: sql, Key: []string{"line"}, Clustering: []order{{"_file", true}, {"_row", false}},
		Columns: []string{"id", "dt"}}
	valued := query{Root: "source", SQL: sql + " QUALIFY row_number() OVER (PARTITION BY id ORDER BY note DESC) = 1", Key: []string{"id"},
		Columns: []string{"note", "_row", "_file"}}
	want := s.expected(keyed, clustered, valued)
	for i, c := range []struct{ name, spec string }{
		{"key", "key: [_file, _row]\ncolumns: [note, tenant]\n"},
		{"clustering", "key: line\nclustering: [{column: _file, order: desc}, {column: _row}]\ncolumns: [id, dt]\n"},
		{"values", "key: id\ncolumns: [note, _row, _file]\nduplicates: {rule: latest, by: note}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			s.build("view: v\nsource: source\npartitions: 4\n"+c.spec, c.name)
			s.checkView(c.name, "v", want[i], []query{keyed, clustered, valued}[i].Key)
		})
	}
}

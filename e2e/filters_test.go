package e2e

import (
	"fmt"
	"testing"
)

func TestFiltersAgainstDuckDB(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("filters", "source")
	cases := []struct {
		where string // elements of the spec's list
		sql   string
		skips bool // whole files
	}{
		{`{column: i, op: "=", value: 3}`, "i = 3", false},
		{`{column: i, op: "!=", value: 3}`, "i <> 3", false},
		{`{column: i, op: "<", value: -1}`, "i < -1", false},
		{`{column: i, op: "<=", value: -1}`, "i <= -1", false},
		{`{column: i, op: ">", value: 0}`, "i > 0", false},
		{`{column: i, op: ">=", value: 0}`, "i >= 0", false},
		{`{column: i, op: in, value: [1, -2, 5]}`, "i IN (1, -2, 5)", false},
		{`{column: i, op: not in, value: [1, -2, 5]}`, "i NOT IN (1, -2, 5)", false},
		{`{column: i, op: is null}`, "i IS NULL", false},
		{`{column: i, op: is not null}`, "i IS NOT NULL", false},
		{`{column: tags, op: is null}`, "tags IS NULL", false},
		{`{column: d, op: "<", value: "1.5"}`, "d < 1.5", false},
		{`{column: d, op: ">=", value: -0.0}`, "d >= 0", false},
		{`{column: s, op: "=", value: ""}`, "s = ''", false},
		{`{column: s, op: ">", value: "é"}`, "encode(s) > encode('é')", false},
		{`{column: s, op: in, value: ["it's", "a: b #c", "null", 😀]}`, "s IN ('it''s', 'a: b #c', 'null', '😀')", false},
		{`{column: f, op: ">", value: 1.5}`, "f > 1.5", false},
		{`{column: f, op: "<=", value: 1.5}`, "f <= 1.5", false},
		{`{column: b, op: "=", value: true}`, "b", false},
		{`{column: b, op: "<", value: true}`, "NOT b", false},
		{`{column: day, op: ">=", value: 2026-11-15}`, "day >= DATE '2026-11-15'", false},
		{`{column: at, op: "<", value: "2026-11-21T00:00:00.000001Z"}`, "files.at < TIMESTAMP '2026-11-21 00:00:00.000001'", false},
		{`{column: at, op: ">=", value: 2026-11-21}`, "files.at >= TIMESTAMP '2026-11-21 00:00:00'", false},
		{`{column: t, op: "=", value: "02:00:00"}`, "t = TIME '02:00:00'", false},
		{`{column: bin, op: ">", value: "0x00"}`, `bin > '\x00'::BLOB`, false},
		{`{column: big, op: ">=", value: 9223372036854775808}`, "big >= 9223372036854775808", false},
		{`{column: dt, op: "=", value: 2026-11-20}`, "dt = DATE '2026-11-20'", true},
		{`{column: region, op: "=", value: eu}`, "region = 'eu'", true},
		{`{column: region, op: "!=", value: eu}`, "region <> 'eu'", true},
		{`{column: region, op: is null}`, "region IS NULL", true},
		{`{column: region, op: is not null}`, "region IS NOT NULL", true},
		{`{column: _file, op: "<", value: "dt=2026-11-20/region=z"}`, "replace(filename, '{root}/', '') < 'dt=2026-11-20/region=z'", true},
		{`{column: _row, op: "<", value: 7}`, "file_row_number < 7", false},
		{`{column: dt, op: ">", value: 2026-11-20}, {column: i, op: ">", value: 2}, {column: s, op: is not null}`,
			"dt > DATE '2026-11-20' AND i > 2 AND s IS NOT NULL", true},
		{`{column: dt, op: ">", value: 2027-01-01}`, "false", true},
	}
	var queries []query
	for _, c := range cases {
		queries = append(queries, query{Root: "source", SQL: "SELECT * FROM files WHERE " + c.sql, Key: []string{"id"},
			Columns: []string{"dt", "region", "i", "s"}})
	}
	want := s.expected(queries...)
	for i, c := range cases {
		t.Run(c.sql, func(t *testing.T) {
			s := s.in(t)
			store := fmt.Sprint("out", i)
			r := s.build(fmt.Sprintf("view: v\nsource: source\nkey: id\ncolumns: [dt, region, i, s]\nwhere: [%s]\npartitions: 1\n", c.where), store)
			if (r.Skipped > 0) != c.skips || r.Totals.Read != r.Totals.Filtered+r.Totals.Rows {
				t.Errorf("%d files were skipped; %d rows read, %d filtered, %d kept", r.Skipped, r.Totals.Read, r.Totals.Filtered, r.Totals.Rows)
			}
			compareRows(t, s.export(store, "v"), want[i], []string{"id"})
		})
	}
}

package cql

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// section gives the table rows, as cells, below the last line that begins with heading and before the next heading.
func section(t *testing.T, heading string) [][]string {
	t.Helper()
	page, err := os.ReadFile("../docs/format/types.md")
	if err != nil {
		t.Fatal(err)
	}
	_, body, ok := strings.Cut(string(page), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("the page has no section %q", heading)
	}
	body, _, _ = strings.Cut(body, "\n## ")
	var rows [][]string
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows[1:] // without the head
}

// quoted gives the texts between backquotes, joined.
func quoted(cell string) []string {
	var out []string
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			out = append(out, part)
		}
	}
	return out
}

func TestPageExamples(t *testing.T) {
	rows := section(t, "JSON")
	seen := map[Kind]bool{}
	for _, row := range rows {
		typ, err := ParseType(quoted(row[0])[0])
		if err != nil {
			t.Fatal(err)
		}
		seen[typ.Kind] = true
		payload, err := hex.DecodeString(strings.Join(quoted(row[1]), ""))
		if err != nil {
			t.Fatal(err)
		}
		want := quoted(row[2])[0]
		got, err := AppendJSON(nil, typ, payload)
		if err != nil || string(got) != want {
			t.Errorf("%s %x: JSON is %s, the page says %s (%v)", typ, payload, got, want, err)
		}
		back, null, err := FromJSON(typ, []byte(want))
		if err != nil || null || string(back) != string(payload) {
			t.Errorf("%s %s: payload is %x, the page says %x (%v)", typ, want, back, payload, err)
		}
	}
	for k := Boolean; k <= Struct; k++ {
		if !seen[k] {
			t.Errorf("the page has no example of %s", k)
		}
	}
}

func TestPageTypes(t *testing.T) {
	for _, row := range section(t, "From Parquet") {
		if strings.HasPrefix(row[2], "refused") {
			continue
		}
		name := strings.NewReplacer("<...>", "<x: int>", "<..., ...>", "<int, int>").Replace(quoted(row[2])[0])
		if strings.HasPrefix(name, "list") {
			name = "list<int>"
		}
		if _, err := ParseType(name); err != nil {
			t.Errorf("%v: %v", row, err)
		}
	}
}

// TestPageOverrides checks every pair of scalar types against the page's table, in which the first row that fits says.
func TestPageOverrides(t *testing.T) {
	integers := []string{"tinyint", "smallint", "int", "bigint", "varint"}
	type pair struct{ from, to string }
	page := map[pair]string{}
	set := func(from, to, word string) {
		if _, ok := page[pair{from, to}]; !ok && from != to {
			page[pair{from, to}] = word
		}
	}
	kinds := kindNames[Boolean:List]
	for _, row := range section(t, "Overrides") {
		word, _, _ := strings.Cut(row[2], ":")
		for rank, from := range integers {
			for other, to := range integers {
				if strings.Contains(row[0], "an integer type") && (strings.Contains(row[1], "wider") && other > rank ||
					strings.Contains(row[1], "narrower") && other < rank) {
					set(from, to, word)
				}
			}
		}
		for _, from := range expand(row[0], integers, kinds[:]) {
			for _, to := range expand(row[1], integers, kinds[:]) {
				set(from, to, word)
			}
		}
	}
	for _, from := range kinds {
		for _, to := range kinds {
			f, _ := ParseType(from)
			u, _ := ParseType(to)
			want, ok := page[pair{from, to}]
			if !ok {
				want = "refused"
			}
			if from == to {
				want = "identical"
			}
			if got := Convertible(f, u).String(); got != want {
				t.Errorf("%s to %s: %s, the page says %s", from, to, got, want)
			}
		}
	}
}

func expand(cell string, integers, kinds []string) []string {
	switch {
	case strings.HasPrefix(cell, "any scalar"):
		var out []string
		for _, k := range kinds {
			if k != "blob" && k != "text" {
				out = append(out, k)
			}
		}
		return out
	case cell == "an integer type":
		return integers
	}
	return quoted(cell)
}

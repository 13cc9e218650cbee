package codec

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/codec/phrase"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

const page = "../docs/format/codec.md"

// pageBytes is the bytes of one example of the page: the hex digits in front of each line's "|", in the fenced block
// behind the marker.
func pageBytes(t *testing.T, marker string) []byte {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), marker+"\n\n```\n")
	if !ok {
		t.Fatalf("%s has no block behind %q", page, marker)
	}
	block, _, _ := strings.Cut(rest, "```")
	var digits strings.Builder
	for line := range strings.Lines(block) {
		bytes, _, ok := strings.Cut(line, "|")
		if !ok {
			t.Fatalf("%s, block behind %q: line %q has no |", page, marker, line)
		}
		digits.WriteString(strings.ReplaceAll(bytes, " ", ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("%s, block behind %q: %v", page, marker, err)
	}
	return b
}

// TestPage checks the worked example of docs/format/codec.md, byte by byte.
func TestPage(t *testing.T) {
	s := &cql.Schema{Key: columns("id", cql.BigInt), Values: columns("qty", cql.Int, "price", cql.Decimal, "state", cql.Text, "note", cql.Text)}
	text := func(s string) []byte { return row.AppendCell(nil, []byte(s)) }
	phrases, err := phrase.New([][]byte{[]byte(" the "), []byte("on"), []byte("door")})
	if err != nil {
		t.Fatal(err)
	}
	plans := []plan{
		{kind: kindInteger, width: 3, size: 4, base: 1, unit: 1},
		{kind: kindNumber, width: 6, prefix: []byte{0, 0, 0, 2}, unit: 25},
		{kind: kindDictionary, width: 2, cells: [][]byte{text("open"), text("shut")}},
		{kind: kindText, width: modeWidth},
	}
	dict := sealDictionary(Cells, s, appendPlans(nil, plans, phrases))
	if got := pageBytes(t, "The dictionary:"); !bytes.Equal(got, dict) {
		t.Errorf("dictionary of the page:\n%x\nof the code:\n%x", got, dict)
	}
	c, err := Open(Cells, s, dict)
	if err != nil {
		t.Fatal(err)
	}
	first := appendInt(record(1), 3)
	first = appendText(appendText(appendDecimal(first, 1250), "shut"), "on the door")
	second := row.AppendNull(appendInt(record(2), 900))
	second = row.AppendNull(appendText(second, "open"))
	d := dataset{schema: s, rows: []row.Row{finish(1, first), finish(2, second)}}
	checkRoundTrip(t, c, d.rows, 4)
	packed, ends := encodeRows(c.NewEncoder(), nil, d.rows, []int{0})
	for i, marker := range []string{"The first row, packed:", "The second row, packed:"} {
		if got := pageBytes(t, marker); !bytes.Equal(got, packed[ends[i]:ends[i+1]]) {
			t.Errorf("%s %x on the page, %x by the code", marker, got, packed[ends[i]:ends[i+1]])
		}
	}
	for i, marker := range []string{"The first row's cells:", "The second row's cells:"} {
		if got := pageBytes(t, marker); !bytes.Equal(got, storedCells(d.rows[i].Rec, 4)) {
			t.Errorf("%s %x on the page, %x by the code", marker, got, storedCells(d.rows[i].Rec, 4))
		}
	}
}

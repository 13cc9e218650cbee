package table_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
	. "github.com/verdigris-db/verdigris/writer/writertest"
)

// docBytes are the bytes of the n-th block of the page that is marked "bytes": lines of an offset, bytes in hex or text in
// back quotes, and behind two blanks what they mean.
func docBytes(t *testing.T, page string, n int) []byte {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "\n```bytes\n")
	if n+1 >= len(blocks) {
		t.Fatalf("%s has %d blocks of bytes", page, len(blocks)-1)
	}
	body, _, _ := strings.Cut(blocks[n+1], "\n```")
	var out []byte
	for line := range strings.SplitSeq(body, "\n") {
		offset, rest, _ := strings.Cut(line, "  ")
		if at, err := strconv.ParseUint(offset, 16, 32); err != nil || int(at) != len(out) {
			t.Fatalf("%s: line %q begins at byte %x", page, line, len(out))
		}
		if after, ok := strings.CutPrefix(rest, "`"); ok {
			out = append(out, strings.TrimSuffix(after, "`")...)
			continue
		}
		digits, _, _ := strings.Cut(rest, "  ")
		b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
		if err != nil {
			t.Fatalf("%s: line %q: %v", page, line, err)
		}
		out = append(out, b...)
	}
	return out
}

const page = "../docs/format/table.md"

// TestDocTable compares the page's whole table with the writer's.
func TestDocTable(t *testing.T) {
	s := &cql.Schema{
		Key:        []cql.Column{{Name: "guest", Type: cql.Of(cql.Text)}},
		Clustering: []cql.ClusteringColumn{{Column: cql.Column{Name: "visit", Type: cql.Of(cql.Int)}, Order: cql.Ascending}},
		Values:     []cql.Column{{Name: "page", Type: cql.Of(cql.Text)}},
	}
	rows := Sorted(s, partitioner.Slices{R: 1}, 0, []row.Row{
		Record([]byte("guest/7"), cql.AppendInt(nil, 1), []byte("/home")),
		Record([]byte("guest/7"), cql.AppendInt(nil, 2), nil),
		Record([]byte("guest/8"), cql.AppendInt(nil, 1), []byte("/rooms")),
	})
	o := Options(t, s, codec.None, rows)
	o.InputSum = row.Sum{Hi: 0x0011223344556677, Lo: 0x8899aabbccddeeff}
	w := Write(t, o, rows, 10)
	if want := docBytes(t, page, 0); !bytes.Equal(w.Bytes, want) {
		t.Errorf("the writer makes\n%s, the page shows\n%s", hex.Dump(w.Bytes), hex.Dump(want))
	}
}

// TestDocHead compares the page's head of a key in two chunks.
func TestDocHead(t *testing.T) {
	var h table.HeadBuilder
	h.Add(16390, 700, nil)
	h.Add(300, 12, row.AppendCell(nil, cql.AppendInt(nil, 701)))
	got := h.AppendHead(nil, []byte("guest/9"), 5000+16690)
	if want := docBytes(t, page, 1); !bytes.Equal(got, want) {
		t.Errorf("the builder makes\n%s, the page shows\n%s", hex.Dump(got), hex.Dump(want))
	}
	ref := table.AppendRef(nil, table.Ref{Offset: 5000, Length: 16690 + uint64(len(got)), Head: uint64(len(got))})
	if want := docBytes(t, page, 2); !bytes.Equal(ref, want) {
		t.Errorf("the reference is %x, the page shows %x", ref, want)
	}
}

package table_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
	. "github.com/verdigris-db/verdigris/writer/writertest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// mixedSchema has one column of each role that the format treats in its own way.
func mixedSchema() *cql.Schema {
	return &cql.Schema{
		Key: []cql.Column{{Name: "name", Type: cql.Of(cql.Text)}},
		Clustering: []cql.ClusteringColumn{
			{Column: cql.Column{Name: "day", Type: cql.Of(cql.Int)}, Order: cql.Descending},
			{Column: cql.Column{Name: "word", Type: cql.Of(cql.Text)}, Order: cql.Ascending},
		},
		Values: []cql.Column{{Name: "n", Type: cql.Of(cql.BigInt)}, {Name: "note", Type: cql.Of(cql.Text)}},
	}
}

// mixedRows are rows of small keys, of one in three chunks, of some large ones, and of so many
// with one token that their bucket overflows.
func mixedRows() []row.Row {
	r := NewRand(11)
	var rows []row.Row
	add := func(key string, day int32, word string, note []byte) {
		rows = append(rows, Record([]byte(key), cql.AppendInt(nil, day), []byte(word), BigInt(int64(r.IntN(1000))), note))
	}
	for i := range 60 {
		for j := range 1 + i%3 {
			var note []byte
			if i%5 > 0 {
				note = fmt.Appendf(nil, "the note of guest %d on day %d", i, j)
			}
			add(fmt.Sprintf("guest/%d", i), int32(j-1), "arrival", note)
		}
	}
	for i := range 420 {
		add("guest/wide", int32(i/4), fmt.Sprintf("word %d", i%4), fmt.Appendf(nil, "%032x", r.Uint64()))
	}
	for i := range 3 {
		noise := make([]byte, 3000)
		for j := range noise {
			noise[j] = byte(r.Uint32())
		}
		add(fmt.Sprintf("guest/large %d", i), 0, "", noise)
	}
	for i, key := range Collisions("guest/", 100) {
		add(string(key), int32(i), "collision", nil)
	}
	return Sorted(mixedSchema(), partitioner.Slices{R: 1}, 0, rows)
}

// goldens are the codecs with a golden table, and how many rows their dictionaries are trained on.
var goldens = map[codec.Name]int{codec.None: 20, codec.Cells: 643, codec.Zstd: 20}

// golden is the checked-in file of a codec's table or dictionary; with -update it is written first.
func golden(t *testing.T, n codec.Name, suffix string, made []byte) []byte {
	t.Helper()
	path := "testdata/v1-" + string(n) + suffix
	if *update && made != nil {
		if err := os.WriteFile(path, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestGolden holds the bytes that a writer makes of the same rows and dictionary.
func TestGolden(t *testing.T) {
	rows := mixedRows()
	for name, sample := range goldens {
		dict, err := codec.Train(name, mixedSchema(), rows[:sample])
		if err != nil {
			t.Fatal(err)
		}
		o := Options(t, mixedSchema(), name, nil)
		if o.Codec, err = codec.Open(name, mixedSchema(), golden(t, name, ".dict", append([]byte{}, dict...))); err != nil {
			t.Fatal(err)
		}
		w := Write(t, o, rows, 100)
		CheckAll(t, &w, rows)
		if !bytes.Equal(w.Bytes, golden(t, name, ".table", w.Bytes)) {
			t.Errorf("codec %s: the writer now makes other bytes than testdata holds", name)
		}
	}
}

// TestOldVersions reads the tables of every version that was ever written.
func TestOldVersions(t *testing.T) {
	rows := mixedRows()
	for name := range goldens {
		b := golden(t, name, ".table", nil)
		tb, err := table.Open(bytes.NewReader(b), int64(len(b)), func(n codec.Name, s *cql.Schema, _ string) (*codec.Codec, error) {
			return codec.Open(n, s, golden(t, name, ".dict", nil))
		})
		if err != nil {
			t.Fatal(err)
		}
		SameRows(t, string(name), All(t, tb.Scan(partitioner.MinToken, math.MaxInt64), 50), rows)
	}
}

package writer_test

import (
	"crypto/sha256"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/writer"
	. "github.com/verdigris-db/verdigris/writer/writertest"
)

func TestOrderIsStrict(t *testing.T) {
	s := clustered(cql.BigInt)
	s.Clustering[0].Order = cql.Descending
	rows := Sorted(s, partitioner.Slices{R: 1}, 0, []row.Row{
		Record([]byte("a"), BigInt(9), BigInt(0)), Record([]byte("a"), BigInt(-9), BigInt(0)), Record([]byte("b"), BigInt(1), BigInt(0)),
	})
	same := Collisions("", 2)
	sameKeys := []row.Row{Record(same[0], BigInt(1), nil), Record(same[1], BigInt(1), nil)}
	for _, c := range []struct {
		what string
		rows []row.Row
		want []string // in the error, besides ErrOrder
	}{
		{"the same row again", []row.Row{rows[0], rows[0]}, []string{"adding key", "after key"}},
		{"a lower token", []row.Row{rows[2], rows[0]}, nil},
		{"clustering the wrong way", []row.Row{Record([]byte("a"), BigInt(-9), nil), Record([]byte("a"), BigInt(9), nil)},
			[]string{`adding key "0x61", c 9 (token `, `after key "0x61", c -9 (token `}},
		{"keys of one token the wrong way", []row.Row{sameKeys[1], sameKeys[0]}, nil},
		{"a key that comes back", []row.Row{sameKeys[0], sameKeys[1], Record(same[0], BigInt(0), nil)}, nil},
	} {
		for _, batch := range []int{1, 10} { // within a call and from call to call
			w, err := writer.New(Options(t, s, codec.None, nil))
			if err != nil {
				t.Fatal(err)
			}
			for part := range slices.Chunk(c.rows, batch) {
				err = w.Add(part)
			}
			if !errors.Is(err, writer.ErrOrder) {
				t.Fatalf("%s: %v", c.what, err)
			}
			for _, text := range c.want {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%s: error %q does not say %q", c.what, err, text)
				}
			}
			if again := w.Add(rows[:0]); again != err {
				t.Errorf("%s: the next Add says %v", c.what, again)
			}
			if _, again := w.Finish(); again != err {
				t.Errorf("%s: Finish says %v", c.what, again)
			}
			if err := w.Abort(); err != nil {
				t.Error(err)
			}
		}
	}
	sameKeys = append(sameKeys, Record(same[1], BigInt(0), nil))
	o := Options(t, s, codec.None, nil)
	w := Write(t, o, sameKeys, 1) // the right way
	CheckAll(t, &w, sameKeys)
}

func TestBadRows(t *testing.T) {
	s := clustered(cql.BigInt)
	good := Record([]byte("a"), BigInt(1), BigInt(2))
	short := slices.Clone(good.Rec)
	short[len(short)-9]++ // the length of the last cell
	other := partitioner.Slices{R: 2}
	mine, _ := other.Locate(good.Token)
	for _, c := range []struct {
		what string
		row  row.Row
		part int
		want string
	}{
		{"a wrong token", row.Row{Token: good.Token + 1, Rec: good.Rec}, mine, "its token is"},
		{"another partition", good, 1 - mine, "is of partition"},
		{"a cell too long", row.Row{Token: good.Token, Rec: short}, mine, "cell 1"},
		{"too few cells", Record([]byte("a"), BigInt(1)), mine, "cell 1"},
		{"too many cells", Record([]byte("a"), BigInt(1), BigInt(2), BigInt(3)), mine, "behind the last cell"},
		{"no header", row.Row{Rec: []byte{1}}, mine, "record of 1 bytes"},
		{"a null clustering column", Record([]byte("a"), nil, BigInt(2)), mine, "cell 0"},
	} {
		o := Options(t, s, codec.None, nil)
		o.Slices, o.Partition = other, c.part
		w, err := writer.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Add([]row.Row{c.row}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that says %q", c.what, err, c.want)
		}
		if err := w.Abort(); err != nil {
			t.Error(err)
		}
	}
}

func TestRecencyCellIsNotStored(t *testing.T) {
	s := keyed(cql.Text)
	plain := []row.Row{Record([]byte("a"), []byte("x")), Record([]byte("b"), nil), Record([]byte("c"), []byte(""))}
	with := []row.Row{Record([]byte("a"), []byte("x"), BigInt(1)), Record([]byte("b"), nil, nil), Record([]byte("c"), []byte(""), []byte(""))}
	for _, name := range codecs {
		o := Options(t, s, name, plain)
		plain, with := Sorted(s, o.Slices, 0, plain), Sorted(s, o.Slices, 0, with)
		w := Write(t, o, plain, 10)
		CheckAll(t, &w, plain)
		o.RecencyCell = true
		if v := Write(t, o, with, 10); string(v.Bytes) != string(w.Bytes) || v.Result.Stats.CellBytes != w.Result.Stats.CellBytes {
			t.Errorf("%s: a recency cell changes the table", name)
		}
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAbortRemovesFiles(t *testing.T) {
	s := keyed(cql.Text)
	rows := Sorted(s, partitioner.Slices{R: 1}, 0, RandomRows(1, s, 1000, 1000))
	o := Options(t, s, codec.None, nil)
	o.MemoryBytes = 0 // with a scratch spool
	w, err := writer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(rows); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Abort(); err != nil {
			t.Fatal(err)
		}
	}
	if left := files(t, o.Dir); len(left) != 0 {
		t.Fatalf("left behind: %v", left)
	}
	if _, err := w.Finish(); err == nil {
		t.Fatal("Finish after Abort")
	}
	if err := w.Add(rows); err == nil {
		t.Fatal("Add after Abort")
	}

	w, err = writer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(rows); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	if left := files(t, o.Dir); len(left) != 2 {
		t.Fatalf("after Finish: %v, want a table and a filter", left)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	_, err := writer.New(writer.Options{Slices: partitioner.Slices{R: 0}, BloomPPM: 0})
	for _, want := range []string{"no schema", "no codec", "0 partitions", "0 false positives"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	o := Options(t, keyed(), codec.None, nil)
	o.Dir += "/missing"
	if _, err := writer.New(o); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without its folder: %v", err)
	}
}

// TestFilesAsSaid compares the results' digests with those of the files.
func TestFilesAsSaid(t *testing.T) {
	s := keyed(cql.Text)
	rows := Sorted(s, partitioner.Slices{R: 1}, 0, RandomRows(2, s, 5000, 5000))
	w := Write(t, Options(t, s, codec.None, nil), rows, 1000)
	checkFile(t, w.Result.Table, w.Bytes)
	checkFile(t, w.Result.Bloom, w.Bloom)
	if st := w.Result.Stats; st.BloomProbes != 100_000 || st.BloomMatches < 50 || st.BloomMatches > 150 {
		t.Errorf("%d of %d absent keys are taken for present, want about 100", st.BloomMatches, st.BloomProbes)
	}
}

func checkFile(t *testing.T, f writer.File, b []byte) {
	t.Helper()
	if f.Size != int64(len(b)) || f.SHA256 != sha256.Sum256(b) {
		t.Errorf("%s: %d bytes with digest %x, the result says %d and %x", f.Path, len(b), sha256.Sum256(b), f.Size, f.SHA256)
	}
}

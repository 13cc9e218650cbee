package source

import (
	"encoding/binary"
	"encoding/json"
	"math/big"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
)

// TestCorpusTimestamps reads the timestamps of the corpus as bigint: with all digits of the file's unit, where TestCorpus
// compares milliseconds.
func TestCorpusTimestamps(t *testing.T) {
	compared := 0
	for _, folder := range []string{"good", "pyarrow", "others"} {
		for _, path := range corpusFiles(t, folder) {
			name := strings.TrimSuffix(filepath.Base(path), ".parquet")
			if _, ok := refusedFiles()[name]; !ok {
				compared += compareTicks(t, path, filepath.Join("testdata", "corpus", "expected", name+".jsonl"))
			}
		}
	}
	if compared == 0 {
		t.Error("no file has a timestamp")
	}
}

func compareTicks(t *testing.T, path, expected string) (compared int) {
	s, in, err := openPath(path)
	must(t, err)
	defer func() { must(t, in.Close()); must(t, s.Close()) }()
	var wants []Want
	var per []int64 // units in a second, by want
	for i, c := range in.Footer.Columns {
		if c.Type.Kind != cql.Timestamp {
			continue
		}
		if filepath.Base(path) == "int96.parquet" {
			return 0 // has years that nanoseconds in a bigint do not reach, and digits that pyarrow leaves out
		}
		l := in.Footer.meta.columns[i].shape.logical
		if l.kind == logicalInt96 {
			l.per = 1e9
		}
		wants, per = append(wants, Want{Name: c.Name, Type: cql.Of(cql.BigInt)}), append(per, l.per)
	}
	if len(wants) == 0 {
		return 0
	}
	lines, err := expectedRows(expected)
	must(t, err)
	for g := range in.Footer.RowGroups {
		_, err := readAll(in, g, wants, func(wants []Want, b *Batch, i int) error {
			if i >= 200 {
				return nil // enough of this batch
			}
			row := map[string]json.RawMessage{}
			if err := json.Unmarshal(lines[b.First+int64(i)], &row); err != nil {
				return err
			}
			for k, w := range wants {
				payload, null := b.Columns[k].Cell(i)
				got := "null"
				if !null {
					got = strconv.FormatInt(int64(binary.BigEndian.Uint64(payload)), 10)
				}
				if want := ticks(t, row[w.Name], per[k]); got != want {
					t.Errorf("%s, row %d, column %q: got %s, want %s (%s)", path, b.First+int64(i), w.Name, got, want, row[w.Name])
				}
				compared++
			}
			return nil
		})
		must(t, err)
	}
	return compared
}

// ticks is a timestamp of the expected rows as a count of units since 1970, or null.
func ticks(t *testing.T, raw json.RawMessage, per int64) string {
	t.Helper()
	if string(raw) == "null" {
		return "null"
	}
	payload, _, err := cql.FromJSON(cql.Of(cql.Timestamp), finerThanMillis.ReplaceAll(raw, []byte("$1$2")))
	must(t, err)
	_, fraction, _ := strings.Cut(strings.TrimSuffix(string(raw), `Z"`), ".")
	below, err := strconv.ParseInt((fraction + "000000000")[3:9], 10, 64) // nanoseconds below the millisecond
	must(t, err)
	nanos := new(big.Int).Mul(big.NewInt(int64(binary.BigEndian.Uint64(payload))), big.NewInt(1e6))
	nanos.Add(nanos, big.NewInt(below))
	return nanos.Div(nanos, big.NewInt(1e9/per)).String()
}

package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
)

// refusal is what a corpus file is refused with.
type refusal struct {
	class error
	text  string // part of the message
}

// refusedFiles are the whole files that are refused, and why; every other one must give pyarrow's rows.
func refusedFiles() map[string]refusal {
	return map[string]refusal{
		"repeated_no_annotation": {ErrDamaged, "the footer says 0 rows, its row groups 6"},
		"int96_from_spark":       {nil, "time of day outside the day"}, // a ValueError, of the last row
	}
}

// TestCorpus reads every good file and every file that pyarrow wrote for us: rows equal to pyarrow's, value by value, or
// a refusal that is named above.
func TestCorpus(t *testing.T) {
	for _, folder := range []string{"good", "pyarrow", "others"} {
		for _, path := range corpusFiles(t, folder) {
			name := strings.TrimSuffix(filepath.Base(path), ".parquet")
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				err := compareWithExpected(t, path, filepath.Join("testdata", "corpus", "expected", name+".jsonl"))
				if r, ok := refusedFiles()[name]; ok {
					if err == nil || r.class != nil && !errors.Is(err, r.class) || !strings.Contains(err.Error(), r.text) {
						t.Errorf("got %v, want %v: %s", err, r.class, r.text)
					}
				} else if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestCorpusBad reads damaged files: an error of a known class that names the file, nothing else.
func TestCorpusBad(t *testing.T) {
	for _, path := range corpusFiles(t, "bad") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			rows, err := readWhole(path, nil)
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnsupported) {
				t.Errorf("got %d rows, %v", rows, err)
			}
			if err != nil && !strings.Contains(err.Error(), filepath.Base(path)) {
				t.Errorf("the error does not name the file: %v", err)
			}
		})
	}
}

// openPath opens one file by its path.
func openPath(path string) (*Storage, *Input, error) {
	s := NewStorage()
	files, err := s.List(context.Background(), []string{path})
	if err == nil && len(files) != 1 {
		err = fmt.Errorf("%d files at %s", len(files), path)
	}
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	in, err := s.Open(context.Background(), files[0])
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, in, nil
}

// readWhole reads all columns that have a type, and gives each row to row if that is not nil.
func readWhole(path string, row func(wants []Want, b *Batch, i int) error) (rows int64, err error) {
	s, in, err := openPath(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, in.Close(), s.Close()) }()
	return readInput(in, row)
}

// readInput reads every row group of a file.
func readInput(in *Input, row func(wants []Want, b *Batch, i int) error) (rows int64, err error) {
	var wants []Want
	for _, c := range in.Footer.Columns {
		if c.Err != nil {
			return 0, placed(in.Footer.File, -1, c.Name, c.Err)
		}
		wants = append(wants, Want{Name: c.Name, Type: c.Type, Lossy: Truncate})
	}
	for g := range in.Footer.RowGroups {
		n, err := readAll(in, g, wants, row)
		if rows += n; err != nil {
			return rows, err
		}
	}
	if rows != in.Footer.Rows {
		return rows, fmt.Errorf("%d rows, the footer says %d", rows, in.Footer.Rows)
	}
	return rows, nil
}

func readAll(in *Input, group int, wants []Want, row func(wants []Want, b *Batch, i int) error) (rows int64, err error) {
	r, err := in.Read(context.Background(), group, wants)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		b, err := r.Next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if first := in.Footer.RowGroups[group].First + rows; b.First != first || b.Rows < 1 {
			return rows, fmt.Errorf("a batch of %d rows from %d, want it from %d", b.Rows, b.First, first)
		}
		for i := range b.Rows {
			if row == nil {
				break
			}
			if err := row(wants, b, i); err != nil {
				return rows, err
			}
		}
		rows += int64(b.Rows)
	}
}

// compareWithExpected reads the file beside its expected rows.
func compareWithExpected(t *testing.T, path, expected string) error {
	lines, err := expectedRows(expected)
	must(t, err)
	differences, line := 0, 0
	rows, err := readWhole(path, func(wants []Want, b *Batch, i int) error {
		if line == len(lines) {
			return fmt.Errorf("more than the expected %d rows", len(lines))
		}
		want := map[string]json.RawMessage{}
		if err := json.Unmarshal(lines[line], &want); err != nil {
			return err
		}
		line++
		if len(want) != len(wants) {
			return fmt.Errorf("%d columns, expected %d", len(wants), len(want))
		}
		for k, w := range wants {
			payload, null := b.Columns[k].Cell(i)
			if difference := compareCell(w.Type, payload, null, want[w.Name]); difference != "" && differences < 10 {
				differences++
				t.Errorf("row %d, column %q: %s", line-1, w.Name, difference)
			}
		}
		return nil
	})
	if err == nil && rows != int64(len(lines)) {
		err = fmt.Errorf("%d rows, expected %d", rows, len(lines))
	}
	return err
}

func compareCell(typ cql.Type, payload []byte, null bool, want json.RawMessage) string {
	if want == nil {
		return "the column is not expected"
	}
	want = finerThanMillis.ReplaceAll(want, []byte("$1$2"))
	p, wantNull, err := cql.FromJSON(typ, want)
	if err != nil {
		return fmt.Sprintf("expected %s is not a %s: %v", want, typ, err)
	}
	if null != wantNull || !bytes.Equal(payload, p) {
		got, err := cql.AppendJSON(nil, typ, payload)
		return fmt.Sprintf("%s: got null %v %s %v, want %s", typ, null, got, err, want)
	}
	return ""
}

// finerThanMillis are a timestamp's digits below a millisecond: the columns are read with timestamp(truncate).
var finerThanMillis = regexp.MustCompile(`(T\d\d:\d\d:\d\d\.\d\d\d)\d+(Z")`)

// expectedRows reads a .jsonl file, or the .jsonl.gz in its place.
func expectedRows(path string) (lines [][]byte, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if data, err = os.ReadFile(path + ".gz"); errors.Is(err, os.ErrNotExist) {
			return nil, nil // pyarrow does not read it: only a refusal will do
		}
		if err == nil {
			var z *gzip.Reader
			if z, err = gzip.NewReader(bytes.NewReader(data)); err == nil {
				data, err = io.ReadAll(z)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		lines = append(lines, bytes.Clone(scanner.Bytes()))
	}
	return lines, scanner.Err()
}

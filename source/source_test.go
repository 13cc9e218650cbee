package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
	"go.uber.org/goleak"

	"github.com/verdigris-db/verdigris/cql"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// writeFile writes rows as a Parquet file below dir.
func writeFile[T any](t testing.TB, dir, name string, rows []T, options ...parquet.WriterOption) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	ok(t, os.MkdirAll(filepath.Dir(path), 0o755))
	f, err := os.Create(path)
	ok(t, err)
	w := parquet.NewGenericWriter[T](f, options...)
	_, err = w.Write(rows)
	ok(t, err)
	ok(t, w.Close())
	ok(t, f.Close())
	return path
}

// openAll lists the sources and unifies their footers.
func openAll(sources ...string) (files []File, schema *Schema, footers []*Footer, err error) {
	s := NewStorage()
	defer s.Close()
	if files, err = s.List(context.Background(), sources); err != nil {
		return nil, nil, nil, err
	}
	if footers, err = s.Footers(context.Background(), files, 2); err != nil {
		return nil, nil, nil, err
	}
	schema, err = Unify(filesOf(footers), footers, nil)
	return files, schema, footers, err
}

// readJSON reads the wanted columns of all files, one text a row: the cells' JSON, null for null, with bars between.
func readJSON(files []File, wants []Want) ([]string, error) {
	s := NewStorage()
	defer s.Close()
	var out []string
	for _, f := range files {
		in, err := s.Open(context.Background(), f)
		if err != nil {
			return out, err
		}
		for g := range in.Footer.RowGroups {
			rows, err := readGroup(in, g, wants)
			out = append(out, rows...)
			if err != nil {
				return out, errors.Join(err, in.Close())
			}
		}
		if err := in.Close(); err != nil {
			return out, err
		}
	}
	return out, nil
}

func readGroup(in *Input, g int, wants []Want) (out []string, err error) {
	r, err := in.Read(context.Background(), g, wants)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	next := in.Footer.RowGroups[g].First
	for {
		b, err := r.Next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if b.First != next || b.Rows < 1 {
			return out, fmt.Errorf("batch of %d rows from %d, want %d", b.Rows, b.First, next)
		}
		next += int64(b.Rows)
		for i := range b.Rows {
			var line []byte
			for c := range b.Columns {
				if c > 0 {
					line = append(line, '|')
				}
				payload, null := b.Columns[c].Cell(i)
				if null {
					line = append(line, "null"...)
					continue
				}
				if err := cql.Validate(wants[c].Type, payload); err != nil {
					return out, fmt.Errorf("row %d, %s: %w", i, wants[c].Name, err)
				}
				if line, err = cql.AppendJSON(line, wants[c].Type, payload); err != nil {
					return out, err
				}
			}
			out = append(out, string(line))
		}
	}
}

func create(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Create(path)
	ok(t, err)
	return f
}

package spec

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/verdigris-db/verdigris/cql"
)

// TestErrors runs the archives of testdata/errors: spec.yaml is parsed, resolved against the columns of the file of that name
// if there is one, and the findings are what `want` says, to the byte.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var yaml, columns []byte
			for _, f := range a.Files {
				switch f.Name {
				case "spec.yaml":
					yaml = f.Data
				case "columns":
					columns = f.Data
				case "want":
				default:
					t.Fatalf("%s has a file %q", file, f.Name)
				}
			}
			got := findingsOf(t, yaml, columns)
			out := &txtar.Archive{Comment: a.Comment, Files: []txtar.File{{Name: "spec.yaml", Data: yaml}}}
			if columns != nil {
				out.Files = append(out.Files, txtar.File{Name: "columns", Data: columns})
			}
			out.Files = append(out.Files, txtar.File{Name: "want", Data: []byte(got)})
			golden(t, file, txtar.Format(out))
		})
	}
}

// findingsOf is what is wrong with a spec, a finding a line.
func findingsOf(t *testing.T, yaml, columns []byte) string {
	s, err := Parse(yaml, "spec.yaml")
	if s != nil && columns != nil {
		_, err = s.Resolve(offeredBy(t, columns), refuseNothingButBytes)
	}
	if err == nil {
		return "no findings\n"
	}
	var list *Errors
	if !errors.As(err, &list) || len(list.List) == 0 {
		t.Fatalf("not an *Errors with findings: %v", err)
	}
	return list.Error() + "\n"
}

// refuseNothingButBytes stands for a source that cannot turn blobs into anything else.
func refuseNothingButBytes(w Want) error {
	if w.Name == "bytes" && w.Type.Kind != cql.Blob {
		return errors.New("BYTE_ARRAY converts to blob only")
	}
	return nil
}

// offeredBy reads lines of `name type [null] [folder|pseudo] [unit=us]`; a type `refused` has none.
func offeredBy(t *testing.T, text []byte) []Offered {
	var out []Offered
	for line := range bytes.Lines(text) {
		f := strings.Fields(string(line))
		if len(f) < 2 {
			t.Fatalf("columns: %q", line)
		}
		o := Offered{Name: f[0], Origin: FromFile}
		if plain, err := strconv.Unquote(f[0]); err == nil {
			o.Name = plain
		}
		if f[1] == "refused" {
			o.Refused = "the Parquet type INTERVAL has no CQL type"
		} else if err := o.Type.UnmarshalText([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
		for _, word := range f[2:] {
			unit, isUnit := strings.CutPrefix(word, "unit=")
			switch {
			case isUnit:
				o.Unit = Unit(unit)
			case word == "null":
				o.Nullable = true
			default:
				o.Origin = Origin(word)
			}
		}
		out = append(out, o)
	}
	return append(out,
		Offered{Name: FileColumn, Type: cql.Of(cql.Text), Origin: FromPseudo},
		Offered{Name: RowColumn, Type: cql.Of(cql.BigInt), Origin: FromPseudo})
}

// TestEveryError makes sure that errors.As finds a single finding with its place.
func TestEveryError(t *testing.T) {
	_, err := Parse([]byte("view: a\nsource: b\nkey: c\ncodec: lz4\n"), "x.yaml")
	var e Error
	if !errors.As(err, &e) || e.Pos != (Pos{4, 8}) || e.Field != "codec" || e.Path != "x.yaml" {
		t.Fatalf("%+v from %v", e, err)
	}
	if got := fmt.Sprint(e); got != err.Error() {
		t.Fatalf("%s and %s", got, err)
	}
}

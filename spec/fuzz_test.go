package spec

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/verdigris-db/verdigris/cql"
)

// FuzzParse gives any bytes: findings have places inside of the text, a spec keeps the rules that later stages rely on,
// and neither Resolve nor Canonical fails.
func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	starter, err := os.ReadFile("testdata/starter.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(starter)
	files, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Files[0].Data)
	}
	offered := []Offered{
		{Name: "a", Type: cql.Of(cql.Text), Origin: FromFile}, {Name: "b", Type: cql.Of(cql.BigInt), Origin: FromFile},
		{Name: "updated_at", Type: cql.Of(cql.Timestamp), Unit: Microseconds, Origin: FromFile},
		{Name: "region", Type: cql.Of(cql.Text), Origin: FromFolder}, {Name: "gap", Refused: "no type", Origin: FromFile},
		{Name: FileColumn, Type: cql.Of(cql.Text), Origin: FromPseudo},
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text, "f.yaml")
		if err != nil {
			var list *Errors
			if !errors.As(err, &list) || len(list.List) == 0 {
				t.Fatalf("not an *Errors: %v", err)
			}
			for _, e := range list.List {
				if e.Pos.Line < 1 || e.Pos.Column < 1 || e.Msg == "" {
					t.Fatalf("finding without a place or a message: %+v", e)
				}
			}
		} else {
			keepsRules(t, s)
		}
		if s == nil {
			return
		}
		s.Canonical()
		r, again := s.Resolve(offered, nil)
		if err != nil && again == nil {
			t.Fatalf("a spec with findings was resolved: %+v", r)
		}
		if r != nil && (len(r.Schema.Key) == 0 || len(r.Schema.Key) != len(r.Key) || len(r.Schema.Values) != len(r.Values)) {
			t.Fatalf("resolved to %+v", r)
		}
	})
}

func keepsRules(t *testing.T, s *Spec) {
	switch {
	case s.View == "", len(s.Source) == 0, len(s.Key) == 0:
		t.Fatalf("a needed field is empty: %+v", s)
	case s.BloomPPM < MinBloomPPM, s.BloomPPM > MaxBloomPPM, s.Partitions < 0, s.Partitions > MaxPartitions:
		t.Fatalf("a number is out of bounds: %+v", s)
	case (s.Duplicates.Rule == RuleLatest) != (s.Duplicates.By != ""):
		t.Fatalf("rule %s by %q", s.Duplicates.Rule, s.Duplicates.By)
	}
	for _, c := range s.Where {
		n := len(c.Values)
		switch c.Op {
		case In, NotIn:
			if n == 0 {
				t.Fatal("in without values")
			}
		case IsNull, IsNotNull:
			if n != 0 {
				t.Fatal("null test with values")
			}
		default:
			if n != 1 {
				t.Fatalf("%s with %d values", c.Op, n)
			}
		}
	}
	if _, _, err := s.Locate("/specs"); err != nil {
		t.Fatalf("a place that Parse accepted is refused: %v", err)
	}
}

package source

import (
	"errors"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
)

// TestReadRefuses: what Schema.Check would have refused is an error of Read, with its column and nothing left open.
func TestReadRefuses(t *testing.T) {
	path := writeFile(t, t.TempDir(), "x.parquet", []nestedRow{{ID: 1}})
	files, _, _, err := openAll(path)
	ok(t, err)
	for _, w := range []Want{
		{Name: "id", Type: cql.Of(cql.UUID)}, {Name: "list", Type: cql.Of(cql.Int)}, {Name: "list", Type: cql.ListOf(cql.Of(cql.UUID))},
		{Name: PseudoRow, Type: cql.Of(cql.UUID)},
	} {
		got, err := readJSON(files, []Want{{Name: "id", Type: cql.Of(cql.BigInt)}, w})
		if !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), `column "`+w.Name+`"`) {
			t.Errorf("%s as %s: %v, %v", w.Name, w.Type, got, err)
		}
	}
}

package source

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/verdigris-db/verdigris/cql"
)

// unify writes one file per node set, a column map each, and unifies them.
func unify(t *testing.T, overrides []Want, groups ...parquet.Group) ([]File, *Schema, error) {
	t.Helper()
	dir := t.TempDir()
	for i, g := range groups {
		writeFileOf(t, dir, string(rune('a'+i))+".parquet", g, 3)
	}
	s := NewStorage()
	defer s.Close()
	files, err := s.List(t.Context(), []string{dir})
	ok(t, err)
	footers, err := s.Footers(t.Context(), files, 2)
	ok(t, err)
	schema, err := Unify(filesOf(footers), footers, overrides)
	return files, schema, err
}

// writeFileOf writes n rows of zero values.
func writeFileOf(t *testing.T, dir, name string, g parquet.Group, n int) string {
	t.Helper()
	schema := parquet.NewSchema("s", g)
	rows := make([]parquet.Row, n)
	for i := range rows {
		for c, path := range schema.Columns() {
			leaf, _ := schema.Lookup(path...)
			v := parquet.ZeroValue(leaf.Node.Type().Kind())
			if leaf.Node.Type().Kind() == parquet.FixedLenByteArray {
				v = parquet.FixedLenByteArrayValue(make([]byte, leaf.Node.Type().Length()))
			}
			rows[i] = append(rows[i], v.Level(0, int(leaf.MaxDefinitionLevel), c))
		}
	}
	path := dir + "/" + name
	f := create(t, path)
	w := parquet.NewGenericWriter[any](f, schema)
	_, err := w.WriteRows(rows)
	ok(t, err)
	ok(t, w.Close())
	ok(t, f.Close())
	return path
}

func TestUnify(t *testing.T) {
	long, text := parquet.Int(64), parquet.String()
	opt := parquet.Optional
	us, ms := parquet.Timestamp(parquet.Microsecond), parquet.Timestamp(parquet.Millisecond)
	wantBig := []Want{{Name: "c", Type: cql.Of(cql.BigInt)}}
	for _, c := range []struct {
		name      string
		overrides []Want
		groups    []parquet.Group
		want      string // columns, or behind ! a part of the error
	}{
		{"one file", nil, []parquet.Group{{"a": long, "c": opt(text)}}, "a bigint, c text null, _file text, _row bigint"},
		{"null in one", nil, []parquet.Group{{"a": long}, {"a": opt(long)}}, "a bigint null, _file text, _row bigint"},
		{"nullable and missing", nil, []parquet.Group{{"a": long}, {"a": long, "c": opt(text)}}, "a bigint, c text null, _file text, _row bigint"},
		{"required and missing", nil, []parquet.Group{{"a": long}, {"a": long, "c": text}}, `!column "c" is never null in "b.parquet" and missing in 1 of 2 files`},
		{"two types", nil, []parquet.Group{{"c": long}, {"c": text}}, `!column "c" is int64 (INT(64,true)) in "a.parquet" and byte_array (STRING) in "b.parquet"; a type for it`},
		{"two widths", nil, []parquet.Group{{"c": long}, {"c": parquet.Int(32)}}, "!schemas do not agree"},
		{"two widths and an override", wantBig, []parquet.Group{{"c": parquet.Int(32)}, {"c": long}}, "c int, _file text, _row bigint"},
		{"two scales", nil, []parquet.Group{{"c": parquet.Decimal(1, 9, parquet.Int32Type)}, {"c": parquet.Decimal(2, 9, parquet.Int32Type)}}, "!schemas do not agree"},
		{"two storages of a decimal", nil, []parquet.Group{{"c": parquet.Decimal(1, 9, parquet.Int32Type)}, {"c": parquet.Decimal(1, 18, parquet.Int64Type)}},
			"c decimal, _file text, _row bigint"},
		{"text and enum", nil, []parquet.Group{{"c": text}, {"c": parquet.Enum()}}, "c text, _file text, _row bigint"},
		{"a pseudo-column's name", nil, []parquet.Group{{"_row": long}}, "!which is a pseudo-column"},
		{"units", nil, []parquet.Group{{"c": us}, {"c": ms}}, "!schemas do not agree"},
		{"lists", nil, []parquet.Group{{"c": parquet.List(long)}, {"c": parquet.List(opt(long))}}, "c list<bigint>, _file text, _row bigint"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, schema, err := unify(t, c.overrides, c.groups...)
			if part, refused := strings.CutPrefix(c.want, "!"); refused {
				if !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), part) {
					t.Errorf("got %v, want %s", err, part)
				}
				return
			}
			ok(t, err)
			var got []string
			for _, col := range schema.Columns {
				s := col.Name + " " + col.Type.String()
				if col.Nullable {
					s += " null"
				}
				got = append(got, s)
			}
			if line := strings.Join(got, ", "); line != c.want {
				t.Errorf("got %s, want %s", line, c.want)
			}
		})
	}
}

// TestDepth: a type of 32 levels has a text that can be read again, one of 33 has none.
func TestDepth(t *testing.T) {
	nested := func(levels int) parquet.Node {
		n := parquet.Optional(parquet.Int(32))
		for range levels {
			n = parquet.Optional(parquet.Group{"f": n})
		}
		return n
	}
	_, s, err := unify(t, nil, parquet.Group{"a": nested(cql.MaxTypeDepth), "b": nested(cql.MaxTypeDepth + 1)})
	ok(t, err)
	if back, err := cql.ParseType(s.Columns[0].Type.String()); s.Columns[0].Err != nil || err != nil || !back.Equal(s.Columns[0].Type) {
		t.Errorf("%v, %v", s.Columns[0].Err, err)
	}
	if c := s.Columns[1]; c.Type.Kind != cql.Invalid || !errors.Is(c.Err, ErrUnsupported) || !strings.Contains(c.Err.Error(), "deeper than 32") {
		t.Errorf("%v, %v", c.Type, c.Err)
	}
}

func TestNamesThatAreNotUTF8(t *testing.T) {
	_, s, err := unify(t, nil, parquet.Group{
		"a": parquet.Int(32), "b\xff": parquet.Int(32), "c": parquet.Group{"d\xfe": parquet.Int(32)}, "\u00e9": parquet.Int(32),
	})
	ok(t, err)
	for _, c := range s.Columns {
		refused := c.Err != nil && errors.Is(c.Err, ErrUnsupported) && strings.Contains(c.Err.Error(), "is not UTF-8")
		if want := c.Name == "b\xff" || c.Name == "c"; refused != want || c.Err != nil && !want {
			t.Errorf("%q: %v", c.Name, c.Err)
		}
	}
}

func TestCheck(t *testing.T) {
	us, ms := parquet.Timestamp(parquet.Microsecond), parquet.Timestamp(parquet.Millisecond)
	override := []Want{{Name: "ts", Type: cql.Of(cql.Timestamp)}, {Name: "l", Type: cql.Of(cql.Timestamp)}, {Name: "n", Type: cql.Of(cql.BigInt)}}
	files, schema, err := unify(t, override,
		parquet.Group{"ts": us, "n": parquet.Int(32), "x": parquet.Optional(parquet.String()), "l": parquet.List(us)},
		parquet.Group{"n": parquet.Int(64), "ts": ms, "l": parquet.List(ms)})
	ok(t, err)
	for _, c := range []struct {
		want Want
		err  string
	}{
		{Want{Name: "ts", Type: cql.Of(cql.Timestamp)}, ""},
		{Want{Name: "ts", Type: cql.Of(cql.Timestamp), Lossy: Truncate}, ""},
		{Want{Name: "ts", Type: cql.Of(cql.BigInt)}, "keeps the files' own units"},
		{Want{Name: "l", Type: cql.ListOf(cql.Of(cql.Timestamp))}, ""},
		{Want{Name: "l", Type: cql.ListOf(cql.Of(cql.BigInt))}, "keeps the files' own units"},
		{Want{Name: "n", Type: cql.Of(cql.BigInt)}, ""},
		{Want{Name: "n", Type: cql.Of(cql.UUID)}, "no uuid is made of a int"},
		{Want{Name: "x", Type: cql.Of(cql.Blob)}, ""},
		{Want{Name: "y", Type: cql.Of(cql.Blob)}, `no file has a column "y"`},
		{Want{Name: PseudoRow, Type: cql.Of(cql.Int)}, ""},
		{Want{Name: PseudoRow, Type: cql.Of(cql.UUID)}, "no uuid is made of a bigint"},
		{Want{Name: PseudoFile, Type: cql.Of(cql.Blob)}, ""},
	} {
		err := schema.Check(c.want)
		if (err == nil) != (c.err == "") || err != nil && (!errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%+v: %v, want %q", c.want, err, c.err)
		}
	}
	// The columns stand in other orders, one lacks x, and n has two widths.
	got, err := readJSON(files, []Want{
		{Name: "x", Type: cql.Of(cql.Text)}, {Name: "n", Type: cql.Of(cql.BigInt)}, {Name: "n", Type: cql.Of(cql.Text)},
		{Name: PseudoRow, Type: cql.Of(cql.Int)}, {Name: PseudoFile, Type: cql.Of(cql.Text)}})
	ok(t, err)
	const want = `""|0|"0"|0|"a.parquet" ""|0|"0"|1|"a.parquet" ""|0|"0"|2|"a.parquet" null|0|"0"|0|"b.parquet" null|0|"0"|1|"b.parquet" null|0|"0"|2|"b.parquet"`
	if line := strings.Join(got, " "); line != want {
		t.Errorf("got %s", line)
	}
}

// TestOnlyNulls: a column that a file has without a value takes the type that other files have, or the spec gives.
func TestOnlyNulls(t *testing.T) {
	dir := t.TempDir()
	nulls := parquet.Optional(parquet.Leaf(annotated{parquet.Int32Type, &format.NullType{}, 0}))
	for name, c := range map[string]struct {
		node   parquet.Node
		values []parquet.Value
	}{
		"a": {nulls, []parquet.Value{parquet.NullValue(), parquet.NullValue()}},
		"b": {parquet.String(), byteArrays("x")},
		"c": {nulls, []parquet.Value{parquet.NullValue()}},
	} {
		ok(t, os.Rename(writeColumn(t, c.node, c.values), dir+"/"+name))
	}
	files, schema, _, err := openAll(dir)
	ok(t, err)
	w := Want{Name: "c", Type: cql.Of(cql.Text)}
	ok(t, schema.Check(w))
	if c, _ := schema.Column("c"); c.Type.Kind != cql.Text || !c.Nullable || c.Err != nil {
		t.Errorf("%+v", c)
	}
	got, err := readJSON(files, []Want{w})
	ok(t, err)
	if line := strings.Join(got, " "); line != `null null "x" null` {
		t.Error(line)
	}
	ok(t, os.Remove(dir+"/b"))
	files, schema, _, err = openAll(dir)
	ok(t, err)
	if c, _ := schema.Column("c"); c.Type.Kind != cql.Int || !c.Nullable || c.Err != nil {
		t.Errorf("%+v", c)
	}
	w.Type = cql.ListOf(cql.Of(cql.UUID))
	ok(t, schema.Check(w))
	got, err = readJSON(files, []Want{w})
	if line := strings.Join(got, " "); err != nil || line != "null null null" {
		t.Error(line, err)
	}
	lie := writeColumn(t, parquet.Optional(nulls), i32(7))
	files, _, _, err = openAll(lie)
	ok(t, err)
	if _, err := readJSON(files, []Want{w}); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), `column "c"`) {
		t.Error(err)
	}
}

func TestFolderHidesColumn(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "dt=5/x.parquet", []struct {
		Dt string `parquet:"dt"`
		K  int64  `parquet:"k"`
	}{{"inside", 1}})
	files, schema, _, err := openAll(dir)
	ok(t, err)
	if c, _ := schema.Column("dt"); c.Origin != FromFolder || c.Type.Kind != cql.BigInt || len(schema.Columns) != 4 {
		t.Errorf("%+v", schema.Columns)
	}
	w := Want{Name: "dt", Type: cql.Of(cql.BigInt)}
	ok(t, schema.Check(w))
	if got, err := readJSON(files, []Want{w}); err != nil || strings.Join(got, "") != "5" {
		t.Error(got, err)
	}
}

// filesOf are the files of footers, as a listing.
func filesOf(footers []*Footer) []File {
	files := make([]File, len(footers))
	for i, f := range footers {
		files[i] = f.File
	}
	return files
}

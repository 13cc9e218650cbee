package source

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/format"

	"github.com/verdigris-db/verdigris/cql"
)

// fakeLeaf gives one entry a page: levels and, where the definition level is the largest, a value.
type fakeLeaf struct {
	leaf    *leafColumn
	entries []fakeEntry
}

type fakeEntry struct {
	rep, def uint8
	value    string // of a byte array
}

func (l *fakeLeaf) Next() (*leafPage, error) {
	if len(l.entries) == 0 {
		return nil, io.EOF
	}
	e := l.entries[0]
	l.entries = l.entries[1:]
	p := &leafPage{Entries: 1, Def: []uint8{e.def}, Rep: []uint8{e.rep}}
	if e.def == l.leaf.MaxDef {
		p.Plain = values{N: 1, Data: []byte(e.value), Offsets: []uint32{0, uint32(len(e.value))}}
	}
	return p, nil
}

func (l *fakeLeaf) Close() error { return nil }

// assembled builds rows rows of a shape from leaves by name.
func assembled(s *shape, want cql.Type, rows int, leaves map[string][]fakeEntry) ([]string, error) {
	var build func(s *shape, want cql.Type) *part
	build = func(s *shape, want cql.Type) *part {
		p := &part{shape: s, want: want}
		if s.kind == shapeLeaf {
			payload, err := payloadOf(s.leaf, s.logical, want, Exact)
			if err != nil {
				panic(err)
			}
			p.payload = payload
			p.cursors = []*cursor{{name: s.name, leaf: s.leaf, reader: &fakeLeaf{s.leaf, leaves[s.name]}}}
			return p
		}
		for i, c := range s.children {
			below := build(c, want.Elem[i])
			p.parts, p.cursors = append(p.parts, below), append(p.cursors, below.cursors...)
		}
		return p
	}
	n := &nestedColumn{want: Want{Name: "c", Type: want}, root: build(s, want)}
	var out []string
	for range rows {
		if _, err := n.prepare(1); err != nil {
			return out, err
		}
		var c Column
		if err := n.fill(&c, 1, 0); err != nil {
			return out, err
		}
		payload, null := c.Cell(0)
		if null {
			out = append(out, "null")
			continue
		}
		if err := cql.Validate(want, payload); err != nil {
			return out, err
		}
		b, err := cql.AppendJSON(nil, want, payload)
		if err != nil {
			return out, err
		}
		out = append(out, string(b))
	}
	for _, c := range n.root.cursors {
		if err := c.ended(); err != nil {
			return out, err
		}
	}
	return out, nil
}

func textLeaf(name string, def, rep uint8) *shape {
	return &shape{name: name, def: def, leaf: &leafColumn{Path: []string{name}, Physical: format.ByteArray, MaxDef: def, MaxRep: rep},
		logical: logical{kind: logicalText}}
}

// TestAssembly puts values together from levels, and refuses levels that no value has.
func TestAssembly(t *testing.T) {
	text := cql.Of(cql.Text)
	list := &shape{kind: shapeList, name: "c", def: 1, full: 2, rep: 1, children: []*shape{textLeaf("e", 3, 1)}}
	mapping := &shape{kind: shapeMap, name: "c", def: 1, full: 2, rep: 1, children: []*shape{textLeaf("k", 3, 1), textLeaf("v", 3, 1)}}
	group := &shape{kind: shapeStruct, name: "c", def: 1, children: []*shape{textLeaf("a", 2, 0), textLeaf("b", 2, 0)}}
	deep := &shape{kind: shapeList, name: "c", def: 1, full: 2, rep: 1, children: []*shape{
		{kind: shapeList, name: "in", def: 3, full: 4, rep: 2, children: []*shape{textLeaf("e", 5, 2)}}}}
	lists, maps, groups, deeps := cql.ListOf(text), cql.MapOf(text, text), cql.StructOf([]string{"a", "b"}, []cql.Type{text, text}), cql.ListOf(cql.ListOf(text))
	type entries = map[string][]fakeEntry
	for _, c := range []struct {
		name   string
		shape  *shape
		want   cql.Type
		rows   int
		leaves entries
		out    string // behind ! a part of the error
	}{
		{"lists", list, lists, 4, entries{"e": {{0, 0, ""}, {0, 1, ""}, {0, 2, ""}, {1, 3, "x"}, {0, 3, "y"}}}, `null [] [null,"x"] ["y"]`},
		{"lists of lists", deep, deeps, 3, entries{"e": {{0, 2, ""}, {1, 3, ""}, {1, 4, ""}, {1, 5, "a"}, {2, 5, "b"}, {0, 1, ""}, {0, 5, "c"}, {1, 5, "d"}}},
			`[null,[],[null],["a","b"]] [] [["c"],["d"]]`},
		{"maps are sorted", mapping, maps, 1, entries{"k": {{0, 3, "b"}, {1, 3, "a"}}, "v": {{0, 3, "1"}, {1, 2, ""}}}, `{"a":null,"b":"1"}`},
		{"structs", group, groups, 3, entries{"a": {{0, 0, ""}, {0, 1, ""}, {0, 2, "x"}}, "b": {{0, 0, ""}, {0, 2, "y"}, {0, 1, ""}}},
			`null {"a":null,"b":"y"} {"a":"x","b":null}`},
		{"a key twice", mapping, maps, 1, entries{"k": {{0, 3, "b"}, {1, 3, "b"}}, "v": {{0, 3, "1"}, {1, 3, "2"}}}, "!row 0: value of a map is refused: map<text, text>: key"},
		{"a null key", mapping, maps, 1, entries{"k": {{0, 2, ""}}, "v": {{0, 3, "1"}}}, "!a key is null"},
		{"lengths differ", mapping, maps, 1, entries{"k": {{0, 3, "a"}, {1, 3, "b"}}, "v": {{0, 3, "1"}}}, `!v: damaged Parquet file: its lists and those of "k" have other lengths`},
		{"lengths differ the other way", mapping, maps, 1, entries{"k": {{0, 3, "a"}}, "v": {{0, 3, "1"}, {1, 3, "2"}}}, "!have other lengths"},
		{"empty on one side", mapping, maps, 1, entries{"k": {{0, 1, ""}}, "v": {{0, 3, "1"}}}, "!v: damaged Parquet file: its nulls are not"},
		{"null on one side", group, groups, 1, entries{"a": {{0, 0, ""}}, "b": {{0, 2, "y"}}}, "!b: damaged Parquet file: its nulls are not"},
		{"a row begins inside", list, lists, 1, entries{"e": {{1, 3, "x"}}}, "!e: damaged Parquet file: a row begins with repetition level 1"},
		{"a row ends inside", deep, deeps, 1, entries{"e": {{0, 3, ""}, {2, 5, "x"}}}, "!repetition level 2 where the row ends"},
		{"a null element goes on", list, lists, 1, entries{"e": {{0, 3, "x"}, {1, 1, ""}}}, "!an element of a list with definition level 1"},
		{"too few rows", list, lists, 2, entries{"e": {{0, 3, "x"}}}, "!ends before the row group's last row"},
		{"one leaf is short", group, groups, 2, entries{"a": {{0, 2, "x"}, {0, 2, "y"}}, "b": {{0, 2, "x"}}}, "!b: damaged Parquet file: the column ends"},
		{"too many rows", list, lists, 1, entries{"e": {{0, 3, "x"}, {0, 3, "y"}}}, "!more values than the row group's rows"},
		{"a value that does not fit", list, lists, 2, entries{"e": {{0, 3, "x"}, {0, 3, "\xff"}}}, "!row 1: value 0xff is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := assembled(c.shape, c.want, c.rows, c.leaves)
			if part, refused := strings.CutPrefix(c.out, "!"); refused {
				if err == nil || !strings.Contains(err.Error(), part) || !errors.Is(err, ErrDamaged) && !isValueError(err) {
					t.Errorf("got %s, %v, want an error with %s", got, err, part)
				}
				return
			}
			ok(t, err)
			if line := strings.Join(got, " "); line != c.out {
				t.Errorf("got %s, want %s", line, c.out)
			}
		})
	}
}

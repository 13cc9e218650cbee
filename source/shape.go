package source

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/verdigris-db/verdigris/cql"
)

// shapeKind is how a value is built from its leaves.
type shapeKind uint8

const (
	shapeLeaf shapeKind = iota
	shapeList
	shapeMap
	shapeStruct
)

// shape is a node of the schema seen as a value: annotations and their legacy forms resolved.
type shape struct {
	kind     shapeKind
	name     string
	def      uint8    // definition level from which the value is not null
	full     uint8    // list, map: definition level from which it has an element
	rep      uint8    // list, map: repetition level of a further element
	children []*shape // list: element; map: key, value; struct: fields
	leaf     *leafColumn
	logical  logical
}

// nullable reports whether the value may be null where its parent, defined at level above, is not.
func (s *shape) nullable(above uint8) bool { return s.def > above }

// natural is the CQL type that the type table gives, Invalid where it refuses.
func (s *shape) natural() cql.Type {
	if s.kind == shapeLeaf {
		return s.logical.natural()
	}
	elems := make([]cql.Type, len(s.children))
	for i, c := range s.children {
		if elems[i] = c.natural(); elems[i].Kind == cql.Invalid {
			return cql.Type{}
		}
	}
	return cql.Type{Kind: s.cqlKind(), Elem: elems, Fields: s.fields()}
}

// cqlKind is the kind of a value that has parts.
func (s *shape) cqlKind() cql.Kind {
	return [...]cql.Kind{shapeList: cql.List, shapeMap: cql.Map, shapeStruct: cql.Struct}[s.kind]
}

// fields are the names of a struct's fields.
func (s *shape) fields() []string {
	if s.kind != shapeStruct {
		return nil
	}
	out := make([]string, len(s.children))
	for i, c := range s.children {
		out[i] = c.name
	}
	return out
}

// leaves appends the leaves below s.
func (s *shape) leaves(dst []*leafColumn) []*leafColumn {
	if s.kind == shapeLeaf {
		return append(dst, s.leaf)
	}
	for _, c := range s.children {
		dst = c.leaves(dst)
	}
	return dst
}

// shapeOf resolves a field. A repeated field that no list annotation explains is a list of required elements.
func shapeOf(n *node) (*shape, error) {
	if n.repeat != format.Repeated {
		return valueOf(n)
	}
	element, err := valueOf(n)
	if err != nil {
		return nil, err
	}
	return &shape{kind: shapeList, name: n.name(), def: n.def - 1, full: n.def, rep: n.rep, children: []*shape{element}}, nil
}

// valueOf resolves a node as one value, whatever its repetition says.
func valueOf(n *node) (*shape, error) {
	s := &shape{name: n.name(), def: n.def}
	if n.leaf != nil {
		l, err := logicalOf(n)
		s.leaf, s.logical = n.leaf, l
		return s, err
	}
	_, list := n.element.LogicalType.Value.(*format.ListType)
	if list || n.converted(deprecated.List) {
		return listOf(n, s)
	}
	_, mapping := n.element.LogicalType.Value.(*format.MapType)
	if mapping || n.converted(deprecated.Map) || n.converted(deprecated.MapKeyValue) && isMap(n) {
		return mapOf(n, s)
	}
	if len(n.children) == 0 {
		return nil, unsupported("group %q has no fields", n.name())
	}
	s.kind = shapeStruct
	for _, c := range n.children {
		f, err := shapeOf(c)
		if err != nil {
			return nil, err
		}
		s.children = append(s.children, f)
	}
	return s, nil
}

// listOf applies the format's rules for LIST: the usual three levels, and the two-level forms of older writers in which
// the repeated node itself is the element.
func listOf(n *node, s *shape) (*shape, error) {
	if len(n.children) != 1 || n.children[0].repeat != format.Repeated {
		return nil, unsupported("LIST group %q without one repeated field: %s", n.name(), n.describe())
	}
	r := n.children[0]
	build := func() (*shape, error) { return valueOf(r) }
	if r.leaf == nil && len(r.children) == 1 && r.children[0].repeat != format.Repeated &&
		r.name() != "array" && r.name() != n.name()+"_tuple" {
		build = func() (*shape, error) { return shapeOf(r.children[0]) }
	}
	element, err := build()
	s.kind, s.full, s.rep, s.children = shapeList, r.def, r.rep, []*shape{element}
	return s, err
}

// isMap reports whether n has the form of a map: one repeated group of a key and a value.
func isMap(n *node) bool {
	return len(n.children) == 1 && n.children[0].repeat == format.Repeated && len(n.children[0].children) == 2
}

func mapOf(n *node, s *shape) (*shape, error) {
	if !isMap(n) {
		return nil, unsupported("MAP group %q without one repeated group of key and value: %s", n.name(), n.describe())
	}
	r := n.children[0]
	s.kind, s.full, s.rep = shapeMap, r.def, r.rep
	for _, c := range r.children {
		part, err := shapeOf(c)
		if err != nil {
			return nil, err
		}
		s.children = append(s.children, part)
	}
	return s, nil
}

// unit is the unit of a timestamp column, "" for other columns.
func (s *shape) unit() string {
	if s.kind != shapeLeaf {
		return ""
	}
	switch l := s.logical; {
	case l.kind == logicalInt96, l.kind == logicalTimestamp && l.per == 1e9:
		return "ns"
	case l.kind == logicalTimestamp && l.per == 1e6:
		return "us"
	case l.kind == logicalTimestamp && l.per == 1e3:
		return "ms"
	case l.kind == logicalTimestamp && l.per == 1:
		return "s"
	}
	return ""
}

// meaning is equal for two columns whose equal values have equal cells and that take equal overrides: names of lists'
// and maps' inner groups, widths of integers' storage and nullability are left out.
func (s *shape) meaning() string {
	if s.kind == shapeLeaf {
		l := s.logical
		return fmt.Sprintf("%d %d %t %d %d", l.kind, l.bits, l.unsigned, l.scale, l.per)
	}
	parts := make([]string, len(s.children))
	for i, c := range s.children {
		parts[i] = c.meaning()
		if s.kind == shapeStruct {
			parts[i] = strconv.Quote(c.name) + " " + parts[i]
		}
	}
	return fmt.Sprintf("%d(%s)", s.kind, strings.Join(parts, ", "))
}

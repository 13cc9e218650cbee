package source

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// Bounds of a schema; a footer outside them is refused as damaged.
const (
	maxSchemaNodes = 100_000
	maxSchemaDepth = 64
	maxFixedWidth  = 32 << 10 // bytes of a fixed_len_byte_array, the reader's own bound
)

// node is one element of a file's schema tree with the levels that reading it needs.
type node struct {
	element  *format.SchemaElement
	path     []string
	repeat   format.FieldRepetitionType
	def, rep uint8 // levels at which this node is there
	children []*node
	leaf     *leafColumn // nil for groups
}

func (n *node) name() string { return n.element.Name }

// leaves appends the leaves below n in file order.
func (n *node) leaves(dst []*leafColumn) []*leafColumn {
	if n.leaf != nil {
		return append(dst, n.leaf)
	}
	for _, c := range n.children {
		dst = c.leaves(dst)
	}
	return dst
}

// treeBuilder turns the footer's depth-first list of elements into nodes.
type treeBuilder struct {
	elements []format.SchemaElement
	next     int
	leaves   []*leafColumn
}

// buildTree returns the root and all leaves in file order.
func buildTree(elements []format.SchemaElement) (*node, []*leafColumn, error) {
	if len(elements) == 0 || len(elements) > maxSchemaNodes {
		return nil, nil, damaged("schema has %d elements", len(elements))
	}
	b := &treeBuilder{elements: elements, next: 1}
	root := &node{element: &elements[0]}
	if elements[0].Type.Valid {
		return nil, nil, damaged("the schema's root has a type")
	}
	if err := b.children(root, 0); err != nil {
		return nil, nil, err
	}
	if b.next != len(elements) {
		return nil, nil, damaged("schema has %d elements, its tree %d", len(elements), b.next)
	}
	return root, b.leaves, nil
}

func (b *treeBuilder) children(parent *node, depth int) error {
	n := int(parent.element.NumChildren.V)
	if n < 0 || n > len(b.elements)-b.next {
		return damaged("schema element %q claims %d children, %d elements are left", parent.name(), n, len(b.elements)-b.next)
	}
	if depth > maxSchemaDepth {
		return damaged("schema nests deeper than %d", maxSchemaDepth)
	}
	names := make(map[string]bool, n)
	for range n {
		if b.next >= len(b.elements) {
			return damaged("schema ends inside %q", parent.name())
		}
		c, err := b.child(parent)
		if err != nil {
			return err
		}
		if names[c.name()] {
			return damaged("schema has %q twice", strings.Join(c.path, "."))
		}
		names[c.name()] = true
		parent.children = append(parent.children, c)
		if c.leaf == nil {
			if err := b.children(c, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *treeBuilder) child(parent *node) (*node, error) {
	e := &b.elements[b.next]
	b.next++
	c := &node{
		element: e, repeat: e.RepetitionType.V, def: parent.def, rep: parent.rep,
		path: append(slices.Clip(parent.path), e.Name),
	}
	switch c.repeat {
	case format.Required:
	case format.Optional:
		c.def++
	case format.Repeated:
		c.def++
		c.rep++
	default:
		return nil, damaged("schema element %q has repetition %d", e.Name, c.repeat)
	}
	if !e.Type.Valid {
		return c, nil
	}
	if e.NumChildren.V != 0 {
		return nil, damaged("schema element %q has a type and children", e.Name)
	}
	c.leaf = &leafColumn{Path: c.path, Index: len(b.leaves), Physical: e.Type.V, MaxDef: c.def, MaxRep: c.rep}
	switch e.Type.V {
	case format.Int96:
		c.leaf.Width = 12
	case format.FixedLenByteArray:
		c.leaf.Width = int(e.TypeLength.V)
		if c.leaf.Width <= 0 || c.leaf.Width > maxFixedWidth {
			return nil, damaged("schema element %q has values of %d bytes", e.Name, e.TypeLength.V)
		}
	case format.Boolean, format.Int32, format.Int64, format.Float, format.Double, format.ByteArray:
	default:
		return nil, damaged("schema element %q has physical type %d", e.Name, e.Type.V)
	}
	b.leaves = append(b.leaves, c.leaf)
	return c, nil
}

// converted reports whether n's deprecated converted type is t.
func (n *node) converted(t deprecated.ConvertedType) bool {
	return n.element.ConvertedType.Valid && n.element.ConvertedType.V == t
}

// describe writes n as a Parquet schema would, on one line, for messages and for comparing files.
func (n *node) describe() string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	switch n.repeat {
	case format.Optional:
		b.WriteString("optional ")
	case format.Repeated:
		b.WriteString("repeated ")
	}
	if n.leaf == nil {
		b.WriteString("group")
	} else {
		b.WriteString(strings.ToLower(n.leaf.Physical.String()))
		if n.leaf.Physical == format.FixedLenByteArray {
			fmt.Fprintf(b, "(%d)", n.leaf.Width)
		}
	}
	if a := n.annotation(); a != "" {
		b.WriteString(" (" + a + ")")
	}
	if n.leaf != nil {
		return
	}
	b.WriteString(" {")
	for i, c := range n.children {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.name() + ": ")
		c.write(b)
	}
	b.WriteString("}")
}

// annotation is the logical type as text, or the converted type where that is all there is.
func (n *node) annotation() string {
	if n.element.LogicalType.Value != nil {
		return n.element.LogicalType.String()
	}
	if n.element.ConvertedType.Valid {
		if n.element.ConvertedType.V == deprecated.Decimal {
			return fmt.Sprintf("DECIMAL(%d,%d)", n.element.Precision.V, n.element.Scale.V)
		}
		if t := int(n.element.ConvertedType.V); t >= 0 && t < len(convertedNames) {
			return convertedNames[t]
		}
		return fmt.Sprintf("converted type %d", n.element.ConvertedType.V)
	}
	return ""
}

// convertedNames are the deprecated converted types by number.
var convertedNames = [...]string{
	"UTF8", "MAP", "MAP_KEY_VALUE", "LIST", "ENUM", "DECIMAL", "DATE", "TIME_MILLIS", "TIME_MICROS", "TIMESTAMP_MILLIS",
	"TIMESTAMP_MICROS", "UINT_8", "UINT_16", "UINT_32", "UINT_64", "INT_8", "INT_16", "INT_32", "INT_64", "JSON", "BSON",
	"INTERVAL",
}

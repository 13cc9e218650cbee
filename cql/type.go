package cql

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is the outermost constructor of a CQL type.
type Kind uint8

// The kinds a view can hold. The numbers are not stored anywhere: types travel by name.
const (
	Invalid Kind = iota
	Boolean
	TinyInt
	SmallInt
	Int
	BigInt
	VarInt
	Float
	Double
	Decimal
	Text
	Blob
	UUID
	Date
	Time
	Timestamp
	List
	Map
	Struct // a frozen user-defined type: field names and types in order
)

// Type is one CQL type. Elem holds the element type of a List, key and value type of a Map, and the field types of
// a Struct, whose field names are in Fields. Types are immutable once made and may be shared.
type Type struct {
	Kind   Kind
	Elem   []Type
	Fields []string
}

var kindNames = [...]string{
	Invalid: "invalid", Boolean: "boolean", TinyInt: "tinyint", SmallInt: "smallint", Int: "int", BigInt: "bigint",
	VarInt: "varint", Float: "float", Double: "double", Decimal: "decimal", Text: "text", Blob: "blob", UUID: "uuid",
	Date: "date", Time: "time", Timestamp: "timestamp", List: "list", Map: "map", Struct: "struct",
}

// String is the name that CQL gives the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Of is the scalar type of kind k.
func Of(k Kind) Type { return Type{Kind: k} }

// ListOf is list<elem>.
func ListOf(elem Type) Type { return Type{Kind: List, Elem: []Type{elem}} }

// MapOf is map<key, value>.
func MapOf(key, value Type) Type { return Type{Kind: Map, Elem: []Type{key, value}} }

// StructOf is a frozen user-defined type with the named fields; len(fields) == len(elems).
func StructOf(fields []string, elems []Type) Type {
	return Type{Kind: Struct, Elem: elems, Fields: fields}
}

// String writes t as ParseType reads it: bigint, list<text>, map<text, frozen<list<int>>>,
// struct<street: text, zip: int>. Nested collections are always frozen in a view, so "frozen" is not written.
func (t Type) String() string {
	var b strings.Builder
	t.write(&b, Exact)
	return b.String()
}

func (t Type) write(b *strings.Builder, lossy Lossy) {
	b.WriteString(t.Kind.String())
	if t.Kind == Timestamp && lossy == Truncate {
		b.WriteString("(truncate)")
	}
	if len(t.Elem) == 0 {
		return
	}
	b.WriteByte('<')
	for i, e := range t.Elem {
		if i > 0 {
			b.WriteString(", ")
		}
		if t.Kind == Struct {
			b.WriteString(quoteField(t.Fields[i]))
			b.WriteString(": ")
		}
		e.write(b, lossy)
	}
	b.WriteByte('>')
}

// Equal reports whether t and u are the same type, field names included.
func (t Type) Equal(u Type) bool {
	return t.Kind == u.Kind && slices.Equal(t.Fields, u.Fields) && slices.EqualFunc(t.Elem, u.Elem, Type.Equal)
}

// FixedWidth is the payload length in bytes of every non-null cell of t, or 0 when lengths vary.
func (t Type) FixedWidth() int {
	switch t.Kind {
	case Boolean, TinyInt:
		return 1
	case SmallInt:
		return 2
	case Int, Float, Date:
		return 4
	case BigInt, Double, Time, Timestamp:
		return 8
	case UUID:
		return 16
	}
	return 0
}

// MarshalText writes the type's name; see String.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText is ParseType.
func (t *Type) UnmarshalText(b []byte) error {
	p, err := ParseType(string(b))
	if err != nil {
		return err
	}
	*t = p
	return nil
}

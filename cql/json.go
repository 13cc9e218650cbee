package cql

import (
	"encoding/binary"
	"fmt"
)

// AppendJSON appends the payload of type t as one JSON value, without spaces: numbers as numbers but decimals as
// strings, NaN and infinities as strings, blobs as "0x..", a List as an array, a Struct as an object in field order, a
// Map as an object if its keys are text, else as an array of [key, value]. docs/format/types.md has the whole table.
func AppendJSON(dst []byte, t Type, payload []byte) ([]byte, error) {
	if err := Validate(t, payload); err != nil {
		return dst, fmt.Errorf("writing %s as JSON: %w", t, err)
	}
	return appendValue(dst, t, payload), nil
}

// AppendRowJSON appends one row as a JSON object: the columns of the partition key bytes key, then those of cells,
// which are clustering and values with their lengths, in schema order.
func AppendRowJSON(dst []byte, s *Schema, key, cells []byte) ([]byte, error) {
	start := len(dst)
	separator := byte('{')
	column := func(c Column, payload []byte, null bool) error {
		dst = append(appendString(append(dst, separator), c.Name), ':')
		separator = ','
		if null {
			dst = append(dst, "null"...)
			return nil
		}
		var err error
		if dst, err = AppendJSON(dst, c.Type, payload); err != nil {
			return fmt.Errorf("column %q: %w", c.Name, err)
		}
		return nil
	}
	if err := eachColumn(s, key, cells, column); err != nil {
		return dst[:start], fmt.Errorf("writing row as JSON: %w", err)
	}
	return append(dst, '}'), nil
}

// AppendKeyJSON appends partition key bytes as one JSON value: that of the column, or an array for several.
func AppendKeyJSON(dst []byte, s *Schema, key []byte) ([]byte, error) {
	parts, err := SplitKey(key, len(s.Key))
	if err != nil {
		return dst, err
	}
	if len(parts) == 1 {
		return AppendJSON(dst, s.Key[0].Type, key)
	}
	start, separator := len(dst), byte('[')
	for i, part := range parts {
		if dst, err = AppendJSON(append(dst, separator), s.Key[i].Type, part); err != nil {
			return dst[:start], fmt.Errorf("key column %q: %w", s.Key[i].Name, err)
		}
		separator = ','
	}
	return append(dst, ']'), nil
}

// eachColumn calls column with every column of a row in schema order.
func eachColumn(s *Schema, key, cells []byte, column func(c Column, payload []byte, null bool) error) error {
	for _, c := range s.Key {
		part := key
		if len(s.Key) > 1 {
			var err error
			if part, key, err = NextKeyPart(key); err != nil {
				return fmt.Errorf("key column %q: %w", c.Name, err)
			}
		}
		if err := column(c, part, false); err != nil {
			return err
		}
	}
	if len(s.Key) > 1 && len(key) != 0 {
		return invalid("%d bytes behind the last key column", len(key))
	}
	for i := range s.Cells() {
		c := s.CellColumn(i)
		payload, null, rest, err := element(cells)
		if err != nil {
			return fmt.Errorf("column %q: %w", c.Name, err)
		}
		cells = rest
		if err := column(c, payload, null); err != nil {
			return err
		}
	}
	if len(cells) != 0 {
		return invalid("%d bytes behind the last cell", len(cells))
	}
	return nil
}

// appendValue writes a payload that Validate has let pass.
func appendValue(dst []byte, t Type, b []byte) []byte {
	switch t.Kind {
	case Boolean, TinyInt, SmallInt, Int, BigInt, VarInt:
		return appendScalar(dst, t.Kind, b)
	case Float, Double:
		start := len(dst)
		dst = appendScalar(append(dst, '"'), t.Kind, b)
		if c := dst[len(dst)-1]; c == 'N' || c == 'y' { // NaN, Infinity
			return append(dst, '"')
		}
		copy(dst[start:], dst[start+1:])
		return dst[:len(dst)-1]
	case Text:
		return appendString(dst, string(b))
	case List:
		return appendList(dst, t, b)
	case Map:
		return appendMap(dst, t, b)
	case Struct:
		return appendStruct(dst, t, b)
	}
	return append(appendScalar(append(dst, '"'), t.Kind, b), '"')
}

// appendPart writes the next part of a List, Map or Struct, and returns the parts behind it.
func appendPart(dst []byte, t Type, b []byte) (out, rest []byte) {
	n := int32(binary.BigEndian.Uint32(b))
	if n < 0 {
		return append(dst, "null"...), b[4:]
	}
	return appendValue(dst, t, b[4:4+n]), b[4+n:]
}

func appendList(dst []byte, t Type, b []byte) []byte {
	dst = append(dst, '[')
	for i, b := 0, b[4:]; len(b) != 0; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst, b = appendPart(dst, t.Elem[0], b)
	}
	return append(dst, ']')
}

func appendMap(dst []byte, t Type, b []byte) []byte {
	open, between, shut := "{", ":", "}"
	if t.Elem[0].Kind != Text {
		open, between, shut = "[", ",", "]"
	}
	dst = append(dst, open...)
	for i, b := 0, b[4:]; len(b) != 0; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		if open == "[" {
			dst = append(dst, '[')
		}
		dst, b = appendPart(dst, t.Elem[0], b)
		dst, b = appendPart(append(dst, between...), t.Elem[1], b)
		if open == "[" {
			dst = append(dst, ']')
		}
	}
	return append(dst, shut...)
}

func appendStruct(dst []byte, t Type, b []byte) []byte {
	separator := byte('{')
	for i, name := range t.Fields {
		dst = append(appendString(append(dst, separator), name), ':')
		dst, b = appendPart(dst, t.Elem[i], b)
		separator = ','
	}
	return append(dst, '}')
}

// appendString quotes the UTF-8 text s, escaping only what JSON demands.
func appendString(dst []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	plain := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[plain:i]...)
		plain = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(dst, s[plain:]...), '"')
}

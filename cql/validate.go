package cql

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// MaxVarint is the most bytes of a varint, and of a decimal's unscaled number: about 157,000 digits.
const MaxVarint = 65535

// ErrInvalid is wrapped by every error about bytes that are no payload of their type.
var ErrInvalid = errors.New("invalid cell bytes")

// Validate reports the first fault of the payload b of type t, nil if it is one that a view may store. Numbers must
// be in their shortest form, NaN the one NaN, text UTF-8, a Map's keys in strictly ascending typed order, and a
// Struct must have all its fields. It allocates only for errors and goes no deeper than t.
func Validate(t Type, b []byte) error {
	if w := t.FixedWidth(); w != 0 {
		return validateFixed(t.Kind, w, b)
	}
	switch t.Kind {
	case VarInt:
		return validateVarint(t.Kind, b)
	case Decimal:
		if len(b) < 5 {
			return invalid("decimal of %d bytes, at least 5 needed", len(b))
		}
		return validateVarint(t.Kind, b[4:])
	case Text:
		if !utf8.Valid(b) {
			return invalid("text is not UTF-8 at byte %d", invalidRune(b))
		}
		return nil
	case Blob:
		return nil
	case List:
		return validateList(t, b)
	case Map:
		return validateMap(t, b)
	case Struct:
		return validateStruct(t, b)
	}
	return invalid("type %s holds no cells", t)
}

func invalid(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, ErrInvalid)...)
}

func validateFixed(k Kind, width int, b []byte) error {
	if len(b) != width {
		return invalid("%s of %d bytes, not %d", k, len(b), width)
	}
	switch k {
	case Boolean:
		if b[0] > 1 {
			return invalid("boolean %02x is neither 00 nor 01", b[0])
		}
	case Float:
		if v := binary.BigEndian.Uint32(b); v&0x7fffffff > 0x7f800000 && v != nanFloat {
			return invalid("float %08x is a NaN other than %08x", v, uint32(nanFloat))
		}
	case Double:
		if v := binary.BigEndian.Uint64(b); v&math.MaxInt64 > 0x7ff0000000000000 && v != nanDouble {
			return invalid("double %016x is a NaN other than %016x", v, uint64(nanDouble))
		}
	case Time:
		if v := int64(binary.BigEndian.Uint64(b)); v < 0 || v >= NanosPerDay {
			return invalid("time of %d ns is outside a day", v)
		}
	}
	return nil
}

func validateVarint(k Kind, b []byte) error {
	switch {
	case len(b) == 0:
		return invalid("%s without digits", k)
	case len(b) > MaxVarint:
		return invalid("%s of %d bytes, at most %d allowed", k, len(b), MaxVarint)
	case len(minimal(b)) != len(b):
		return invalid("%s of %d bytes could be written in %d", k, len(b), len(minimal(b)))
	}
	return nil
}

func invalidRune(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(b)
}

func validateList(t Type, b []byte) error {
	n, b, err := count(t, b, 1)
	if err != nil {
		return err
	}
	for i := range n {
		var elem []byte
		var null bool
		if elem, null, b, err = element(b); err == nil && !null {
			err = Validate(t.Elem[0], elem)
		}
		if err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return end(t, b)
}

func validateMap(t Type, b []byte) error {
	n, b, err := count(t, b, 2)
	if err != nil {
		return err
	}
	var last []byte
	for i := range n {
		var key, value []byte
		if key, value, b, err = validateEntry(t, b); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		if i > 0 && Compare(t.Elem[0], last, key) >= 0 {
			return invalid("entry %d: its key is not after the one before", i)
		}
		last, _ = key, value
	}
	return end(t, b)
}

// validateEntry splits one key and value off a map's entries; value is nil if it is null.
func validateEntry(t Type, b []byte) (key, value, rest []byte, err error) {
	key, null, b, err := element(b)
	if err == nil && null {
		err = invalid("null")
	}
	if err == nil {
		err = Validate(t.Elem[0], key)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("key: %w", err)
	}
	value, null, b, err = element(b)
	if err == nil && !null {
		err = Validate(t.Elem[1], value)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("value: %w", err)
	}
	return key, value, b, nil
}

func validateStruct(t Type, b []byte) error {
	for i, name := range t.Fields {
		elem, null, rest, err := element(b)
		if err == nil && !null {
			err = Validate(t.Elem[i], elem)
		}
		if err != nil {
			return fmt.Errorf("field %q: %w", name, err)
		}
		b = rest
	}
	return end(t, b)
}

// count reads a collection's number of elements, each of at least parts lengths.
func count(t Type, b []byte, parts int) (n int, rest []byte, err error) {
	if len(b) < 4 {
		return 0, nil, invalid("%s of %d bytes, at least 4 needed", t.Kind, len(b))
	}
	c := binary.BigEndian.Uint32(b)
	b = b[4:]
	if uint64(c)*4*uint64(parts) > uint64(len(b)) {
		return 0, nil, invalid("%s of %d elements in %d bytes", t.Kind, c, len(b))
	}
	return int(c), b, nil
}

// element splits the first length-prefixed part off b; both results alias b.
func element(b []byte) (elem []byte, null bool, rest []byte, err error) {
	if len(b) < 4 {
		return nil, false, nil, invalid("%d bytes left for a length of 4", len(b))
	}
	n := int32(binary.BigEndian.Uint32(b))
	b = b[4:]
	switch {
	case n == -1:
		return nil, true, b, nil
	case n < 0:
		return nil, false, nil, invalid("length %d", n)
	case int(n) > len(b):
		return nil, false, nil, invalid("length %d, %d bytes left", n, len(b))
	}
	return b[:n:n], false, b[n:], nil
}

func end(t Type, b []byte) error {
	if len(b) != 0 {
		return invalid("%d bytes behind the end of a %s", len(b), t.Kind)
	}
	return nil
}

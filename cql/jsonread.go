package cql

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// FromJSON is the inverse of AppendJSON: the payload of the JSON value raw as a cell of type t, or null. Digits are
// never rounded but to the nearest float or double; a decimal may also be a number. Fields of a Struct and entries of a
// Map may stand in any order, none twice and no field missing.
func FromJSON(t Type, raw json.RawMessage) (payload []byte, null bool, err error) {
	if !utf8.Valid(raw) {
		return nil, false, fmt.Errorf("reading JSON as %s: not UTF-8 at byte %d", t, invalidRune(raw))
	}
	if !json.Valid(raw) {
		return nil, false, fmt.Errorf("reading JSON as %s: %q is not one JSON value", t, abbreviate(string(raw)))
	}
	r := jsonReader{b: raw}
	payload, null, err = r.cell([]byte{}, t)
	if err != nil {
		return nil, false, fmt.Errorf("reading JSON as %s: %w", t, err)
	}
	return payload, null, nil
}

// jsonReader goes through text that json.Valid has let pass, so that it need not look for faults of JSON itself.
type jsonReader struct {
	b   []byte
	pos int
}

// cell appends the payload of the next value.
func (r *jsonReader) cell(dst []byte, t Type) (out []byte, null bool, err error) {
	if r.next() == 'n' {
		r.pos += len("null")
		return dst, true, nil
	}
	switch {
	case t.Kind == List:
		dst, err = r.list(dst, t)
	case t.Kind == Map && t.Elem[0].Kind == Text:
		dst, err = r.textMap(dst, t)
	case t.Kind == Map:
		dst, err = r.pairMap(dst, t)
	case t.Kind == Struct:
		dst, err = r.structure(dst, t)
	default:
		dst, err = r.scalar(dst, t.Kind)
	}
	return dst, false, err
}

func (r *jsonReader) scalar(dst []byte, k Kind) ([]byte, error) {
	switch c := r.next(); c {
	case '{', '[':
		return dst, fmt.Errorf("found %s, not a %s", what(c), k)
	case '"':
		s, err := r.text()
		if err != nil {
			return dst, err
		}
		if k >= Boolean && k <= VarInt || (k == Float || k == Double) && s != "NaN" && s != "Infinity" && s != "-Infinity" {
			return dst, fmt.Errorf("found the string %q, where a %s is written without quotes", abbreviate(s), k)
		}
		return parseScalar(dst, k, s)
	}
	start := r.pos
	for r.pos < len(r.b) && !slices.Contains([]byte(" \t\r\n,]}"), r.b[r.pos]) {
		r.pos++
	}
	token := string(r.b[start:r.pos])
	if k > Decimal || k == Invalid {
		return dst, fmt.Errorf("found %s, where a %s is written as a string", abbreviate(token), k)
	}
	return parseScalar(dst, k, token)
}

// part appends the next value with its length in front.
func (r *jsonReader) part(dst []byte, t Type) ([]byte, error) {
	start := len(dst)
	dst, null, err := r.cell(append(dst, 0, 0, 0, 0), t)
	if err != nil {
		return dst, err
	}
	if null {
		return AppendNull(dst[:start]), nil
	}
	return dst, setLength(dst, start)
}

// setLength writes the number of bytes behind the four at start.
func setLength(dst []byte, start int) error {
	n := len(dst) - start - 4
	if n > 1<<31-1 {
		return fmt.Errorf("%d bytes are more than a length of 32 bits can say", n)
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(n))
	return nil
}

// items calls item before each of the values between open and shut.
func (r *jsonReader) items(open, shut byte, t Type, item func(i int) error) (n int, err error) {
	if c := r.next(); c != open {
		return 0, fmt.Errorf("found %s, where a %s is written as %s", what(c), t, what(open))
	}
	r.pos++
	for r.next() != shut {
		if n > 0 {
			r.pos++ // comma
		}
		if err := item(n); err != nil {
			return n, err
		}
		n++
	}
	r.pos++
	return n, nil
}

func (r *jsonReader) list(dst []byte, t Type) ([]byte, error) {
	start := len(dst)
	dst = AppendCount(dst, 0)
	n, err := r.items('[', ']', t, func(i int) (err error) {
		if dst, err = r.part(dst, t.Elem[0]); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
		return nil
	})
	binary.BigEndian.PutUint32(dst[start:], uint32(n))
	return dst, err
}

func (r *jsonReader) textMap(dst []byte, t Type) ([]byte, error) {
	start := len(dst)
	dst = AppendCount(dst, 0)
	n, err := r.items('{', '}', t, func(int) error {
		key, err := r.name()
		if err != nil {
			return err
		}
		if dst, err = r.part(AppendElement(dst, []byte(key)), t.Elem[1]); err != nil {
			return fmt.Errorf("value of %q: %w", abbreviate(key), err)
		}
		return nil
	})
	return finishMap(dst, start, n, t, err)
}

func (r *jsonReader) pairMap(dst []byte, t Type) ([]byte, error) {
	start := len(dst)
	dst = AppendCount(dst, 0)
	n, err := r.items('[', ']', t, func(i int) error {
		parts, err := r.items('[', ']', t, func(part int) (err error) {
			switch {
			case part > 1:
				return errors.New("more than [key, value]")
			case part == 0 && r.next() == 'n':
				return errors.New("its key is null")
			}
			dst, err = r.part(dst, t.Elem[part])
			return err
		})
		if err == nil && parts != 2 {
			err = errors.New("less than [key, value]")
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		return nil
	})
	return finishMap(dst, start, n, t, err)
}

// finishMap writes the count and orders the entries of the map that begins at start.
func finishMap(dst []byte, start, n int, t Type, err error) ([]byte, error) {
	if err != nil {
		return dst, err
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(n))
	return dst, CanonicalMap(t, dst[start:])
}

func (r *jsonReader) structure(dst []byte, t Type) ([]byte, error) {
	parts := make([][]byte, len(t.Fields))
	_, err := r.items('{', '}', t, func(int) error {
		name, err := r.name()
		if err != nil {
			return err
		}
		i := slices.Index(t.Fields, name)
		if i < 0 {
			return fmt.Errorf("%s has no field %q", t, abbreviate(name))
		}
		if parts[i] != nil {
			return fmt.Errorf("field %q stands twice", name)
		}
		if parts[i], err = r.part(nil, t.Elem[i]); err != nil {
			return fmt.Errorf("field %q: %w", name, err)
		}
		return nil
	})
	if err != nil {
		return dst, err
	}
	for i, part := range parts {
		if part == nil {
			return dst, fmt.Errorf("field %q is missing", t.Fields[i])
		}
		dst = append(dst, part...)
	}
	return dst, nil
}

// next skips spaces and gives the byte behind them.
func (r *jsonReader) next() byte {
	for r.b[r.pos] == ' ' || r.b[r.pos] == '\t' || r.b[r.pos] == '\r' || r.b[r.pos] == '\n' {
		r.pos++
	}
	return r.b[r.pos]
}

// name reads an object's next name and its colon.
func (r *jsonReader) name() (string, error) {
	r.next()
	s, err := r.text()
	if err == nil {
		r.next()
		r.pos++
	}
	return s, err
}

// text reads the string at the position. A surrogate without its other half is an error, as it is no text.
func (r *jsonReader) text() (string, error) {
	start := r.pos
	for r.pos++; r.b[r.pos] != '"'; r.pos++ {
		if r.b[r.pos] == '\\' {
			if r.b[r.pos+1] == 'u' {
				if err := r.checkRune(); err != nil {
					return "", err
				}
			}
			r.pos++
		}
	}
	r.pos++
	var s string
	if err := json.Unmarshal(r.b[start:r.pos], &s); err != nil {
		return "", fmt.Errorf("reading string: %w", err)
	}
	return s, nil
}

// checkRune looks at the \u escape at the position; a pair of surrogates is passed but for its last escape's digits.
func (r *jsonReader) checkRune() error {
	first := hexRune(r.b[r.pos:])
	if !utf16.IsSurrogate(first) {
		return nil
	}
	if second := hexRune(r.b[r.pos+6:]); utf16.DecodeRune(first, second) == utf8.RuneError {
		return fmt.Errorf("escape %s is half of a character", r.b[r.pos:r.pos+6])
	}
	r.pos += 6
	return nil
}

// hexRune is the number of the \uXXXX escape that b begins with, or -1.
func hexRune(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	v, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(v)
}

// what names the JSON value that begins with c.
func what(c byte) string {
	switch c {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	}
	return "a number"
}

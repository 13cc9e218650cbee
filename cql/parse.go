package cql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxTypeDepth is how deep list, map, struct and frozen may be nested in a type's text.
const MaxTypeDepth = 32

// allowedTypes is what every error about a type's name offers.
const allowedTypes = "boolean, tinyint, smallint, int, bigint, varint, float, double, decimal, text, blob, uuid, date, " +
	"time, timestamp, list<type>, map<type, type>, struct<name: type, ...>"

// Lossy says what may be lost where a column's values do not all fit its type.
type Lossy uint8

const (
	Exact    Lossy = iota // nothing: the first inexact value is an error
	Truncate              // the part of a timestamp below a millisecond, towards the past
)

// ParseType is the inverse of Type.String. Names of kinds may be in either case, space between words is free, and
// frozen<type> means type. Errors name the byte position and what is allowed there.
func ParseType(s string) (Type, error) {
	p := typeParser{text: s}
	return p.parse()
}

// ParseOverride reads a type as a spec's override writes it: a type, in which timestamp(truncate) stands for a
// timestamp that gives up what is below a millisecond. If one timestamp of a type is marked, all must be.
func ParseOverride(s string) (Type, Lossy, error) {
	p := typeParser{text: s, override: true}
	t, err := p.parse()
	if err != nil || p.truncated == 0 {
		return t, Exact, err
	}
	if p.truncated != p.timestamps {
		return Type{}, Exact, fmt.Errorf("type %q: %d of %d timestamps are marked (truncate); mark all or none", s,
			p.truncated, p.timestamps)
	}
	return t, Truncate, nil
}

// OverrideText writes t and lossy as ParseOverride reads them.
func OverrideText(t Type, lossy Lossy) string {
	var b strings.Builder
	t.write(&b, lossy)
	return b.String()
}

type typeParser struct {
	text                  string
	pos                   int
	override              bool // timestamp(truncate) is allowed
	timestamps, truncated int
}

func (p *typeParser) parse() (Type, error) {
	if !utf8.ValidString(p.text) {
		return Type{}, fmt.Errorf("type %q is not UTF-8", p.text)
	}
	t, err := p.typ(0)
	if err != nil {
		return Type{}, err
	}
	if p.space(); p.pos < len(p.text) {
		return Type{}, p.fail(p.pos, "the end of the type")
	}
	return t, nil
}

// fail is an error at byte position at (counted from 0), where allowed should have stood.
func (p *typeParser) fail(at int, allowed string) error {
	found := "the end"
	if at < len(p.text) {
		rest := p.text[at:]
		if len(rest) > 20 {
			cut := 20
			for !utf8.RuneStart(rest[cut]) {
				cut--
			}
			rest = rest[:cut] + "..."
		}
		found = fmt.Sprintf("%q", rest)
	}
	return fmt.Errorf("type %q: position %d: found %s, allowed: %s", abbreviate(p.text), at, found, allowed)
}

func (p *typeParser) typ(depth int) (Type, error) {
	p.space()
	start := p.pos
	if depth > MaxTypeDepth {
		return Type{}, fmt.Errorf("type %q: position %d: nested deeper than %d", abbreviate(p.text), start, MaxTypeDepth)
	}
	switch name := strings.ToLower(p.word()); name {
	case "frozen":
		return p.frozen(depth)
	case "list":
		elems, err := p.params(1, depth)
		return Type{Kind: List, Elem: elems}, err
	case "map":
		elems, err := p.params(2, depth)
		return Type{Kind: Map, Elem: elems}, err
	case "struct":
		return p.structure(depth)
	case "timestamp":
		return Of(Timestamp), p.truncate()
	default:
		for k := Boolean; k < List; k++ {
			if kindNames[k] == name {
				return Of(k), nil
			}
		}
		return Type{}, p.fail(start, allowedTypes)
	}
}

// truncate takes an optional "(truncate)" behind timestamp.
func (p *typeParser) truncate() error {
	p.timestamps++
	p.space()
	if !p.override || p.pos == len(p.text) || p.text[p.pos] != '(' {
		return nil
	}
	p.pos++
	p.space()
	if at := p.pos; strings.ToLower(p.word()) != "truncate" {
		return p.fail(at, "truncate")
	}
	p.truncated++
	return p.expect(')', `")"`)
}

func (p *typeParser) frozen(depth int) (Type, error) {
	elems, err := p.params(1, depth)
	if err != nil {
		return Type{}, err
	}
	return elems[0], nil
}

// params reads "<" n types ">".
func (p *typeParser) params(n, depth int) ([]Type, error) {
	if err := p.expect('<', `"<"`); err != nil {
		return nil, err
	}
	elems := make([]Type, n)
	for i := range elems {
		if i > 0 {
			if err := p.expect(',', `","`); err != nil {
				return nil, err
			}
		}
		t, err := p.typ(depth + 1)
		if err != nil {
			return nil, err
		}
		elems[i] = t
	}
	return elems, p.expect('>', `">"`)
}

// structure reads "<" field ":" type { "," field ":" type } ">".
func (p *typeParser) structure(depth int) (Type, error) {
	if err := p.expect('<', `"<"`); err != nil {
		return Type{}, err
	}
	t := Type{Kind: Struct}
	seen := map[string]bool{}
	for {
		p.space()
		start := p.pos
		name, err := p.field()
		if err != nil {
			return Type{}, err
		}
		if seen[name] {
			return Type{}, fmt.Errorf("type %q: position %d: field %q stands twice", abbreviate(p.text), start, name)
		}
		seen[name] = true
		if err := p.expect(':', `":"`); err != nil {
			return Type{}, err
		}
		elem, err := p.typ(depth + 1)
		if err != nil {
			return Type{}, err
		}
		t.Fields, t.Elem = append(t.Fields, name), append(t.Elem, elem)
		p.space()
		if p.pos < len(p.text) && p.text[p.pos] == ',' {
			p.pos++
			continue
		}
		return t, p.expect('>', `"," or ">"`)
	}
}

// field reads a field name: a word, or any text in double quotes in which a double quote is written twice.
func (p *typeParser) field() (string, error) {
	start := p.pos
	if start == len(p.text) || p.text[start] != '"' {
		if name := p.word(); name != "" && !digit(name[0]) {
			return name, nil
		}
		return "", p.fail(start, `a field name of letters, digits and "_", or one in double quotes`)
	}
	var b strings.Builder
	for i := start + 1; i < len(p.text); i++ {
		if p.text[i] != '"' {
			b.WriteByte(p.text[i])
			continue
		}
		if i+1 < len(p.text) && p.text[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		p.pos = i + 1
		return b.String(), nil
	}
	return "", p.fail(len(p.text), `a closing double quote`)
}

func (p *typeParser) expect(c byte, allowed string) error {
	if p.space(); p.pos == len(p.text) || p.text[p.pos] != c {
		return p.fail(p.pos, allowed)
	}
	p.pos++
	return nil
}

func (p *typeParser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// word takes the letters, digits and underscores at the position; "" if there are none.
func (p *typeParser) word() string {
	start := p.pos
	for p.pos < len(p.text) && wordByte(p.text[p.pos]) {
		p.pos++
	}
	return p.text[start:p.pos]
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func wordByte(c byte) bool {
	return digit(c) || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// quoteField writes a field's name so that field reads it back: bare if it is a lower-case word, as CQL has it.
func quoteField(name string) string {
	bare := name != "" && !digit(name[0])
	for i := 0; bare && i < len(name); i++ {
		bare = wordByte(name[i]) && (name[i] < 'A' || name[i] > 'Z')
	}
	if bare {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// abbreviate keeps a text of any length printable in an error.
func abbreviate(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > most-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}

package spec

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxDepth bounds the nesting of brackets, and of list dashes on one line, before the YAML library sees the text: it recurses,
// and slowly (100,000 dashes take it 40 seconds).
const maxDepth = 32

// document parses data to the one mapping that a spec is; nil after a finding.
func (d *decoder) document(data []byte) ast.Node {
	top := Pos{1, 1}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // editors on Windows put it there
	if len(data) > MaxSpecBytes {
		d.add(top, "", "the file has %d bytes; at most %d are allowed", len(data), MaxSpecBytes)
		return nil
	}
	if p, ok := badText(data); ok {
		d.add(p, "", "not UTF-8 text")
		return nil
	}
	if p, ok := tooDeep(data); ok {
		d.add(p, "", "lists or brackets are nested deeper than %d", maxDepth)
		return nil
	}
	file, err := parseYAML(data)
	if err != nil {
		var ye yaml.Error
		if errors.As(err, &ye) && ye.GetToken() != nil {
			p := ye.GetToken().Position
			d.add(Pos{p.Line, p.Column}, "", "not YAML: %s", ye.GetMessage())
		} else {
			d.add(top, "", "not YAML: %v", err)
		}
		return nil
	}
	if len(file.Docs) > 1 && file.Docs[1].Body != nil {
		d.add(posOf(file.Docs[1].Body), "", "a second document; one spec a file is allowed")
		return nil
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		d.add(top, "", "the file is empty; at least %s are needed", strings.Join([]string{"view", "source", "key"}, ", "))
		return nil
	}
	return file.Docs[0].Body
}

// parseYAML turns a panic of the library into an error: the text is the operator's, the panic is ours to report.
func parseYAML(data []byte) (f *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the YAML reader failed: %v", r)
		}
	}()
	return parser.ParseBytes(data, 0)
}

func badText(data []byte) (Pos, bool) {
	line, start := 1, 0
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 || r == 0 {
			return Pos{line, i - start + 1}, true
		}
		i += n
		if r == '\n' {
			line, start = line+1, i
		}
	}
	return Pos{}, false
}

func tooDeep(data []byte) (Pos, bool) {
	line, start, depth := 1, 0, 0
	dashes := 0 // -1 behind the first byte of a line that is neither dash nor space
	for i, c := range data {
		switch {
		case c == '\n':
			dashes = 0
		case c == '-' && dashes >= 0:
			if dashes++; dashes > maxDepth {
				return Pos{line, i - start + 1}, true
			}
		case c != ' ':
			dashes = -1
		}
		switch c {
		case '\n':
			line, start = line+1, i+1
		case '[', '{':
			if depth++; depth > maxDepth {
				return Pos{line, i - start + 1}, true
			}
		case ']', '}':
			depth = max(depth-1, 0)
		}
	}
	return Pos{}, false
}

// posOf is where a node's text begins.
func posOf(n ast.Node) Pos {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return posOf(m.Values[0].Key) // a block mapping's own token is its first colon
	}
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return Pos{1, 1}
	}
	return Pos{t.Position.Line, t.Position.Column}
}

// locate finds field, or else the nearest field around it.
func locate(pos map[string]Pos, field string) Pos {
	for field != "" {
		if p, ok := pos[field]; ok {
			return p
		}
		field = field[:max(strings.LastIndexAny(field, ".["), 0)]
	}
	return Pos{1, 1}
}

// entry is one `key: value` of a mapping.
type entry struct {
	key   string
	at    Pos // of the key
	value ast.Node
}

// entries lists a mapping; ok is false after a finding.
func (d *decoder) entries(field string, n ast.Node, allowed string) (list []entry, ok bool) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		d.wrong(field, n, "a mapping of "+allowed)
		return nil, false
	}
	for _, v := range m.Values {
		k, isText := v.Key.(*ast.StringNode)
		if !isText {
			d.add(posOf(v.Key), field, "the key is %s; plain text is allowed", kindOf(v.Key))
			continue
		}
		list = append(list, entry{k.Value, posOf(v.Key), v.Value})
	}
	return list, true
}

// member is one field that an object may have.
type member struct {
	name string
	read func(field string, n ast.Node)
}

// object reads a mapping with fixed fields and returns which of them were there; nil when it is no mapping.
func (d *decoder) object(field string, n ast.Node, members []member) map[string]bool {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name
	}
	list, ok := d.entries(field, n, strings.Join(names, ", "))
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for _, e := range list {
		path := e.key
		if field != "" {
			path = field + "." + e.key
		}
		i := 0
		for i < len(members) && members[i].name != e.key {
			i++
		}
		if i == len(members) {
			d.add(e.at, path, "unknown field%s; allowed: %s", didYouMean(e.key, names), strings.Join(names, ", "))
			continue
		}
		seen[e.key] = true
		d.pos[path] = posOf(e.value)
		members[i].read(path, e.value)
	}
	return seen
}

// list gives the elements of a sequence with their fields.
func (d *decoder) list(field string, n ast.Node, allowed string, read func(field string, n ast.Node)) bool {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.wrong(field, n, allowed)
		return false
	}
	for i, v := range s.Values {
		f := field + "[" + strconv.Itoa(i) + "]"
		d.pos[f] = posOf(v)
		read(f, v)
	}
	return true
}

// text reads a string; a number or a boolean is not one.
func (d *decoder) text(field string, n ast.Node, allowed string) (string, bool) {
	var s string
	switch n := n.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		d.wrong(field, n, allowed+" (put it in quotes if it is meant as text)")
		return "", false
	default:
		d.wrong(field, n, allowed)
		return "", false
	}
	if s == "" {
		d.add(posOf(n), field, "is empty; allowed: %s", allowed)
		return "", false
	}
	return s, true
}

// scalar reads any single value but null, as its text.
func (d *decoder) scalar(field string, n ast.Node, allowed string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	d.wrong(field, n, allowed)
	return "", false
}

// choice reads text that is one of allowed.
func (d *decoder) choice(field string, n ast.Node, allowed ...string) (string, bool) {
	all := strings.Join(allowed, ", ")
	s, ok := d.text(field, n, all)
	if !ok {
		return "", false
	}
	for _, a := range allowed {
		if s == a {
			return s, true
		}
	}
	d.add(posOf(n), field, "%q is not allowed; allowed: %s", s, all)
	return "", false
}

// integer reads a whole number in [low, high].
func (d *decoder) integer(field string, n ast.Node, low, high int64) (int64, bool) {
	allowed := fmt.Sprintf("a whole number from %d to %d", low, high)
	if _, ok := n.(*ast.IntegerNode); !ok {
		d.wrong(field, n, allowed)
		return 0, false
	}
	text := n.GetToken().Value
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < low || v > high {
		d.add(posOf(n), field, "%s is not allowed; allowed: %s", text, allowed)
		return 0, false
	}
	return v, true
}

// wrong reports a value of the wrong kind.
func (d *decoder) wrong(field string, n ast.Node, allowed string) {
	d.add(posOf(n), field, "%s is not allowed here; allowed: %s", kindOf(n), allowed)
}

// kindOf says what a node is, in an operator's words.
func kindOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.NullNode:
		return "an empty value"
	case *ast.StringNode:
		return "the text " + strconv.Quote(n.Value)
	case *ast.LiteralNode:
		return "a block of text"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the number " + n.GetToken().Value
	case *ast.BoolNode:
		return "the boolean " + n.GetToken().Value
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode:
		return "a mapping"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return "an anchor, alias or merge"
	case *ast.TagNode:
		return "a tag"
	}
	return "this"
}

package spec

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/verdigris-db/verdigris/cql"
)

// decoder walks the YAML tree into a Spec.
type decoder struct {
	findings
	pos  map[string]Pos
	spec Spec

	broken map[string]bool
}

// viewName keeps a view's name fit for a folder, an object key and a URL.
var viewName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$`)

func parse(data []byte, path string) (*Spec, error) {
	d := &decoder{findings: findings{path: path}, pos: map[string]Pos{}, broken: map[string]bool{}}
	d.spec = Spec{
		Path: path, Duplicates: Duplicates{Rule: RuleError}, BloomPPM: DefaultBloomPPM, Codec: CodecCells,
		pos: d.pos, broken: d.broken,
	}
	if top := d.document(data); top != nil {
		d.top(top)
	}
	err := d.err()
	if err == nil {
		return &d.spec, nil
	}
	d.spec.found = d.findings.list
	if !slices.ContainsFunc(d.spec.Source, func(s string) bool { return s != "" }) {
		return nil, err
	}
	return &d.spec, err
}

// top reads the whole document.
func (d *decoder) top(n ast.Node) {
	s := &d.spec
	seen := d.object("", n, []member{
		{"view", d.view},
		{"source", d.source},
		{"store", d.store},
		{"key", func(f string, n ast.Node) { s.Key = d.names(f, n) }},
		{"clustering", d.clustering},
		{"columns", func(f string, n ast.Node) { s.Columns = d.names(f, n) }},
		{"types", d.types},
		{"duplicates", d.duplicates},
		{"where", d.where},
		{"partitions", func(f string, n ast.Node) {
			v, _ := d.integer(f, n, 1, MaxPartitions)
			s.Partitions = int(v)
		}},
		{"bloom", d.bloom},
		{"codec", func(f string, n ast.Node) {
			if c, ok := d.choice(f, n, "default", string(CodecNone), string(CodecCells), string(CodecZstd)); ok && c != "default" {
				s.Codec = Codec(c)
			}
		}},
		{"watermark", d.watermark},
		{"require", d.require},
	})
	if seen == nil {
		return
	}
	for _, f := range []struct{ name, allowed string }{
		{"view", "a name of letters, digits, _ . -"},
		{"source", "files, folders, globs or s3 URLs"},
		{"key", "one or more columns"},
	} {
		if !seen[f.name] {
			d.add(Pos{1, 1}, f.name, "is missing; allowed: %s", f.allowed)
		}
	}
	if seen["key"] && s.Key != nil && len(s.Key) == 0 {
		d.add(d.pos["key"], "key", "is empty; allowed: one or more columns")
	}
	d.columnsOnce()
}

func (d *decoder) view(field string, n ast.Node) {
	name, ok := d.text(field, n, "a name")
	if ok && !viewName.MatchString(name) {
		d.add(posOf(n), field, "%q is not allowed; allowed: up to 100 letters, digits, _ . -, the first a letter or digit", name)
	}
	d.spec.View = name
}

func (d *decoder) source(field string, n ast.Node) {
	d.spec.Source = d.names(field, n)
	if list, ok := n.(*ast.SequenceNode); ok && len(list.Values) == 0 {
		d.add(posOf(n), field, "is empty; allowed: files, folders, globs or s3 URLs")
	}
	for i, src := range d.spec.Source {
		if src == "" {
			continue // found already
		}
		if _, err := locateSource("", src); err != nil {
			f := fmt.Sprintf("%s[%d]", field, i)
			d.add(locate(d.pos, f), f, "%v", err)
		}
	}
}

func (d *decoder) store(field string, n ast.Node) {
	s, ok := d.text(field, n, storeAllowed)
	if !ok {
		return
	}
	if _, err := StoreURL("/", s); err != nil {
		d.add(posOf(n), field, "%v", err)
	}
	d.spec.Store = s
}

// names reads a list of strings, or one string that stands for a list of one. It is nil for anything else, and an element ""
// stands for one that was found wrong.
func (d *decoder) names(field string, n ast.Node) []string {
	out := []string{}
	read := func(f string, n ast.Node) {
		s, _ := d.text(f, n, "text")
		out = append(out, s)
	}
	if _, ok := n.(*ast.StringNode); ok {
		read(field, n)
	} else if !d.list(field, n, "a list of text", read) {
		return nil
	}
	return out
}

func (d *decoder) column(field string, n ast.Node) string {
	s, _ := d.text(field, n, "a column's name")
	return s
}

func (d *decoder) clustering(field string, n ast.Node) {
	d.list(field, n, "a list of {column, order}", func(f string, n ast.Node) {
		c := Clustering{Order: cql.Ascending}
		seen := d.object(f, n, []member{
			{"column", func(f string, n ast.Node) { c.Column = d.column(f, n) }},
			{"order", func(f string, n ast.Node) {
				if o, ok := d.choice(f, n, string(cql.Ascending), string(cql.Descending)); ok {
					c.Order = cql.Order(o)
				}
			}},
		})
		d.need(f, seen, "column", "a column's name")
		d.spec.Clustering = append(d.spec.Clustering, c)
	})
}

// need reports a field that an object must have.
func (d *decoder) need(field string, seen map[string]bool, name, allowed string) {
	if seen != nil && !seen[name] {
		d.add(locate(d.pos, field), field+"."+name, "is missing; allowed: %s", allowed)
	}
}

const typesAllowed = "a type such as text, bigint or timestamp(truncate), or {type, name}"

func (d *decoder) types(field string, n ast.Node) {
	list, ok := d.entries(field, n, "column: type")
	if !ok {
		return
	}
	for _, e := range list {
		f := field + "." + e.key
		d.pos[f] = e.at
		o := Override{Column: e.key}
		switch v := e.value.(type) {
		case *ast.MappingNode:
			d.object(f, v, []member{
				{"type", func(f string, n ast.Node) { d.overrideType(f, n, &o) }},
				{"name", func(f string, n ast.Node) { o.Name, _ = d.text(f, n, "the column's name in the view") }},
			})
			if len(v.Values) == 0 {
				d.add(e.at, f, "is empty; allowed: %s", typesAllowed)
			}
		case *ast.NullNode:
			hint := ""
			if strings.HasSuffix(e.key, ">") {
				hint = "; a type with a comma inside { } must stand in quotes"
			}
			d.add(e.at, f, "an empty value is not allowed here; allowed: %s%s", typesAllowed, hint)
			d.broken[e.key] = true
		default:
			d.overrideType(f, v, &o)
		}
		d.spec.Types = append(d.spec.Types, o)
	}
}

func (d *decoder) overrideType(field string, n ast.Node, o *Override) {
	s, ok := d.text(field, n, typesAllowed)
	if !ok {
		d.broken[o.Column] = true
		return
	}
	t, lossy, err := cql.ParseOverride(s)
	if err != nil {
		d.add(posOf(n), field, "%v", err)
		d.broken[o.Column] = true
		return
	}
	o.Type, o.Lossy = t, lossy
}

func (d *decoder) duplicates(field string, n ast.Node) {
	dup := &d.spec.Duplicates
	known := false
	seen := d.object(field, n, []member{
		{"rule", func(f string, n ast.Node) {
			if r, ok := d.choice(f, n, string(RuleError), string(RuleLatest)); ok {
				dup.Rule, known = Rule(r), true
			}
		}},
		{"by", func(f string, n ast.Node) { dup.By = d.column(f, n) }},
	})
	d.need(field, seen, "rule", "error, latest")
	switch {
	case dup.Rule == RuleLatest:
		d.need(field, seen, "by", "the column whose greatest value wins")
	case seen["by"] && known:
		d.add(d.pos[field+".by"], field+".by", "is not allowed with rule: error; allowed: rule: latest, or leave it out")
	}
}

func (d *decoder) bloom(field string, n ast.Node) {
	seen := d.object(field, n, []member{
		{"false_positive", func(f string, n ast.Node) {
			if v, ok := d.fraction(f, n, MinBloomPPM, MaxBloomPPM); ok {
				d.spec.BloomPPM = v
			}
		}},
	})
	d.need(field, seen, "false_positive", "a fraction such as 0.001")
}

func (d *decoder) watermark(field string, n ast.Node) {
	seen := d.object(field, n, []member{
		{"column", func(f string, n ast.Node) { d.spec.Watermark = d.column(f, n) }},
	})
	d.need(field, seen, "column", "a column's name")
}

func (d *decoder) require(field string, n ast.Node) {
	r := &d.spec.Require
	d.object(field, n, []member{
		{"success_file", func(f string, n ast.Node) {
			r.SuccessFile, _ = d.text(f, n, "a file's name")
			if strings.ContainsAny(r.SuccessFile, `/\`) {
				d.add(posOf(n), f, "%q is not allowed; allowed: a file's name without folders", r.SuccessFile)
				r.SuccessFile = "" // nobody shall look for it
			}
		}},
		{"min_rows", func(f string, n ast.Node) { r.MinRows, _ = d.integer(f, n, 0, 1<<62) }},
		{"max_drop", func(f string, n ast.Node) {
			if v, ok := d.fraction(f, n, 0, 1_000_000); ok {
				r.MaxDropPPM = &v
			}
		}},
	})
}

var plainNumber = regexp.MustCompile(`^[0-9]{0,20}\.?[0-9]{0,20}([eE][-+]?[0-9]{1,2})?$`)

// fraction reads a number of [low, high] millionths; it is exact, and finer digits are refused.
func (d *decoder) fraction(field string, n ast.Node, low, high int64) (uint32, bool) {
	allowed := fmt.Sprintf("a number from %s to %s, in steps of 0.000001", millionths(low), millionths(high))
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
	default:
		d.wrong(field, n, allowed)
		return 0, false
	}
	text := n.GetToken().Value
	if plainNumber.MatchString(text) { // an exponent of many digits would take big.Rat gigabytes
		if r, ok := new(big.Rat).SetString(text); ok {
			r.Mul(r, big.NewRat(1_000_000, 1))
			if r.IsInt() && r.Num().IsInt64() && r.Num().Int64() >= low && r.Num().Int64() <= high {
				return uint32(r.Num().Int64()), true
			}
		}
	}
	d.add(posOf(n), field, "%s is not allowed; allowed: %s", text, allowed)
	return 0, false
}

// millionths writes v / 1,000,000 without trailing zeros.
func millionths(v int64) string {
	s := fmt.Sprintf("%d.%06d", v/1_000_000, v%1_000_000)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// columnsOnce reports a column that stands twice among key, clustering and columns.
func (d *decoder) columnsOnce() {
	at := map[string]string{}
	use := func(column, field string) {
		if column == "" {
			return
		}
		if first, ok := at[column]; ok {
			d.add(locate(d.pos, field), field, "column %q is used twice; it stands in %s already", column, first)
			return
		}
		at[column] = field
	}
	for i, c := range d.spec.Key {
		use(c, fmt.Sprintf("key[%d]", i))
	}
	for i, c := range d.spec.Clustering {
		use(c.Column, fmt.Sprintf("clustering[%d].column", i))
	}
	for i, c := range d.spec.Columns {
		use(c, fmt.Sprintf("columns[%d]", i))
	}
}

package spec

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

func (d *decoder) where(field string, n ast.Node) {
	d.list(field, n, "a list of {column, op, value}", func(f string, n ast.Node) {
		var c Condition
		var value ast.Node
		seen := d.object(f, n, []member{
			{"column", func(f string, n ast.Node) { c.Column = d.column(f, n) }},
			{"op", func(f string, n ast.Node) {
				o, _ := d.choice(f, n, opNames...)
				c.Op = Op(o)
			}},
			{"value", func(f string, n ast.Node) { value = n }},
		})
		d.need(f, seen, "column", "a column's name")
		d.need(f, seen, "op", strings.Join(opNames, ", "))
		if c.Op != "" {
			c.Values = d.conditionValues(f, c.Op, value)
		}
		d.spec.Where = append(d.spec.Where, c)
	})
}

// opNames are the operators as a spec writes them.
var opNames = []string{"=", "!=", "<", "<=", ">", ">=", "in", "not in", "is null", "is not null"}

// conditionValues reads the `value` that op takes.
func (d *decoder) conditionValues(field string, op Op, value ast.Node) []string {
	f := field + ".value"
	const one = `a single value (for nulls: op: is null)`
	switch op {
	case IsNull, IsNotNull:
		if value != nil {
			d.add(posOf(value), f, "is not allowed with op: %s; leave it out", op)
		}
		return nil
	case In, NotIn:
		if value == nil {
			d.need(field, map[string]bool{}, "value", "a list of values")
			return nil
		}
		values := []string{}
		d.list(f, value, "a list of values", func(f string, n ast.Node) {
			if s, ok := d.scalar(f, n, one); ok {
				values = append(values, s)
			}
		})
		if s, ok := value.(*ast.SequenceNode); ok && len(s.Values) == 0 {
			d.add(posOf(value), f, "is empty; allowed: a list of values")
		}
		return values
	}
	if value == nil {
		d.need(field, map[string]bool{}, "value", one)
		return nil
	}
	if s, ok := d.scalar(f, value, one); ok {
		return []string{s}
	}
	return nil
}

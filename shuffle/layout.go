package shuffle

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// Rule says what becomes of several rows with one key and clustering.
type Rule string

// RuleError refuses them unless they are identical; RuleLatest keeps the first in table order, the newest.
const (
	RuleError  Rule = "error"
	RuleLatest Rule = "latest"
)

// Layout is what the shuffle knows of a record: the schema, the rule and, under RuleLatest, the type of the recency cell,
// which is the record's last cell. It is immutable and may be shared.
type Layout struct {
	schema     *cql.Schema
	rule       Rule
	recency    cql.Type
	clustering []func(a, b []byte) int // typed order of each clustering column, directions applied
	newest     func(a, b []byte) int   // typed order of recency cells; nil under RuleError
}

// NewLayout makes a Layout. recency is the type at which recency is compared, that of the source; it is cql.Invalid under
// RuleError.
func NewLayout(schema *cql.Schema, rule Rule, recency cql.Type) (*Layout, error) {
	if len(schema.Key) == 0 {
		return nil, fmt.Errorf("laying out rows: the schema has no key column")
	}
	switch {
	case rule != RuleError && rule != RuleLatest:
		return nil, fmt.Errorf("laying out rows: duplicate rule %q, allowed are %q and %q", rule, RuleError, RuleLatest)
	case (rule == RuleLatest) != (recency.Kind != cql.Invalid):
		return nil, fmt.Errorf("laying out rows: duplicate rule %q with a recency column of type %s", rule, recency)
	}
	l := &Layout{schema: schema, rule: rule, recency: recency}
	for _, c := range schema.Clustering {
		compare := cql.Comparator(c.Type)
		if c.Order == cql.Descending {
			ascending := compare
			compare = func(a, b []byte) int { return ascending(b, a) }
		}
		l.clustering = append(l.clustering, compare)
	}
	if rule == RuleLatest {
		l.newest = cql.Comparator(recency)
	}
	return l, nil
}

// Schema is the schema that the layout was made from.
func (l *Layout) Schema() *cql.Schema { return l.schema }

// Rule is the duplicate rule.
func (l *Layout) Rule() Rule { return l.rule }

// Cells is the number of cells of a record: clustering, values and, under RuleLatest, recency.
func (l *Layout) Cells() int {
	if l.rule == RuleLatest {
		return l.schema.Cells() + 1
	}
	return l.schema.Cells()
}

// Tail is the length in bytes of rec's recency cell with its header, 0 where there is none.
func (l *Layout) Tail(rec []byte) int {
	if l.rule != RuleLatest {
		return 0
	}
	return len(skip(row.Cells(rec), l.schema.Cells()))
}

// skip is cells without its first n.
func skip(cells []byte, n int) []byte {
	for range n {
		size := row.CellHeader
		if l := int32(uint32(cells[0])<<24 | uint32(cells[1])<<16 | uint32(cells[2])<<8 | uint32(cells[3])); l > 0 {
			size += int(l)
		}
		cells = cells[size:]
	}
	return cells
}

// Digest identifies the layout: runs of different layouts are not merged. It depends on types, directions and the rule,
// not on the names of value columns.
func (l *Layout) Digest() row.Sum {
	var b strings.Builder
	for _, c := range l.schema.Key {
		fmt.Fprintf(&b, "key %s\n", c.Type)
	}
	for _, c := range l.schema.Clustering {
		fmt.Fprintf(&b, "clustering %s %s\n", c.Type, c.Order)
	}
	for _, c := range l.schema.Values {
		fmt.Fprintf(&b, "value %s\n", c.Type)
	}
	fmt.Fprintf(&b, "rule %s\n", l.rule)
	if l.rule == RuleLatest {
		fmt.Fprintf(&b, "recency %s\n", l.recency)
	}
	h := xxh3.HashString128(b.String())
	return row.Sum{Hi: h.Hi, Lo: h.Lo}
}

// Compare is the table order of two records whose keys have the same token. It is 0 for identical records only.
func (l *Layout) Compare(a, b []byte) int {
	if c := l.compareIdentity(a, b); c != 0 {
		return c
	}
	ca, cb := row.Cells(a), row.Cells(b)
	if l.rule == RuleLatest {
		if c := l.compareRecency(ca, cb); c != 0 {
			return c
		}
	}
	return bytes.Compare(cb, ca)
}

// compareIdentity orders by key bytes and clustering: two rows that it calls equal are one row of the view.
func (l *Layout) compareIdentity(a, b []byte) int {
	if c := bytes.Compare(row.Key(a), row.Key(b)); c != 0 {
		return c
	}
	ca, cb := row.Cells(a), row.Cells(b)
	for _, compare := range l.clustering {
		var pa, pb []byte
		pa, _, ca = row.Next(ca) // clustering cells are never null: Append refuses them, runs are checked
		pb, _, cb = row.Next(cb)
		if c := compare(pa, pb); c != 0 {
			return c
		}
	}
	return 0
}

// compareRecency orders newest first and null last.
func (l *Layout) compareRecency(ca, cb []byte) int {
	pa, nullA, _ := row.Next(skip(ca, l.schema.Cells()))
	pb, nullB, _ := row.Next(skip(cb, l.schema.Cells()))
	switch {
	case nullA && nullB:
		return 0
	case nullA:
		return 1
	case nullB:
		return -1
	}
	return l.newest(pb, pa)
}

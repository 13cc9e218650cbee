package table

import (
	"fmt"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// Order is the order of the rows of one key: by their clustering columns, those that descend inverted.
type Order struct {
	compare []func(a, b []byte) int // by value
	desc    []bool
}

// NewOrder is the order of schema s.
func NewOrder(s *cql.Schema) *Order {
	o := &Order{}
	for _, c := range s.Clustering {
		o.compare = append(o.compare, cql.Comparator(c.Type))
		o.desc = append(o.desc, c.Order == cql.Descending)
	}
	return o
}

// Columns is the number of clustering columns.
func (o *Order) Columns() int { return len(o.compare) }

// Compare is the order of two rows of one key by their cells, which begin with the clustering cells.
func (o *Order) Compare(a, b []byte) int {
	for i, compare := range o.compare {
		var pa, pb []byte
		pa, _, a = row.Next(a)
		pb, _, b = row.Next(b)
		if c := compare(pa, pb); c != 0 {
			if o.desc[i] {
				return -c
			}
			return c
		}
	}
	return 0
}

// Slice is the part of one key's rows that is wanted; the zero Slice is all of them.
type Slice struct {
	Prefix [][]byte // payloads that the first clustering columns must equal
	Lower  *Bound   // on the clustering column behind the prefix, by value, whatever the column's direction
	Upper  *Bound
	Limit  int // rows, 0 for no limit
}

// Bound is one end of a clustering range.
type Bound struct {
	Value     []byte
	Exclusive bool
}

// all reports whether the slice takes every row, apart from its limit.
func (s *Slice) all() bool { return len(s.Prefix) == 0 && s.Lower == nil && s.Upper == nil }

// check reports a slice that the clustering columns cannot answer.
func (o *Order) check(s *Slice) error {
	need := len(s.Prefix)
	if s.Lower != nil || s.Upper != nil {
		need++
	}
	if need > len(o.compare) {
		return fmt.Errorf("slice asks for %d clustering columns, the table has %d", need, len(o.compare))
	}
	if s.Limit < 0 {
		return fmt.Errorf("slice has limit %d", s.Limit)
	}
	return nil
}

// place is where a row stands beside a slice, in table order: -1 before it, 0 inside, 1 behind.
func (o *Order) place(cells []byte, s *Slice) int {
	var p []byte
	for i, want := range s.Prefix {
		p, _, cells = row.Next(cells)
		if c := o.compare[i](p, want); c != 0 {
			return o.directed(i, c)
		}
	}
	if s.Lower == nil && s.Upper == nil {
		return 0
	}
	i := len(s.Prefix)
	p, _, _ = row.Next(cells)
	if s.Lower != nil {
		if c := o.compare[i](p, s.Lower.Value); c < 0 || c == 0 && s.Lower.Exclusive {
			return o.directed(i, -1)
		}
	}
	if s.Upper != nil {
		if c := o.compare[i](p, s.Upper.Value); c > 0 || c == 0 && s.Upper.Exclusive {
			return o.directed(i, 1)
		}
	}
	return 0
}

func (o *Order) directed(i, c int) int {
	if o.desc[i] {
		return -c
	}
	return c
}

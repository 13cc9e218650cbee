package workers

import (
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/spec"
)

// rowFilter selects the rows of batches that meet all conditions of the spec. It belongs to one goroutine.
type rowFilter struct {
	filters []spec.Filter
	at      []int   // position of each filter's column
	sel     []int32 // reused
	memo    []int8  // answers for the values of a dictionary: 0 not asked yet, 1 yes, -1 no
}

// selection is the rows of b that pass, nil for all of them.
func (f *rowFilter) selection(b *source.Batch) []int32 {
	if len(f.filters) == 0 {
		return nil
	}
	f.sel = f.sel[:0]
	for r := range b.Rows {
		f.sel = append(f.sel, int32(r))
	}
	for i := range f.filters {
		f.narrow(&f.filters[i], &b.Columns[f.at[i]])
	}
	return f.sel
}

// narrow keeps the selected rows whose cell in c matches. Each value of a dictionary is asked about once.
func (f *rowFilter) narrow(filter *spec.Filter, c *source.Column) {
	kept := f.sel[:0]
	if c.Idx == nil {
		for _, r := range f.sel {
			if payload, null := c.Cell(int(r)); filter.Match(payload, null) {
				kept = append(kept, r)
			}
		}
		f.sel = kept
		return
	}
	values := max(len(c.Slots), len(c.Ends)) + 1 // the first for null, whose index is -1
	if cap(f.memo) < values {
		f.memo = make([]int8, values)
	}
	f.memo = f.memo[:values]
	clear(f.memo)
	for _, r := range f.sel {
		answer := &f.memo[c.Idx[r]+1]
		if *answer == 0 {
			*answer = -1
			if payload, null := c.Cell(int(r)); filter.Match(payload, null) {
				*answer = 1
			}
		}
		if *answer > 0 {
			kept = append(kept, r)
		}
	}
	f.sel = kept
}

// highest keeps the greatest value that it saw of a column.
type highest struct {
	kind  cql.Type
	value []byte // nil: none yet
}

// see takes the rows of sel, or all for nil, into account.
func (h *highest) see(c *source.Column, rows int, sel []int32) {
	look := func(r int) {
		payload, null := c.Cell(r)
		if !null && (h.value == nil || cql.Compare(h.kind, payload, h.value) > 0) {
			h.value = append(make([]byte, 0, len(payload)), payload...)
		}
	}
	if sel == nil {
		for r := range rows {
			look(r)
		}
		return
	}
	for _, r := range sel {
		look(int(r))
	}
}

// merge takes another goroutine's greatest value into account.
func (h *highest) merge(value []byte) {
	if value != nil && (h.value == nil || cql.Compare(h.kind, value, h.value) > 0) {
		h.value = value
	}
}

package source

import (
	"fmt"

	"github.com/verdigris-db/verdigris/cql"
)

// constColumn is a column with one value for all rows of a file: a folder's value, the file's name.
type constColumn struct {
	column Column
	zeros  []int32
}

func newConstColumn(payload []byte) *constColumn {
	return &constColumn{column: Column{Data: payload, Ends: []uint32{uint32(len(payload))}}}
}

func (c *constColumn) fill(out *Column, n int, _ int64) error {
	if len(c.zeros) < n {
		c.zeros = make([]int32, max(n, batchRows))
	}
	*out = c.column
	out.Idx = c.zeros[:n]
	return nil
}

// nullColumn is a column that the file lacks, or has without a value.
type nullColumn struct {
	idx   []int32
	proof *stream // not nil: the file's column, which must have no value
}

func (c *nullColumn) fill(out *Column, n int, _ int64) error {
	if c.proof != nil && c.proof.to > c.proof.from {
		return damaged("a value in a column that is said to have nulls only")
	}
	for len(c.idx) < n {
		c.idx = append(c.idx, -1)
	}
	*out = Column{Idx: c.idx[:n]}
	return nil
}

// rowColumn is the row's position in the file.
type rowColumn struct {
	want  cql.Type
	slots [][16]byte // bigint
	plain cells      // another type
	tmp   []byte
}

func newRowColumn(want cql.Type) (*rowColumn, error) {
	if cql.Convertible(cql.Of(cql.BigInt), want) == cql.Refused {
		return nil, fmt.Errorf("%w: no %s is made of %s, a bigint", ErrSchema, want, PseudoRow)
	}
	return &rowColumn{want: want}, nil
}

func (c *rowColumn) fill(out *Column, n int, first int64) error {
	if c.want.Kind != cql.BigInt {
		return c.convert(out, n, first)
	}
	if len(c.slots) < n {
		c.slots = make([][16]byte, max(n, batchRows))
	}
	for i := range n {
		slot8(&c.slots[i], uint64(first+int64(i)))
	}
	*out = Column{Slots: c.slots[:n]}
	return nil
}

func (c *rowColumn) convert(out *Column, n int, first int64) error {
	c.plain.data, c.plain.ends = c.plain.data[:0], c.plain.ends[:0]
	for i := range n {
		c.tmp = cql.AppendBigInt(c.tmp[:0], first+int64(i))
		var err error
		if c.plain.data, err = cql.Convert(c.plain.data, cql.Of(cql.BigInt), c.want, c.tmp); err != nil {
			return &ValueError{Row: first + int64(i), Value: fmt.Sprint(first + int64(i)), Reason: "does not fit " + c.want.String()}
		}
		c.plain.ends = append(c.plain.ends, uint32(len(c.plain.data)))
	}
	*out = Column{Data: c.plain.data, Ends: c.plain.ends}
	return nil
}

package writer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
)

// ErrOrder is wrapped by the error about a row that is not above the row before it.
var ErrOrder = errors.New("rows are not in strictly ascending table order")

// checker checks each row on its own and against the row before it.
type checker struct {
	schema     *cql.Schema
	order      *table.Order
	slices     partitioner.Slices
	partition  int
	cells      int // of a record, recency included
	clustering int
	recency    bool

	any      bool
	token    int64  // of the row before
	key      []byte // of the row before
	position []byte // clustering cells of the row before
}

// verdict is what the checker found out about a row.
type verdict struct {
	newKey   bool
	h1, h2   uint64 // of a new key
	position int    // length of the clustering cells
	tail     int    // length of the recency cell
}

// check takes the next row.
func (c *checker) check(r row.Row) (verdict, error) {
	var v verdict
	if err := c.walk(r.Rec, &v); err != nil {
		return v, fmt.Errorf("adding a row with token %d: %w", r.Token, err)
	}
	key := row.Key(r.Rec)
	cells := row.Cells(r.Rec)
	v.newKey = true
	if c.any && r.Token <= c.token {
		order := bytes.Compare(key, c.key)
		if r.Token < c.token || order < 0 {
			return v, c.misplaced(r)
		}
		if order == 0 {
			if c.order.Compare(cells, c.position) <= 0 {
				return v, c.misplaced(r)
			}
			v.newKey = false
		}
	}
	if v.newKey {
		v.h1, v.h2 = partitioner.Hash128(key)
		if token := partitioner.FromHash(v.h1); token != r.Token {
			return v, fmt.Errorf("adding %s: its token is %d, not %d", c.text(key, cells), token, r.Token)
		}
		if p, _ := c.slices.Locate(r.Token); p != c.partition {
			return v, fmt.Errorf("adding %s: its token %d is of partition %d, this is %d of %d",
				c.text(key, cells), r.Token, p, c.partition, c.slices.R)
		}
	}
	c.any, c.token, c.key, c.position = true, r.Token, key, cells[:v.position]
	return v, nil
}

// keep makes the checker's own copy of what it needs of the row before.
func (c *checker) keep(key, position []byte) (ownKey, ownPosition []byte) {
	ownKey, ownPosition = append(key[:0], c.key...), append(position[:0], c.position...)
	c.key, c.position = ownKey, ownPosition
	return ownKey, ownPosition
}

// walk checks the lengths in a record, and finds where the clustering cells end and the recency cell begins.
func (c *checker) walk(rec []byte, v *verdict) error {
	if len(rec) < row.HeaderLen || row.Len(rec) != len(rec) || len(rec) > row.MaxRecord {
		return fmt.Errorf("record of %d bytes: %w", len(rec), row.ErrShort)
	}
	at := row.HeaderLen + int(binary.LittleEndian.Uint16(rec[4:]))
	begin, last := at, at
	for i := range c.cells {
		if len(rec)-at < row.CellHeader {
			return fmt.Errorf("cell %d: %w", i, row.ErrShort)
		}
		last = at
		n := int32(binary.BigEndian.Uint32(rec[at:]))
		at += row.CellHeader
		if n > 0 {
			if int(n) > len(rec)-at {
				return fmt.Errorf("cell %d of %d bytes, %d left: %w", i, n, len(rec)-at, row.ErrShort)
			}
			at += int(n)
		} else if n < 0 && (n != -1 || i < c.clustering) {
			return fmt.Errorf("cell %d has length %d: %w", i, n, row.ErrShort)
		}
		if i == c.clustering-1 {
			v.position = at - begin
		}
	}
	if at != len(rec) {
		return fmt.Errorf("%d bytes behind the last cell: %w", len(rec)-at, row.ErrShort)
	}
	if c.recency {
		v.tail = at - last
	}
	return nil
}

func (c *checker) misplaced(r row.Row) error {
	return fmt.Errorf("adding %s (token %d) after %s (token %d): %w", c.text(row.Key(r.Rec), row.Cells(r.Rec)), r.Token,
		c.text(c.key, c.position), c.token, ErrOrder)
}

// maxText is how much of a key an error shows, in bytes of text.
const maxText = 120

// text names a row by its key and clustering columns.
func (c *checker) text(key, cells []byte) string {
	b, err := cql.AppendKeyJSON([]byte("key "), c.schema, key)
	if err != nil {
		b = fmt.Appendf(nil, "key 0x%x", key)
	}
	b = shorten(b)
	for _, column := range c.schema.Clustering {
		var p []byte
		p, _, cells = row.Next(cells)
		b = fmt.Appendf(b, ", %s ", column.Name)
		var text []byte
		if text, err = cql.AppendJSON(nil, column.Type, p); err != nil {
			text = fmt.Appendf(nil, "0x%x", p)
		}
		b = append(b, shorten(text)...)
	}
	return string(b)
}

func shorten(b []byte) []byte {
	if len(b) <= maxText {
		return b
	}
	return append(b[:maxText:maxText], "..."...)
}

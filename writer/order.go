package writer

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
)

// ErrOrder is wrapped by the error about a row that is not above the row before it.
var ErrOrder = errors.New("rows are not in strictly ascending table order")

// checker checks the rows of a table: their tokens, and each against the row before it.
type checker struct {
	schema     *cql.Schema
	order      *table.Order
	slices     partitioner.Slices
	partition  int
	clustering int

	last  []byte // of the row before: its record up to the clustering cells at least; nil before the first
	token int64  // of the row before
	own   []byte // last, of the row before the batch
}

// keyStart is the first row of a key in a batch, and the key's Hash128.
type keyStart struct {
	row    int
	h1, h2 uint64
}

// check takes the next rows and appends the keys that begin among them to starts. What it keeps of them it keeps until
// the next call of keep.
func (c *checker) check(b *row.Batch, starts []keyStart) ([]keyStart, error) {
	if err := c.checkClustering(b); err != nil {
		return nil, err
	}
	for i, r := range b.Rows() {
		newKey := c.last == nil || r.Token > c.token
		if !newKey {
			var err error
			if newKey, err = c.follows(r); err != nil {
				return nil, err
			}
		}
		if newKey {
			h1, h2, err := c.hash(r)
			if err != nil {
				return nil, err
			}
			starts = append(starts, keyStart{i, h1, h2})
		}
		c.last, c.token = r.Rec, r.Token
	}
	return starts, nil
}

// follows reports whether r, whose token is not above that of the row before, has another key, and refuses it if it is not
// above that row.
func (c *checker) follows(r row.Row) (newKey bool, err error) {
	if r.Token == c.token {
		switch order := bytes.Compare(row.Key(r.Rec), row.Key(c.last)); {
		case order > 0:
			return true, nil
		case order == 0 && c.order.Compare(row.Cells(r.Rec), row.Cells(c.last)) > 0:
			return false, nil
		}
	}
	return false, c.misplaced(r)
}

// hash is the hash of the key of r, whose token must be the right one and of this partition.
func (c *checker) hash(r row.Row) (h1, h2 uint64, err error) {
	h1, h2 = partitioner.Hash128(row.Key(r.Rec))
	if token := partitioner.FromHash(h1); token != r.Token {
		return 0, 0, fmt.Errorf("adding %s: its token is %d, not %d", c.text(r.Rec), token, r.Token)
	}
	if p, _ := c.slices.Locate(r.Token); p != c.partition {
		return 0, 0, fmt.Errorf("adding %s: its token %d is of partition %d, this is %d of %d", c.text(r.Rec), r.Token, p, c.partition, c.slices.R)
	}
	return h1, h2, nil
}

// checkClustering refuses rows with a null in a clustering column.
func (c *checker) checkClustering(b *row.Batch) error {
	rows := b.Rows()
	for column := range c.clustering {
		for i, at := range b.Places(column) {
			if rows[i].Rec[at]&0x80 != 0 {
				return fmt.Errorf("adding a row with token %d: cell %d, a clustering column, is null", rows[i].Token, column)
			}
		}
	}
	return nil
}

// keep makes a copy of what is needed of the row before, which is the last of b.
func (c *checker) keep(b *row.Batch) {
	c.own = append(c.own[:0], c.last[:clusteringEnd(b, len(b.Rows())-1, c.clustering)]...)
	c.last = c.own
}

// clusteringEnd is where the clustering cells of row i end in its record.
func clusteringEnd(b *row.Batch, i, clustering int) int {
	if clustering == b.Cells() {
		return len(b.Rows()[i].Rec)
	}
	return int(b.Places(clustering)[i])
}

func (c *checker) misplaced(r row.Row) error {
	return fmt.Errorf("adding %s (token %d) after %s (token %d): %w", c.text(r.Rec), r.Token, c.text(c.last), c.token, ErrOrder)
}

// maxText is how much of a key an error shows, in bytes of text.
const maxText = 120

// text names a row by its key and clustering columns.
func (c *checker) text(rec []byte) string {
	key, cells := row.Key(rec), row.Cells(rec)
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

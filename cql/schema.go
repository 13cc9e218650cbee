package cql

import "slices"

// Column is one named, typed column of a view.
type Column struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
}

// Order is the direction of a clustering column.
type Order string

// The two directions.
const (
	Ascending  Order = "asc"
	Descending Order = "desc"
)

// ClusteringColumn orders the rows of one partition key.
type ClusteringColumn struct {
	Column
	Order Order `json:"order"`
}

// Schema is the ordered set of columns of a view: at least one key column, any number of the others.
// The order of Key is the order in the composite key's bytes; Clustering is most significant first; Values are in
// the order in which they are stored and printed.
type Schema struct {
	Key        []Column           `json:"key"`
	Clustering []ClusteringColumn `json:"clustering,omitempty"`
	Values     []Column           `json:"values,omitempty"`
}

// Cells is the number of cells that a stored row holds outside its key bytes: clustering then values.
func (s *Schema) Cells() int { return len(s.Clustering) + len(s.Values) }

// CellColumn is the column of cell i as a stored row holds it: clustering columns first, then values.
func (s *Schema) CellColumn(i int) Column {
	if i < len(s.Clustering) {
		return s.Clustering[i].Column
	}
	return s.Values[i-len(s.Clustering)]
}

// CellType is the type of CellColumn(i).
func (s *Schema) CellType(i int) Type { return s.CellColumn(i).Type }

// Equal reports whether s and t have the same columns, types and directions in the same order.
func (s *Schema) Equal(t *Schema) bool {
	return slices.EqualFunc(s.Key, t.Key, Column.equal) && slices.EqualFunc(s.Values, t.Values, Column.equal) &&
		slices.EqualFunc(s.Clustering, t.Clustering, func(a, b ClusteringColumn) bool {
			return a.Order == b.Order && a.equal(b.Column)
		})
}

func (c Column) equal(d Column) bool { return c.Name == d.Name && c.Type.Equal(d.Type) }

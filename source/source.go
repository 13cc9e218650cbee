package source

import "github.com/verdigris-db/verdigris/cql"

// Pseudo-columns that every file has besides its own columns and its folder columns.
const (
	PseudoFile = "_file" // the file's name relative to the source's root, text
	PseudoRow  = "_row"  // the row's position in the file from 0, bigint
)

// Lossy says what happens to a value that its CQL type cannot hold exactly.
type Lossy string

// Exact refuses the first inexact value; Truncate drops what does not fit: the digits below a millisecond of a
// timestamp (towards the past), the low bits of a double stored as float.
const (
	Exact    Lossy = ""
	Truncate Lossy = "truncate"
)

// Want asks for one column of a batch: a column of the files, a folder column, or a pseudo-column, as the CQL type Type.
// The same Name may be wanted more than once with different types.
type Want struct {
	Name  string   `json:"name"`
	Type  cql.Type `json:"type"`
	Lossy Lossy    `json:"lossy,omitempty"`
}

// nullCell is the slot of a null cell: length -1 and zeros.
var nullCell = [16]byte{0xff, 0xff, 0xff, 0xff}

// Column is one column of a batch as CQL cells. Exactly one of the two forms is set.
//
// Slots, for columns whose payloads all have 12 bytes or fewer: a slot is the 4-byte big-endian length, the payload, and
// zeros up to 16 bytes; a null is ff ff ff ff and zeros.
//
// Data and Ends, for wider ones: payload i is Data[Ends[i-1]:Ends[i]] with Ends[-1] = 0, without a length header.
//
// Idx maps a row to its slot or payload; -1 is null. A nil Idx is the identity: row i has slot or payload i.
type Column struct {
	Slots [][16]byte
	Data  []byte
	Ends  []uint32
	Idx   []int32
}

// Cell returns the payload of row i, which aliases the column; null rows have a nil payload and null true.
// It is the plain way in, for tests and small tools; loops over many rows use the fields.
func (c *Column) Cell(i int) (payload []byte, null bool) {
	if c.Idx != nil {
		if i = int(c.Idx[i]); i < 0 {
			return nil, true
		}
	}
	if c.Slots != nil {
		s := &c.Slots[i]
		if s[0] == 0xff {
			return nil, true
		}
		return s[4 : 4+int(s[3])], false
	}
	from := uint32(0)
	if i > 0 {
		from = c.Ends[i-1]
	}
	return c.Data[from:c.Ends[i]:c.Ends[i]], false
}

// Batch is a run of consecutive rows of one row group. It and all that it holds are valid until the next call of the
// Reader that gave it.
type Batch struct {
	Rows    int
	First   int64    // position in the file of the first row
	Columns []Column // one per Want, in that order
}

package source

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"

	"github.com/verdigris-db/verdigris/cql"
)

// nestedBytes is what the cells of one batch of a nested column may hold before the batch ends.
const nestedBytes = 4 << 20

// part is a shape with what assembling it needs: it builds one value from the entries that its leaves stand at.
//
// The levels of an entry say how far its value is there: a definition level below the shape's own is a null, below a
// list's full level an empty list; a repetition level equal to the list's own is a further element. All leaves below a
// node see the same nulls, empty lists and elements; a file whose leaves disagree is damaged.
type part struct {
	shape   *shape
	want    cql.Type
	parts   []*part
	cursors []*cursor // all leaves below, at least one
	payload payloadFunc
}

// nestedColumn assembles a top-level list, map or struct.
type nestedColumn struct {
	want  Want
	root  *part
	first int64 // row of the file of the next row to assemble

	cells cells   // rows assembled; ends count from 0
	given int     // rows of cells that a batch has had
	idx   []int32 // a row's place in cells, -1 for null
}

func (r *Reader) nestedColumn(w Want, c *column) (columnMaker, error) {
	root, err := r.part(w, c.shape, w.Type)
	if err != nil {
		return nil, err
	}
	n := &nestedColumn{want: w, root: root, first: r.first}
	r.nested = append(r.nested, n)
	return n, nil
}

// part opens the leaves below s.
func (r *Reader) part(w Want, s *shape, want cql.Type) (*part, error) {
	p := &part{shape: s, want: want}
	if s.kind == shapeLeaf {
		var err error
		if p.payload, err = payloadOf(s.leaf, s.logical, want, w.Lossy); err != nil {
			return nil, err
		}
		name := strings.Join(s.leaf.Path, ".")
		reader, err := r.openLeaf(s.leaf)
		if err != nil {
			return nil, placed(r.in.Footer.File, r.group, name, err)
		}
		c := &cursor{name: name, leaf: s.leaf, reader: reader}
		p.cursors = []*cursor{c}
		r.cursors = append(r.cursors, c)
		return p, nil
	}
	if err := checkShape(s, want, w.Lossy); err != nil {
		return nil, err
	}
	for i, child := range s.children {
		below, err := r.part(w, child, want.Elem[i])
		if err != nil {
			return nil, err
		}
		p.parts = append(p.parts, below)
		p.cursors = append(p.cursors, below.cursors...)
	}
	return p, nil
}

// prepare assembles rows until most of them wait for a batch, or their bytes are enough; it returns how many wait.
func (n *nestedColumn) prepare(most int) (int, error) {
	if n.given > 0 {
		n.drop()
	}
	for len(n.idx) < most && len(n.cells.data) < nestedBytes {
		if err := n.row(); err != nil {
			return 0, err
		}
		n.first++
	}
	return len(n.idx), nil
}

// drop forgets the rows that a batch has had.
func (n *nestedColumn) drop() {
	c := &n.cells
	values := 0
	for _, v := range n.idx[:n.given] {
		if v >= 0 {
			values++
		}
	}
	base := uint32(0)
	if values > 0 {
		base = c.ends[values-1]
	}
	c.data = append(c.data[:0], c.data[base:]...)
	for i, e := range c.ends[values:] {
		c.ends[i] = e - base
	}
	c.ends = c.ends[:len(c.ends)-values]
	n.idx = append(n.idx[:0], n.idx[n.given:]...)
	for i := range n.idx {
		if n.idx[i] >= 0 {
			n.idx[i] -= int32(values)
		}
	}
	n.given = 0
}

// row assembles one row.
func (n *nestedColumn) row() error {
	for _, c := range n.root.cursors {
		if err := c.load(); err != nil {
			return placedColumn(c.name, err)
		}
		if c.over {
			return placedColumn(c.name, damaged("the column ends before the row group's last row"))
		}
		if c.rep() != 0 {
			return placedColumn(c.name, damaged("a row begins with repetition level %d", c.rep()))
		}
	}
	data, null, err := n.root.build(n.cells.data)
	if err != nil {
		return misfitAt(n.want, n.first, err)
	}
	for _, c := range n.root.cursors {
		if c.rep() != 0 {
			return placedColumn(c.name, damaged("repetition level %d where the row ends", c.rep()))
		}
	}
	if null {
		n.idx = append(n.idx, -1)
		return nil
	}
	if len(data) > math.MaxInt32 {
		return unsupported("a value of %d bytes", len(data)-len(n.cells.data))
	}
	n.idx = append(n.idx, int32(len(n.cells.ends)))
	n.cells.data, n.cells.ends = data, append(n.cells.ends, uint32(len(data)))
	return nil
}

// fill gives the next rows, which prepare assembled.
func (n *nestedColumn) fill(out *Column, rows int, _ int64) error {
	*out = Column{Data: n.cells.data, Ends: n.cells.ends, Idx: n.idx[:rows]}
	n.given = rows
	return nil
}

// columnError names a leaf.
type columnError struct {
	column string
	err    error
}

func (e *columnError) Error() string { return e.column + ": " + e.err.Error() }
func (e *columnError) Unwrap() error { return e.err }

func placedColumn(name string, err error) error { return &columnError{name, err} }

// build appends the payload of the value that the cursors stand at, and moves them behind it.
func (p *part) build(dst []byte) (out []byte, null bool, err error) {
	lead := p.cursors[0]
	def := lead.def()
	if p.shape.kind == shapeLeaf {
		if def < lead.leaf.MaxDef {
			return dst, true, p.skip()
		}
		v, i := lead.physical()
		if dst, err = p.payload(dst, v, i); err != nil {
			return dst, false, err
		}
		return dst, false, p.skip()
	}
	if err := p.agree(p.shape.def); err != nil {
		return dst, false, err
	}
	if def < p.shape.def {
		return dst, true, p.skip()
	}
	if p.shape.kind == shapeStruct {
		for _, field := range p.parts {
			if dst, err = field.element(dst, mayBeNull); err != nil {
				return dst, false, err
			}
		}
		return dst, false, nil
	}
	dst, err = p.repeated(dst)
	return dst, false, err
}

// repeated appends a list or map that is not null.
func (p *part) repeated(dst []byte) ([]byte, error) {
	start := len(dst)
	dst = cql.AppendCount(dst, 0)
	if err := p.agree(p.shape.full); err != nil {
		return dst, err
	}
	lead := p.cursors[0]
	if lead.def() < p.shape.full {
		return dst, p.skip()
	}
	count := 0
	for more := true; more; count++ {
		if count == math.MaxInt32 {
			return dst, unsupported("a list of more than %d elements", count)
		}
		for i, e := range p.parts {
			nulls := mayBeNull
			if p.shape.kind == shapeMap && i == 0 {
				nulls = neverNull
			}
			var err error
			if dst, err = e.element(dst, nulls); err != nil {
				return dst, err
			}
		}
		more = lead.rep() == p.shape.rep
		for _, c := range p.cursors[1:] {
			if (c.rep() == p.shape.rep) != more {
				return dst, placedColumn(c.name, damaged("its lists and those of %q have other lengths", lead.name))
			}
		}
		if more && lead.def() < p.shape.full {
			return dst, placedColumn(lead.name, damaged("an element of a list with definition level %d", lead.def()))
		}
		if more {
			if err := p.agree(p.shape.full); err != nil {
				return dst, err
			}
		}
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(count))
	if p.shape.kind == shapeMap {
		return dst, canonicalMap(p.want, dst[start:])
	}
	return dst, nil
}

// canonicalMap orders a map's entries; a key that stands twice is the value's fault.
func canonicalMap(t cql.Type, b []byte) error {
	err := cql.CanonicalMap(t, b)
	if errors.Is(err, cql.ErrDuplicateKey) {
		return &misfit{value: "of a map", reason: "is refused: " + err.Error()}
	}
	return err
}

// nulls says whether an element may be null.
type nulls uint8

const (
	mayBeNull nulls = iota
	neverNull
)

// element appends a length and the value, or a null.
func (p *part) element(dst []byte, n nulls) ([]byte, error) {
	at := len(dst)
	out, null, err := p.build(append(dst, 0, 0, 0, 0))
	if err != nil {
		return out, err
	}
	if null {
		if n == neverNull {
			return out, &misfit{value: "of a map", reason: "is refused: a key is null"}
		}
		return cql.AppendNull(dst), nil
	}
	size := len(out) - at - 4
	if size > math.MaxInt32 {
		return out, unsupported("a value of %d bytes", size)
	}
	binary.BigEndian.PutUint32(out[at:], uint32(size))
	return out, nil
}

// agree checks that all leaves below say the same about level.
func (p *part) agree(level uint8) error {
	lead := p.cursors[0]
	there := lead.def() >= level
	for _, c := range p.cursors[1:] {
		if c.over || c.def() >= level != there {
			return placedColumn(c.name, damaged("its nulls are not those of %q", lead.name))
		}
	}
	return nil
}

// skip moves all leaves behind the entry that stands for this value.
func (p *part) skip() error {
	for _, c := range p.cursors {
		if c.over {
			return placedColumn(c.name, damaged("the column ends inside a row"))
		}
		if err := c.step(); err != nil {
			return placedColumn(c.name, err)
		}
	}
	return nil
}

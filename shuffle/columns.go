package shuffle

import (
	"encoding/binary"
	"fmt"

	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/source"
)

const (
	slotBytes = 16
	// wideStep is how many bytes a wide cell of at most that length is copied at a time.
	wideStep = 64
	// slack is how far behind the end of a record its making may write.
	slack = wideStep
	// oversizedShare: a record above this share of a slab has a slab of its own, so that slabs lose little at their ends.
	oversizedShare = 8
)

// form is how a column's cells are found and copied.
type form uint8

const (
	slotRow   form = iota // Slots without Idx
	slotIndex             // Slots with Idx
	wideRow               // Data and Ends without Idx
	wideIndex             // Data and Ends with Idx
)

// column is a source.Column with its form, decided once a batch.
type column struct {
	form  form
	slots [][slotBytes]byte
	idx   []int32
	data  []byte
	ends  []uint32
}

func columnOf(c *source.Column) column {
	d := column{slots: c.Slots, idx: c.Idx, data: c.Data, ends: c.Ends}
	switch {
	case c.Slots != nil && c.Idx != nil:
		d.form = slotIndex
	case c.Slots != nil:
		d.form = slotRow
	case c.Idx != nil:
		d.form = wideIndex
	default:
		d.form = wideRow
	}
	return d
}

// slotLen is the payload length of a slot; 0 for null, whose length bytes are ff.
func slotLen(s *[slotBytes]byte) int { return int(s[3]) &^ int(int8(s[3])>>7) }

// put writes the cell of row r at used with its length header and returns its end.
func (c *column) put(slab []byte, used int, r int32) int {
	switch c.form {
	case slotIndex:
		r = c.idx[r]
		if r < 0 {
			return putNull(slab, used)
		}
		fallthrough
	case slotRow:
		s := &c.slots[r]
		*(*[slotBytes]byte)(slab[used:]) = *s
		return used + row.CellHeader + slotLen(s)
	case wideIndex:
		r = c.idx[r]
		if r < 0 {
			return putNull(slab, used)
		}
	}
	from, to := c.wide(r)
	binary.BigEndian.PutUint32(slab[used:], uint32(to-from))
	return putWide(slab, used+row.CellHeader, c.data, from, to)
}

func putNull(slab []byte, used int) int {
	binary.LittleEndian.PutUint32(slab[used:], 0xffffffff)
	return used + row.CellHeader
}

// wide is the bounds in data of payload i.
func (c *column) wide(i int32) (from, to int) {
	if i > 0 {
		from = int(c.ends[i-1])
	}
	return from, int(c.ends[i])
}

// putWide copies data[from:to]; short payloads in one step of fixed length where data goes on that far.
func putWide(slab []byte, used int, data []byte, from, to int) int {
	n := to - from
	if n > wideStep || from+wideStep > len(data) {
		return used + copy(slab[used:], data[from:to])
	}
	dst, src := (*[wideStep]byte)(slab[used:]), (*[wideStep]byte)(data[from:])
	*(*[16]byte)(dst[:16]) = *(*[16]byte)(src[:16]) // in steps that need no call
	*(*[16]byte)(dst[16:32]) = *(*[16]byte)(src[16:32])
	*(*[16]byte)(dst[32:48]) = *(*[16]byte)(src[32:48])
	*(*[16]byte)(dst[48:]) = *(*[16]byte)(src[48:])
	return used + n
}

// payload is the cell of row r without its header.
func (c *column) payload(r int32) (payload []byte, null bool) {
	if c.idx != nil {
		if r = c.idx[r]; r < 0 {
			return nil, true
		}
	}
	if c.form == slotIndex || c.form == slotRow {
		s := &c.slots[r]
		return s[row.CellHeader : row.CellHeader+slotLen(s)], s[0] == 0xff
	}
	from, to := c.wide(r)
	return c.data[from:to:to], false
}

// cellLen is the length of the cell of row r with its header.
func (c *column) cellLen(r int32) int {
	p, _ := c.payload(r)
	return row.CellHeader + len(p)
}

// batchPlan is a batch made ready for Arena.write.
type batchPlan struct {
	keys   []column
	cells  []column // clustering, values, recency
	maxRow int      // bound on the bytes that write touches for one row
	every  []int32  // 0, 1, 2, ..
}

// all is the selection of n rows.
func (p *batchPlan) all(n int) []int32 {
	for i := len(p.every); i < n; i++ {
		p.every = append(p.every, int32(i))
	}
	return p.every[:n]
}

// set takes the columns of b and checks the cells of the rows of sel.
func (p *batchPlan) set(l *Layout, at Positions, b *source.Batch, sel []int32) error {
	p.keys, p.cells = p.keys[:0], p.cells[:0]
	take := func(dst []column, positions []int) []column {
		for _, i := range positions {
			dst = append(dst, columnOf(&b.Columns[i]))
		}
		return dst
	}
	p.keys = take(p.keys, at.Key)
	p.cells = take(p.cells, at.Clustering)
	p.cells = take(p.cells, at.Values)
	if l.rule == RuleLatest {
		p.cells = take(p.cells, []int{at.Recency})
	}
	p.maxRow = row.HeaderLen + slack
	for i := range p.cells {
		c := &p.cells[i]
		longest, at := c.longest(sel)
		if longest > row.MaxCell {
			return &RowError{b.First + int64(at), l.recordName(i), fmt.Errorf("%w: %d bytes, allowed are %d", ErrLargeCell, longest, row.MaxCell)}
		}
		if i < len(l.schema.Clustering) {
			if r, ok := c.firstNull(sel); ok {
				return &RowError{b.First + int64(r), l.recordName(i), ErrNullClustering}
			}
		}
		p.maxRow += row.CellHeader + longest
	}
	return p.setKeys(l, b, sel)
}

func (p *batchPlan) setKeys(l *Layout, b *source.Batch, sel []int32) error {
	bound := 0
	for i := range p.keys {
		c := &p.keys[i]
		name := l.schema.Key[i].Name
		if r, ok := c.firstNull(sel); ok {
			return &RowError{b.First + int64(r), name, ErrNullKey}
		}
		if len(p.keys) == 1 {
			if r, ok := c.firstEmpty(sel); ok {
				return &RowError{b.First + int64(r), name, ErrEmptyKey}
			}
		}
		longest, at := c.longest(sel)
		if longest > row.MaxKey {
			return longKey(b, at, name, longest)
		}
		bound += longest
	}
	if len(p.keys) > 1 {
		bound += 3 * len(p.keys)
	}
	if bound > row.MaxKey { // only several wide columns get here
		for _, r := range sel {
			if n := p.keyLen(r); n > row.MaxKey {
				return longKey(b, r, "", n)
			}
		}
		bound = row.MaxKey
	}
	p.maxRow += bound
	return nil
}

func longKey(b *source.Batch, r int32, name string, n int) error {
	return &RowError{b.First + int64(r), name, fmt.Errorf("%w: %d bytes, allowed are %d", ErrLongKey, n, row.MaxKey)}
}

// recordName is the name of the record's cell i in messages.
func (l *Layout) recordName(i int) string {
	if i == l.schema.Cells() {
		return "recency"
	}
	return l.cellName(i)
}

// putKey writes the key of row r behind the header of the record at start and returns its end.
func (p *batchPlan) putKey(slab []byte, start int, r int32) int {
	if len(p.keys) == 1 {
		c := &p.keys[0]
		if c.idx != nil {
			r = c.idx[r]
		}
		used := start + row.HeaderLen
		if c.form == slotRow || c.form == slotIndex {
			s := &c.slots[r] // its 4 length bytes fall into the record's header, which is written last
			*(*[slotBytes]byte)(slab[used-row.CellHeader:]) = *s
			return used + slotLen(s)
		}
		from, to := c.wide(r)
		return putWide(slab, used, c.data, from, to)
	}
	used := start + row.HeaderLen
	for i := range p.keys {
		part, _ := p.keys[i].payload(r)
		binary.BigEndian.PutUint16(slab[used:], uint16(len(part)))
		used += 2 + copy(slab[used+2:], part)
		slab[used] = 0
		used++
	}
	return used
}

// keyLen is the length of the key of row r.
func (p *batchPlan) keyLen(r int32) int {
	n := 0
	for i := range p.keys {
		part, _ := p.keys[i].payload(r)
		n += len(part)
	}
	if len(p.keys) > 1 {
		n += 3 * len(p.keys)
	}
	return n
}

// recordBytes is the length of the record of row r.
func (p *batchPlan) recordBytes(r int32) int {
	n := row.HeaderLen + p.keyLen(r)
	for i := range p.cells {
		n += p.cells[i].cellLen(r)
	}
	return n
}

// longest is the length of the longest payload among the rows of sel, and a row that has it. For slots it is their bound,
// and for short payloads by index it may be that of a row that is not in sel.
func (c *column) longest(sel []int32) (length int, at int32) {
	switch c.form {
	case wideRow:
		return c.longestRow(sel)
	case wideIndex:
		if len(sel) > 0 && len(c.ends) <= len(sel) {
			if bound := longestOf(c.ends, 0); bound <= wideStep {
				return bound, sel[0]
			}
		}
		for _, r := range sel {
			i := c.idx[r]
			if i < 0 {
				continue
			}
			if from, to := c.wide(i); to-from > length {
				length, at = to-from, r
			}
		}
	default:
		length = slotBytes - row.CellHeader
	}
	return length, at
}

// longestRow is longest for payloads by row.
func (c *column) longestRow(sel []int32) (length int, at int32) {
	if n := len(sel); n > 0 && int(sel[n-1]-sel[0]) == n-1 { // all of a range
		from, _ := c.wide(sel[0])
		if bound := longestOf(c.ends[sel[0]:sel[n-1]+1], from); bound <= wideStep {
			return bound, sel[0]
		}
	}
	for _, r := range sel {
		if from, to := c.wide(r); to-from > length {
			length, at = to-from, r
		}
	}
	return length, at
}

// longestOf is the longest of consecutive payloads of which the first begins at from.
func longestOf(ends []uint32, from int) int {
	length, last := uint32(0), uint32(from)
	for _, end := range ends {
		length, last = max(length, end-last), end
	}
	return int(length)
}

// firstNull is the first row of sel whose cell is null.
func (c *column) firstNull(sel []int32) (int32, bool) {
	if c.form == wideRow {
		return 0, false
	}
	for _, r := range sel {
		i := r
		if c.idx != nil {
			if i = c.idx[r]; i < 0 {
				return r, true
			}
		}
		if c.form != wideIndex && c.slots[i][0] == 0xff {
			return r, true
		}
	}
	return 0, false
}

// firstEmpty is the first row of sel whose cell is not null and has no bytes; the column has no nulls.
func (c *column) firstEmpty(sel []int32) (int32, bool) {
	for _, r := range sel {
		if p, _ := c.payload(r); len(p) == 0 {
			return r, true
		}
	}
	return 0, false
}

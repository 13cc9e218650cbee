package shuffle

import (
	"encoding/binary"

	"github.com/verdigris-db/verdigris/row"
)

const (
	stageRows  = 64
	stageBytes = 24 << 10 // of rows that are made side by side; half of the first cache
	stageLeast = 4        // rows; fewer are faster one by one
)

// stage is where short records are made, a column at a time: where a cell goes depends on the cells before it in its row, and
// a row alone is a chain of waits. Many rows side by side are not, and a constant stride lets a cell be stored 16 bytes at a
// time whatever its length, since what is too much falls before the row's next cell or into the gap behind its last.
type stage struct {
	buf    []byte
	stride int
	rows   int
	at     [stageRows]int32 // ends of the rows begun
}

// fit prepares for records whose making touches at most maxRow bytes, and reports whether they are short enough.
func (s *stage) fit(maxRow int) bool {
	s.stride = maxRow
	s.rows = min(stageRows, stageBytes/maxRow)
	return s.rows >= stageLeast
}

// fill makes the records of sel, at most s.rows, but for their headers.
func (s *stage) fill(p *batchPlan, sel []int32) {
	at := s.at[:len(sel)]
	if len(p.keys) == 1 {
		for i := range at {
			at[i] = int32(i*s.stride + row.HeaderLen - row.CellHeader)
		}
		s.column(&p.keys[0], sel) // its 4 length bytes fall into the record's header, which is written last
	} else {
		for i, r := range sel {
			at[i] = int32(p.putKey(s.buf, i*s.stride, r))
		}
	}
	for i := range at {
		start := i * s.stride
		binary.LittleEndian.PutUint16(s.buf[start+4:], uint16(int(at[i])-start-row.HeaderLen))
	}
	for c := range p.cells {
		s.column(&p.cells[c], sel)
	}
	for i := range at {
		start := i * s.stride
		binary.LittleEndian.PutUint32(s.buf[start:], uint32(int(at[i])-start))
	}
}

// column adds the cells of one column.
func (s *stage) column(c *column, sel []int32) {
	at, buf := s.at[:len(sel)], s.buf
	switch c.form {
	case slotRow:
		for i, r := range sel {
			cell := &c.slots[r]
			o := at[i]
			*(*[slotBytes]byte)(buf[o:]) = *cell
			at[i] = o + int32(row.CellHeader+slotLen(cell))
		}
	case slotIndex:
		for i, r := range sel {
			o := at[i]
			if r = c.idx[r]; r < 0 {
				at[i] = int32(putNull(buf, int(o)))
				continue
			}
			cell := &c.slots[r]
			*(*[slotBytes]byte)(buf[o:]) = *cell
			at[i] = o + int32(row.CellHeader+slotLen(cell))
		}
	case wideRow:
		for i, r := range sel {
			from, to := c.wide(r)
			o := int(at[i])
			binary.BigEndian.PutUint32(buf[o:], uint32(to-from))
			at[i] = int32(putWide(buf, o+row.CellHeader, c.data, from, to))
		}
	default:
		for i, r := range sel {
			at[i] = int32(c.put(buf, int(at[i]), r))
		}
	}
}

// record is the i-th record.
func (s *stage) record(i int) []byte {
	start := i * s.stride
	return s.buf[start:s.at[i]:s.at[i]]
}

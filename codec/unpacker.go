package codec

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/verdigris-db/verdigris/row"
)

// step is what the unpacker does for one column: a plan with all that does not depend on the row worked out.
type step struct {
	op     op
	word   int // where the field is: words[word] >> shift & mask, and what of words[word+1] belongs to it
	shift  uint8
	splits bool
	size   uint8  // opWord, opSmall, opNumber: bytes of the payload, or of what is in front of the number
	mask   uint64 // also the field of null
	base   uint64
	unit   uint64
	head   uint64 // opWord, opSmall: the cell's length; opNumber: the prefix
	cells  []storedCell
	fixed  int // opLiteral: bytes in modeFixed
}

// op says which of the loops below a step takes.
type op uint8

const (
	opConstant op = iota
	opWord        // an integer of 8 bytes
	opSmall       // an integer of 1, 2 or 4 bytes
	opNumber
	opDictionary
	opLiteral
	opLastLiteral
)

// wideCell bounds the cells that are copied in one go, and is the room that the unpacker keeps behind what it wrote.
const wideCell = 32

// storedCell is a cell of the plan with its length: in wide if it fits there, else in long.
type storedCell struct {
	wide [wideCell]byte
	n    int
	long []byte
}

func newStoredCell(cell []byte) storedCell {
	c := storedCell{n: len(cell)}
	if copy(c.wide[:], cell) < len(cell) {
		c.long = cell
	}
	return c
}

// steps works out the plans; fixedMax is the most that all cells outside text and plain columns take together, with
// the lengths of those.
func steps(plans []plan, lastLiteral int) (all []step, fixedMax int) {
	for i := range plans {
		p := &plans[i]
		s := step{word: p.pos / 64, shift: uint8(p.pos % 64), splits: p.pos%64+int(p.width) > 64, base: p.base, unit: p.unit, mask: p.null()}
		largest := row.CellHeader
		switch p.kind {
		case kindConstant:
			s.op = opConstant
		case kindInteger:
			s.op, s.size, s.head = opSmall, uint8(p.size), uint64(p.size)<<32
			if p.size == 8 {
				s.op = opWord
			}
			largest += p.size
		case kindNumber:
			s.op, s.size = opNumber, uint8(len(p.prefix))
			if len(p.prefix) == maxPrefix {
				s.head = uint64(binary.BigEndian.Uint32(p.prefix))
			}
			largest += len(p.prefix) + 8
		case kindDictionary:
			s.op = opDictionary
		case kindText, kindPlain:
			s.op, s.fixed = opLiteral, p.fixed
			if i == lastLiteral {
				s.op = opLastLiteral
			}
		}
		for _, cell := range p.cells {
			s.cells = append(s.cells, newStoredCell(cell))
			largest = max(largest, len(cell))
		}
		all = append(all, s)
		fixedMax += largest
	}
	return all, fixedMax
}

// unpacker is the decoder of Cells.
type unpacker struct {
	m          *cellsMethod
	words      []uint64 // the row's fields
	exceptions []exception
}

var _ Decoder = (*unpacker)(nil)

func newUnpacker(m *cellsMethod) *unpacker {
	return &unpacker{m: m, words: make([]uint64, (m.fieldBytes+7)/8)}
}

func (d *unpacker) DecodeBlock(dst, block []byte) ([]byte, error) { return append(dst, block...), nil }

func (d *unpacker) DecodeRow(dst, packed []byte) ([]byte, error) {
	out, err := d.decode(dst, packed)
	if err != nil {
		return dst, fmt.Errorf("decoding row of %d bytes: %w", len(packed), err)
	}
	return out, nil
}

func (d *unpacker) decode(dst, packed []byte) ([]byte, error) {
	m := d.m
	if len(packed) < m.fieldBytes {
		return nil, fmt.Errorf("its fields take %d: %w", m.fieldBytes, ErrCorrupt)
	}
	d.loadWords(packed)
	rest := packed[m.fieldBytes:]
	exception, nextException := 0, -1
	if packed[0]&1 != 0 {
		var err error
		if rest, err = d.loadExceptions(rest); err != nil {
			return nil, err
		}
		nextException = d.exceptions[0].column
	}
	start := len(dst)
	out := slices.Grow(dst, m.fixedMax+wideCell)
	out = out[:cap(out)]
	o := start
	// Here and below, behind o there is always room for all cells to come that are not literal, and wideCell bytes.
	for i := range m.steps {
		s := &m.steps[i]
		if i == nextException {
			out, o = d.exceptions[exception].write(out, o, m.fixedMax+wideCell)
			exception++
			nextException = -1
			if exception < len(d.exceptions) {
				nextException = d.exceptions[exception].column
			}
			continue
		}
		f := d.words[s.word] >> (s.shift & 63)
		if s.splits {
			f |= d.words[s.word+1] << (-s.shift & 63)
		}
		f &= s.mask
		switch s.op {
		case opConstant:
			o = s.cells[0].write(out, o)
			continue
		case opLiteral, opLastLiteral:
			var err error
			if out, o, rest, err = d.literal(out, o, rest, s, f); err == nil && o-start > row.MaxRecord {
				err = fmt.Errorf("more than %d bytes: %w", row.MaxRecord, ErrCorrupt)
			}
			if err != nil {
				return nil, fmt.Errorf("column %d: %w", i, err)
			}
			continue
		}
		if f == s.mask {
			binary.BigEndian.PutUint32(out[o:], 1<<32-1)
			o += row.CellHeader
			continue
		}
		switch s.op {
		case opWord:
			to := out[o : o+12]
			binary.BigEndian.PutUint32(to, 8)
			binary.BigEndian.PutUint64(to[4:], s.base+s.unit*f)
			o += 12
		case opSmall:
			v := (s.base + s.unit*f) << ((64 - 8*s.size) & 63) >> 32
			binary.BigEndian.PutUint64(out[o:], s.head|v)
			o += row.CellHeader + int(s.size)
		case opNumber:
			v := s.base + s.unit*f
			n := minimalLen(v)
			to := out[o : o+16]
			binary.BigEndian.PutUint64(to, uint64(int(s.size)+n)<<32|s.head)
			binary.BigEndian.PutUint64(to[row.CellHeader+s.size:], v<<((64-8*n)&63))
			o += row.CellHeader + int(s.size) + n
		case opDictionary:
			if f >= uint64(len(s.cells)) {
				return nil, fmt.Errorf("column %d: field is %d, the dictionary has %d cells: %w", i, f, len(s.cells), ErrCorrupt)
			}
			o = s.cells[f].write(out, o)
		}
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("%d bytes behind the last text: %w", len(rest), ErrCorrupt)
	}
	return out[:o], nil
}

// loadWords reads the fields as 64-bit words, the bits behind them left as they come. packed holds all fields.
func (d *unpacker) loadWords(packed []byte) {
	last := len(d.words) - 1
	for w := range last {
		d.words[w] = binary.LittleEndian.Uint64(packed[8*w:])
	}
	switch missing := 8*(last+1) - len(packed); {
	case missing <= 0:
		d.words[last] = binary.LittleEndian.Uint64(packed[8*last:])
	case len(packed) >= 8:
		d.words[last] = binary.LittleEndian.Uint64(packed[len(packed)-8:]) >> (8 * missing & 63)
	default:
		var padded [8]byte
		copy(padded[:], packed)
		d.words[last] = binary.LittleEndian.Uint64(padded[:])
	}
}

// loadExceptions takes the row's exceptions off the front of rest.
func (d *unpacker) loadExceptions(rest []byte) ([]byte, error) {
	r := &bodyReader{rest: rest}
	var err error
	d.exceptions, err = readExceptions(r, 1, d.m.plans, d.exceptions[:0])
	return r.rest, err
}

// write puts the cell at out[o:], which has room for it and wideCell bytes, and gives the offset behind it.
func (c *storedCell) write(out []byte, o int) int {
	if c.long == nil {
		*(*[wideCell]byte)(out[o:]) = c.wide
	} else {
		copy(out[o:], c.long)
	}
	return o + c.n
}

// reserve gives out with at least n bytes behind o.
func reserve(out []byte, o, n int) []byte {
	if len(out)-o >= n {
		return out
	}
	out = slices.Grow(out[:o], n)
	return out[:cap(out)]
}

// literal takes a text off rest and writes its cell at out[o:]; it keeps the room behind it.
func (d *unpacker) literal(out []byte, o int, rest []byte, s *step, mode uint64) ([]byte, int, []byte, error) {
	length := len(rest)
	switch {
	case mode == modeNull:
		binary.BigEndian.PutUint32(out[o:], 1<<32-1)
		return out, o + row.CellHeader, rest, nil
	case mode == modeFixed:
		if s.fixed == 0 {
			return nil, 0, nil, fmt.Errorf("fixed length in a column without one: %w", ErrCorrupt)
		}
		length = s.fixed
	case s.op != opLastLiteral:
		n := 1
		if len(rest) > 0 && rest[0] < 0x80 {
			length = int(rest[0])
		} else {
			var v uint64
			if v, n = binary.Uvarint(rest); n <= 0 {
				return nil, 0, nil, fmt.Errorf("reading text: no length in %d bytes: %w", len(rest), ErrCorrupt)
			}
			length = int(min(v, row.MaxRecord))
		}
		rest = rest[n:]
	}
	if length > len(rest) {
		return nil, 0, nil, fmt.Errorf("reading text: %d bytes needed, %d left: %w", length, len(rest), ErrCorrupt)
	}
	text := rest[:length]
	rest = rest[length:]
	room := d.m.fixedMax + wideCell
	if mode != modeCoded {
		out = reserve(out, o, row.CellHeader+len(text)+room)
		binary.BigEndian.PutUint32(out[o:], uint32(len(text)))
		o += row.CellHeader
		o += copy(out[o:], text)
		return out, o, rest, nil
	}
	head := o
	out, o, err := d.m.phrases.Expand(out, o+row.CellHeader, text, row.MaxRecord, room)
	if err != nil {
		return nil, 0, nil, fmt.Errorf("reading text: %w: %w", ErrCorrupt, err)
	}
	binary.BigEndian.PutUint32(out[head:], uint32(o-head-row.CellHeader))
	return out, o, rest, nil
}

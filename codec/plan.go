package codec

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/verdigris-db/verdigris/codec/phrase"
	"github.com/verdigris-db/verdigris/row"
)

// A row packed by Cells is a string of bits, least significant first, then what did not fit in it:
//
//	bits: 1 exceptions follow | the field of each column, in schema order | zeros up to a whole byte
//	[ exceptions: uvarint count, count * (uvarint column, uvarint 0 = null or length+1, payload) ]
//	texts, one for each text and plain column, in schema order: [ uvarint length ] bytes
//
// The last text and plain column has no length: its text is the rest of the row.
//
// The plan says what each column's field means. A field with all bits set is null, except in text and plain columns,
// whose field is a mode. Every cell whose field cannot hold it is an exception, its field 0.

// kind is how a column's field is read. The numbers are stored.
type kind uint8

const (
	kindConstant   kind = 0 // no field: the sample's only cell
	kindInteger    kind = 1 // a big-endian integer of size bytes: base + unit*field, mod 2^(8*size)
	kindNumber     kind = 2 // prefix, then base + unit*field in the shortest two's complement form
	kindDictionary kind = 3 // the number of one of the sample's cells
	kindText       kind = 4 // a mode; the text is behind the fields, worth a try with phrase codes
	kindPlain      kind = 5 // as kindText, but phrases do not help
)

// Modes of kindText and kindPlain, in a field of modeWidth bits.
const (
	modeCoded = 0 // phrase codes
	modeWhole = 1 // the payload as it is
	modeNull  = 2 // nothing, not even a length
	modeFixed = 3 // the payload as it is, of the column's fixed length; no length before it
	modeWidth = 2
)

// Bounds of a plan.
const (
	maxEntries    = 4095    // cells of one dictionary
	maxEntryBytes = 1 << 10 // bytes of a dictionary's cell or a constant
	maxCellsBytes = 1 << 20 // bytes of all dictionaries and constants of a plan
	maxFixed      = 65535   // bytes of a column's fixed length
	maxPrefix     = 4       // bytes before a number: a decimal's scale
	flagBits      = 1       // before the first field
	maxColumns    = 1<<16 - 1
)

// plan is how one column is packed.
type plan struct {
	kind  kind
	width uint8 // bits of the field
	// pos is the field's first bit; it follows from the widths before it.
	pos int

	size   int      // kindInteger: 1, 2, 4 or 8
	prefix []byte   // kindNumber: 0 or 4 bytes
	base   uint64   // kindInteger, kindNumber
	unit   uint64   // kindInteger, kindNumber; at least 1
	cells  [][]byte // kindConstant: one; kindDictionary: each field's; with their lengths, null as in a row
	fixed  int      // kindText, kindPlain: length in modeFixed; 0 for none

	// What the packer uses instead of dividing by unit = odd << twos, set by prepare: a multiple of unit times inverse,
	// turned right by twos, is the quotient; other numbers give more than any quotient.
	inverse uint64
	twos    int
	limit   uint64   // fields are below it
	set     *cellSet // kindDictionary
}

// prepare sets what follows from the plan's stored parts.
func (p *plan) prepare() {
	switch p.kind {
	case kindInteger, kindNumber:
		p.twos = bits.TrailingZeros64(p.unit)
		odd := p.unit >> p.twos
		p.inverse = odd // right for the low 3 bits; each round doubles them
		for range 5 {
			p.inverse *= 2 - odd*p.inverse
		}
		p.limit = p.null()
		if most := ^uint64(0) / p.unit; p.limit > most {
			p.limit = most + 1
		}
	case kindDictionary:
		p.set = newCellSet(p.cells)
	}
}

// null is the field's value for a null cell of a kind that has one, and the first that is no value.
func (p *plan) null() uint64 { return 1<<p.width - 1 }

// maxWidth is the widest field that a range has a use for.
func (p *plan) maxWidth() int {
	if p.kind == kindInteger {
		return min(64, 8*p.size+1)
	}
	return 64
}

// literal reports whether the column's cells lie behind the fields.
func (p *plan) literal() bool { return p.kind == kindText || p.kind == kindPlain }

// layout sets the position of every field and gives the bytes that they take together.
func layout(plans []plan) (fieldBytes int) {
	pos := flagBits
	for i := range plans {
		plans[i].pos = pos
		pos += int(plans[i].width)
	}
	return (pos + 7) / 8
}

// appendPlans writes the body of a Cells dictionary.
func appendPlans(b []byte, plans []plan, phrases *phrase.Table) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(plans)))
	for i := range plans {
		p := &plans[i]
		b = append(b, byte(p.kind), p.width)
		switch p.kind {
		case kindConstant:
			b = append(b, p.cells[0]...)
		case kindInteger:
			b = append(b, byte(p.size))
			b = binary.LittleEndian.AppendUint64(b, p.base)
			b = binary.LittleEndian.AppendUint64(b, p.unit)
		case kindNumber:
			b = append(b, byte(len(p.prefix)))
			b = append(b, p.prefix...)
			b = binary.LittleEndian.AppendUint64(b, p.base)
			b = binary.LittleEndian.AppendUint64(b, p.unit)
		case kindDictionary:
			b = binary.LittleEndian.AppendUint16(b, uint16(len(p.cells)))
			for _, cell := range p.cells {
				b = append(b, cell...)
			}
		case kindText, kindPlain:
			b = binary.LittleEndian.AppendUint16(b, uint16(p.fixed))
		}
	}
	b = binary.LittleEndian.AppendUint16(b, uint16(phrases.Codes()-phrase.Singles))
	for code := phrase.Singles; code < phrases.Codes(); code++ {
		p := phrases.Phrase(code)
		b = append(b, byte(len(p)))
		b = append(b, p...)
	}
	return b
}

// readPlans reads what appendPlans wrote and checks all that the coder relies on. columns is the schema's number.
func readPlans(body []byte, columns int) ([]plan, *phrase.Table, error) {
	r := &bodyReader{rest: body}
	if n := int(r.uint16()); r.err == nil && n != columns {
		return nil, nil, fmt.Errorf("%d column plans for %d columns: %w", n, columns, ErrCorrupt)
	}
	plans := make([]plan, 0, columns)
	left := maxCellsBytes
	for i := range columns {
		p, err := readPlan(r, &left)
		if err != nil {
			return nil, nil, fmt.Errorf("reading plan of column %d: %w", i, err)
		}
		plans = append(plans, p)
	}
	phrases := make([][]byte, r.uint16())
	for i := range phrases {
		phrases[i] = r.take(int(r.byte()))
	}
	if r.err != nil {
		return nil, nil, fmt.Errorf("reading phrases: %w", r.err)
	}
	if len(r.rest) != 0 {
		return nil, nil, fmt.Errorf("%d bytes behind the phrases: %w", len(r.rest), ErrCorrupt)
	}
	table, err := phrase.New(phrases)
	if err != nil {
		return nil, nil, fmt.Errorf("reading phrases: %w: %w", ErrCorrupt, err)
	}
	return plans, table, nil
}

// readPlan reads one plan; left is what its cells and those of the plans behind it may take.
func readPlan(r *bodyReader, left *int) (plan, error) {
	p := plan{kind: kind(r.byte()), width: r.byte()}
	switch p.kind {
	case kindConstant:
		p.cells = readEntries(r, 1, left)
	case kindInteger:
		p.size = int(r.byte())
		p.base, p.unit = r.uint64(), r.uint64()
	case kindNumber:
		p.prefix = append([]byte(nil), r.take(int(r.byte()))...)
		p.base, p.unit = r.uint64(), r.uint64()
	case kindDictionary:
		p.cells = readEntries(r, int(r.uint16()), left)
	case kindText, kindPlain:
		p.fixed = int(r.uint16())
	}
	if r.err != nil {
		return plan{}, r.err
	}
	if what := p.fault(); what != "" {
		return plan{}, fmt.Errorf("%s (kind %d, width %d): %w", what, p.kind, p.width, ErrCorrupt)
	}
	return p, nil
}

// fault says what is wrong with a plan that was read, or "".
func (p *plan) fault() string {
	least, most := uint8(1), uint8(64)
	switch p.kind {
	case kindConstant:
		least, most = 0, 0
	case kindInteger:
		if p.size != 1 && p.size != 2 && p.size != 4 && p.size != 8 {
			return fmt.Sprintf("integer of %d bytes", p.size)
		}
		most = uint8(p.maxWidth())
	case kindNumber:
		if len(p.prefix) != 0 && len(p.prefix) != maxPrefix {
			return fmt.Sprintf("prefix of %d bytes", len(p.prefix))
		}
	case kindDictionary:
		most = 12
	case kindText, kindPlain:
		least, most = modeWidth, modeWidth
	default:
		return "unknown kind"
	}
	switch {
	case p.width < least || p.width > most:
		return "field width out of range"
	case p.kind == kindDictionary && (len(p.cells) == 0 || uint64(len(p.cells)) > p.null()):
		return fmt.Sprintf("%d cells do not fit the field", len(p.cells))
	case (p.kind == kindInteger || p.kind == kindNumber) && p.unit == 0:
		return "unit is 0"
	}
	return ""
}

// readEntries copies n cells with their lengths.
func readEntries(r *bodyReader, n int, left *int) [][]byte {
	cells := make([][]byte, 0, min(n, maxEntries))
	for range n {
		head := r.take(row.CellHeader)
		if head == nil {
			return nil
		}
		length := int32(binary.BigEndian.Uint32(head))
		if length < -1 || length > maxEntryBytes {
			r.err = fmt.Errorf("cell of length %d, at most %d allowed: %w", length, maxEntryBytes, ErrCorrupt)
			return nil
		}
		payload := r.take(int(max(length, 0)))
		if *left -= len(head) + len(payload); *left < 0 {
			r.err = fmt.Errorf("cells of more than %d bytes: %w", maxCellsBytes, ErrCorrupt)
			return nil
		}
		cells = append(cells, append(append([]byte(nil), head...), payload...))
	}
	return cells
}

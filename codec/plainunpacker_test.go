package codec

import (
	"encoding/binary"
	"fmt"

	"github.com/verdigris-db/verdigris/row"
)

// plainUnpacker is the unpacker's oracle: it reads a bit at a time, as docs/format/codec.md says it.
type plainUnpacker struct {
	m *cellsMethod
}

var _ Decoder = (*plainUnpacker)(nil)

func (d *plainUnpacker) DecodeBlock(dst, block []byte) ([]byte, error) {
	return append(dst, block...), nil
}

func (d *plainUnpacker) DecodeRow(dst, packed []byte) ([]byte, error) {
	out, err := d.decode(dst, packed)
	if err != nil {
		return dst, fmt.Errorf("decoding row of %d bytes: %w", len(packed), err)
	}
	return out, nil
}

func (d *plainUnpacker) decode(dst, packed []byte) ([]byte, error) {
	m := d.m
	if len(packed) < m.fieldBytes {
		return nil, fmt.Errorf("its fields take %d: %w", m.fieldBytes, ErrCorrupt)
	}
	fields, r := packed[:m.fieldBytes], &bodyReader{rest: packed[m.fieldBytes:]}
	exceptions, err := readExceptions(r, fields[0]&1, m.plans, nil)
	if err != nil {
		return nil, err
	}
	limit := len(dst) + row.MaxRecord
	for i := range m.plans {
		p := &m.plans[i]
		f := getField(fields, p)
		switch {
		case p.literal():
			dst, err = d.literal(dst, r, p, i, f)
		case len(exceptions) > 0 && exceptions[0].column == i:
			dst = exceptions[0].append(dst)
			exceptions = exceptions[1:]
		default:
			dst, err = p.appendCell(dst, f)
		}
		if err == nil && len(dst) > limit {
			err = fmt.Errorf("more than %d bytes: %w", row.MaxRecord, ErrCorrupt)
		}
		if err != nil {
			return nil, fmt.Errorf("column %d: %w", i, err)
		}
	}
	if len(r.rest) != 0 {
		return nil, fmt.Errorf("%d bytes behind the last text: %w", len(r.rest), ErrCorrupt)
	}
	return dst, nil
}

// getField is the number in a field.
func getField(fields []byte, p *plan) (f uint64) {
	for bit := range int(p.width) {
		f |= uint64(fields[(p.pos+bit)/8]>>((p.pos+bit)%8)&1) << bit
	}
	return f
}

// appendCell appends the cell that a field stands for.
func (p *plan) appendCell(dst []byte, f uint64) ([]byte, error) {
	if p.kind == kindConstant {
		return append(dst, p.cells[0]...), nil
	}
	if f == p.null() {
		return row.AppendNull(dst), nil
	}
	v := p.base + p.unit*f
	switch p.kind {
	case kindInteger:
		dst = binary.BigEndian.AppendUint32(dst, uint32(p.size))
		for i := p.size - 1; i >= 0; i-- {
			dst = append(dst, byte(v>>(8*i)))
		}
	case kindNumber:
		n := minimalLen(v)
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(p.prefix)+n))
		dst = append(dst, p.prefix...)
		for i := n - 1; i >= 0; i-- {
			dst = append(dst, byte(v>>(8*i)))
		}
	case kindDictionary:
		if f >= uint64(len(p.cells)) {
			return nil, fmt.Errorf("field is %d, the dictionary has %d cells: %w", f, len(p.cells), ErrCorrupt)
		}
		dst = append(dst, p.cells[f]...)
	}
	return dst, nil
}

// literal takes a text off r and appends its cell.
func (d *plainUnpacker) literal(dst []byte, r *bodyReader, p *plan, column int, mode uint64) ([]byte, error) {
	length := len(r.rest)
	switch {
	case mode == modeNull:
		return row.AppendNull(dst), nil
	case mode == modeFixed && p.fixed == 0:
		return nil, fmt.Errorf("fixed length in a column without one: %w", ErrCorrupt)
	case mode == modeFixed:
		length = p.fixed
	case column != d.m.lastLiteral:
		length = int(min(r.uvarint(), row.MaxRecord))
	}
	text := r.take(length)
	if r.err != nil {
		return nil, fmt.Errorf("reading text: %w", r.err)
	}
	if mode != modeCoded {
		return row.AppendCell(dst, text), nil
	}
	start := len(dst)
	dst, err := d.m.phrases.Decode(append(dst, 0, 0, 0, 0), text, row.MaxRecord)
	if err != nil {
		return nil, fmt.Errorf("reading text: %w: %w", ErrCorrupt, err)
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-row.CellHeader))
	return dst, nil
}

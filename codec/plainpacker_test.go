package codec

import (
	"encoding/binary"

	"github.com/verdigris-db/verdigris/row"
)

// plainPacker is the packer's oracle: it packs a cell at a time and a bit at a time, as docs/format/codec.md says it.
type plainPacker struct {
	m          *cellsMethod
	exceptions []byte
	codes      []byte
	texts      []byte
}

var _ Encoder = (*plainPacker)(nil)

func (e *plainPacker) EncodeBlock(dst, body []byte) []byte { return append(dst, body...) }

func (e *plainPacker) EncodeBatch(dst []byte, b *row.Batch, ends []int) ([]byte, []int) {
	for _, r := range b.Rows() {
		dst = e.encodeRow(dst, row.Cells(r.Rec))
		ends = append(ends, len(dst))
	}
	return dst, ends
}

func (e *plainPacker) encodeRow(dst, cells []byte) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, e.m.fieldBytes)...)
	fields := dst[start:]
	e.exceptions, e.texts = e.exceptions[:0], e.texts[:0]
	count := 0
	for i := range e.m.plans {
		p := &e.m.plans[i]
		payload, null, rest := row.Next(cells)
		cell := cells[:len(cells)-len(rest)]
		cells = rest
		if p.literal() {
			putField(fields, p, e.literal(p, i, payload, null))
			continue
		}
		if f, ok := p.field(cell); ok {
			putField(fields, p, f)
			continue
		}
		count++
		e.exceptions = binary.AppendUvarint(e.exceptions, uint64(i))
		if null {
			e.exceptions = append(e.exceptions, 0)
		} else {
			e.exceptions = binary.AppendUvarint(e.exceptions, uint64(len(payload))+1)
			e.exceptions = append(e.exceptions, payload...)
		}
	}
	if count > 0 {
		fields[0] |= 1
		dst = binary.AppendUvarint(dst, uint64(count))
		dst = append(dst, e.exceptions...)
	}
	return append(dst, e.texts...)
}

// literal adds a cell's text and gives its mode.
func (e *plainPacker) literal(p *plan, column int, payload []byte, null bool) uint64 {
	if null {
		return modeNull
	}
	mode, text := uint64(modeWhole), payload
	if p.fixed > 0 && len(payload) == p.fixed {
		mode = modeFixed
	}
	if p.kind == kindText {
		e.codes = e.m.matcher.Encode(e.codes[:0], payload)
		if len(e.codes) < len(payload) {
			mode, text = modeCoded, e.codes
		}
	}
	if mode != modeFixed && column != e.m.lastLiteral {
		e.texts = binary.AppendUvarint(e.texts, uint64(len(text)))
	}
	e.texts = append(e.texts, text...)
	return mode
}

// putField sets the bits of one field, which are 0 so far.
func putField(fields []byte, p *plan, f uint64) {
	for bit := range int(p.width) {
		if f>>bit&1 != 0 {
			fields[(p.pos+bit)/8] |= 1 << ((p.pos + bit) % 8)
		}
	}
}

package codec

import (
	"encoding/binary"

	"github.com/verdigris-db/verdigris/row"
)

// packLiterals chooses the modes of all text and plain columns, and finds the phrase codes of those that have some.
func (e *packer) packLiterals() {
	e.texts.Reset()
	for k := range e.literals {
		l := &e.literals[k]
		clear(l.large)
		l.large = l.large[:0]
		for i, at := range e.batch.Places(l.column) {
			payload, null, _ := row.Next(e.rows[i].Rec[at:])
			switch {
			case null:
				l.mode[i] = modeNull
			case l.plan.kind == kindText && (len(payload) > largeText || e.texts.Size() > batchTexts):
				e.packLarge(l, i, payload)
			case l.plan.kind == kindText:
				l.mode[i] = modeCoded
				l.text[i] = int32(e.texts.Len())
				e.texts.Add(payload)
			default:
				l.mode[i] = l.plan.plainMode(len(payload))
			}
		}
	}
	if e.texts.Len() > 0 {
		e.texts.Encode(e.m.matcher)
	}
	for k := range e.literals {
		l := &e.literals[k]
		for i := range e.rows {
			if l.mode[i] == modeCoded && l.text[i] >= 0 {
				size := e.texts.TextLen(int(l.text[i]))
				if e.texts.PackedLen(int(l.text[i])) >= size {
					l.mode[i] = l.plan.plainMode(size)
				}
			}
			e.fields[i] = uint64(l.mode[i])
		}
		e.put(l.plan)
	}
}

// packLarge chooses the mode of a large text, or of one that finds the batch full.
func (e *packer) packLarge(l *literalCells, i int, text []byte) {
	l.mode[i] = l.plan.plainMode(len(text))
	if codes, ok := e.m.matcher.EncodeBelow(nil, text, len(text)); ok {
		l.mode[i] = modeCoded
		l.text[i] = ^int32(len(l.large))
		l.large = append(l.large, codes)
	}
}

// plainMode is the mode of a payload of n bytes without phrase codes.
func (p *plan) plainMode(n int) uint8 {
	if p.fixed > 0 && n == p.fixed {
		return modeFixed
	}
	return modeWhole
}

// writeLiteral appends the text of row i: its length where it has one, and its bytes.
func (e *packer) writeLiteral(dst []byte, l *literalCells, i int) []byte {
	withLength := l.column != e.m.lastLiteral
	switch l.mode[i] {
	case modeNull:
		return dst
	case modeCoded:
		t := l.text[i]
		if t < 0 {
			codes := l.large[^t]
			if withLength {
				dst = binary.AppendUvarint(dst, uint64(len(codes)))
			}
			return append(dst, codes...)
		}
		if withLength {
			dst = binary.AppendUvarint(dst, uint64(e.texts.PackedLen(int(t))))
		}
		return e.texts.AppendPacked(dst, int(t))
	}
	payload, _ := e.payload(l.column, i)
	if withLength && l.mode[i] == modeWhole {
		dst = binary.AppendUvarint(dst, uint64(len(payload)))
	}
	return append(dst, payload...)
}

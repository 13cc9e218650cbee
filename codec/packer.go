package codec

import (
	"encoding/binary"
	"slices"

	"github.com/verdigris-db/verdigris/codec/phrase"
	"github.com/verdigris-db/verdigris/row"
)

// Bounds of the texts that are packed at once.
const (
	batchTexts = 256 << 10 // bytes that are copied
	largeText  = 64 << 10  // a longer text is packed by itself, without a copy
)

// packer is the encoder of Cells. It packs a batch column by column, so that each loop does one thing.
type packer struct {
	m      *cellsMethod
	stride int // the most rows of a batch

	batch    *row.Batch
	rows     []row.Row // of the batch
	words    []uint64  // bits 64w.. of row i's fields: words[w*stride+i]
	fields   []uint64  // of the column at work
	texts    phrase.Batch
	literals []literalCells // one for each text and plain column

	exceptions []exceptionCell
	first      []int32 // a row's first and last exception; -1 for none
	last       []int32
}

// literalCells is what becomes of the batch's cells of one text or plain column.
type literalCells struct {
	column int
	plan   *plan
	mode   []uint8
	text   []int32  // number in texts, or ^number in large; for coded cells
	large  [][]byte // packed codes of large texts
}

// exceptionCell is a cell without a field, and the next one of its row or -1.
type exceptionCell struct {
	column int
	next   int32
}

var _ Encoder = (*packer)(nil)

func newPacker(m *cellsMethod) *packer {
	stride := row.BatchRows(len(m.plans)) // with a recency cell it may be less
	e := &packer{
		m:      m,
		stride: stride,
		words:  make([]uint64, (m.fieldBytes+7)/8*stride),
		fields: make([]uint64, stride),
		first:  make([]int32, stride),
		last:   make([]int32, stride),
	}
	for c := range m.plans {
		if p := &m.plans[c]; p.literal() {
			e.literals = append(e.literals, literalCells{column: c, plan: p, mode: make([]uint8, stride), text: make([]int32, stride)})
		}
	}
	return e
}

func (e *packer) EncodeBlock(dst, body []byte) []byte { return append(dst, body...) }

func (e *packer) EncodeBatch(dst []byte, b *row.Batch, ends []int) ([]byte, []int) {
	e.batch, e.rows = b, b.Rows()
	e.prepare()
	for c := range e.m.plans {
		e.pack(c)
	}
	e.packLiterals()
	dst, ends = e.write(dst, ends)
	e.batch, e.rows = nil, nil
	return dst, ends
}

// prepare clears what the last batch left.
func (e *packer) prepare() {
	n := len(e.rows)
	for w := 0; w < len(e.words); w += e.stride {
		clear(e.words[w : w+n])
	}
	e.exceptions = e.exceptions[:0]
	for i := range n {
		e.first[i] = -1
	}
}

// pack fills in column c's fields; literal columns are left to packLiterals.
func (e *packer) pack(c int) {
	p := &e.m.plans[c]
	at := e.batch.Places(c)
	switch p.kind {
	case kindConstant:
		e.packConstants(p, c, at)
		return
	case kindInteger:
		e.packIntegers(p, c, at)
	case kindNumber:
		e.packNumbers(p, c, at)
	case kindDictionary:
		e.packDictionary(p, c, at)
	default:
		return
	}
	e.put(p)
}

// put moves the column's fields to their place in the rows' words.
func (e *packer) put(p *plan) {
	n := len(e.rows)
	word, shift := p.pos/64, p.pos%64
	fields, words := e.fields[:n], e.words[word*e.stride:][:n]
	for i := range words {
		words[i] |= fields[i] << (shift & 63)
	}
	if shift+int(p.width) > 64 {
		words = e.words[(word+1)*e.stride:][:n]
		for i := range words {
			words[i] |= fields[i] >> ((64 - shift) & 63)
		}
	}
}

// except makes the cell of column c in row i an exception.
func (e *packer) except(c, i int) {
	this := int32(len(e.exceptions))
	e.exceptions = append(e.exceptions, exceptionCell{column: c, next: -1})
	if e.first[i] < 0 {
		e.first[i] = this
		e.words[i] |= 1
	} else {
		e.exceptions[e.last[i]].next = this
	}
	e.last[i] = this
}

// write appends the packed rows to dst and their ends to ends.
func (e *packer) write(dst []byte, ends []int) ([]byte, []int) {
	fieldBytes := e.m.fieldBytes
	for i := range e.rows {
		o := len(dst)
		dst = slices.Grow(dst, fieldBytes+8)[:o+fieldBytes+8]
		for w := i; w < len(e.words); w += e.stride {
			binary.LittleEndian.PutUint64(dst[o:], e.words[w])
			o += 8
		}
		dst = dst[:len(dst)-8]
		if e.first[i] >= 0 {
			dst = e.writeExceptions(dst, i)
		}
		for k := range e.literals {
			dst = e.writeLiteral(dst, &e.literals[k], i)
		}
		ends = append(ends, len(dst))
	}
	return dst, ends
}

func (e *packer) writeExceptions(dst []byte, i int) []byte {
	count := uint64(0)
	for x := e.first[i]; x >= 0; x = e.exceptions[x].next {
		count++
	}
	dst = binary.AppendUvarint(dst, count)
	for x := e.first[i]; x >= 0; x = e.exceptions[x].next {
		c := e.exceptions[x].column
		dst = binary.AppendUvarint(dst, uint64(c))
		payload, null := e.payload(c, i)
		if null {
			dst = append(dst, 0)
			continue
		}
		dst = binary.AppendUvarint(dst, uint64(len(payload))+1)
		dst = append(dst, payload...)
	}
	return dst
}

// payload is the cell of column c of row i.
func (e *packer) payload(c, i int) (payload []byte, null bool) {
	payload, null, _ = row.Next(e.rows[i].Rec[e.batch.Places(c)[i]:])
	return payload, null
}

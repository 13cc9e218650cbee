package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/verdigris-db/verdigris/codec/phrase"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// How plans are chosen. These decide which dictionary a sample gives; nothing stored depends on them.
const (
	probeRows     = 2048      // rows that decide whether a column is worth a closer look
	phraseBytes   = 512 << 10 // bytes of text that phrases are learnt from
	phraseText    = 2 << 10   // bytes of a piece of text
	exceptionBits = 8 * 3     // count, column and length of an exception, without its payload
	lengthBits    = 8         // length of a text
)

// columnSample is one column's cells in the sample.
type columnSample struct {
	rows []row.Row
	at   []uint32 // where in each record the cell begins
}

// cell is the i-th cell with its length, as it stands in the record.
func (c columnSample) cell(i int) []byte {
	b := c.rows[i].Rec[c.at[i]:]
	return b[:row.CellHeader+max(int(int32(binary.BigEndian.Uint32(b))), 0)]
}

func (c columnSample) len() int { return len(c.rows) }

// learnPlans chooses a plan for each column, and phrases for those that are text.
func learnPlans(s *cql.Schema, rows []row.Row) ([]plan, *phrase.Table, error) {
	n := s.Cells()
	if n > maxColumns {
		return nil, nil, fmt.Errorf("%d columns, at most %d allowed", n, maxColumns)
	}
	at := make([]uint32, n*len(rows))
	for i := range rows {
		rec := rows[i].Rec
		pos := len(rec) - len(row.Cells(rec))
		for c := range n {
			at[c*len(rows)+i] = uint32(pos)
			pos += row.CellHeader + max(int(int32(binary.BigEndian.Uint32(rec[pos:]))), 0)
		}
	}
	plans := make([]plan, n)
	columns := make([]columnSample, n)
	budget := maxCellsBytes
	for c := range n {
		columns[c] = columnSample{rows: rows, at: at[c*len(rows) : (c+1)*len(rows)]}
		plans[c] = choosePlan(s.CellType(c), columns[c], budget)
		for _, cell := range plans[c].cells {
			budget -= len(cell)
		}
	}
	return plans, learnPhrases(plans, columns), nil
}

// choosePlan takes the cheapest of the plans that can hold the column; budget is what is left for stored cells.
func choosePlan(t cql.Type, c columnSample, budget int) plan {
	best := literalPlan(t, c)
	if c.len() == 0 {
		return best
	}
	if p, ok := constantPlan(c, budget); ok {
		return p
	}
	bestCost := literalCost(t, best, c)
	consider := func(p plan, cost uint64) {
		if cost < bestCost {
			best, bestCost = p, cost
		}
	}
	if p, ok := rangePlan(t, c); ok {
		consider(p, rangeCost(&p, c))
	}
	if worthDictionary(c) {
		if p, cost, ok := dictionaryPlan(c, budget); ok {
			consider(p, cost)
		}
	}
	return best
}

// constantPlan is for a column of one value.
func constantPlan(c columnSample, budget int) (plan, bool) {
	first := c.cell(0)
	if len(first) > min(row.CellHeader+maxEntryBytes, budget) {
		return plan{}, false
	}
	for i := range c.len() {
		if !bytes.Equal(c.cell(i), first) {
			return plan{}, false
		}
	}
	return plan{kind: kindConstant, cells: [][]byte{bytes.Clone(first)}}, true
}

// literalPlan packs every cell by itself. It is text until learnPhrases finds that phrases do not help.
func literalPlan(t cql.Type, c columnSample) plan {
	p := plan{kind: kindText, width: modeWidth}
	if c.len() == 0 || t.FixedWidth() != 0 {
		p.kind = kindPlain
	}
	length := -1
	for i := range c.len() {
		cell := c.cell(i)
		switch n := len(cell) - row.CellHeader; {
		case isNull(cell):
		case length == -1:
			length = n
		case length != n:
			return p
		}
	}
	if length == -1 {
		length = t.FixedWidth()
	}
	if length <= maxFixed {
		p.fixed = length
	}
	return p
}

// literalCost is the bits that the sample takes with plan p, phrases guessed to halve it.
func literalCost(t cql.Type, p plan, c columnSample) uint64 {
	cost := uint64(c.len()) * modeWidth
	for i := range c.len() {
		n := uint64(len(c.cell(i)) - row.CellHeader)
		switch {
		case p.kind == kindPlain && p.fixed > 0:
			cost += 8 * n
		case p.kind == kindPlain || t.Kind == cql.Blob:
			cost += 8*n + lengthBits
		default:
			cost += 4*n + lengthBits
		}
	}
	return cost
}

// worthDictionary looks at a part of the rows: nearly all different means no dictionary.
func worthDictionary(c columnSample) bool {
	step := max(1, c.len()/probeRows)
	seen, looked := make(map[uint64]struct{}), 0
	for i := 0; i < c.len(); i += step {
		cell := c.cell(i)
		if len(cell) > row.CellHeader+maxEntryBytes {
			return false
		}
		seen[xxh3.Hash(cell)] = struct{}{}
		looked++
	}
	return len(seen) < looked-looked/8
}

// dictionaryPlan is for a column of few values; cells that were seen once tell how many others there are.
func dictionaryPlan(c columnSample, budget int) (p plan, cost uint64, ok bool) {
	p.kind = kindDictionary
	index := make(map[string]int) // in p.cells and counts
	var counts []int
	size := 0
	for i := range c.len() {
		cell := c.cell(i)
		if isNull(cell) {
			continue
		}
		if at, ok := index[string(cell)]; ok {
			counts[at]++
			continue
		}
		index[string(cell)] = len(counts)
		counts = append(counts, 1)
		p.cells = append(p.cells, bytes.Clone(cell))
		size += len(cell)
		if len(cell) > row.CellHeader+maxEntryBytes || len(counts) > maxEntries || size > budget {
			return plan{}, 0, false
		}
	}
	for i, cell := range p.cells {
		if counts[i] == 1 {
			cost += exceptionBits + 8*uint64(len(cell)-row.CellHeader)
		}
	}
	slices.SortFunc(p.cells, bytes.Compare)
	p.width = uint8(bits.Len(uint(len(p.cells)))) // one more value than cells, for null
	cost += uint64(c.len()) * uint64(p.width)
	return p, cost, len(p.cells) > 0
}

// learnPhrases trains phrases on an even part of the texts, and marks as plain the columns that they do not help.
func learnPhrases(plans []plan, columns []columnSample) *phrase.Table {
	texts := 0
	for i := range plans {
		if plans[i].kind == kindText {
			texts++
		}
	}
	// A small part of the sample tells which columns are no text, and those would only fill the table.
	first := phrase.NewMatcher(phrase.Train(phraseSample(plans, columns, min(phraseBytes, max(phraseBytes/8, texts*phraseText)))))
	for i := range plans {
		if plans[i].kind == kindText && !helps(first, columns[i]) {
			plans[i].kind = kindPlain
		}
	}
	return phrase.Train(phraseSample(plans, columns, phraseBytes))
}

// phraseSample is about size bytes of the text columns' payloads: pieces of phraseText bytes or whole shorter texts, at
// even steps.
func phraseSample(plans []plan, columns []columnSample, size int) [][]byte {
	each := func(do func(piece []byte)) {
		for c := range columns {
			if plans[c].kind != kindText {
				continue
			}
			for i := range columns[c].len() {
				text := columns[c].cell(i)[row.CellHeader:]
				for len(text) > phraseText {
					do(text[:phraseText])
					text = text[phraseText:]
				}
				if len(text) > 0 {
					do(text)
				}
			}
		}
	}
	total := 0
	each(func(piece []byte) { total += len(piece) })
	step := max(1, (total+size-1)/size)
	var pieces [][]byte
	skipped := step - 1
	each(func(piece []byte) {
		if skipped++; skipped == step {
			pieces, skipped = append(pieces, piece), 0
		}
	})
	return pieces
}

// helps reports whether phrases save a sixteenth of a column's bytes.
func helps(m *phrase.Matcher, c columnSample) bool {
	step := max(1, c.len()/256)
	var plain, coded int
	var codes []byte
	for i := 0; i < c.len(); i += step {
		text := c.cell(i)[row.CellHeader:]
		text = text[:min(len(text), phraseText)]
		codes = m.Encode(codes[:0], text)
		plain += len(text)
		coded += len(codes)
	}
	return coded <= plain-plain/16
}

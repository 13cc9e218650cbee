package row

import (
	"encoding/binary"
	"fmt"
)

// Bounds of a batch: its records and what is noted of them should stay in a processor's nearer caches.
const (
	batchRows  = 256       // a multiple of 4, as are fewer
	batchCells = 64 << 10  // where rows have so many
	batchBytes = 128 << 10 // of records; one row may be larger
)

// BatchRows is the most rows of a batch whose rows have this many cells.
func BatchRows(cells int) int { return max(4, min(batchRows, batchCells/max(cells, 1)&^3)) }

// Batch is some rows, checked, and the places of their cells, for work that goes column by column. It belongs to one
// goroutine and keeps its memory for the next rows.
type Batch struct {
	cells  int
	stride int      // the most rows
	rows   []Row    // of the caller
	at     []uint32 // cell c of row i begins at rows[i].Rec[at[c*stride+i]]
}

// NewBatch is a batch of no rows, for rows of this many cells.
func NewBatch(cells int) *Batch {
	stride := BatchRows(cells)
	return &Batch{cells: cells, stride: stride, at: make([]uint32, cells*stride)}
}

// Take makes b the first of rows, as many as it may have, and gives the others. Each row is checked as Check does; after
// an error, which names the row's token, b is empty. The rows are not copied.
func (b *Batch) Take(rows []Row) (rest []Row, err error) {
	n, size := 0, 0
	for n < min(len(rows), b.stride) && (n == 0 || size+len(rows[n].Rec) <= batchBytes) {
		size += len(rows[n].Rec)
		n++
	}
	b.rows = rows[:n]
	if err := b.find(); err != nil {
		b.rows = nil
		return nil, err
	}
	return rows[n:], nil
}

// Rows is the rows of the batch.
func (b *Batch) Rows() []Row { return b.rows }

// Cells is the number of cells of each row.
func (b *Batch) Cells() int { return b.cells }

// Places says for each row where in its record cell c begins.
func (b *Batch) Places(c int) []uint32 { return b.at[c*b.stride:][:len(b.rows)] }

// find checks the rows and notes where their cells are.
func (b *Batch) find() error {
	i := 0
	for i+4 <= len(b.rows) && b.findFour(i) {
		i += 4
	}
	for ; i < len(b.rows); i++ {
		if err := b.findOne(i); err != nil {
			return fmt.Errorf("row with token %d: %w", b.rows[i].Token, err)
		}
	}
	return nil
}

func (b *Batch) findOne(i int) error {
	rec := b.rows[i].Rec
	if err := Check(rec, b.cells); err != nil {
		return err
	}
	pos := firstCell(rec)
	for c := i; c < len(b.at); c += b.stride {
		b.at[c] = uint32(pos)
		pos += CellHeader + max(0, int(int32(binary.BigEndian.Uint32(rec[pos:]))))
	}
	return nil
}

// findFour is findOne of the rows i .. i+3, or false if one of them is not right. Only a cell's length tells where the
// next one is, so a row alone is a chain of waits: four rows go side by side.
func (b *Batch) findFour(i int) bool {
	rows := b.rows[i : i+4]
	r0, r1, r2, r3 := rows[0].Rec, rows[1].Rec, rows[2].Rec, rows[3].Rec
	if !sized(r0) || !sized(r1) || !sized(r2) || !sized(r3) {
		return false
	}
	p0, p1, p2, p3 := firstCell(r0), firstCell(r1), firstCell(r2), firstCell(r3)
	shortest := int32(0)
	for c := i; c < len(b.at); c += b.stride {
		if p0 > len(r0)-CellHeader || p1 > len(r1)-CellHeader || p2 > len(r2)-CellHeader || p3 > len(r3)-CellHeader {
			return false
		}
		at := b.at[c : c+4]
		at[0], at[1], at[2], at[3] = uint32(p0), uint32(p1), uint32(p2), uint32(p3)
		n0, n1 := int32(binary.BigEndian.Uint32(r0[p0:])), int32(binary.BigEndian.Uint32(r1[p1:]))
		n2, n3 := int32(binary.BigEndian.Uint32(r2[p2:])), int32(binary.BigEndian.Uint32(r3[p3:]))
		shortest = min(shortest, n0, n1, n2, n3)
		p0 += CellHeader + int(n0&^(n0>>31)) // null has no more than its length
		p1 += CellHeader + int(n1&^(n1>>31))
		p2 += CellHeader + int(n2&^(n2>>31))
		p3 += CellHeader + int(n3&^(n3>>31))
	}
	return shortest >= -1 && p0 == len(r0) && p1 == len(r1) && p2 == len(r2) && p3 == len(r3)
}

// sized reports whether rec has a header that gives its length.
func sized(rec []byte) bool {
	return len(rec) >= HeaderLen && len(rec) <= MaxRecord && Len(rec) == len(rec)
}

// firstCell is where a record's cells begin.
func firstCell(rec []byte) int { return HeaderLen + int(binary.LittleEndian.Uint16(rec[4:])) }

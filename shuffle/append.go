package shuffle

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/source"
)

// Append adds rows of b as records: those that sel lists, ascending, or all when sel is nil. It begins at position from of
// sel (of the batch when sel is nil) and returns the position of the first row that it did not add: with a nil error that
// is the end; with ErrFull the caller writes a run, calls Reset and goes on from there. Any other error is a RowError.
func (a *Arena) Append(b *source.Batch, sel []int32, from int) (next int, err error) {
	if sel == nil {
		sel = a.plan.all(b.Rows)
	}
	p := &a.plan
	if err := p.set(a.layout, a.at, b, sel[from:]); err != nil {
		return from, err
	}
	for from < len(sel) {
		if p.maxRow > a.slabBytes/oversizedShare {
			err = a.appendLarge(p, b, sel[from])
			if err == nil {
				from++
			}
		} else {
			var n int
			n, err = a.appendSome(p, sel[from:])
			from += n
		}
		if err != nil {
			return from, err
		}
	}
	return from, nil
}

// appendSome adds as many rows as fit the slab and the chunk of entries without a look at either in between.
func (a *Arena) appendSome(p *batchPlan, sel []int32) (int, error) {
	if err := a.room(p.maxRow); err != nil {
		return 0, a.full(err)
	}
	chunk, err := a.chunk()
	if err != nil {
		return 0, a.full(err)
	}
	n := min(len(sel), (a.slabBytes-a.used)/p.maxRow, a.chunkRows-len(*chunk))
	at := len(*chunk)
	*chunk = (*chunk)[:at+n]
	used := a.write(p, a.slabs[a.fill], a.used, uint64(a.fill)<<32, sel[:n], (*chunk)[at:])
	a.recBytes += uint64(used - a.used)
	a.used = used
	a.rows += uint64(n)
	return n, nil
}

// appendLarge adds one row of a batch in which rows may be large, by its exact length.
func (a *Arena) appendLarge(p *batchPlan, b *source.Batch, r int32) error {
	size := p.recordBytes(r)
	if size > row.MaxRecord {
		return &RowError{b.First + int64(r), "", fmt.Errorf("%w: %d bytes, allowed are %d", ErrLargeRecord, size, row.MaxRecord)}
	}
	chunk, err := a.chunk()
	if err != nil {
		return a.full(err)
	}
	slab, used := 0, 0
	if own := size+slack > a.slabBytes/oversizedShare; own {
		slab, err = a.oversized(size + slack)
	} else if err = a.room(size + slack); err == nil {
		slab, used = a.fill, a.used
		a.used += size
	}
	if errors.Is(err, ErrMemory) {
		return &RowError{b.First + int64(r), "", err}
	} else if err != nil {
		return a.full(err)
	}
	at := len(*chunk)
	*chunk = (*chunk)[:at+1]
	a.write(p, a.slabs[slab], used, uint64(slab)<<32, []int32{r}, (*chunk)[at:])
	a.recBytes += uint64(size)
	a.rows++
	return nil
}

// full gives err the place in the code where every ErrFull passes: an empty arena always has room for a usual row.
func (a *Arena) full(err error) error {
	if a.rows == 0 {
		return fmt.Errorf("%w: %d bytes hold no row", ErrMemory, a.limit)
	}
	return err
}

// write builds the records of the rows of sel in slab from used on, and their entries, and counts them by partition: short
// ones on the stage, others one by one in their place. The caller has made sure of the room, slack included.
// It returns the end of the last record.
func (a *Arena) write(p *batchPlan, slab []byte, used int, ref uint64, sel []int32, out []entry) int {
	if a.stage.fit(p.maxRow) {
		return a.writeStaged(p, slab, used, ref, sel, out)
	}
	return a.writeRows(p, slab, used, ref, sel, out)
}

// writeStaged is write for short records. They are hashed where they were made: what the fold hashes later is the copy.
func (a *Arena) writeStaged(p *batchPlan, slab []byte, used int, ref uint64, sel []int32, out []entry) int {
	s := &a.stage
	for len(sel) > 0 {
		n := min(len(sel), s.rows)
		s.fill(p, sel[:n])
		for i := range n {
			rec := s.record(i)
			out[i] = a.count(rec, ref|uint64(used))
			used += copy(slab[used:], rec)
		}
		sel, out = sel[n:], out[n:]
	}
	return used
}

// writeRows is write for records of any length. Cells are stored 16 bytes at a time and the next one overwrites what was
// too much.
func (a *Arena) writeRows(p *batchPlan, slab []byte, used int, ref uint64, sel []int32, out []entry) int {
	for i, r := range sel {
		start := used
		used = p.putKey(slab, start, r)
		keyLen := used - start - row.HeaderLen
		for c := range p.cells {
			used = p.cells[c].put(slab, used, r)
		}
		rec := slab[start:used:used]
		binary.LittleEndian.PutUint32(rec, uint32(len(rec)))
		binary.LittleEndian.PutUint16(rec[4:], uint16(keyLen))
		out[i] = a.count(rec, ref|uint64(start))
	}
	return used
}

// count adds a record to its partition's count and its range's, and gives its entry.
func (a *Arena) count(rec []byte, ref uint64) entry {
	token := partitioner.Token(row.Key(rec))
	index, at := a.cut.locate(token)
	a.counts[index].add(row.Hash(rec))
	a.ranges[at]++
	return entry{biased(token), ref}
}

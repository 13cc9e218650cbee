package shuffle

import (
	"fmt"
	"math"
	"sync"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// Sorted is the rows of several arenas cut by partition and range. It aliases the arenas' slabs: they are neither appended to nor
// Reset while a Sorted of theirs is in use. It may be loaded again and keeps its memory.
type Sorted struct {
	layout   *Layout
	slices   partitioner.Slices
	cut      division
	slabs    [][]byte
	entries  []entry
	starts   []uint32 // range i is entries[starts[i]:starts[i+1]]
	counts   []count
	recBytes uint64 // of all records together
	sorted   []bool // by partition; written by the goroutine that works on the partition
}

// NewSorted makes an empty Sorted.
func NewSorted(l *Layout, s partitioner.Slices) *Sorted {
	return &Sorted{layout: l, slices: s, cut: divide(s), starts: make([]uint32, ranges(s.R)+1), counts: make([]count, s.R),
		sorted: make([]bool, s.R)}
}

// Partitions is R.
func (s *Sorted) Partitions() int { return s.slices.R }

// Rows is the number of rows loaded.
func (s *Sorted) Rows() uint64 { return uint64(len(s.entries)) }

// PartitionRows is the number of rows of partition i before the fold.
func (s *Sorted) PartitionRows(i int) uint64 { return s.counts[i].rows }

// Input is the rows and their sum that went into partition i, before the fold.
func (s *Sorted) Input(i int) (rows uint64, sum row.Sum) { return s.counts[i].rows, s.counts[i].sum }

// Bytes is the memory that s holds beside the arenas.
func (s *Sorted) Bytes() int64 { return SortedBytes(int64(cap(s.entries)), s.slices.R) }

// Load replaces what s holds by the rows of arenas: their entries are copied to their range's place, one goroutine an
// arena.
func (s *Sorted) Load(arenas []*Arena) error {
	rows := uint64(0)
	for _, a := range arenas {
		if a.layout != s.layout || a.cut != s.cut {
			return fmt.Errorf("sorting arenas: they differ in layout or partitions")
		}
		rows += a.rows
	}
	if rows > math.MaxUint32 {
		return fmt.Errorf("sorting arenas: %d rows, at most %d at a time", rows, uint32(math.MaxUint32))
	}
	if uint64(cap(s.entries)) < rows {
		s.entries = nil // let the old one go before the new one comes
		s.entries = make([]entry, rows)
	}
	s.entries = s.entries[:rows]
	s.slabs, s.recBytes = s.slabs[:0], 0
	clear(s.counts)
	clear(s.sorted)
	positions, firstSlab := s.place(arenas)
	var wg sync.WaitGroup
	for i, a := range arenas {
		wg.Go(func() { s.scatter(a, positions[i], uint64(firstSlab[i])<<32) })
	}
	wg.Wait()
	return nil
}

// place adds up the arenas' counts and finds where each arena's entries of each range begin.
func (s *Sorted) place(arenas []*Arena) (positions [][]uint32, firstSlab []int) {
	for _, a := range arenas {
		positions = append(positions, make([]uint32, len(a.ranges)))
		firstSlab = append(firstSlab, len(s.slabs))
		s.slabs = append(s.slabs, a.slabs...)
		s.recBytes += a.recBytes
		for p := range s.counts {
			s.counts[p].rows += a.counts[p].rows
			s.counts[p].sum = s.counts[p].sum.Add(a.counts[p].sum)
		}
	}
	sum := uint32(0)
	for at := range s.cut.ranges() {
		s.starts[at] = sum
		for i, a := range arenas {
			positions[i][at] = sum
			sum += a.ranges[at]
		}
	}
	s.starts[s.cut.ranges()] = sum
	return positions, firstSlab
}

func (s *Sorted) scatter(a *Arena, positions []uint32, addRef uint64) {
	for _, chunk := range a.chunks {
		for _, e := range chunk {
			_, at := s.cut.locate(unbiased(e.token))
			s.entries[positions[at]] = entry{e.token, e.ref + addRef}
			positions[at]++
		}
	}
}

// Partition sorts partition i and starts its fold. Different partitions may be worked on at the same time, each goroutine
// with its own scratch. A partition may be folded again; it is sorted once.
func (s *Sorted) Partition(i int, scratch *Scratch) *Fold {
	return newFold(s.layout, s.slabs, s.sort(i, scratch), s.counts[i])
}

// sort puts the entries of partition i in the order of their tokens.
func (s *Sorted) sort(i int, scratch *Scratch) []entry {
	if !s.sorted[i] {
		for from, to := s.cut.of(i); from < to; from++ {
			scratch.sort(s.entries[s.starts[from]:s.starts[from+1]])
		}
		s.sorted[i] = true
	}
	return s.partition(i)
}

// partition is the entries of partition i.
func (s *Sorted) partition(i int) []entry {
	from, to := s.cut.of(i)
	return s.entries[s.starts[from]:s.starts[to]]
}

package shuffle

import (
	"fmt"

	"github.com/verdigris-db/verdigris/partitioner"
)

// Positions says which column of a batch is which part of a record, by index into Batch.Columns.
type Positions struct {
	Key, Clustering, Values []int // in the order of the schema
	Recency                 int   // under RuleLatest
}

// InOrder is the Positions of batches whose columns stand in the order of a record: key, clustering, values, recency.
func InOrder(l *Layout) Positions {
	next := 0
	take := func(n int) []int {
		p := make([]int, n)
		for i := range p {
			p[i] = next
			next++
		}
		return p
	}
	return Positions{Key: take(len(l.schema.Key)), Clustering: take(len(l.schema.Clustering)), Values: take(len(l.schema.Values)),
		Recency: next}
}

// ArenaOptions are an arena's parts and bounds.
type ArenaOptions struct {
	Positions Positions
	Slices    partitioner.Slices
	Limit     int64 // bytes that the arena may hold; at least MinArenaBytes
	SlabBytes int64 // size of a slab; 0 is DefaultSlabBytes(Limit)
}

// Arena collects the rows of one goroutine as records in slabs that hold no pointers, with an entry for each row.
// It belongs to one goroutine; Sorted takes many arenas together.
type Arena struct {
	layout *Layout
	cut    division
	at     Positions

	limit      int64
	slabBytes  int
	chunkRows  int
	bytes      int64    // allocated, spares included
	slabs      [][]byte // the last one but oversized ones is being filled
	fill       int      // index of the slab being filled; -1 is none
	used       int      // bytes used of it
	spare      [][]byte // slabs of slabBytes for reuse
	chunks     [][]entry
	spareChunk [][]entry
	counts     []count  // by partition
	ranges     []uint32 // rows by range
	rows       uint64
	recBytes   uint64

	plan  batchPlan
	stage stage
}

// NewArena makes an empty arena.
func NewArena(l *Layout, o ArenaOptions) (*Arena, error) {
	if err := o.Slices.Validate(); err != nil {
		return nil, fmt.Errorf("making an arena: %w", err)
	}
	if o.SlabBytes == 0 {
		o.SlabBytes = DefaultSlabBytes(o.Limit)
	}
	if o.SlabBytes < minSlabBytes || o.SlabBytes > maxSlabBytes {
		return nil, fmt.Errorf("making an arena: slabs of %d bytes, allowed are %d to %d", o.SlabBytes, minSlabBytes, maxSlabBytes)
	}
	if least := MinArenaBytes(o.Slices.R, o.SlabBytes); o.Limit < least {
		return nil, fmt.Errorf("making an arena: %w: %d bytes given, at least %d needed for %d partitions and slabs of %d bytes",
			ErrMemory, o.Limit, least, o.Slices.R, o.SlabBytes)
	}
	if n := len(o.Positions.Key) + len(o.Positions.Clustering) + len(o.Positions.Values); n != len(l.schema.Key)+l.schema.Cells() {
		return nil, fmt.Errorf("making an arena: %d columns given, %d in the schema", n, len(l.schema.Key)+l.schema.Cells())
	}
	return &Arena{
		layout: l, cut: divide(o.Slices), at: o.Positions,
		limit: o.Limit, slabBytes: int(o.SlabBytes), chunkRows: chunkRows(o.SlabBytes), fill: -1,
		counts: make([]count, o.Slices.R), ranges: make([]uint32, ranges(o.Slices.R)),
		bytes: countsBytes(o.Slices.R) + stageBytes, stage: stage{buf: make([]byte, stageBytes)},
	}, nil
}

// Rows is the number of rows in the arena.
func (a *Arena) Rows() uint64 { return a.rows }

// Bytes is the memory that the arena holds now: slabs, entries, counts and the stage, in use or kept for reuse. At most the limit.
func (a *Arena) Bytes() int64 { return a.bytes }

// RecordBytes is the length of all records in the arena together.
func (a *Arena) RecordBytes() uint64 { return a.recBytes }

// Reset empties the arena and keeps its memory for reuse, oversized slabs excepted. Nothing that was made from the arena
// may be used afterwards.
func (a *Arena) Reset() {
	for _, s := range a.slabs {
		if len(s) == a.slabBytes {
			a.spare = append(a.spare, s)
		} else {
			a.bytes -= int64(len(s))
		}
	}
	for _, c := range a.chunks {
		a.spareChunk = append(a.spareChunk, c[:0])
	}
	clear(a.counts)
	clear(a.ranges)
	a.slabs, a.chunks = nil, nil
	a.fill, a.used, a.rows, a.recBytes = -1, 0, 0, 0
}

// room makes the slab being filled have at least need free bytes, need <= slabBytes.
func (a *Arena) room(need int) error {
	if a.fill >= 0 && a.slabBytes-a.used >= need {
		return nil
	}
	var slab []byte
	if n := len(a.spare); n > 0 {
		slab, a.spare = a.spare[n-1], a.spare[:n-1]
	} else {
		if a.bytes+int64(a.slabBytes) > a.limit {
			return ErrFull
		}
		slab = make([]byte, a.slabBytes)
		a.bytes += int64(a.slabBytes)
	}
	a.slabs = append(a.slabs, slab)
	a.fill, a.used = len(a.slabs)-1, 0
	return nil
}

// oversized adds a slab of its own for one record of size bytes, and gives its index.
func (a *Arena) oversized(size int) (int, error) {
	for len(a.spare) > 0 && a.bytes+int64(size) > a.limit {
		a.spare = a.spare[:len(a.spare)-1]
		a.bytes -= int64(a.slabBytes)
	}
	if a.bytes+int64(size) > a.limit {
		if a.rows == 0 {
			return 0, fmt.Errorf("%w: a row of %d bytes, %d of %d bytes left", ErrMemory, size, a.limit-a.bytes, a.limit)
		}
		return 0, ErrFull
	}
	a.slabs = append(a.slabs, make([]byte, size))
	a.bytes += int64(size)
	return len(a.slabs) - 1, nil
}

// chunk is the last chunk of entries, with room for at least one.
func (a *Arena) chunk() (*[]entry, error) {
	if n := len(a.chunks); n > 0 && len(a.chunks[n-1]) < a.chunkRows {
		return &a.chunks[n-1], nil
	}
	var c []entry
	if n := len(a.spareChunk); n > 0 {
		c, a.spareChunk = a.spareChunk[n-1], a.spareChunk[:n-1]
	} else {
		size := int64(a.chunkRows) * entryBytes
		if a.bytes+size > a.limit {
			return nil, ErrFull
		}
		c = make([]entry, 0, a.chunkRows)
		a.bytes += size
	}
	a.chunks = append(a.chunks, c)
	return &a.chunks[len(a.chunks)-1], nil
}

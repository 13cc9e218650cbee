package shuffle

import (
	"math"

	"github.com/klauspost/compress/s2"

	"github.com/verdigris-db/verdigris/partitioner"
)

// The memory of the shuffle by formula. The plan divides the budget with these; the tests hold the code to them.

const (
	countBytes   = 24 // a partition's count in an arena
	rangeBytes   = 4  // a range's count, or where its entries begin
	minSlabBytes = 4 << 10
	maxSlabBytes = 64 << 20
)

// chunkRows is the number of entries allocated at a time: a sixteenth of a slab.
func chunkRows(slabBytes int64) int { return int(slabBytes / 16 / entryBytes) }

// DefaultSlabBytes is the slab size for an arena of limit bytes: a sixteenth of it, so that little is lost at the end,
// 64 KiB to 64 MiB.
func DefaultSlabBytes(limit int64) int64 { return min(max(limit/16, 64<<10), maxSlabBytes) }

// ranges is the number of ranges of so many partitions.
func ranges(partitions int) int64 { return int64(divide(partitioner.Slices{R: partitions}).ranges()) }

// countsBytes is the memory of an arena's counts.
func countsBytes(partitions int) int64 {
	return int64(partitions)*countBytes + ranges(partitions)*rangeBytes
}

// MinArenaBytes is the smallest limit of an arena: one slab, one chunk of entries, the counts of partitions
// and ranges, the stage.
func MinArenaBytes(partitions int, slabBytes int64) int64 {
	return slabBytes + int64(chunkRows(slabBytes))*entryBytes + countsBytes(partitions) + stageBytes
}

// ArenaBytes bounds the memory of an arena with rows records of recordBytes bytes together, the largest of them of
// maxRecord bytes.
func ArenaBytes(rows, recordBytes, maxRecord int64, partitions int, slabBytes int64) int64 {
	lost := min(maxRecord+slack, slabBytes/oversizedShare) // at the end of each slab
	slabs := 1 + (recordBytes+slabBytes-lost-1)/(slabBytes-lost)
	perChunk := int64(chunkRows(slabBytes))
	chunks := (rows + perChunk - 1) / perChunk
	return slabs*slabBytes + chunks*perChunk*entryBytes + countsBytes(partitions) + stageBytes
}

// SortedBytes is the memory of a Sorted of rows rows, beside the arenas.
func SortedBytes(rows int64, partitions int) int64 {
	return rows*entryBytes + int64(partitions)*(countBytes+1) + (ranges(partitions)+1)*rangeBytes
}

// ScratchBytes bounds the memory of a Scratch that sorts at most rows rows at a time.
func ScratchBytes(rows int64) int64 { return rows*entryBytes + 64<<10 }

// RunWriterBytes bounds the memory of WriteRun beside the Sorted's: partitions is R, partitionRows the rows of the largest
// partition.
func RunWriterBytes(o RunOptions, partitions int, partitionRows int64) int64 {
	o = o.withDefaults()
	sorting := int64(o.Workers) * ScratchBytes(partitionRows)
	body := int64(s2.MaxEncodedLen(o.BlockBytes))
	units := int64(unitsInFlight(o.Workers))*int64(s2.MaxEncodedLen(maxPacked)) + int64(bodiesInFlight(o.Workers))*body
	packing := units + int64(o.Workers)*(body+packerBytes)
	return max(sorting, packing) + indexLen(partitions) + writeBytes
}

// MergeBytes is memory that suffices for NewMerge of so many runs written with o. Where rows may be longer than a block,
// the longest has maxRecord bytes, and piled is how many of these are compared at the same time: 1 where each key has one
// row, else two for a key whose rows are all in one run, and one more for each further run.
func MergeBytes(runs int, o RunOptions, maxRecord int64, piled int) int64 {
	o = o.withDefaults()
	var n needs
	for range runs {
		n.add(&indexEntry{PartitionInfo: PartitionInfo{Length: math.MaxInt64, Stats: Stats{Kept: math.MaxInt32}}, largest: o.BlockBytes}, o.BlockBytes)
	}
	if maxRecord <= int64(o.BlockBytes) {
		return n.least()
	}
	n.large = maxRecord
	return n.least() + largeShare*maxRecord*int64(max(piled, 1)-1)
}

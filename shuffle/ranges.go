package shuffle

import (
	"math/bits"

	"github.com/verdigris-db/verdigris/partitioner"
)

// maxRanges is the number of ranges into which entries are cut in one pass, unless there are more partitions: the places
// where the next entry of each range goes should stay in the first cache.
const maxRanges = 256

// division cuts the tokens into ranges, in token order. Where partitions are few each is several ranges: the entries of a
// range are sorted in the second cache, those of a partition of 256 MiB would not fit it.
type division struct {
	slices partitioner.Slices
	split  uint8 // a partition is 1<<split ranges
}

func divide(s partitioner.Slices) division {
	return division{s, uint8(bits.Len(uint(max(maxRanges/s.R, 1))) - 1)}
}

// locate is the partition of a token and its range.
func (d division) locate(token int64) (partition, at int) {
	partition, position := d.slices.Locate(token)
	return partition, partition<<d.split | int(position>>(64-d.split))
}

// ranges is the number of ranges.
func (d division) ranges() int { return d.slices.R << d.split }

// of is the ranges of a partition, from .. to-1.
func (d division) of(partition int) (from, to int) {
	return partition << d.split, (partition + 1) << d.split
}

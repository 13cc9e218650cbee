package table

import (
	"encoding/binary"
	"fmt"
	"math"
)

// index says where each bucket is: a start for each group of buckets, and for each bucket how far behind it begins,
// together 2.25 bytes a bucket.
type index struct {
	shift  uint // 1<<shift buckets are a group
	groups []uint64
	within []uint16
	total  uint64 // bytes of all buckets
}

// Groups of 32 buckets are small enough to be counted in 16 bits unless many neighbours are nearly full, groups of 16
// always are: 15 * MaxBucket.
const (
	wideGroup, narrowGroup = 5, 4
)

// parseIndex decodes the index section: n lengths u16, checksum u32.
func parseIndex(b []byte, n, total uint64) (*index, error) {
	body, err := verify(b, 0)
	if err != nil {
		return nil, err
	}
	x := newIndex(body, n, wideGroup)
	if x == nil {
		x = newIndex(body, n, narrowGroup)
	}
	if x == nil {
		return nil, fmt.Errorf("a bucket is longer than %d bytes", MaxBucket)
	}
	if x.total != total {
		return nil, fmt.Errorf("buckets of %d bytes, the header says %d", x.total, total)
	}
	return x, nil
}

// newIndex is nil when lengths are out of range for groups of this size.
func newIndex(lengths []byte, n uint64, shift uint) *index {
	x := &index{shift: shift, groups: make([]uint64, 0, (n+1)>>shift+1), within: make([]uint16, n+1)}
	offset, start := uint64(0), uint64(0)
	for i := range n + 1 {
		if i&(1<<shift-1) == 0 {
			start = offset
			x.groups = append(x.groups, start)
		}
		if offset-start > math.MaxUint16 {
			return nil
		}
		x.within[i] = uint16(offset - start)
		if i < n {
			length := binary.LittleEndian.Uint16(lengths[2*i:])
			if length > MaxBucket {
				return nil
			}
			offset += uint64(length)
		}
	}
	x.total = offset
	return x
}

// bucket is where bucket i < n begins in the section and how long it is.
func (x *index) bucket(i uint64) (offset uint64, length int) {
	j := i + 1
	offset = x.groups[i>>x.shift] + uint64(x.within[i])
	return offset, int(x.groups[j>>x.shift] + uint64(x.within[j]) - offset)
}

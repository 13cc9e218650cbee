package partitioner

import (
	"fmt"
	"math"
	"math/bits"
)

// MaxR bounds the number of partitions of a view.
const MaxR = 1 << 20

// Slices cuts the token space into R equal partitions, 0 .. R-1 in token order. R is 1 .. MaxR.
type Slices struct{ R int }

// Validate reports an R outside 1 .. MaxR.
func (s Slices) Validate() error {
	if s.R < 1 || s.R > MaxR {
		return fmt.Errorf("%d partitions: allowed are 1 to %d", s.R, MaxR)
	}
	return nil
}

// Locate is the partition of a token and its position inside it, in units of 1/2^64 of the partition.
// The token is not MinToken.
func (s Slices) Locate(token int64) (index int, position uint64) {
	hi, lo := bits.Mul64(unsigned(token), uint64(s.R))
	return int(hi), lo
}

// Token is the lowest token of partition index whose position is at least position: the inverse of Locate. A position
// above the partition's last token gives the first token of the next partition, and math.MaxInt64 behind the last.
func (s Slices) Token(index int, position uint64) int64 {
	r := uint64(s.R)
	u, rem := bits.Div64(uint64(index), position, r)
	if rem > 0 {
		u++
	}
	if u >= math.MaxUint64 || (u == 0 && (index > 0 || position > 0)) { // 2^64 - 1 belongs to no token; 0 is an overflow
		return math.MaxInt64
	}
	return signed(u)
}

// Bounds is the token range (lo, hi] of partition index.
func (s Slices) Bounds(index int) (lo, hi int64) {
	return s.bound(index), s.bound(index + 1)
}

// bound is b_i = -2^63 + ceil(i * 2^64 / R), and 2^63 - 1 for i = R.
func (s Slices) bound(i int) int64 {
	if i >= s.R {
		return math.MaxInt64
	}
	r := uint64(s.R)
	u, _ := bits.Div64(uint64(i), r-1, r) // (i * 2^64 + r - 1) / r
	return int64(u ^ 1<<63)
}

// unsigned maps the tokens -2^63+1 .. 2^63-1 to 0 .. 2^64-2, in order.
func unsigned(token int64) uint64 { return (uint64(token) ^ 1<<63) - 1 }

func signed(u uint64) int64 { return int64((u + 1) ^ 1<<63) }

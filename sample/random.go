package sample

import "math/bits"

// random is splitmix64: a stream of numbers that is fixed by where it starts. The standard library's sources are as fixed, but
// not how its methods use them.
type random uint64

// stream is the random numbers of one purpose for row i of a seed.
func stream(seed uint64, i int64, purpose uint64) *random {
	r := random(seed)
	for _, part := range []uint64{uint64(i), purpose} {
		r = random(r.next() ^ part)
	}
	return &r
}

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number in [0, n); n is above 0.
func (r *random) below(n int64) int64 {
	high, _ := bits.Mul64(r.next(), uint64(n))
	return int64(high)
}

// between is a number in [low, high].
func (r *random) between(low, high int64) int64 { return low + r.below(high-low+1) }

// percent is true n times of a hundred.
func (r *random) percent(n int64) bool { return r.below(100) < n }

// pick is one of list.
func pick[T any](r *random, list []T) T { return list[r.below(int64(len(list)))] }

// few is one of list, the first ones far more often: the smaller of two draws, twice.
func few[T any](r *random, list []T) T {
	n := int64(len(list))
	return list[min(r.below(n), r.below(n), r.below(n))]
}

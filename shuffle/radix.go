package shuffle

import (
	"math/bits"
	"slices"
)

// Scratch is the working memory of one goroutine that sorts. It grows to 16 bytes for each row of the largest range
// sorted with it; the zero value is ready.
type Scratch struct {
	entries []entry
	buckets []uint32
}

const (
	insertionRows = 24 // up to here insertion sort is faster than another pass
	maxDigit      = 11 // bits; 2048 bucket positions stay in the first cache
)

// sort orders a by token: a most significant digit radix sort between a and scratch, ending in insertion sorts.
// Tokens are uniform, so one or two passes leave buckets of a few entries. Entries of one token stay in no special order.
func (s *Scratch) sort(a []entry) {
	if len(a) <= insertionRows {
		insertion(a)
		return
	}
	low, high := a[0].token, a[0].token
	for i := range a {
		low, high = min(low, a[i].token), max(high, a[i].token)
	}
	if cap(s.entries) < len(a) {
		s.entries = nil // let the old one go before the new one comes
		s.entries = make([]entry, len(a))
	}
	s.radix(a, s.entries[:len(a)], low, bits.Len64(high-low), inFirst)
}

// side says in which of two slices the sorted entries are wanted.
type side bool

const (
	inFirst  side = false
	inSecond side = true
)

// radix sorts the entries of a by the low width bits of token - base; b has the length of a.
func (s *Scratch) radix(a, b []entry, base uint64, width int, want side) {
	if len(a) <= insertionRows || width == 0 {
		if width > 0 {
			insertion(a)
		}
		if want == inSecond {
			copy(b, a)
		}
		return
	}
	digit := min(bits.Len(uint(len(a)))-3, maxDigit, width)
	width -= digit
	mask := uint64(1)<<digit - 1
	mark := len(s.buckets)
	s.buckets = slices.Grow(s.buckets, 1<<digit)[:mark+1<<digit]
	ends := s.buckets[mark:]
	clear(ends)
	for i := range a {
		ends[(a[i].token-base)>>width&mask]++
	}
	sum := uint32(0)
	for i, n := range ends {
		ends[i] = sum
		sum += n
	}
	for _, e := range a {
		end := &ends[(e.token-base)>>width&mask]
		b[*end] = e
		*end++
	}
	lo := uint32(0)
	for i := range 1 << digit {
		hi := s.buckets[mark+i] // the recursion may have moved the slice
		switch {
		case hi-lo > insertionRows:
			s.radix(b[lo:hi], a[lo:hi], base, width, !want)
		case hi > lo:
			insertion(b[lo:hi])
			if want == inFirst {
				copy(a[lo:hi], b[lo:hi])
			}
		}
		lo = hi
	}
	s.buckets = s.buckets[:mark]
}

func insertion(a []entry) {
	for i := 1; i < len(a); i++ {
		e := a[i]
		j := i
		for j > 0 && a[j-1].token > e.token {
			a[j] = a[j-1]
			j--
		}
		a[j] = e
	}
}

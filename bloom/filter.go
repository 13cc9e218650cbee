package bloom

import (
	"bytes"
	"math/bits"
)

// Filter is a set of bits with its parameters: read-only, shared by goroutines.
type Filter struct {
	header Header
	words  []uint64
}

// Header is what the filter says about itself.
func (f *Filter) Header() Header { return f.header }

// Has reports whether the key with this partitioner.Hash128 may be in the table; false is certain.
func (f *Filter) Has(h1, h2 uint64) bool {
	at, step := sequence(h1, h2)
	k, words, size := f.header.K, f.words, f.header.Bits
	// Of an absent key each bit is set in half of all cases, which nothing foretells; of four bits one is almost always 0.
	for ; k >= 4; k -= 4 {
		if bitOf(words, size, at)&bitOf(words, size, at+step)&bitOf(words, size, at+2*step)&bitOf(words, size, at+3*step) == 0 {
			return false
		}
		at += 4 * step
	}
	for ; k > 0; k-- {
		if bitOf(words, size, at) == 0 {
			return false
		}
		at += step
	}
	return true
}

// bitOf is the bit that number at picks, the lowest of the result.
func bitOf(words []uint64, size, at uint64) uint64 {
	bit, _ := bits.Mul64(at, size)
	return words[bit>>6] >> (bit & 63) & 1
}

// sequence starts a key's numbers at, at+step, at+2*step, ..; each picks a bit by its high bits. All keys of a table
// share the high bits of h1, their partition, so h1 only gives the step, spread by an odd constant.
func sequence(h1, h2 uint64) (at, step uint64) {
	return h2, h1*0x9e3779b97f4a7c15 | 1
}

// Measure asks the filter for n hashes that no key has (a fixed pseudo-random sequence of 128-bit numbers) and counts
// how many it takes for present.
func (f *Filter) Measure(n uint64) (matches uint64) {
	for i := range n {
		if f.Has(scramble(2*i), scramble(2*i+1)) {
			matches++
		}
	}
	return matches
}

// scramble is the SplitMix64 generator's i-th output.
func scramble(i uint64) uint64 {
	x := (i + 1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Builder collects the keys of one filter.
type Builder struct{ filter Filter }

// New is a builder for a filter of the given number of keys and rate of false positives per million, 1 .. MaxPPM.
func New(keys uint64, ppm uint32) (*Builder, error) {
	p, err := NewHeader(keys, ppm)
	if err != nil {
		return nil, err
	}
	return &Builder{Filter{header: p, words: make([]uint64, p.Bits/64)}}, nil
}

// Add puts in a key by its partitioner.Hash128.
func (b *Builder) Add(h1, h2 uint64) {
	k, words, size := b.filter.header.K, b.filter.words, b.filter.header.Bits
	at, step := sequence(h1, h2)
	for range k {
		bit, _ := bits.Mul64(at, size)
		words[bit>>6] |= 1 << (bit & 63)
		at += step
	}
}

// Bytes is the finished filter file.
func (b *Builder) Bytes() []byte {
	var out bytes.Buffer
	out.Grow(int(b.filter.Size()))
	if _, err := b.filter.WriteTo(&out); err != nil {
		panic(err) // a buffer takes every write
	}
	return out.Bytes()
}

// Filter is the filter of the keys added so far; it shares the builder's bits.
func (b *Builder) Filter() *Filter { return &b.filter }

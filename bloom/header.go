package bloom

import (
	"fmt"
	"math/bits"
)

// Bounds of a filter's parameters.
const (
	MaxKeys = 1 << 36
	MaxPPM  = 500_000
	maxBits = 1 << 42
	maxK    = 32
)

// Header is what a filter says about itself: its size, and what it was made for.
type Header struct {
	Keys uint64 `json:"keys"`
	PPM  uint32 `json:"false_positives_per_million"`
	Bits uint64 `json:"bits"`
	K    uint32 `json:"k"` // bits set and tested for each key
}

// NewHeader sizes the smallest filter for the given number of keys and rate of false positives per million:
// keys * log2(1/rate) / ln 2 bits and a 64th more, rounded up to whole words, and log2(1/rate) bits a key, rounded up. The
// formula is for k independent bits; here they are steps from one place, and without the 64th the rate is 6 % too high.
func NewHeader(keys uint64, ppm uint32) (Header, error) {
	if ppm < 1 || ppm > MaxPPM {
		return Header{}, fmt.Errorf("sizing bloom filter: %d false positives per million, allowed are 1 to %d", ppm, MaxPPM)
	}
	if keys > MaxKeys {
		return Header{}, fmt.Errorf("sizing bloom filter: %d keys, allowed are %d", keys, uint64(MaxKeys))
	}
	const inverseLn2 = 6196328019 // 2^32 / ln 2
	// All of these have 32 fraction bits.
	doublings := log2(1_000_000, uint64(ppm))
	bitsPerKey := multiply(doublings, inverseLn2)
	bitsPerKey += bitsPerKey / 64
	words := multiply(keys, bitsPerKey)/64 + 1 // keys is whole, so is this
	return Header{
		Keys: keys,
		PPM:  ppm,
		Bits: words * 64,
		K:    uint32((doublings + 1<<32 - 1) >> 32),
	}, nil
}

// multiply is a * b / 2^32, rounded down.
func multiply(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi<<32 | lo>>32
}

// log2 is the binary logarithm of num/den >= 1 with 32 fraction bits, rounded down.
func log2(num, den uint64) uint64 {
	var whole uint64
	for num >= 2*den {
		den *= 2
		whole++
	}
	x, _ := bits.Div64(num>>2, num<<62, den) // 1 <= x < 2, 62 fraction bits
	log := whole << 32
	for bit := uint64(1) << 31; bit > 0; bit >>= 1 {
		hi, lo := bits.Mul64(x, x)
		x = hi<<2 | lo>>62
		if x >= 1<<63 {
			x >>= 1
			log |= bit
		}
	}
	return log
}

// validate checks what a file says; a filter may be of another size than NewHeader would choose.
func (p Header) validate() error {
	switch {
	case p.K < 1 || p.K > maxK:
		return fmt.Errorf("%d bits a key, allowed are 1 to %d", p.K, maxK)
	case p.Bits < 64 || p.Bits > maxBits || p.Bits%64 != 0:
		return fmt.Errorf("%d bits, allowed are multiples of 64 from 64 to %d", p.Bits, uint64(maxBits))
	case p.PPM < 1 || p.PPM > MaxPPM:
		return fmt.Errorf("%d false positives per million, allowed are 1 to %d", p.PPM, MaxPPM)
	case p.Keys > MaxKeys:
		return fmt.Errorf("%d keys, allowed are %d", p.Keys, uint64(MaxKeys))
	}
	return nil
}

package writertest

import (
	"encoding/binary"
	"math/bits"
)

// Collisions makes n keys of 32 bytes that begin with prefix, at most 8 bytes, and have one Hash128: behind any first block of
// 16 bytes the second can be chosen so that MurmurHash3's state is the same.
func Collisions(prefix string, n int) [][]byte {
	const c1, c2 = 0x87c37b91114253d5, 0x4cf5ad432745937f
	block := func(h1, h2, k1, k2 uint64) (uint64, uint64) {
		h1 ^= bits.RotateLeft64(k1*c1, 31) * c2
		h1 = (bits.RotateLeft64(h1, 27)+h2)*5 + 0x52dce729
		h2 ^= bits.RotateLeft64(k2*c2, 33) * c1
		return h1, (bits.RotateLeft64(h2, 31)+h1)*5 + 0x38495ab5
	}
	const goal1, goal2 = 0x0123456789abcdef, 0xfedcba9876543210
	first := binary.LittleEndian.Uint64(append([]byte(prefix), make([]byte, 8)...))
	keys := make([][]byte, n)
	for i := range keys {
		h1, h2 := block(0, 0, first, uint64(i))
		x1 := bits.RotateLeft64((goal1-0x52dce729)*inverse(5)-h2, -27) ^ h1
		x2 := bits.RotateLeft64((goal2-0x38495ab5)*inverse(5)-goal1, -31) ^ h2
		k := binary.LittleEndian.AppendUint64(nil, first)
		k = binary.LittleEndian.AppendUint64(k, uint64(i))
		k = binary.LittleEndian.AppendUint64(k, bits.RotateLeft64(x1*inverse(c2), -31)*inverse(c1))
		keys[i] = binary.LittleEndian.AppendUint64(k, bits.RotateLeft64(x2*inverse(c1), -33)*inverse(c2))
	}
	return keys
}

// inverse is the multiplicative inverse of an odd number mod 2^64.
func inverse(a uint64) uint64 {
	x := a
	for range 6 {
		x *= 2 - a*x
	}
	return x
}

package partitioner

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// MinToken is the one token that no key has: it bounds the first partition from below.
const MinToken = math.MinInt64

const (
	c1 = 0x87c37b91114253d5
	c2 = 0x4cf5ad432745937f
)

// Key is a partition key with its hash, computed once for the bloom filter, the token and the table.
type Key struct {
	Bytes  []byte // see cql.CompositeKey
	H1, H2 uint64 // Hash128 of Bytes
}

// NewKey hashes a partition key, which it keeps.
func NewKey(key []byte) Key {
	h1, h2 := Hash128(key)
	return Key{Bytes: key, H1: h1, H2: h2}
}

// Token is the key's token.
func (k Key) Token() int64 { return FromHash(k.H1) }

// Token is the Murmur3 token of a partition key's bytes, as Cassandra computes it. It is never MinToken.
func Token(key []byte) int64 {
	h1, _ := Hash128(key)
	return FromHash(h1)
}

// FromHash is the token of a key whose Hash128 begins with h1.
func FromHash(h1 uint64) int64 {
	if t := int64(h1); t != MinToken {
		return t
	}
	return math.MaxInt64
}

// Hash128 is the 128-bit MurmurHash3 (x64, seed 0) of a key with Cassandra's sign-extended tail bytes.
// Keys of 4 and 8 bytes, the integers, take a shorter way to the same result.
func Hash128(key []byte) (h1, h2 uint64) {
	switch len(key) {
	case 8:
		return hashTail8(binary.LittleEndian.Uint64(key), 8)
	case 4:
		return hashTail8(uint64(binary.LittleEndian.Uint32(key)), 4)
	}
	return hash(key)
}

// hashTail8 is hash for a key of n <= 8 bytes, given as a little-endian number.
func hashTail8(tail, n uint64) (h1, h2 uint64) {
	return finish(mixK1(signExtend(tail))^n, n)
}

func hash(key []byte) (h1, h2 uint64) {
	rest := key
	for len(rest) >= 16 {
		h1 ^= mixK1(binary.LittleEndian.Uint64(rest))
		h1 = bits.RotateLeft64(h1, 27) + h2
		h1 = h1*5 + 0x52dce729
		h2 ^= mixK2(binary.LittleEndian.Uint64(rest[8:]))
		h2 = bits.RotateLeft64(h2, 31) + h1
		h2 = h2*5 + 0x38495ab5
		rest = rest[16:]
	}
	if len(rest) > 8 {
		h2 ^= mixK2(signExtend(little(rest[8:])))
		rest = rest[:8]
	}
	h1 ^= mixK1(signExtend(little(rest))) // of no bytes: 0
	n := uint64(len(key))
	return finish(h1^n, h2^n)
}

// little reads at most 8 bytes as a little-endian number.
func little(b []byte) uint64 {
	if len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	var x uint64
	for i, c := range b {
		x |= uint64(c) << (8 * i)
	}
	return x
}

// signExtend is the exclusive or of tail's bytes, each taken as a signed number shifted to its place: what Cassandra's
// Java makes of the tail. A byte with its high bit set inverts every byte above it, so byte i is inverted when an odd
// number of the bytes below it have theirs set.
func signExtend(tail uint64) uint64 {
	odd := (tail >> 7 & 0x0101010101010101) << 8
	odd ^= odd << 8
	odd ^= odd << 16
	odd ^= odd << 32
	return tail ^ odd*0xff
}

func mixK1(k uint64) uint64 { return bits.RotateLeft64(k*c1, 31) * c2 }

func mixK2(k uint64) uint64 { return bits.RotateLeft64(k*c2, 33) * c1 }

func finish(h1, h2 uint64) (uint64, uint64) {
	h1 += h2
	h2 += h1
	h1, h2 = mix(h1), mix(h2)
	h1 += h2
	return h1, h2 + h1
}

func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

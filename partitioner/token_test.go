package partitioner

import (
	"bufio"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/spaolacci/murmur3"
	"pgregory.net/rapid"
)

// TestTokensOfCassandra compares with tokens made by Cassandra 5's own Murmur3Partitioner.
func TestTokensOfCassandra(t *testing.T) {
	f, err := os.Open("testdata/tokens.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := 0
	for sc := bufio.NewScanner(f); sc.Scan(); {
		col := strings.Split(sc.Text(), "\t")
		key, err := hex.DecodeString(col[1])
		if err != nil {
			t.Fatal(err)
		}
		want, err := strconv.ParseInt(col[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		lines++
		if len(key) == 0 {
			continue // no partition key is empty: Cassandra gives it MinToken without hashing
		}
		if got := Token(key); got != want {
			t.Errorf("line %d: token of %s %s is %d, want %d", lines, col[0], col[1], got, want)
		}
	}
	if lines < 2000 {
		t.Fatalf("read %d lines", lines)
	}
}

// javaHash is MurmurHash.hash3_x64_128 as Cassandra writes it: byte by byte, each tail byte signed.
func javaHash(key []byte) (uint64, uint64) {
	var h1, h2 uint64
	load := func(b []byte) (x uint64) {
		for i := range 8 {
			x |= uint64(b[i]) << (8 * i)
		}
		return x
	}
	body := len(key) / 16 * 16
	for i := 0; i < body; i += 16 {
		k1, k2 := load(key[i:]), load(key[i+8:])
		k1 *= c1
		k1 = k1<<31 | k1>>33
		k1 *= c2
		h1 ^= k1
		h1 = h1<<27 | h1>>37
		h1 += h2
		h1 = h1*5 + 0x52dce729
		k2 *= c2
		k2 = k2<<33 | k2>>31
		k2 *= c1
		h2 ^= k2
		h2 = h2<<31 | h2>>33
		h2 += h1
		h2 = h2*5 + 0x38495ab5
	}
	var k1, k2 uint64
	for i, c := range key[body:] {
		signed := uint64(int64(int8(c)))
		if i < 8 {
			k1 ^= signed << (8 * i)
		} else {
			k2 ^= signed << (8 * (i - 8))
		}
	}
	k2 *= c2
	k2 = k2<<33 | k2>>31
	k2 *= c1
	h2 ^= k2
	k1 *= c1
	k1 = k1<<31 | k1>>33
	k1 *= c2
	h1 ^= k1
	h1 ^= uint64(len(key))
	h2 ^= uint64(len(key))
	h1 += h2
	h2 += h1
	for _, h := range []*uint64{&h1, &h2} {
		*h ^= *h >> 33
		*h *= 0xff51afd7ed558ccd
		*h ^= *h >> 33
		*h *= 0xc4ceb9fe1a85ec53
		*h ^= *h >> 33
	}
	h1 += h2
	return h1, h2 + h1
}

func TestHashMatchesPlainForm(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 70 {
		for range 300 {
			key := make([]byte, n)
			for i := range key {
				key[i] = byte(rng.Uint64())
			}
			w1, w2 := javaHash(key)
			if g1, g2 := Hash128(key); g1 != w1 || g2 != w2 {
				t.Fatalf("%x: got %x %x, want %x %x", key, g1, g2, w1, w2)
			}
			if g1, g2 := hash(key); g1 != w1 || g2 != w2 {
				t.Fatalf("%x by the general way: got %x %x, want %x %x", key, g1, g2, w1, w2)
			}
		}
	}
}

// TestHashMatchesMurmur3 uses the published MurmurHash3 as a second opinion on keys without signed tail bytes.
func TestHashMatchesMurmur3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "key")
		for i := len(key) / 16 * 16; i < len(key); i++ {
			key[i] &= 0x7f
		}
		w1, w2 := murmur3.Sum128(key)
		if g1, g2 := Hash128(key); g1 != w1 || g2 != w2 {
			t.Fatalf("%x: got %x %x, want %x %x", key, g1, g2, w1, w2)
		}
	})
}

func TestFromHashNeverMinToken(t *testing.T) {
	if got := FromHash(1 << 63); got != math.MaxInt64 {
		t.Fatalf("got %d", got)
	}
	if got := FromHash(1<<63 + 1); got != MinToken+1 {
		t.Fatalf("got %d", got)
	}
}

func BenchmarkToken(b *testing.B) {
	for _, n := range []int{4, 8, 16, 23, 100} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			key := make([]byte, n)
			var sum int64
			for i := 0; b.Loop(); i++ {
				key[i%n]++
				sum += Token(key)
			}
			if sum == 1 {
				b.Fatal("unlikely")
			}
		})
	}
}

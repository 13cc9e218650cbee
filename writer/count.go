package writer

import "bytes"

// How full buckets are made, in bytes. Keys fall into buckets at random, so a bucket's size has the mean S1/n and the
// variance S2/n, with S1 the sum of the entries' sizes and S2 that of their squares. With at least S2/spread buckets that
// is a standard deviation of 724 bytes at most, so that more than 4 KiB is rare whatever the entries' sizes.
const (
	bucketMean = 1024
	spread     = 1 << 19
)

// totals is what the number of buckets is made from.
type totals struct {
	keys        int64 // in buckets
	sum, square int64 // of their key and row bytes
	refs        int64
	refSum      int64
	prefix      []byte // that the keys share
	keyLength   int    // that they share, 0 if not
}

// addKey counts an entry with its key.
func (t *totals) addKey(key []byte, size int) {
	if t.keys == 0 {
		t.prefix = append(t.prefix[:0], key...)
		t.keyLength = len(key)
	}
	if len(key) != t.keyLength {
		t.keyLength = 0
	}
	if !bytes.HasPrefix(key, t.prefix) {
		n := 0
		for n < len(key) && key[n] == t.prefix[n] {
			n++
		}
		t.prefix = t.prefix[:n]
	}
	t.keys++
	t.sum += int64(size)
	t.square += int64(size) * int64(size)
}

// addRef counts a reference of this size.
func (t *totals) addRef(size int) {
	t.refs++
	t.refSum += int64(size)
}

// ratio is how many bytes a codec makes of 1024 bytes of a bucket's body.
type ratio int64

const noRatio ratio = 1024

// buckets is the number of buckets.
func (t *totals) buckets(r ratio) uint64 {
	around := int64(2 - len(t.prefix)) // tag and length, less the prefix
	if t.keyLength == 0 {
		around++
	}
	sum := t.sum + around*t.keys
	square := t.square + 2*around*t.sum + around*around*t.keys
	refs := t.refSum + 2*t.refs
	most := max(divideUp(sum, maxBody), divideUp(refs, bucketMean))
	packed := sum/1024*int64(r) + refs
	packedSquare := square / (1 << 20) * int64(r) * int64(r)
	if r == noRatio {
		packed, packedSquare = sum+refs, square
	}
	return uint64(max(1, most, divideUp(packed, bucketMean), divideUp(packedSquare, spread)))
}

// maxBody is the mean size of a bucket's body for codecs that pack it: the time to decode one grows with it.
const maxBody = 4096

func divideUp(a, b int64) int64 { return (a + b - 1) / b }

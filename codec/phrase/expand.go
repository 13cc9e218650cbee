package phrase

import (
	"encoding/binary"
	"unsafe"
)

// expand is Expand of up to chunkIn bytes into out, which has room for MaxPhrase bytes for each code and as many behind.
// ok is false when a code is not in use or the bits behind the last are not 0.
//
// A code of whatever bytes is below MaxCodes, and no length is above MaxPhrase: every store here is in the room that the
// first line asks for.
func (t *Table) expand(out []byte, o int, src []byte) (end int, ok bool) {
	if len(out)-o < (len(src)*2/3+1)*MaxPhrase {
		return o, false
	}
	to := unsafe.Pointer(unsafe.SliceData(out))
	last := int64(t.n - 1)
	var bad int64
	for len(src) >= 8 {
		x := binary.LittleEndian.Uint64(src)
		src = src[6:]
		a, b, c, d := x&codeMask, x>>12&codeMask, x>>24&codeMask, x>>36&codeMask
		*(*[MaxPhrase]byte)(unsafe.Add(to, o)) = t.text[a]
		o += int(t.length[a])
		*(*[MaxPhrase]byte)(unsafe.Add(to, o)) = t.text[b]
		o += int(t.length[b])
		*(*[MaxPhrase]byte)(unsafe.Add(to, o)) = t.text[c]
		o += int(t.length[c])
		*(*[MaxPhrase]byte)(unsafe.Add(to, o)) = t.text[d]
		o += int(t.length[d])
		bad |= (last - int64(a)) | (last - int64(b)) | (last - int64(c)) | (last - int64(d))
	}
	x := few(src)
	for n := len(src) * 2 / 3; n > 0; n-- {
		a := x & codeMask
		x >>= 12
		*(*[MaxPhrase]byte)(unsafe.Add(to, o)) = t.text[a]
		o += int(t.length[a])
		bad |= last - int64(a)
	}
	return o, bad >= 0 && x == 0
}

// few is up to 7 bytes as a number, lowest first; of more than 3, two loads that overlap.
func few(b []byte) uint64 {
	n := len(b)
	switch {
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*(n-4)&63)
	case n > 0:
		return uint64(b[0]) | uint64(b[n/2])<<(8*(n/2)&63) | uint64(b[n-1])<<(8*(n-1)&63)
	}
	return 0
}

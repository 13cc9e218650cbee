package phrase

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unsafe"
)

// Batch packs many texts in one go. It gives each the codes that Matcher.Encode gives, several texts at a time: the
// look-ups of one fill the waits of the others. It belongs to one goroutine and keeps its memory for the next batch.
type Batch struct {
	text  []byte   // the texts, MaxPhrase zeros behind each
	codes []uint16 // those of the text that starts at text[i] start at codes[i]
	spans []span
}

// span is one text, text[start:end], and where its codes end.
type span struct{ start, end, codes int }

// Reset forgets the texts.
func (b *Batch) Reset() { b.text, b.spans = b.text[:0], b.spans[:0] }

// Add copies a text into the batch.
func (b *Batch) Add(text []byte) {
	start := len(b.text)
	end := start + len(text)
	b.spans = append(b.spans, span{start: start, end: end})
	b.text = slices.Grow(b.text, len(text)+MaxPhrase)[:end+MaxPhrase]
	copy(b.text[start:], text)
	*(*[MaxPhrase]byte)(b.text[end:]) = [MaxPhrase]byte{}
}

// Len is the number of texts, Size their bytes; a batch takes some three times that much memory.
func (b *Batch) Len() int  { return len(b.spans) }
func (b *Batch) Size() int { return len(b.text) }

// TextLen is the bytes of text i, PackedLen those of its packed codes.
func (b *Batch) TextLen(i int) int   { return b.spans[i].end - b.spans[i].start }
func (b *Batch) PackedLen(i int) int { return packedLen(b.spans[i].codes - b.spans[i].start) }

// Codes is the codes of text i, until the next Reset or Encode.
func (b *Batch) Codes(i int) []uint16 { return b.codes[b.spans[i].start:b.spans[i].codes] }

// AppendPacked appends the packed codes of text i to dst.
func (b *Batch) AppendPacked(dst []byte, i int) []byte {
	s := b.spans[i]
	o, n := len(dst), s.codes-s.start
	size := packedLen(n)
	dst = slices.Grow(dst, size+packRoom)[:o+size]
	// Eight codes a turn, whatever they are behind the last: most texts take as many turns as the text before.
	out := dst[o : o+size+packRoom]
	for at := 0; at < n; at += 8 {
		codes := b.codes[s.start+at:][:8]
		binary.LittleEndian.PutUint64(out, four(codes))
		binary.LittleEndian.PutUint64(out[6:], four(codes[4:]))
		out = out[12:]
	}
	if n%2 == 1 {
		dst[o+size-1] &= 0x0f
	}
	return dst
}

// packRoom is how many bytes behind the packed codes are written to at most.
const packRoom = 14

// four is four codes packed.
func four(codes []uint16) uint64 {
	return uint64(codes[0]) | uint64(codes[1])<<12 | uint64(codes[2])<<24 | uint64(codes[3])<<36
}

// packedLen is the bytes that n codes take.
func packedLen(n int) int { return (3*n + 1) / 2 }

// lanes is how many texts are packed side by side.
const lanes = 4 // a power of 2

// lane is a part of the texts: the next byte to look at, where its text ends, where the next code goes, the text's number
// in spans, and the number of the first text behind the lane.
type lane struct{ at, end, code, span, last int }

// deal gives each lane about as many bytes of text, and says how many lanes there are.
func (b *Batch) deal(all *[lanes]lane) (n int) {
	from := 0
	for i := range lanes {
		to := from
		for to < len(b.spans) && b.spans[to].start < (i+1)*len(b.text)/lanes {
			to++
		}
		if from < to {
			s := b.spans[from]
			all[n] = lane{at: s.start, end: s.end, code: s.start, span: from, last: to}
			n++
		}
		from = to
	}
	return n
}

// Encode finds the codes of all texts. A lane's bytes lie in b.text with MaxPhrase bytes behind them, and its codes, one
// for a byte at most, in b.codes: every load and store here is inside these two, and inside m's slots.
//
// Nothing foretells which rung fits and where a text ends, and after a wrong guess the processor throws away the work of
// all lanes: so there is no branch here but for what is rare. (The ifs of one assignment become conditional moves.)
func (b *Batch) Encode(m *Matcher) {
	b.codes = slices.Grow(b.codes[:0], len(b.text))[:len(b.text)]
	text, codes, spans := unsafe.Pointer(unsafe.SliceData(b.text)), unsafe.Pointer(unsafe.SliceData(b.codes)), b.spans
	var all [lanes]lane
	for n := b.deal(&all); n > 0; {
		for i := 0; i < n; i++ {
			l := &all[i&(lanes-1)]
			t, h := load(text, l.at), load(text, l.at+8)
			s3, s4, s6, s8 := &m.three[slot(t<<40, bits3)], &m.four[slot(t<<32, bits4)], &m.six[slot(t<<16, bits6)], &m.eight[slot(t, bits8)]
			match, m3, m4, m6, m8 := uint64(m.two[uint16(t)])<<32, s3.match, s4.match, s6.match, s8.match
			if (t^s3.text)<<40 == 0 {
				match = m3
			}
			if (t^s4.text)<<(m4&shiftMask) == 0 {
				match = m4
			}
			if (t^s6.text)<<(m6&shiftMask) == 0 {
				match = m6
			}
			if t^s8.text|(h^s8.high)&s8.mask == 0 {
				match = m8
			}
			code, length := unpack(match)
			count := l.code + 1
			if left := l.end - l.at; length > left { // of an empty text, or the zeros behind it look like more of it
				if code, length = m.find(t, h, left); left == 0 {
					count, length = l.code, 0
				}
			}
			*(*uint16)(unsafe.Add(codes, 2*l.code)) = uint16(code)
			spans[l.span].codes = count
			at := l.at + length
			done := int(hit(uint64(at ^ l.end)))
			l.at = at + MaxPhrase&done
			l.code = count ^ (count^l.at)&done
			l.span -= done
			if l.span < l.last {
				l.end = spans[l.span].end
				continue
			}
			n--
			*l = all[n]
			i--
		}
	}
}

// hit is all ones where x is 0, else 0.
func hit(x uint64) uint64 {
	_, borrow := bits.Sub64(x, 1, 0)
	return -borrow
}

// load is the 8 bytes at p+i as a number, lowest first on any machine.
func load(p unsafe.Pointer, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, i))[:])
}

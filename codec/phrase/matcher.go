package phrase

import "encoding/binary"

// The rungs of the ladder: how many bytes of text choose the slot, and how many bits number the slots.
const (
	bits3, bits4, bits6, bits8 = 11, 12, 12, 11
	multiplier                 = 0x9E3779B97F4A7C15
)

// A match is length<<56 | code<<40 | shift, so that of two the longer is the greater number. shift is 64 - 8*length for
// lengths up to 8: it drops the bytes behind the phrase from the comparison of 8 bytes of text. An empty slot has length
// 0, and a text that belongs into another slot, so that it never equals the text that leads to it.
const (
	lengthShift = 56
	codeShift   = 40
	shiftMask   = 63
)

// short is a slot of a phrase of up to 7 bytes, long of 8 to 16; mask covers the bytes from the ninth.
type short struct{ text, match uint64 }
type long struct{ text, high, mask, match uint64 }

// Matcher finds the phrases of one Table. It is read-only and may be shared by goroutines.
type Matcher struct {
	two   [1 << 16]uint32 // a match >> 32: the two-byte phrase, or the first byte alone
	three [1 << bits3]short
	four  [1 << bits4]short // 4 and 5 bytes
	six   [1 << bits6]short // 6 and 7 bytes
	eight [1 << bits8]long  // 8 to 16 bytes
}

// NewMatcher is the matcher of t. Of several phrases with one slot the first is found.
func NewMatcher(t *Table) *Matcher {
	m := emptyMatcher()
	for code := Singles; code < t.n; code++ {
		m.put(t.Phrase(code), code)
	}
	return m
}

func emptyMatcher() *Matcher {
	m := new(Matcher)
	m.clear()
	return m
}

// clear leaves the single bytes only.
func (m *Matcher) clear() {
	for i := range m.two {
		m.two[i] = uint32(1<<(lengthShift-32) | i&255<<(codeShift-32))
	}
	for i := range m.three {
		m.three[i] = short{strange(uint64(i), 40, bits3), 40}
	}
	for i := range m.four {
		m.four[i] = short{strange(uint64(i), 32, bits4), 32}
	}
	for i := range m.six {
		m.six[i] = short{strange(uint64(i), 16, bits6), 16}
	}
	for i := range m.eight {
		m.eight[i] = long{text: strange(uint64(i), 0, bits8)}
	}
}

// slot numbers the slots of a rung; text holds the rung's bytes in its high end.
func slot(text uint64, bits uint) uint64 { return text * multiplier >> (64 - bits) }

// strange is a text that does not belong into slot i of the rung that looks at text<<shift.
func strange(i uint64, shift, bits uint) uint64 {
	text := uint64(0)
	for slot(text<<shift, bits) == i {
		text++
	}
	return text
}

// put gives code's phrase p its slot and reports whether the slot was free.
func (m *Matcher) put(p []byte, code int) bool {
	var padded [MaxPhrase]byte
	copy(padded[:], p)
	text, high := binary.LittleEndian.Uint64(padded[:]), binary.LittleEndian.Uint64(padded[8:])
	match := uint64(len(p))<<lengthShift | uint64(code)<<codeShift
	switch {
	case len(p) == 2:
		return m.putTwo(uint16(text), match)
	case len(p) == 3:
		return m.three[slot(text<<40, bits3)].put(text, match|40)
	case len(p) < 6:
		return m.four[slot(text<<32, bits4)].put(text, match|uint64(64-8*len(p)))
	case len(p) < 8:
		return m.six[slot(text<<16, bits6)].put(text, match|uint64(64-8*len(p)))
	}
	s := &m.eight[slot(text, bits8)]
	if s.match>>lengthShift != 0 {
		return false
	}
	*s = long{text, high, ^uint64(0) >> (8 * (MaxPhrase - len(p))), match}
	return true
}

func (m *Matcher) putTwo(text uint16, match uint64) bool {
	if m.two[text]>>(lengthShift-32) != 1 {
		return false
	}
	m.two[text] = uint32(match >> 32)
	return true
}

func (s *short) put(text, match uint64) bool {
	if s.match>>lengthShift != 0 {
		return false
	}
	*s = short{text, match}
	return true
}

// find is the match at the front of the text whose first 16 bytes are text and high, of which left bytes are real.
// This is the definition; Batch says the same without branches.
func (m *Matcher) find(text, high uint64, left int) (code, length int) {
	fits := func(match uint64) bool { return match>>lengthShift != 0 && int(match>>lengthShift) <= left }
	if s := &m.eight[slot(text, bits8)]; fits(s.match) && text == s.text && (high^s.high)&s.mask == 0 {
		return unpack(s.match)
	}
	if s := &m.six[slot(text<<16, bits6)]; fits(s.match) && (text^s.text)<<(s.match&shiftMask) == 0 {
		return unpack(s.match)
	}
	if s := &m.four[slot(text<<32, bits4)]; fits(s.match) && (text^s.text)<<(s.match&shiftMask) == 0 {
		return unpack(s.match)
	}
	if s := &m.three[slot(text<<40, bits3)]; fits(s.match) && (text^s.text)<<40 == 0 {
		return unpack(s.match)
	}
	if match := uint64(m.two[uint16(text)]) << 32; fits(match) {
		return unpack(match)
	}
	return int(byte(text)), 1
}

func unpack(match uint64) (code, length int) {
	return int(match >> codeShift & codeMask), int(match >> lengthShift)
}

// Encode appends the codes of src to dst.
func (m *Matcher) Encode(dst, src []byte) []byte {
	dst, _ = m.EncodeBelow(dst, src, MaxEncoded(len(src))+1)
	return dst
}

// EncodeBelow is Encode that gives up, with ok false and dst as it was, when it takes limit bytes or more.
func (m *Matcher) EncodeBelow(dst, src []byte, limit int) (out []byte, ok bool) {
	start := len(dst)
	half, odd := 0, false // the low 4 bits of the byte to come, where an odd number of codes is written
	for len(src) > 0 {
		if len(dst)-start >= limit {
			return dst[:start], false
		}
		var text, high uint64
		if len(src) >= MaxPhrase {
			text, high = binary.LittleEndian.Uint64(src), binary.LittleEndian.Uint64(src[8:])
		} else {
			var padded [MaxPhrase]byte
			copy(padded[:], src)
			text, high = binary.LittleEndian.Uint64(padded[:]), binary.LittleEndian.Uint64(padded[8:])
		}
		code, length := m.find(text, high, len(src))
		src = src[length:]
		if odd {
			dst = append(dst, byte(half|code<<4), byte(code>>4))
		} else {
			dst = append(dst, byte(code))
			half = code >> 8
		}
		odd = !odd
	}
	if odd {
		dst = append(dst, byte(half))
	}
	if len(dst)-start >= limit {
		return dst[:start], false
	}
	return dst, true
}

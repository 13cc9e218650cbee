package phrase

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unsafe"
)

// Batch packs many texts in one go. It gives each the codes that Matcher.Encode gives, two texts at a time: the
// look-ups of one fill the waits of the other. It belongs to one goroutine and keeps its memory for the next batch.
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
	return appendPacked(dst, b.Codes(i))
}

// appendPacked packs codes, two in three bytes.
func appendPacked(dst []byte, codes []uint16) []byte {
	o := len(dst)
	end := o + packedLen(len(codes))
	dst = slices.Grow(dst, packedLen(len(codes))+8)[:end+8]
	for len(codes) >= 4 {
		a, b, c, d := uint64(codes[0]), uint64(codes[1]), uint64(codes[2]), uint64(codes[3])
		codes = codes[4:]
		binary.LittleEndian.PutUint64(dst[o:], a|b<<12|c<<24|d<<36)
		o += 6
	}
	var last uint64
	for i, code := range codes {
		last |= uint64(code) << (12 * i)
	}
	binary.LittleEndian.PutUint64(dst[o:], last)
	return dst[:end]
}

// packedLen is the bytes that n codes take.
func packedLen(n int) int { return (3*n + 1) / 2 }

// lane is a text being packed: the next byte to look at, the first behind the text, where its next code goes, and its
// number in spans, -1 when there is none left.
type lane struct{ at, end, code, span int }

// take gives the lane the next text.
func (b *Batch) take(l *lane, next *int) {
	if *next == len(b.spans) {
		l.span = -1
		return
	}
	s := b.spans[*next]
	*l = lane{at: s.start, end: s.end, code: s.start, span: *next}
	*next++
}

// Encode finds the codes of all texts.
func (b *Batch) Encode(m *Matcher) {
	b.codes = slices.Grow(b.codes[:0], len(b.text))[:len(b.text)]
	next := 0
	var x, y lane
	b.take(&x, &next)
	b.take(&y, &next)
	for x.span >= 0 && y.span >= 0 {
		b.both(m, &x, &y, &next)
		b.step(m, &x, &next)
		b.step(m, &y, &next)
	}
	if y.span >= 0 {
		x = y
	}
	for x.span >= 0 {
		b.one(m, &x)
		b.step(m, &x, &next)
	}
}

// step packs one code, as the definition has it, and takes the next text when this one is done.
func (b *Batch) step(m *Matcher, l *lane, next *int) {
	if l.span < 0 {
		return
	}
	if l.at < l.end {
		text := b.text[l.at:]
		code, length := m.find(binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[8:]), l.end-l.at)
		b.codes[l.code] = uint16(code)
		l.code++
		l.at += length
	}
	if l.at == l.end {
		b.spans[l.span].codes = l.code
		b.take(l, next)
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

// both packs text after text in both lanes until a lane finds none left, or a match would go beyond its text's end: step
// sees to that one. A lane's bytes lie in b.text with MaxPhrase bytes behind them, and its codes, one for a byte at
// most, in b.codes: every load and store here is inside these two, and inside m's slots.
func (b *Batch) both(m *Matcher, x, y *lane, next *int) {
	text, codes := unsafe.Pointer(unsafe.SliceData(b.text)), unsafe.Pointer(unsafe.SliceData(b.codes))
	xat, xend, xcode := x.at, x.end, x.code
	yat, yend, ycode := y.at, y.end, y.code
	for {
		xt, xh := load(text, xat), load(text, xat+8)
		xm := uint64(m.two[uint16(xt)]) << 32
		x3 := &m.three[slot(xt<<40, bits3)]
		xm ^= (xm ^ x3.match) & hit((xt^x3.text)<<40)
		x4 := &m.four[slot(xt<<32, bits4)]
		xm ^= (xm ^ x4.match) & hit((xt^x4.text)<<(x4.match&shiftMask))
		x6 := &m.six[slot(xt<<16, bits6)]
		xm ^= (xm ^ x6.match) & hit((xt^x6.text)<<(x6.match&shiftMask))
		x8 := &m.eight[slot(xt, bits8)]
		xm ^= (xm ^ x8.match) & hit(xt^x8.text|(xh^x8.high)&x8.mask)

		yt, yh := load(text, yat), load(text, yat+8)
		ym := uint64(m.two[uint16(yt)]) << 32
		y3 := &m.three[slot(yt<<40, bits3)]
		ym ^= (ym ^ y3.match) & hit((yt^y3.text)<<40)
		y4 := &m.four[slot(yt<<32, bits4)]
		ym ^= (ym ^ y4.match) & hit((yt^y4.text)<<(y4.match&shiftMask))
		y6 := &m.six[slot(yt<<16, bits6)]
		ym ^= (ym ^ y6.match) & hit((yt^y6.text)<<(y6.match&shiftMask))
		y8 := &m.eight[slot(yt, bits8)]
		ym ^= (ym ^ y8.match) & hit(yt^y8.text|(yh^y8.high)&y8.mask)

		xnext, ynext := xat+int(xm>>lengthShift), yat+int(ym>>lengthShift)
		if xnext > xend || ynext > yend {
			break
		}
		*(*uint16)(unsafe.Add(codes, 2*xcode)) = uint16(xm >> codeShift & codeMask)
		*(*uint16)(unsafe.Add(codes, 2*ycode)) = uint16(ym >> codeShift & codeMask)
		xcode++
		ycode++
		xat, yat = xnext, ynext
		if xat == xend {
			b.spans[x.span].codes = xcode
			if b.take(x, next); x.span < 0 {
				break
			}
			xat, xend, xcode = x.at, x.end, x.code
		}
		if yat == yend {
			b.spans[y.span].codes = ycode
			if b.take(y, next); y.span < 0 {
				break
			}
			yat, yend, ycode = y.at, y.end, y.code
		}
	}
	x.at, x.code, y.at, y.code = xat, xcode, yat, ycode
}

// one is both for a lane alone.
func (b *Batch) one(m *Matcher, x *lane) {
	text, codes := unsafe.Pointer(unsafe.SliceData(b.text)), unsafe.Pointer(unsafe.SliceData(b.codes))
	xat, xend, xcode := x.at, x.end, x.code
	for xat < xend {
		xt, xh := load(text, xat), load(text, xat+8)
		xm := uint64(m.two[uint16(xt)]) << 32
		x3 := &m.three[slot(xt<<40, bits3)]
		xm ^= (xm ^ x3.match) & hit((xt^x3.text)<<40)
		x4 := &m.four[slot(xt<<32, bits4)]
		xm ^= (xm ^ x4.match) & hit((xt^x4.text)<<(x4.match&shiftMask))
		x6 := &m.six[slot(xt<<16, bits6)]
		xm ^= (xm ^ x6.match) & hit((xt^x6.text)<<(x6.match&shiftMask))
		x8 := &m.eight[slot(xt, bits8)]
		xm ^= (xm ^ x8.match) & hit(xt^x8.text|(xh^x8.high)&x8.mask)
		next := xat + int(xm>>lengthShift)
		if next > xend {
			break
		}
		*(*uint16)(unsafe.Add(codes, 2*xcode)) = uint16(xm >> codeShift & codeMask)
		xcode++
		xat = next
	}
	x.at, x.code = xat, xcode
}

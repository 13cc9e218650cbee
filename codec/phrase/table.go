// Package phrase packs text as 12-bit codes, each for a phrase of 2 to 16 bytes or for a single byte.
//
//	codes 0..255       the single bytes 0x00..0xff, always there, so any bytes can be packed
//	codes 256..4095    phrases learnt from a sample
//
//	two codes a, b in three bytes, least significant bits first; an odd last code takes two bytes, its top 4 bits 0:
//
//	+----------+----------------+----------+
//	| a bits   | a bits 8..11 | | b bits   |
//	| 0..7     | b bits 0..3  | | 4..11    |
//	+----------+----------------+----------+
//
// A Table decodes. A Matcher finds phrases with a ladder of hash slots, each with one candidate: on the first 2, 3, 4, 6
// and 8 bytes of what is left. The longest rung that fits wins, so the parse is greedy and the same everywhere. Train
// learns a Table whose phrases all have a slot of their own.
package phrase

import (
	"errors"
	"fmt"
	"slices"
)

// Bounds of a table.
const (
	Singles   = 256  // codes of single bytes
	MaxCodes  = 4096 // codes, single bytes included
	MinPhrase = 2    // bytes of the shortest phrase
	MaxPhrase = 16   // bytes of the longest phrase
	codeMask  = MaxCodes - 1
)

// chunkIn packed bytes are decoded with one reservation of memory. It is a multiple of 3.
const chunkIn = 1536

// ErrCorrupt is wrapped by errors about packed bytes that no Matcher wrote, or a table that Train would not make.
var ErrCorrupt = errors.New("damaged phrase codes")

// Table is the phrase of each code. It is read-only and may be shared by goroutines.
type Table struct {
	text   [MaxCodes][MaxPhrase]byte
	length [MaxCodes]uint8 // 0 for codes that are not in use
	n      int             // codes in use
}

// singles is the table with no phrase of its own.
func singles() *Table {
	t := &Table{n: Singles}
	for i := range Singles {
		t.text[i][0], t.length[i] = byte(i), 1
	}
	return t
}

// New is the table of the given phrases, which get the codes from Singles on, in order.
func New(phrases [][]byte) (*Table, error) {
	t := singles()
	if len(phrases) > MaxCodes-Singles {
		return nil, fmt.Errorf("%d phrases, at most %d allowed: %w", len(phrases), MaxCodes-Singles, ErrCorrupt)
	}
	for i, p := range phrases {
		if len(p) < MinPhrase || len(p) > MaxPhrase {
			return nil, fmt.Errorf("phrase %d has %d bytes, %d to %d allowed: %w", i, len(p), MinPhrase, MaxPhrase, ErrCorrupt)
		}
		t.add(p)
	}
	return t, nil
}

// add gives p the next code.
func (t *Table) add(p []byte) {
	copy(t.text[t.n][:], p)
	t.length[t.n] = uint8(len(p))
	t.n++
}

// Codes is the number of codes in use, at least Singles.
func (t *Table) Codes() int { return t.n }

// Phrase is the bytes of a code in use.
func (t *Table) Phrase(code int) []byte { return t.text[code][:t.length[code]] }

// MaxEncoded is the most bytes that n bytes of text can take.
func MaxEncoded(n int) int { return n + (n+1)/2 }

// Decode appends the text of the packed codes in src to dst, at most limit bytes of it. After an error dst is as it was.
func (t *Table) Decode(dst, src []byte, limit int) ([]byte, error) {
	out, o, err := t.Expand(dst[:cap(dst)], len(dst), src, limit, 0)
	if err != nil {
		return dst, err
	}
	return out[:o], nil
}

// Expand writes the text of the packed codes in src to out[o:], at most limit bytes of it, and gives the offset behind
// it. out may be grown, so that there are room more bytes behind the text; it is made longer for that, not filled.
func (t *Table) Expand(out []byte, o int, src []byte, limit, room int) ([]byte, int, error) {
	start := o
	if len(src)%3 == 1 {
		return out, start, fmt.Errorf("%d packed bytes are no whole number of codes: %w", len(src), ErrCorrupt)
	}
	for {
		n := min(len(src), chunkIn)
		need := (n*2/3+1)*MaxPhrase + room
		if len(out)-o < need {
			out = slices.Grow(out[:o], need)
			out = out[:cap(out)]
		}
		var ok bool
		if o, ok = t.expand(out[:o+need-room], o, src[:n]); !ok {
			return out, start, fmt.Errorf("a code of %d or above, or bits behind the last code: %w", t.n, ErrCorrupt)
		}
		if o-start > limit {
			return out, start, fmt.Errorf("more than %d bytes of text: %w", limit, ErrCorrupt)
		}
		if src = src[n:]; len(src) == 0 {
			return out, o, nil
		}
	}
}

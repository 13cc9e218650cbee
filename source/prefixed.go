package source

import (
	"math"

	"github.com/parquet-go/parquet-go/encoding/delta"
)

// prefixedBytes is how far the values of a DELTA_BYTE_ARRAY page may expand before they are handed out.
const prefixedBytes = 4 << 20

// prefixed is a DELTA_BYTE_ARRAY page that is handed out in steps: each value is so many bytes of the one before it and
// then bytes of its own, so a small page may stand for any number of bytes. parquet-go's decoder expands it as a whole;
// here it reads the lengths only. No value is longer than the page.
type prefixed struct {
	entries  int
	def, rep []uint8 // of the whole page
	at       int     // entries handed out
	value    int     // values handed out

	shared, own []int32 // lengths
	suffixes    []byte  // what the values handed out have left
	last        []byte  // the newest value
}

// open starts a page of entries that have n values in body.
func (p *prefixed) open(body []byte, entries, n int, def, rep []uint8) error {
	own, err := checkLengths(body, n)
	if err != nil {
		return err
	}
	suffixes, err := checkLengths(own, n)
	if err != nil {
		return err
	}
	var coder delta.BinaryPackedEncoding
	if p.shared, err = coder.DecodeInt32(p.shared[:0], body); err != nil {
		return damaged("decoding the lengths of shared prefixes: %v", err)
	}
	if p.own, err = coder.DecodeInt32(p.own[:0], own); err != nil {
		return damaged("decoding the lengths of suffixes: %v", err)
	}
	if len(p.shared) != n || len(p.own) != n {
		return damaged("%d and %d lengths for %d values", len(p.shared), len(p.own), n)
	}
	p.entries, p.def, p.rep, p.at, p.value = entries, def, rep, 0, 0
	p.suffixes, p.last = suffixes, p.last[:0]
	return nil
}

// step puts the next entries into out, and their values into v.
func (p *prefixed) step(out *leafPage, v *values, most uint8) error {
	data, offsets, last := v.Data[:0], append(v.Offsets[:0], 0), p.last
	from := p.at
	for p.at < p.entries && len(data) < prefixedBytes {
		if p.def != nil && p.def[p.at] != most {
			p.at++
			continue
		}
		shared, own := int(p.shared[p.value]), int(p.own[p.value])
		if shared < 0 || shared > len(last) || own < 0 || own > len(p.suffixes) {
			return damaged("value %d shares %d bytes of %d and has %d of %d", p.value, shared, len(last), own, len(p.suffixes))
		}
		start := len(data)
		data = append(append(data, last[:shared]...), p.suffixes[:own]...)
		if len(data) > math.MaxInt32 {
			return unsupported("values of %d bytes", len(data))
		}
		p.suffixes, last = p.suffixes[own:], data[start:]
		offsets = append(offsets, uint32(len(data)))
		p.at++
		p.value++
	}
	p.last = append(p.last[:0], last...) // data is used again for the next step
	v.Data, v.Offsets, v.N = data, offsets, len(offsets)-1
	out.Entries, out.Dict, out.Index, out.Plain = p.at-from, nil, nil, *v
	out.Def, out.Rep = nil, nil
	if p.def != nil {
		out.Def = p.def[from:p.at]
	}
	if p.rep != nil {
		out.Rep = p.rep[from:p.at]
	}
	return nil
}

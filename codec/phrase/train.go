package phrase

import "slices"

// How Train works. Changing one of these changes every dictionary made after it, which is allowed; nothing stored
// depends on them.
const (
	rounds   = 5
	pairBits = 17 // slots of the pair counter
	probes   = 8  // slots tried before a pair is not counted
	minPairs = 3  // a pair seen less often is no candidate
)

// candidate is a phrase that may get a code; gain is what it saves in the sample, roughly, in half bytes.
type candidate struct {
	text [MaxPhrase]byte
	n    int
	gain uint64
}

// pairs counts neighbouring codes in a fixed open-addressed table, so that its order depends on the sample alone.
type pairs struct {
	slots []pair
	used  int
}

// pair is two codes, left << 12 | right, plus 1 (0 is a free slot), and how often they were seen.
type pair struct{ key, count uint32 }

func (p *pairs) add(left, right int) {
	key := uint32(left<<12|right) + 1
	h := key * 0x9E3779B1 >> (32 - pairBits)
	for range probes {
		switch slot := &p.slots[h]; slot.key {
		case key:
			slot.count++
			return
		case 0:
			if p.used < len(p.slots)/8*7 {
				*slot = pair{key, 1}
				p.used++
			}
			return
		}
		h = (h + 1) & (1<<pairBits - 1)
	}
}

// Train learns a table from sample texts, of which a few hundred KiB are enough: each round parses the sample with the
// phrases it has, then keeps the best of those phrases and of all pairs of neighbours. The same sample gives the same
// table on any machine.
func Train(sample [][]byte) *Table {
	t, m := singles(), emptyMatcher()
	p := &pairs{slots: make([]pair, 1<<pairBits)}
	var texts Batch
	for _, text := range sample {
		texts.Add(text)
	}
	for round := range rounds {
		clear(p.slots)
		p.used = 0
		texts.Encode(m)
		uses := t.count(&texts, p)
		t = choose(m, t.candidates(uses, p, round == rounds-1))
	}
	return t
}

// count counts codes and neighbouring codes that together make a phrase.
func (t *Table) count(texts *Batch, p *pairs) (uses [MaxCodes]uint32) {
	for i := range texts.Len() {
		previous := -1
		for _, c := range texts.Codes(i) {
			code := int(c)
			uses[code]++
			if previous >= 0 && int(t.length[previous])+int(t.length[code]) <= MaxPhrase {
				p.add(previous, code)
			}
			previous = code
		}
	}
	return uses
}

// candidates are the phrases in use and the counted pairs. In the last round pairs only fill codes that are left over:
// a pair that takes a code there cannot show any more whether its halves are still needed.
func (t *Table) candidates(uses [MaxCodes]uint32, p *pairs, last bool) []candidate {
	var cs []candidate
	for code := Singles; code < t.n; code++ {
		if uses[code] > 1 {
			n := int(t.length[code])
			cs = append(cs, candidate{t.text[code], n, gain(uses[code], n)})
		}
	}
	for _, seen := range p.slots {
		if seen.count < minPairs {
			continue
		}
		left, right := (seen.key-1)>>12, (seen.key-1)&codeMask
		c := candidate{text: t.text[left], n: int(t.length[left]) + int(t.length[right])}
		copy(c.text[t.length[left]:], t.Phrase(int(right)))
		c.gain = gain(seen.count, c.n)
		if last {
			c.gain >>= 12
		}
		cs = append(cs, c)
	}
	return cs
}

// gain rates n uses of a phrase; each saves its length less the 1.5 bytes of a code. The factor favours short phrases
// a little more than that.
func gain(uses uint32, length int) uint64 { return uint64(uses) * uint64(2*length-1) }

// choose fills a table, and m with it, with the best candidates that get a slot.
func choose(m *Matcher, cs []candidate) *Table {
	order := make([]uint64, len(cs)) // greatest gain first, then the candidates' order; there are less than 2^18 of them
	for i := range cs {
		order[i] = ^cs[i].gain<<20 | uint64(i)
	}
	slices.Sort(order)
	t := singles()
	m.clear()
	type key struct {
		text [MaxPhrase]byte
		n    int
	}
	seen := make(map[key]struct{}, len(cs))
	for _, o := range order {
		if t.n == MaxCodes {
			break
		}
		c := &cs[o&(1<<20-1)]
		k := key{c.text, c.n}
		if _, ok := seen[k]; ok {
			continue
		}
		seen[k] = struct{}{}
		if m.put(c.text[:c.n], t.n) {
			t.add(c.text[:c.n])
		}
	}
	return t
}

package shuffle

import (
	"fmt"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// pile gives out the rows of one token that do not fit the memory together: a loser tree over the runs, each of which has
// them in table order. It needs one block of each run at a time.
type pile struct {
	merge   *Merge
	token   uint64
	runs    []*pileRun
	tree    []int    // tree[0] is the source of the first row, tree[i] the one that lost at node i
	used    *pileRun // its row was given to the fold; it moves on before the next one is taken
	kept    int      // slot of the last row kept, with which the fold compares
	retired []int    // slots used up: their rows may be in the caller's hands until the next call
}

// pileRun is one run's rows of the token.
type pileRun struct {
	cursor *cursor
	blocks []int  // slots with rows of the token that are not used up
	rec    []byte // the next row; nil at the end
	slot   int    // where it is
}

// moved says how far a source came.
type moved uint8

const (
	toRow moved = iota
	toEnd
	toFull // the next block does not fit
)

// newPile takes over the rows of a token. All rows of lower tokens have been given out.
func newPile(m *Merge, token uint64) (*pile, error) {
	p := &pile{merge: m, token: token, kept: -1}
	for slot := range m.blocks {
		m.blocks[slot].from = len(m.slabs[slot])
	}
	rest := m.entries[:0]
	for _, e := range m.entries {
		if e.token != token {
			rest = append(rest, e)
			continue
		}
		b := &m.blocks[e.ref>>32]
		b.from = min(b.from, int(uint32(e.ref)))
	}
	m.entries = rest
	for _, c := range m.all {
		s := &pileRun{cursor: c}
		for _, slot := range c.held {
			if m.blocks[slot].from < len(m.slabs[slot]) {
				s.blocks = append(s.blocks, slot)
			}
		}
		if len(s.blocks) > 0 || p.continues(c) {
			p.runs = append(p.runs, s)
		}
	}
	for _, s := range p.runs {
		switch state, err := p.move(s); {
		case err != nil:
			return nil, err
		case state == toFull:
			return nil, p.full(s)
		}
	}
	p.plant()
	return p, nil
}

// continues reports whether the next block of c begins with the token.
func (p *pile) continues(c *cursor) bool { return c.state == more && c.head.first == p.token }

// move takes the next row of s.
func (p *pile) move(s *pileRun) (moved, error) {
	m := p.merge
	for {
		if len(s.blocks) == 0 {
			if !p.continues(s.cursor) {
				s.rec = nil
				return toEnd, nil
			}
			if !m.fits(&s.cursor.head, forPile) {
				return toFull, nil
			}
			if err := p.load(s); err != nil {
				return 0, err
			}
		}
		slot := s.blocks[0]
		b, slab := &m.blocks[slot], m.slabs[slot]
		if b.from < len(slab) {
			rec := slab[b.from:]
			rec = rec[:row.Len(rec):row.Len(rec)]
			if biased(partitioner.Token(row.Key(rec))) == p.token {
				b.from += len(rec)
				s.rec, s.slot = rec, slot
				return toRow, nil
			}
		} else {
			p.retired = append(p.retired, slot)
		}
		s.blocks = s.blocks[1:]
	}
}

// load loads the next block of s. Its rows of later tokens join those that wait for their window.
func (p *pile) load(s *pileRun) error {
	m := p.merge
	n := len(m.entries)
	entries, err := m.load(s.cursor, m.entries)
	if err != nil {
		return err
	}
	later := n
	for later < len(entries) && entries[later].token == p.token {
		later++
	}
	m.entries = append(entries[:n], entries[later:]...)
	slot := s.cursor.held[len(s.cursor.held)-1]
	m.blocks[slot].from = 0
	s.blocks = append(s.blocks[:0], slot)
	return nil
}

// release frees the blocks that are used up. The fold may still compare with the last row kept.
func (p *pile) release() {
	rest := p.retired[:0]
	for _, slot := range p.retired {
		if slot == p.kept {
			rest = append(rest, slot)
		} else {
			p.merge.drop(slot)
		}
	}
	p.retired = rest
}

// end frees what is left.
func (p *pile) end() {
	p.kept = -1
	p.release()
}

// full is the error for a block that does not fit beside those that it must be compared with.
func (p *pile) full(s *pileRun) error {
	m := p.merge
	have := m.plan.blockBytes - m.bytes
	need := m.plan.memory + largeShare*(int64(s.cursor.head.raw)-have)
	return fmt.Errorf("%w: %d bytes given, at least %d needed for the rows of token %d", ErrMemory, m.plan.memory, need, unbiased(p.token))
}

// fill gives the next rows kept; none at the end of the token.
func (p *pile) fill(buf []row.Row) (int, error) {
	clear(buf)
	p.release()
	n := 0
	for n < len(buf) {
		if p.used != nil {
			state, err := p.move(p.used)
			switch {
			case err != nil:
				return 0, err
			case state == toFull && n > 0:
				return n, nil // when the caller comes again it needs these rows no more
			case state == toFull:
				if p.release(); !p.merge.fits(&p.used.cursor.head, forPile) {
					return 0, p.full(p.used)
				}
				continue
			}
			p.replay()
			p.used = nil
		}
		s := p.runs[p.tree[0]]
		if s.rec == nil {
			return n, nil
		}
		token := unbiased(p.token)
		keep, err := p.merge.folder.accept(token, s.rec)
		if err != nil {
			return 0, err
		}
		p.used = s
		if keep {
			p.kept = s.slot
			buf[n] = row.Row{Token: token, Rec: s.rec}
			n++
		}
	}
	return n, nil
}

// before is the order of two runs by their next rows, those at their end last.
func (p *pile) before(i, j int) bool {
	a, b := p.runs[i].rec, p.runs[j].rec
	if a == nil || b == nil {
		return a != nil && b == nil
	}
	return p.merge.layout.Compare(a, b) < 0
}

// plant builds the tree: source i is the leaf len(runs)+i, the parent of node i is i/2.
func (p *pile) plant() {
	k := len(p.runs)
	winners := make([]int, 2*k)
	p.tree = make([]int, k)
	for i := range k {
		winners[k+i] = i
	}
	for node := k - 1; node > 0; node-- {
		w, l := winners[2*node], winners[2*node+1]
		if p.before(l, w) {
			w, l = l, w
		}
		winners[node], p.tree[node] = w, l
	}
	p.tree[0] = winners[min(1, 2*k-1)]
}

// replay finds the new winner after the old one has moved on.
func (p *pile) replay() {
	w := p.tree[0]
	for node := (len(p.runs) + w) / 2; node > 0; node /= 2 {
		if p.before(p.tree[node], w) {
			w, p.tree[node] = p.tree[node], w
		}
	}
	p.tree[0] = w
}

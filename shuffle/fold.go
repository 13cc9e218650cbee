package shuffle

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/verdigris-db/verdigris/row"
)

// folder takes the rows of a partition in table order one by one and decides which are kept.
type folder struct {
	layout    *Layout
	differing differing
	stats     Stats
	last      []byte // the last row kept
	token     int64  // its token
}

// differing says what becomes of differing rows with one key and clustering under RuleError.
type differing bool

const (
	refuseDiffering differing = false
	keepDiffering   differing = true // in runs: the merge refuses them
)

// accept reports whether rec is kept. rec stays unchanged while rows of its token follow.
func (f *folder) accept(token int64, rec []byte) (bool, error) {
	h := row.Hash(rec)
	newKey := true
	if token == f.token && f.last != nil {
		switch order := f.layout.compareIdentity(f.last, rec); {
		case order > 0: // only a run can have it so
			return false, fmt.Errorf("%w: rows of key 0x%x are out of order", ErrDamagedRun, row.Key(rec))
		case order < 0:
			newKey = !bytes.Equal(row.Key(f.last), row.Key(rec))
		case f.layout.rule == RuleLatest || bytes.Equal(f.last, rec):
			f.stats.Folded++
			f.stats.FoldedSum = f.stats.FoldedSum.Add(h)
			return false, nil
		case f.differing == refuseDiffering:
			return false, &DuplicateError{Key: bytes.Clone(row.Key(rec)), First: bytes.Clone(f.last), Second: bytes.Clone(rec), layout: f.layout}
		default:
			newKey = false
		}
	}
	if f.stats.Kept == 0 {
		f.stats.MinToken = token
	}
	if newKey {
		f.stats.Keys++
	}
	f.last, f.token = rec, token
	f.stats.MaxToken = token
	f.stats.Kept++
	f.stats.KeptSum = f.stats.KeptSum.Add(h)
	if f.layout.rule == RuleLatest {
		h = row.HashStored(rec, f.layout.Tail(rec))
	}
	f.stats.StoredSum = f.stats.StoredSum.Add(h)
	return true, nil
}

// groups walks entries that are sorted by token and puts those of one token in table order as it comes to them.
type groups struct {
	layout  *Layout
	slabs   [][]byte
	entries []entry
	next    int // the next entry to give
	ordered int // entries before this one are in table order
	touched int // entries before this one have been asked of memory
	warm    byte
}

const (
	touchRows  = 64
	cacheLine  = 64
	firstTouch = 128
	maxTouch   = 512 // of longer records the processor itself finds the rest
)

// more reports whether there is another row, which is then at next.
func (g *groups) more() bool {
	if g.next < g.ordered {
		return true
	}
	if g.next == len(g.entries) {
		return false
	}
	if g.next+touchRows/2 >= g.touched {
		g.touch()
	}
	end := g.next + 1
	for end < len(g.entries) && g.entries[end].token == g.entries[g.next].token {
		end++
	}
	if end > g.next+1 {
		g.order(g.entries[g.next:end])
	}
	g.ordered = end
	return true
}

// touch reads a byte of each cache line of the next records, which lie anywhere in the slabs, all at once: the waits for
// memory overlap, where the fold would take them one after another. How long the records are it guesses from the last one.
func (g *groups) touch() {
	from := max(g.touched, g.next)
	to := min(from+touchRows, len(g.entries))
	span := firstTouch
	if g.next > 0 {
		span = min(row.Len(record(g.slabs, g.entries[g.next-1].ref)), maxTouch)
	}
	for _, e := range g.entries[from:to] {
		slab := g.slabs[e.ref>>32]
		at := int(uint32(e.ref))
		end := min(at+span, len(slab)-1)
		for ; at < end; at += cacheLine {
			g.warm += slab[at]
		}
		g.warm += slab[end]
	}
	g.touched = to
}

// order sorts the entries of one token.
func (g *groups) order(a []entry) {
	if len(a) <= insertionRows {
		for i := 1; i < len(a); i++ {
			e := a[i]
			rec := record(g.slabs, e.ref)
			j := i
			for j > 0 && g.layout.Compare(record(g.slabs, a[j-1].ref), rec) > 0 {
				a[j] = a[j-1]
				j--
			}
			a[j] = e
		}
		return
	}
	slices.SortFunc(a, func(x, y entry) int {
		return g.layout.Compare(record(g.slabs, x.ref), record(g.slabs, y.ref))
	})
}

// Fold is the rows of one partition in memory. Its records alias the slabs of the arenas.
type Fold struct {
	groups groups
	folder folder
	err    error
}

func newFold(l *Layout, slabs [][]byte, entries []entry, read count) *Fold {
	return &Fold{
		groups: groups{layout: l, slabs: slabs, entries: entries},
		folder: folder{layout: l, stats: Stats{Read: read.rows, InputSum: read.sum}},
	}
}

// Stats counts the rows so far.
func (f *Fold) Stats() Stats { return f.folder.stats }

// Next gives the next rows; see row.Stream. The records stay valid as long as the arenas' slabs.
func (f *Fold) Next(buf []row.Row) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.folder.fill(buf, &f.groups)
	if err == nil && n == 0 && len(buf) > 0 {
		if err = f.folder.stats.Check(); err == nil {
			err = io.EOF
		}
	}
	f.err = err
	return n, err
}

// fill gives the rows kept of g until buf is full or g is at its end.
func (f *folder) fill(buf []row.Row, g *groups) (int, error) {
	n := 0
	for n < len(buf) && g.more() {
		e := g.entries[g.next]
		g.next++
		rec := record(g.slabs, e.ref)
		token := unbiased(e.token)
		keep, err := f.accept(token, rec)
		if err != nil {
			return 0, err
		}
		if keep {
			buf[n] = row.Row{Token: token, Rec: rec}
			n++
		}
	}
	return n, nil
}

package shuffle

import (
	"container/heap"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

// Merge is the rows of one partition from all runs of a build: a Stream that gives the rows and Stats that a Fold of all
// rows in memory would.
//
// It goes through the partition in token windows. Of all runs, the one whose next block begins with the lowest token is
// loaded next, as long as memory lasts; then no row below the lowest token not loaded is missing, and the rows below it
// are the window: sorted as in memory, folded, given out. Of each run at most one block reaches over a window's end.
// Where one token's rows do not fit, a loser tree over the runs gives them (see pile).
type Merge struct {
	layout    *Layout
	slices    partitioner.Slices
	runs      []*Run
	memory    int64
	partition int
	reader    rowReader
	plan      mergePlan

	pieces  []byte  // of all cursors
	cursors waiting // those with more blocks, a heap
	all     []*cursor
	blocks  []block  // by slot
	slabs   [][]byte // by slot: the block's records
	unused  []int    // slots without a block
	spare   [][]byte // buffers of plan.slotBytes
	large   []byte   // for packed blocks longer than a piece
	bytes   int64    // of the blocks and spare buffers
	long    int      // blocks longer than plan.slotBytes

	entries []entry // of the rows loaded and not given out; those before window are the window's, sorted
	window  int
	bound   uint64 // rows below it have been given out, or are in the window
	scratch Scratch
	groups  groups
	pile    *pile // where one token's rows are being given out by loser tree

	folder folder
	err    error
}

// block is a loaded block.
type block struct {
	cursor *cursor
	last   uint64 // token of its last row
	from   int    // in a pile: the next record of the pile's token
}

// NewMerge starts the merge of one partition within memory bytes. The error wraps ErrMemory where that cannot be done, and
// names the bytes needed; where a run cannot be read it is a RunError. It reads no other part of the runs than the index and
// the partition's own range. Runs without rows of the partition cost nothing more than the look into their index.
func NewMerge(l *Layout, slices partitioner.Slices, partition int, runs []*Run, memory int64) (*Merge, error) {
	m := &Merge{layout: l, slices: slices, runs: runs, memory: memory, reader: newRowReader(l)}
	if err := m.Restart(partition); err != nil {
		return nil, err
	}
	return m, nil
}

// Restart ends what m was doing and starts the merge of another partition of the same runs in the same memory, of which it
// uses again what it has: for many partitions one after the other it is faster than a new Merge each.
func (m *Merge) Restart(partition int) error {
	err := m.begin(partition)
	if err != nil {
		err = fmt.Errorf("merging partition %d of %d runs: %w", partition, len(m.runs), err)
	}
	m.err = err
	return err
}

func (m *Merge) begin(partition int) error {
	if partition < 0 || partition >= m.slices.R {
		return fmt.Errorf("there are %d partitions", m.slices.R)
	}
	m.partition = partition
	m.folder = folder{layout: m.layout}
	entries, err := indexEntries(m.runs, partition, m.slices.R)
	if err != nil {
		return err
	}
	digest := m.layout.Digest()
	m.all, m.cursors = nil, nil // the old ones hold the old pieces
	for i, e := range entries {
		run := m.runs[i]
		if run.trailer.layout != digest {
			return &RunError{i, fmt.Errorf("%w: its rows are laid out as %s, wanted is %s", ErrDamagedRun, run.trailer.layout, digest)}
		}
		s := &m.folder.stats
		s.Read += e.Stats.Read
		s.InputSum = s.InputSum.Add(e.Stats.InputSum)
		s.Folded += e.Stats.Folded
		s.FoldedSum = s.FoldedSum.Add(e.Stats.FoldedSum)
		if e.Stats.Kept > 0 {
			m.all = append(m.all, &cursor{run: run, index: i, entry: e, at: e.Offset, end: e.Offset + e.Length})
		}
	}
	plan, err := planMerge(m.all, needsOf(m.runs, entries), m.memory)
	if err != nil {
		return err
	}
	m.allocate(plan)
	if err := eachAtOnce(len(m.all), func(i int) error { return m.all[i].peek() }); err != nil {
		return err
	}
	m.cursors = slices.Clone(m.all)
	return nil
}

// Stats counts the rows so far.
func (m *Merge) Stats() Stats { return m.folder.stats }

// Close ends the merge and lets its memory go. The runs stay open; Restart may follow.
func (m *Merge) Close() error {
	m.err = errors.New("the merge is closed")
	*m = Merge{layout: m.layout, slices: m.slices, runs: m.runs, memory: m.memory, partition: m.partition, reader: m.reader,
		folder: folder{layout: m.layout, stats: m.folder.stats}, err: m.err}
	return nil
}

// Next gives the next rows; see row.Stream. The records stay valid until the next call.
func (m *Merge) Next(buf []row.Row) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.next(buf)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("merging partition %d: %w", m.partition, err)
	}
	m.err = err
	return n, err
}

func (m *Merge) next(buf []row.Row) (int, error) {
	for len(buf) > 0 {
		var n int
		var err error
		if m.pile != nil {
			n, err = m.pile.fill(buf)
		} else {
			n, err = m.folder.fill(buf, &m.groups)
		}
		if n > 0 || err != nil {
			return n, err
		}
		clear(buf) // nothing may hold the old window's memory: it is used again or goes
		m.folder.last = nil
		if m.pile != nil {
			m.pile.end()
			m.pile = nil
		}
		if ended, err := m.advance(); ended || err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// advance frees what has been given out and makes the next window or pile. At the end of the partition it gives io.EOF.
func (m *Merge) advance() (ended bool, err error) {
	m.free()
	full, err := m.loadAll()
	if err != nil {
		return false, err
	}
	if !full {
		if len(m.entries) == 0 {
			return true, m.end()
		}
		m.window = len(m.entries)
	} else if m.window = m.split(); m.window == 0 {
		m.pile, err = newPile(m, m.bound)
		return false, err
	}
	m.scratch.sort(m.entries[:m.window])
	m.groups = groups{layout: m.layout, slabs: m.slabs, entries: m.entries[:m.window]}
	return false, nil
}

// end checks that the rows given out and folded are those that the runs were written with.
func (m *Merge) end() error {
	if err := m.folder.stats.Check(); err != nil {
		return err
	}
	return io.EOF
}

// free drops the rows of the window and the blocks that had no others.
func (m *Merge) free() {
	if m.window == 0 {
		return
	}
	m.entries = m.entries[:copy(m.entries, m.entries[m.window:])]
	m.window = 0
	for slot := range m.blocks {
		if b := &m.blocks[slot]; b.cursor != nil && (b.last < m.bound || len(m.entries) == 0) {
			m.drop(slot)
		}
	}
}

// loadAll loads blocks until all are (full is false) or memory is full; then bound is the lowest token not loaded.
func (m *Merge) loadAll() (full bool, err error) {
	heap.Init(&m.cursors)
	for len(m.cursors) > 0 {
		c := m.cursors[0]
		if c.state == more {
			if !m.fits(&c.head, forWindow) {
				m.bound = c.head.first
				return true, nil
			}
			if m.entries, err = m.load(c, m.entries); err != nil {
				return false, err
			}
		}
		if c.state == done {
			heap.Pop(&m.cursors)
		} else {
			heap.Fix(&m.cursors, 0)
		}
	}
	return false, nil
}

// split moves the entries below bound to the front and counts them.
func (m *Merge) split() int {
	n := 0
	for i, e := range m.entries {
		if e.token < m.bound {
			m.entries[i], m.entries[n] = m.entries[n], e
			n++
		}
	}
	return n
}

// waiting is a heap of cursors by the first token of their next block; of equal ones, that which holds fewer blocks is
// first, so that a pile begins with a block of every run.
type waiting []*cursor

func (w waiting) Len() int { return len(w) }
func (w waiting) Less(i, j int) bool {
	a, b := w[i], w[j]
	if a.head.first != b.head.first {
		return a.head.first < b.head.first
	}
	return len(a.held) < len(b.held)
}
func (w waiting) Swap(i, j int) { w[i], w[j] = w[j], w[i] }
func (w *waiting) Push(x any)   { *w = append(*w, x.(*cursor)) }
func (w *waiting) Pop() any {
	c := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return c
}

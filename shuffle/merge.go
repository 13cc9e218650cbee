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

// allocate makes the memory that plan divides, out of what there is where that fits.
func (m *Merge) allocate(plan mergePlan) {
	m.empty(plan)
	pieces := int64(0)
	for _, c := range m.all {
		pieces += plan.piece(c)
	}
	if held := mergeBytes + int64(len(m.all))*cursorBytes + plan.blockBytes + int64(max(cap(m.pieces), int(pieces))) + int64(max(cap(m.large), plan.largePacked)) +
		int64(max(cap(m.entries), plan.rows)+max(len(m.scratch.entries), plan.rows))*entryBytes; held > m.memory {
		m.pieces, m.large, m.entries, m.scratch.entries = nil, nil, nil, nil
	}
	if int64(cap(m.pieces)) < pieces {
		m.pieces = nil
		m.pieces = make([]byte, pieces)
	}
	if cap(m.entries) < plan.rows {
		m.entries, m.scratch.entries = nil, nil
		m.entries, m.scratch.entries = make([]entry, 0, plan.rows), make([]entry, plan.rows)
	}
	if cap(m.large) < plan.largePacked {
		m.large = make([]byte, plan.largePacked)
	}
	rest := m.pieces
	for _, c := range m.all {
		n := plan.piece(c)
		c.piece, rest = rest[:n:n], rest[n:]
	}
}

// empty frees the blocks and lets go of the buffers that are not of plan's size.
func (m *Merge) empty(plan mergePlan) {
	m.pile, m.groups, m.window, m.bound = nil, groups{}, 0, 0
	m.entries = m.entries[:0]
	for slot := range m.blocks {
		if m.blocks[slot].cursor != nil {
			m.drop(slot)
		}
	}
	if plan.slotBytes != m.plan.slotBytes {
		m.spare, m.bytes = nil, 0
	}
	m.plan = plan
	for len(m.spare) > 0 && m.bytes > plan.blockBytes {
		m.spare = m.spare[:len(m.spare)-1]
		m.bytes -= int64(plan.slotBytes)
	}
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

// drop frees a block. It is the first of its cursor's.
func (m *Merge) drop(slot int) {
	c := m.blocks[slot].cursor
	c.held = slices.DeleteFunc(c.held, func(held int) bool { return held == slot })
	buf := m.slabs[slot]
	if cap(buf) == m.plan.slotBytes {
		m.spare = append(m.spare, buf[:cap(buf)])
	} else {
		m.bytes -= int64(cap(buf))
		m.long--
	}
	m.blocks[slot], m.slabs[slot] = block{}, nil
	m.unused = append(m.unused, slot)
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

// fits reports whether a block may be loaded now, and lets spare buffers go for it.
func (m *Merge) fits(h *blockHeader, use purpose) bool {
	if len(m.entries)+h.rows > m.plan.rows {
		return false
	}
	limit := m.plan.blockBytes
	if use == forWindow {
		limit -= int64(m.plan.slotBytes)
	}
	if h.raw <= m.plan.slotBytes {
		return m.bytes-int64(len(m.spare)-1)*int64(m.plan.slotBytes) <= limit
	}
	if use == forWindow && m.long > 0 {
		limit -= m.plan.large
	}
	for len(m.spare) > 0 && m.bytes+int64(h.raw) > limit {
		m.spare = m.spare[:len(m.spare)-1]
		m.bytes -= int64(m.plan.slotBytes)
	}
	return m.bytes+int64(h.raw) <= limit
}

// purpose is what a block is loaded for. A window leaves room for a block of either size to the pile that may follow: a
// pile holds the block of the row kept last for longer.
type purpose uint8

const (
	forWindow purpose = iota
	forPile
)

// load loads the next block of c, for which there is memory, and appends its rows' entries to dst.
func (m *Merge) load(c *cursor, dst []entry) ([]entry, error) {
	h := c.head
	var buf []byte
	switch n := len(m.spare); {
	case h.raw > m.plan.slotBytes:
		buf = make([]byte, h.raw)
		m.bytes += int64(h.raw)
		m.long++
	case n > 0:
		buf, m.spare = m.spare[n-1], m.spare[:n-1]
	default:
		buf = make([]byte, m.plan.slotBytes)
		m.bytes += int64(m.plan.slotBytes)
	}
	buf = buf[:h.raw]
	slot := len(m.blocks)
	if n := len(m.unused); n > 0 {
		slot, m.unused = m.unused[n-1], m.unused[:n-1]
	} else {
		m.blocks, m.slabs = append(m.blocks, block{}), append(m.slabs, nil)
	}
	if err := c.load(buf, m.large); err != nil {
		return nil, err
	}
	dst, last, err := m.reader.entries(dst, buf, slot, &h, c.last)
	if err != nil {
		return nil, c.damaged(err)
	}
	if first, _ := m.slices.Locate(unbiased(h.first)); first != m.partition {
		return nil, c.damaged(fmt.Errorf("token %d is of partition %d", unbiased(h.first), first))
	}
	if to, _ := m.slices.Locate(unbiased(last)); to != m.partition {
		return nil, c.damaged(fmt.Errorf("token %d is of partition %d", unbiased(last), to))
	}
	m.blocks[slot], m.slabs[slot] = block{cursor: c, last: last}, buf
	c.held, c.last = append(c.held, slot), last
	return dst, c.peek()
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

package shuffle

import (
	"fmt"
	"slices"
)

// allocate makes the memory that plan divides, out of what there is where that fits.
func (m *Merge) allocate(plan mergePlan) {
	m.empty(plan)
	pieces := int64(0)
	for _, c := range m.all {
		pieces += plan.piece(c)
	}
	held := mergeBytes + int64(len(m.all))*cursorBytes + plan.blockBytes + max(int64(cap(m.pieces)), pieces) +
		int64(max(cap(m.large), plan.largePacked)) + rowBytes*int64(max(cap(m.entries), plan.rows))
	if held > m.memory {
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
	m.discard(plan.blockBytes)
}

// discard lets spare buffers go until at most limit bytes are held.
func (m *Merge) discard(limit int64) {
	for n := len(m.spare); n > 0 && m.bytes > limit; n-- {
		m.spare[n-1] = nil // else the list would still hold it
		m.spare = m.spare[:n-1]
		m.bytes -= int64(m.plan.slotBytes)
	}
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
	m.discard(limit - int64(h.raw))
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

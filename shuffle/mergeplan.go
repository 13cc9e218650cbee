package shuffle

import (
	"fmt"
	"sync"
)

// Memory of a merge, beside pieces, blocks and entries.
const (
	cursorBytes  = 768       // a run's cursor and its place in lists
	mergeBytes   = 128 << 10 // buckets of the sort and what little else there is
	maxPiece     = 8 << 20   // more at a time makes no reading faster
	rowBytes     = 2 * entryBytes
	minSlot      = 1 << 10
	windowBytes  = 2 << 20
	windowBlocks = 4 // of each run, so that the one that reaches over the window's end is a small part
	largeShare   = 2 // of what is not needed at least, one part in so many is for rows longer than a block
)

// mergePlan divides the memory of a merge.
type mergePlan struct {
	memory      int64
	pieceBytes  int64 // of each run, at most
	slotBytes   int   // of a buffer for any block but large ones
	blockBytes  int64 // for blocks together
	rows        int   // loaded at the same time
	large       int64 // the longest block
	largePacked int   // for a packed block longer than a piece
}

// needs adds up what the runs of one partition have and need at least.
type needs struct {
	runs, rows                 int64
	slot, large                int64 // the longest usual block, the longest other one
	leastPieces, leastRows     int64
	stored, blocks, blockTotal int64
	records, longestBlockRows  int64
}

// usualBytes is the length of a buffer for a run's blocks, large ones excepted: the same for most partitions, so that the
// buffers of one merge serve the next.
func usualBytes(e *indexEntry, blockBytes int) int {
	if e.largest > blockBytes/2 {
		return blockBytes
	}
	return e.largest
}

func (n *needs) add(e *indexEntry, blockBytes int) {
	usual := int64(usualBytes(e, blockBytes))
	n.runs++
	n.rows += int64(e.Stats.Kept)
	n.slot = max(n.slot, usual)
	if e.largest > blockBytes {
		n.large = max(n.large, int64(e.largest))
		n.blockTotal += e.RecordBytes
	}
	n.leastPieces += min(e.Length, headerBytes+usual)
	rows := min(int64(e.Stats.Kept), int64(maxBlockRows(blockBytes)))
	n.leastRows += rows
	n.longestBlockRows = max(n.longestBlockRows, rows)
	n.stored += min(e.Length, maxPiece)
	n.blocks += int64(e.blocks)
	n.records += e.RecordBytes
}

// needsOf adds up one partition's index entries of all runs.
func needsOf(runs []*Run, entries []indexEntry) *needs {
	n := &needs{}
	for i := range entries {
		if entries[i].Stats.Kept > 0 {
			n.add(&entries[i], runs[i].trailer.blockBytes)
		}
	}
	return n
}

// slots is the memory of so many buffers for usual blocks.
func (n *needs) slots(count int64) int64 { return count * max(n.slot, minSlot) }

// fixed is what does not depend on how the rest is divided.
func (n *needs) fixed() int64 {
	f := mergeBytes + n.runs*cursorBytes
	if n.large > 0 {
		f += headerBytes + maxPacked
	}
	return f
}

// leastEntries is rows for a block of every run and one more.
func (n *needs) leastEntries() int64 { return min(n.rows, n.leastRows+n.longestBlockRows) }

// leastBlocks is memory for a block of every run, one more, one that a pile holds for longer, and the longest.
func (n *needs) leastBlocks() int64 { return n.slots(n.runs+2) + n.large }

// window is all that a window makes use of. A larger one would only leave the processor's cache.
func (n *needs) window() int64 {
	return max(n.leastBlocks()+rowBytes*n.leastEntries(), windowBytes, n.slots(windowBlocks*n.runs))
}

func (n *needs) least() int64 {
	return n.fixed() + n.leastPieces + n.leastBlocks() + rowBytes*n.leastEntries()
}

// planMerge divides memory among the runs' pieces, blocks and entries.
func planMerge(all []*cursor, n *needs, memory int64) (mergePlan, error) {
	p := mergePlan{memory: memory, slotBytes: int(max(n.slot, minSlot)), large: n.large, pieceBytes: maxPiece}
	if n.large > 0 {
		p.largePacked = headerBytes + maxPacked
	}
	if least := n.least(); memory < least {
		return p, fmt.Errorf("%w: %d bytes given, at least %d needed", ErrMemory, memory, least)
	}
	p.rows, p.blockBytes = int(n.rows), n.slots(n.blocks+1)+n.blockTotal+n.large
	target := n.window()
	if whole := p.blockBytes + rowBytes*n.rows; whole <= target && n.fixed()+n.stored+whole <= memory {
		return p, nil // all in one window
	}
	reserve := int64(0)
	if n.large > 0 {
		reserve = (memory - n.least()) / largeShare
		memory -= reserve
	}
	pieces := min(n.stored, n.leastPieces+min(memory-n.least(), memory/4)) // leaves what the rest needs at least
	p.pieceBytes = pieceShare(all, pieces)
	rest := min(memory-n.fixed()-pieces, target)
	perRow := (n.records + n.rows - 1) / n.rows
	rows := max(rest/(perRow+rowBytes), n.leastEntries())
	if rest-rowBytes*rows < n.leastBlocks() {
		rows = (rest - n.leastBlocks()) / rowBytes
	}
	p.rows = int(min(rows, n.rows))
	p.blockBytes = rest - rowBytes*int64(p.rows) + reserve
	return p, nil
}

// pieceShare is the greatest length of a piece so that all pieces together have at most total bytes: what short ranges do
// not take goes to the others.
func pieceShare(all []*cursor, total int64) int64 {
	share := int64(maxPiece)
	sum := func(share int64) (s int64) {
		p := mergePlan{pieceBytes: share}
		for _, c := range all {
			s += int64(p.piece(c))
		}
		return s
	}
	for low := int64(0); low < share; {
		middle := low + (share-low+1)/2
		if sum(middle) <= total {
			low = middle
		} else {
			share = middle - 1
		}
	}
	return share
}

// piece is the length of the pieces of c: never below what one usual block needs.
func (p *mergePlan) piece(c *cursor) int64 {
	least := headerBytes + int64(usualBytes(&c.entry, c.run.trailer.blockBytes))
	return min(c.entry.Length, max(p.pieceBytes, least))
}

// readersAtOnce bounds the reads of different runs at the same time.
const readersAtOnce = 16

// eachAtOnce calls f for 0 .. n-1, several at the same time, and gives the error of the lowest.
func eachAtOnce(n int, f func(i int) error) error {
	errs := make([]error, n)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(n, readersAtOnce) {
		wg.Go(func() {
			for i := range next {
				errs[i] = f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// indexEntries looks partition up in every run.
func indexEntries(runs []*Run, partition, partitions int) ([]indexEntry, error) {
	entries := make([]indexEntry, len(runs))
	err := eachAtOnce(len(runs), func(i int) error {
		if n := runs[i].Partitions(); n != partitions {
			return &RunError{i, fmt.Errorf("%w: it has %d partitions, wanted are %d", ErrDamagedRun, n, partitions)}
		}
		var err error
		if entries[i], err = runs[i].entry(partition); err != nil {
			return &RunError{i, err}
		}
		return nil
	})
	return entries, err
}

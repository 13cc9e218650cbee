package workers

import (
	"errors"
	"regexp"
	"testing"

	humanize "github.com/dustin/go-humanize"
	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/shuffle"
)

func drawNeeds(t *rapid.T) needs {
	return needs{
		Decode: rapid.Int64Range(0, 1<<30).Draw(t, "decode"), Where: "reading", Rows: rapid.Int64Range(0, 1<<34).Draw(t, "rows"),
		RowBytes: rapid.Int64Range(20, 100_000).Draw(t, "row bytes"), R: rapid.IntRange(1, 4096).Draw(t, "r"),
		Files: rapid.IntRange(1, 10_000).Draw(t, "files"), Cells: rapid.IntRange(0, 100).Draw(t, "cells"),
	}
}

// TestBudgetAddsUp holds the formulas together: no phase of a worker may use more than the worker has, nor all processes
// more than was given.
func TestBudgetAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNeeds(t)
		total := rapid.Int64Range(64<<20, 64<<30).Draw(t, "total")
		workers, cores := rapid.IntRange(1, 16).Draw(t, "workers"), rapid.IntRange(1, 64).Draw(t, "cores")
		b, mode, err := divide(total, workers, cores, n)
		if err != nil {
			if !errors.Is(err, ErrBudget) {
				t.Fatal(err)
			}
			return
		}
		if all := n.coordinatorShare() + int64(workers)*b.Memory; all > total {
			t.Fatalf("%d bytes divided, %d given", all, total)
		}
		free := b.Memory - processBytes - b.Memory/headroomShare
		perSlot := b.Writer + uploadBytes + n.slotBytes()
		mapping := b.Arenas + b.Sorted + int64(b.Lanes)*b.Decode
		reducing := int64(b.Slots) * (perSlot + b.Merge)
		if mode == inMemory {
			if workers > 1 {
				t.Fatal("rows of several workers in memory")
			}
			reducing += b.Arenas + b.Sorted
			if b.Sorted < shuffle.SortedBytes(n.Rows, n.R) {
				t.Fatalf("entries of %d rows in %d bytes", n.Rows, b.Sorted)
			}
		} else {
			mapping += int64(b.Lanes) * shuffle.RunWriterBytes(runOptions(1), n.R, n.Rows/int64(n.R)*3/2)
			if b.Merge < minMerge || b.Arenas/int64(b.Lanes) < shuffle.MinArenaBytes(n.R, shuffle.DefaultSlabBytes(0)) {
				t.Fatalf("too little of something: %+v", b)
			}
		}
		if mapping > free || reducing > free {
			t.Fatalf("%s: mapping takes %d, reducing %d of %d: %+v", mode, mapping, reducing, free, b)
		}
		if b.Lanes < 1 || b.Lanes > cores || b.heapLimit() >= b.Memory {
			t.Fatalf("%+v", b)
		}
	})
}

// TestRefusedBudgetNamesOneThatIsEnough takes the figure of the error at its word.
func TestRefusedBudgetNamesOneThatIsEnough(t *testing.T) {
	figure := regexp.MustCompile(`at least (.+) in all`)
	rapid.Check(t, func(t *rapid.T) {
		n := drawNeeds(t)
		workers, cores := rapid.IntRange(1, 4).Draw(t, "workers"), rapid.IntRange(1, 16).Draw(t, "cores")
		total := rapid.Int64Range(1<<20, 4<<30).Draw(t, "total")
		for try := 0; ; try++ {
			_, _, err := divide(total, workers, cores, n)
			if err == nil {
				return
			}
			if try == 3 { // there are three reasons
				t.Fatalf("with what three errors asked for: %v", err)
			}
			found := figure.FindStringSubmatch(err.Error())
			if found == nil {
				t.Fatalf("no figure in: %v", err)
			}
			more, e := humanize.ParseBytes(found[1])
			if e != nil {
				t.Fatal(e)
			}
			if int64(more) <= total {
				t.Fatalf("with %d bytes: %v", total, err)
			}
			total = int64(more)
		}
	})
}

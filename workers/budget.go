package workers

import (
	"errors"
	"fmt"

	humanize "github.com/dustin/go-humanize"

	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/shuffle"
)

// ErrBudget is wrapped by the error that the memory given is too small for the build; the message names what is needed.
var ErrBudget = errors.New("memory budget is too small")

// Fixed parts of the budget, in bytes. The first two were measured on builds of many sizes: what a process needs before
// the first row is read, code, runtime and the store's client included.
const (
	coordinatorBytes = 48 << 20
	processBytes     = 40 << 20
	codeBytes        = 24 << 20 // of processBytes: what the Go runtime's limit does not count
	perPartition     = 4 << 10  // coordinator: done records, the manifest's line
	perFile          = 2 << 10  // coordinator: footer facts, the plan's line
	uploadBytes      = 8 << 20  // of one file on its way to the store
	minWriter        = 1 << 20
	maxWriter        = 64 << 20
	maxArena         = 256 << 20
	minMerge         = 4 << 20
	headroomShare    = 10 // a tenth is left to garbage that is not collected yet
)

// needs is what a build asks of memory, from footers and plan.
type needs struct {
	Decode   int64  // of the largest row group, one reader
	Where    string // that row group
	Rows     int64
	RowBytes int64 // estimated record
	R        int
	Files    int
	Cells    int // of a record
}

// budget is how one worker process divides its memory. All figures are bytes.
type budget struct {
	Cores  int   `json:"cores"`
	Memory int64 `json:"memory"` // of the process, everything included
	Lanes  int   `json:"lanes"`  // row groups read at a time
	Decode int64 `json:"decode"` // of each lane
	Arenas int64 `json:"arenas"` // of all lanes together
	Sorted int64 `json:"sorted"` // entries in partition order
	Slots  int   `json:"slots"`  // partitions written at a time
	Writer int64 `json:"writer"` // of each slot: packed rows
	Merge  int64 `json:"merge"`  // of each slot: rows from runs
	Train  int64 `json:"train"`  // of the one train task: rows from runs
}

// heapLimit is the Go runtime's limit.
func (b budget) heapLimit() int64 { return b.Memory - codeBytes }

// arenaEach is the limit of one arena in memory: small enough that lanes of unequal speed share what there is.
func (b budget) arenaEach() int64 { return min(max(b.Arenas/int64(8*b.Lanes), 1<<20), maxArena) }

// coordinatorShare is the memory of the coordinator.
func (n needs) coordinatorShare() int64 {
	return coordinatorBytes + int64(n.R)*perPartition + int64(n.Files)*perFile
}

// divide makes the budget of each of workers processes with cores each, and decides where the rows wait.
func divide(total int64, workers, cores int, n needs) (budget, mode, error) {
	b := budget{Cores: cores, Memory: (total - n.coordinatorShare()) / int64(workers), Slots: cores, Decode: n.Decode}
	free := b.Memory - processBytes - b.Memory/headroomShare
	small := func(what string, need int64) (budget, mode, error) {
		least := (need+processBytes)*headroomShare/(headroomShare-1)*int64(workers) + n.coordinatorShare()
		return b, "", fmt.Errorf("%w: %s given to %d workers; %s needs at least %d MiB in all", ErrBudget,
			humanize.IBytes(uint64(max(total, 0))), workers, what, (least+1<<20-1)>>20) // rounded up, to be given as it stands
	}
	leastArena := int64(cores) * 2 * shuffle.MinArenaBytes(n.R, shuffle.DefaultSlabBytes(0))
	if n.Decode+leastArena > free {
		return small(n.Where, n.Decode+leastArena)
	}
	b.Lanes = int(min(int64(cores), max(1, (free-leastArena)*6/10/max(n.Decode, 1))))
	b.Writer = min(max(free/16/int64(cores), minWriter), maxWriter)
	perSlot := b.Writer + uploadBytes + n.slotBytes()
	if workers == 1 {
		if m, ok := b.inMemory(free, perSlot, n); ok {
			return m, inMemory, nil
		}
	}
	lane := n.Decode + shuffle.RunWriterBytes(runOptions(1), n.R, n.Rows/int64(n.R)*3/2)
	record := int64(row.HeaderLen + 1 + row.CellHeader*n.Cells) // the smallest there is: the most entries for a slab
	const entry = 16
	least := shuffle.MinArenaBytes(n.R, shuffle.DefaultSlabBytes(0))
	leastLane := lane + (least+1)*(record+2*entry)/(record+entry) // with its arena and the entries
	for b.Lanes > 1 && free < int64(b.Lanes)*leastLane {          // more memory must not mean a lane that does not fit
		b.Lanes--
	}
	rest := free - int64(b.Lanes)*lane
	b.Arenas = rest * (record + entry) / (record + 2*entry)
	b.Sorted = rest - b.Arenas
	b.Merge = free/int64(cores) - perSlot
	b.Train = free / 2
	if b.Merge < minMerge {
		others := perSlot - b.Writer + minMerge
		return small("writing partitions", int64(cores)*max(others+minWriter, min(others*16/15+16, others+maxWriter)))
	}
	if b.Arenas/int64(b.Lanes) < least {
		return small("sorting", leastLane+2)
	}
	return b, spilling, nil
}

// inMemory divides for a build whose rows stay in memory, if they fit by estimate.
func (b budget) inMemory(free, perSlot int64, n needs) (budget, bool) {
	if n.Rows >= 1<<32 {
		return b, false
	}
	b.Sorted = shuffle.SortedBytes(n.Rows, n.R)
	b.Arenas = free - b.Sorted - max(int64(b.Lanes)*n.Decode, int64(b.Slots)*perSlot)
	if b.Arenas <= 0 {
		return b, false
	}
	each := b.arenaEach()
	slab := shuffle.DefaultSlabBytes(each)
	estimate := shuffle.ArenaBytes(n.Rows, n.Rows*n.RowBytes, 0, n.R, slab)
	estimate += estimate/8 + int64(b.Lanes)*each // the estimate of a row may be low; each lane's last arena is half empty
	return b, estimate <= b.Arenas
}

// slotBytes is the sort's scratch and the bloom filter of one partition, half as large again as the average.
func (n needs) slotBytes() int64 {
	rows := n.Rows / int64(n.R) * 3 / 2
	return shuffle.ScratchBytes(rows) + rows*2
}

package shuffle

import "golang.org/x/sys/unix"

const hugePage = 2 << 20

// wantHugePages asks for huge pages under a slab: its records are read in random order, and with small pages each read
// walks the page table first. Large slices begin on a page; where one does not, or the kernel has no huge pages, it
// refuses, which costs only time.
func wantHugePages(slab []byte) {
	if len(slab) >= hugePage {
		_ = unix.Madvise(slab[:len(slab)/hugePage*hugePage], unix.MADV_HUGEPAGE)
	}
}

package shuffle

import "github.com/verdigris-db/verdigris/row"

// entry is what is sorted in place of a record.
type entry struct {
	token uint64 // biased: as an unsigned number it sorts as the token does
	ref   uint64 // slab << 32 | offset of the record in the slab
}

// entryBytes is the size of an entry in memory.
const entryBytes = 16

func biased(token int64) uint64 { return uint64(token) ^ 1<<63 }

func unbiased(token uint64) int64 { return int64(token ^ 1<<63) }

// record is the record at ref.
func record(slabs [][]byte, ref uint64) []byte {
	b := slabs[ref>>32][uint32(ref):]
	n := row.Len(b)
	return b[:n:n]
}

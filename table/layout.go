package table

import (
	"hash/crc32"
	"math"
	"math/bits"

	"github.com/verdigris-db/verdigris/codec"
)

// Magic begins and ends a table.
const Magic = "VDGTABLE"

// Bounds of a table's parts, in bytes.
const (
	MaxBucket    = 4096     // a bucket as stored, checksum included
	MaxEntry     = 2032     // a key in a bucket: key, rows and their lengths; two of them fit in a bucket
	ChunkBytes   = 16 << 10 // packed rows of a chunk, unless one row is larger
	maxChunkRows = 1 << 20  // packed rows of a chunk whose positions are long, see ChunkLimit
	wholeExtent  = 64 << 10 // a key in the row area is read at once up to this size
	checksumLen  = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum is the checksum of a part: its CRC-32C, exclusive-or the low 32 bits of its offset in its section, so that a
// part read from the wrong place is noticed.
func Checksum(part []byte, offset uint64) uint32 {
	return crc32.Checksum(part, castagnoli) ^ uint32(offset)
}

// ChunkLimit is how many bytes of packed rows a chunk takes whose first row has a position (its clustering cells) of this
// length. It grows with the position, so that a key's chunk index stays small beside its rows.
func ChunkLimit(position int) int {
	return min(max(16*position, ChunkBytes), maxChunkRows)
}

// BlocksAreBodies reports whether the codec's EncodeBlock is a copy, which readers then skip.
func BlocksAreBodies(n codec.Name) bool { return n == codec.None || n == codec.Cells }

// maxLength bounds lengths that come from a file before they are added up.
const maxLength = math.MaxInt64 / 4

// BucketOf is the bucket, of n, of a position inside the partition.
func BucketOf(position, n uint64) uint64 {
	bucket, _ := bits.Mul64(position, n)
	return bucket
}

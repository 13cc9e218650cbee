package source

import (
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// leafColumn is one leaf of a file's schema.
type leafColumn struct {
	Path     []string    // names from the top-level column down to the leaf
	Index    int         // position among the file's leaves = position of its chunk in every row group
	Physical format.Type // boolean, int32, .. fixed_len_byte_array
	Width    int         // bytes of a fixed_len_byte_array; 12 for int96; 0 otherwise
	MaxDef   uint8       // largest definition level; 0 for a required leaf below required groups
	MaxRep   uint8       // largest repetition level; 0 outside lists and maps
}

// values is a sequence of N physical values; exactly the field that the leaf's physical type names is set.
type values struct {
	N       int
	Bool    []bool
	Int32   []int32
	Int64   []int64
	Float   []float32
	Double  []float64
	Data    []byte   // byte_array: see Offsets; fixed_len_byte_array and int96: N*Width bytes
	Offsets []uint32 // byte_array: value i is Data[Offsets[i]:Offsets[i+1]]; N+1 of them, ascending, the last <= len(Data)
}

// leafPage is a stretch of one leaf column of one row group: Entries pairs of (repetition, definition) level, of which
// those with the largest definition level have a value. For a leaf outside lists an entry is a row. A page need not be
// a page of the file, but it never crosses a change of the dictionary. It is valid until the next call of its reader,
// except Dict, which is valid, unchanged and at the same address until the reader is closed or another Dict appears.
type leafPage struct {
	Entries int
	Def     []uint8 // Entries levels, each <= MaxDef; nil when MaxDef is 0
	Rep     []uint8 // Entries levels, each <= MaxRep; nil when MaxRep is 0
	Dict    *values // not nil: Index has the values, as positions in Dict
	Index   []int32 // one for each entry that has a value, each within [0, Dict.N)
	Plain   values  // Dict == nil: one value for each entry that has a value
}

// leafReader reads one leaf column of one row group from its first entry to its last.
//
// Next returns the next page, which has at least one entry, or io.EOF. The implementation has checked what leafPage
// promises (counts, indexes, offsets, levels), so that its users may index without looking; it does not count rows
// against the footer: the Reader does. Panics of a library are its caller's to recover. After an error every later call
// returns an error. Neither method is safe for concurrent use. A reader starts no goroutines.
type leafReader interface {
	Next() (*leafPage, error)
	Close() error
}

// groupDecoder opens the leaf columns of one row group by one Parquet library. Several leaves are open at a time.
// Close releases what the group holds; its leaves are closed before.
type groupDecoder interface {
	Leaf(c *leafColumn) (leafReader, error)
	Close() error
}

// openGroup is the constructor of a groupDecoder: r addresses the whole file of size bytes, group is the row group's
// position in the footer, whose chunks checkFooter has seen. r keeps what a sequential reader of each chunk asks for, so
// that small reads cost no system call.
type openGroup func(r io.ReaderAt, size int64, group int) (groupDecoder, error)

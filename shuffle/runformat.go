package shuffle

import (
	"encoding/binary"
	"fmt"

	"github.com/zeebo/xxh3"

	"github.com/verdigris-db/verdigris/row"
)

// The bytes of a run, for its writer and its reader; docs/format/run.md draws them. All numbers are little-endian.

const (
	runMagic   = "VDGRSRUN"
	runVersion = 1

	headerBytes  = 32        // of a block
	indexBytes   = 144       // of a partition in the index
	pageEntries  = 32        // partitions in a page of the index
	checkBytes   = 8         // behind a page's entries
	trailerBytes = 56        // at the end of the run
	maxPacked    = 256 << 10 // longer blocks are stored plain: no one holds them twice

	minBlockBytes = 1 << 10
	maxBlockBytes = maxPacked
	minRecord     = row.HeaderLen
)

// packing says how a block's body is stored.
type packing uint32

const (
	plain  packing = 0
	packed packing = 1 // an S2 block
)

// maxBlockRows bounds the rows of a block, so that their entries take no more memory than their records.
func maxBlockRows(blockBytes int) int { return blockBytes / (2 * entryBytes) }

// blockHeader stands in front of each block.
type blockHeader struct {
	check   uint64 // XXH3-64 of the rest of the header and the body
	stored  int    // bytes of the body
	raw     int    // bytes of its records
	rows    int
	packing packing
	first   uint64 // biased token of the first row
}

func (h *blockHeader) encode(b []byte) {
	binary.LittleEndian.PutUint64(b, h.check)
	binary.LittleEndian.PutUint32(b[8:], uint32(h.stored))
	binary.LittleEndian.PutUint32(b[12:], uint32(h.raw))
	binary.LittleEndian.PutUint32(b[16:], uint32(h.rows))
	binary.LittleEndian.PutUint32(b[20:], uint32(h.packing))
	binary.LittleEndian.PutUint64(b[24:], uint64(unbiased(h.first)))
}

func decodeBlockHeader(b []byte) blockHeader {
	return blockHeader{
		check:   binary.LittleEndian.Uint64(b),
		stored:  int(binary.LittleEndian.Uint32(b[8:])),
		raw:     int(binary.LittleEndian.Uint32(b[12:])),
		rows:    int(binary.LittleEndian.Uint32(b[16:])),
		packing: packing(binary.LittleEndian.Uint32(b[20:])),
		first:   biased(int64(binary.LittleEndian.Uint64(b[24:]))),
	}
}

// fits reports a header that cannot be that of a block of at most largest bytes of which remaining are left to read. What
// passes may be allocated: a plain body is as long as its records, a packed one is short.
func (h *blockHeader) fits(blockBytes, largest int, remaining int64) error {
	switch {
	case int64(h.stored) > remaining:
		return fmt.Errorf("a block of %d bytes, %d left", h.stored, remaining)
	case h.raw > largest:
		return fmt.Errorf("a block with records of %d bytes, the largest has %d", h.raw, largest)
	case h.rows < 1 || h.rows > maxBlockRows(blockBytes) || h.raw < h.rows*minRecord:
		return fmt.Errorf("a block with %d rows in %d bytes", h.rows, h.raw)
	case h.raw > blockBytes && h.rows != 1:
		return fmt.Errorf("a block with records of %d bytes and %d rows", h.raw, h.rows)
	case h.packing == plain && h.stored == h.raw:
		return nil
	case h.packing == packed && h.stored < h.raw && h.raw <= maxPacked:
		return nil
	}
	return fmt.Errorf("a block with %d bytes for records of %d bytes, packing %d", h.stored, h.raw, h.packing)
}

// indexEntry is one partition in the index.
type indexEntry struct {
	PartitionInfo
	blocks  int
	largest int // bytes of the records of its largest block
}

func (e *indexEntry) append(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint64(b, uint64(e.Offset))
	b = le.AppendUint64(b, uint64(e.Length))
	b = le.AppendUint64(b, uint64(e.RecordBytes))
	b = le.AppendUint32(b, uint32(e.blocks))
	b = le.AppendUint32(b, uint32(e.largest))
	s := &e.Stats
	for _, n := range []uint64{s.Read, s.Kept, s.Folded, s.Keys} {
		b = le.AppendUint64(b, n)
	}
	for _, sum := range []row.Sum{s.InputSum, s.KeptSum, s.FoldedSum, s.StoredSum} {
		b = appendSum(b, sum)
	}
	b = le.AppendUint64(b, uint64(s.MinToken))
	return le.AppendUint64(b, uint64(s.MaxToken))
}

func decodeIndexEntry(b []byte) indexEntry {
	u64 := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	return indexEntry{
		PartitionInfo: PartitionInfo{
			Offset: int64(u64(0)), Length: int64(u64(8)), RecordBytes: int64(u64(16)),
			Stats: Stats{
				Read: u64(32), Kept: u64(40), Folded: u64(48), Keys: u64(56),
				InputSum: decodeSum(b[64:]), KeptSum: decodeSum(b[80:]), FoldedSum: decodeSum(b[96:]), StoredSum: decodeSum(b[112:]),
				MinToken: int64(u64(128)), MaxToken: int64(u64(136)),
			},
		},
		blocks:  int(binary.LittleEndian.Uint32(b[24:])),
		largest: int(binary.LittleEndian.Uint32(b[28:])),
	}
}

// check reports an entry that does not add up, in a run whose blocks end at end.
func (e *indexEntry) check(end int64) error {
	if err := e.Stats.Check(); err != nil {
		return err
	}
	kept, blocks := e.Stats.Kept, uint64(e.blocks)
	switch {
	case e.Offset < 0 || e.Length < 0 || e.Offset > end || e.Length > end-e.Offset:
		return fmt.Errorf("bytes %d to %d of %d", e.Offset, e.Offset+e.Length, end)
	case kept == 0 && (e.Length != 0 || e.blocks != 0 || e.RecordBytes != 0 || e.largest != 0):
		return fmt.Errorf("no rows in %d bytes", e.Length)
	case kept > 0 && (blocks == 0 || blocks > kept || e.Length/headerBytes < int64(blocks)):
		return fmt.Errorf("%d rows in %d blocks of %d bytes", kept, blocks, e.Length)
	case e.largest > row.MaxRecord || int64(e.largest) > e.RecordBytes || e.largest > maxPacked && int64(e.largest) > e.Length:
		return fmt.Errorf("a block of %d bytes in %d", e.largest, e.RecordBytes)
	case e.RecordBytes < 0 || kept > uint64(e.RecordBytes)/minRecord:
		return fmt.Errorf("%d rows in %d bytes", kept, e.RecordBytes)
	case e.RecordBytes > int64(blocks)*int64(e.largest):
		return fmt.Errorf("%d blocks of at most %d bytes with %d bytes", blocks, e.largest, e.RecordBytes)
	case e.Stats.MinToken > e.Stats.MaxToken:
		return fmt.Errorf("tokens %d to %d", e.Stats.MinToken, e.Stats.MaxToken)
	}
	return nil
}

// trailer is the end of a run.
type trailer struct {
	index      int64 // offset of the index: the end of the blocks
	layout     row.Sum
	partitions int
	blockBytes int
}

func (t *trailer) append(b []byte) []byte {
	le := binary.LittleEndian
	start := len(b)
	b = le.AppendUint64(b, uint64(t.index))
	b = appendSum(b, t.layout)
	b = le.AppendUint32(b, uint32(t.partitions))
	b = le.AppendUint32(b, uint32(t.blockBytes))
	b = le.AppendUint32(b, runVersion)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint64(b, xxh3.Hash(b[start:]))
	return append(b, runMagic...)
}

// decodeTrailer reads the last trailerBytes of a run.
func decodeTrailer(b []byte) (trailer, error) {
	le := binary.LittleEndian
	if string(b[48:]) != runMagic {
		return trailer{}, fmt.Errorf("it does not end in %s", runMagic)
	}
	if v := le.Uint32(b[32:]); v != runVersion {
		return trailer{}, fmt.Errorf("it has format version %d, this binary reads %d", v, runVersion)
	}
	if le.Uint64(b[40:]) != xxh3.Hash(b[:40]) {
		return trailer{}, fmt.Errorf("the checksum of its trailer differs")
	}
	t := trailer{index: int64(le.Uint64(b)), layout: decodeSum(b[8:]), partitions: int(le.Uint32(b[24:])), blockBytes: int(le.Uint32(b[28:]))}
	if t.blockBytes < minBlockBytes || t.blockBytes > maxBlockBytes {
		return trailer{}, fmt.Errorf("it has blocks of %d bytes, allowed are %d to %d", t.blockBytes, minBlockBytes, maxBlockBytes)
	}
	return t, nil
}

// indexLen is the length of the index of so many partitions.
func indexLen(partitions int) int64 {
	pages := (partitions + pageEntries - 1) / pageEntries
	return int64(partitions)*indexBytes + int64(pages)*checkBytes
}

func appendSum(b []byte, s row.Sum) []byte {
	b = binary.LittleEndian.AppendUint64(b, s.Lo)
	return binary.LittleEndian.AppendUint64(b, s.Hi)
}

func decodeSum(b []byte) row.Sum {
	return row.Sum{Lo: binary.LittleEndian.Uint64(b), Hi: binary.LittleEndian.Uint64(b[8:])}
}

package writer

import (
	"encoding/binary"

	"github.com/verdigris-db/verdigris/table"
)

// key is the key whose rows are being added: the rows of its last chunk, and the chunks that are already written.
type key struct {
	open     bool
	bytes    []byte
	h1, h2   uint64
	packed   []byte
	ends     []int
	lens     int    // bytes that the rows' lengths take in the row block, all but the last one's
	last     int    // and of the last one's
	position []byte // of the first row in packed
	head     table.HeadBuilder
	written  uint64 // bytes of the chunks that are written
}

func (k *key) begin(bytes []byte, h1, h2 uint64) {
	k.open = true
	k.bytes, k.h1, k.h2 = append(k.bytes[:0], bytes...), h1, h2
	k.head.Reset()
	k.written = 0
	k.clear()
}

// clear forgets the rows of the chunk.
func (k *key) clear() {
	if cap(k.packed) > 4*batchBytes {
		k.packed = nil
	}
	k.packed, k.ends, k.lens, k.last = k.packed[:0], k.ends[:0], 0, 0
}

// addRow appends a packed row to the pending key; position is its clustering cells.
func (w *Writer) addRow(packed, position []byte) error {
	k := &w.pending
	if n := len(k.packed); n > 0 && n+len(packed) > table.ChunkLimit(len(k.position)) {
		if err := w.writeChunk(); err != nil {
			return err
		}
	}
	if len(k.ends) == 0 {
		k.position = append(k.position[:0], position...)
	}
	k.packed = append(k.packed, packed...)
	k.ends = append(k.ends, len(k.packed))
	k.lens += k.last
	k.last = table.UvarintLen(uint64(len(packed)))
	return nil
}

// writeChunk writes the rows at hand as a chunk to the row area.
func (w *Writer) writeChunk() error {
	k := &w.pending
	w.scratch = table.AppendRowBlock(w.scratch[:0], k.packed, k.ends)
	stored := w.scratch
	if w.blocks {
		from := len(w.scratch)
		w.scratch = w.encoder.EncodeBlock(w.scratch, w.scratch)
		stored = w.scratch[from:]
	}
	stored = binary.LittleEndian.AppendUint32(stored, table.Checksum(stored, w.large+k.written))
	if _, err := w.table.Write(stored); err != nil {
		return err
	}
	k.head.Add(len(stored), len(k.ends), k.position)
	k.written += uint64(len(stored))
	k.clear()
	if cap(w.scratch) > 4*batchBytes {
		w.scratch = nil
	}
	return nil
}

// endKey decides where the pending key goes, a bucket or the row area, and spools its entry.
func (w *Writer) endKey() error {
	k := &w.pending
	if !k.open {
		return nil
	}
	k.open = false
	if k.head.Chunks() == 0 {
		rows := k.packed
		if w.check.clustering > 0 {
			w.scratch = table.AppendRowBlock(w.scratch[:0], k.packed, k.ends)
			rows = w.scratch
		}
		if w.fits(len(k.bytes)+len(rows), rows) {
			return w.addEntry(k.bytes, k.h1, k.h2, rows)
		}
	}
	if err := w.writeChunk(); err != nil {
		return err
	}
	head := k.head.AppendHead(w.scratch[:0], k.bytes, w.large+k.written)
	w.scratch = head
	if _, err := w.table.Write(head); err != nil {
		return err
	}
	ref := table.Ref{Offset: w.large, Length: k.written + uint64(len(head)), Head: uint64(len(head))}
	w.large += ref.Length
	w.largeKeys++
	var buf [3 * binary.MaxVarintLen64]byte
	entry := table.AppendRef(buf[:0], ref)
	w.totals.addRef(len(entry))
	return w.spool.add(&spoolEntry{h1: k.h1, h2: k.h2, kind: table.Reference, rows: entry})
}

// addEntry spools the entry of a key that goes into a bucket.
func (w *Writer) addEntry(key []byte, h1, h2 uint64, rows []byte) error {
	w.totals.addKey(key, len(key)+len(rows))
	return w.spool.add(&spoolEntry{h1: h1, h2: h2, kind: table.Inline, key: key, rows: rows})
}

// maxBlockEntry is the largest entry whose packed size is tried out with codecs that pack blocks.
const maxBlockEntry = 4 * table.MaxEntry

// fits reports whether an entry of this size goes into a bucket.
func (w *Writer) fits(size int, rows []byte) bool {
	if size <= table.MaxEntry {
		return true
	}
	if !w.blocks || size > maxBlockEntry {
		return false
	}
	w.blockBuf = append(append(w.blockBuf[:0], w.pending.bytes...), rows...)
	n := len(w.blockBuf)
	w.blockBuf = w.encoder.EncodeBlock(w.blockBuf, w.blockBuf)
	return len(w.blockBuf)-n <= table.MaxEntry
}

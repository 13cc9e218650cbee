package writer

import (
	"encoding/binary"

	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
)

// key is the key whose rows are being added: the rows of its last chunk, and the chunks that are already written.
type key struct {
	open     bool
	bytes    []byte
	h1, h2   uint64
	packed   []byte
	bounds   []int  // row i is packed[bounds[i]:bounds[i+1]]
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
	if cap(k.packed) > maxKept {
		k.packed = nil
	}
	k.packed, k.bounds = k.packed[:0], append(k.bounds[:0], 0)
}

// rows is the number of rows of the chunk.
func (k *key) rows() int { return len(k.bounds) - 1 }

// addKeys hands the packed rows of the batch to their keys.
func (w *Writer) addKeys() error {
	n := len(w.batch.Rows())
	begin := n
	if len(w.starts) > 0 {
		begin = w.starts[0].row
	}
	if err := w.addRows(0, begin); err != nil {
		return err
	}
	for i, s := range w.starts {
		end, last := n, i+1 == len(w.starts)
		if !last {
			end = w.starts[i+1].row
		}
		if err := w.addKey(s, end, last); err != nil {
			return err
		}
	}
	return nil
}

// addKey adds the rows up to end of the key that begins at s; if it is the last of the batch there may be more to come.
func (w *Writer) addKey(s keyStart, end int, last bool) error {
	if err := w.endKey(); err != nil {
		return err
	}
	w.keys++
	key := row.Key(w.batch.Rows()[s.row].Rec)
	if size := w.bounds[end] - w.bounds[s.row]; (!last || w.check.clustering == 0) && len(key)+size <= table.MaxEntry {
		if rows := w.rowsOf(s.row, end); len(key)+len(rows) <= table.MaxEntry {
			return w.addEntry(key, s.h1, s.h2, rows)
		}
	}
	w.pending.begin(key, s.h1, s.h2)
	return w.addRows(s.row, end)
}

// rowsOf is what a bucket would hold of a key whose rows are from .. end-1 of the batch.
func (w *Writer) rowsOf(from, end int) []byte {
	bounds := w.bounds[from : end+1]
	if w.check.clustering == 0 {
		return w.packed[bounds[0]:bounds[1]]
	}
	w.scratch = table.AppendRowBlock(w.scratch[:0], w.packed, bounds)
	return w.scratch
}

// addRows appends rows from .. end-1 of the batch to the pending key.
func (w *Writer) addRows(from, end int) error {
	k := &w.pending
	for i := from; i < end; i++ {
		packed := w.packed[w.bounds[i]:w.bounds[i+1]]
		if n := len(k.packed); n > 0 && n+len(packed) > table.ChunkLimit(len(k.position)) {
			if err := w.writeChunk(); err != nil {
				return err
			}
		}
		if k.rows() == 0 {
			rec := w.batch.Rows()[i].Rec
			begin := len(rec) - len(row.Cells(rec))
			k.position = append(k.position[:0], rec[begin:clusteringEnd(w.batch, i, w.check.clustering)]...)
		}
		k.packed = append(k.packed, packed...)
		k.bounds = append(k.bounds, len(k.packed))
	}
	return nil
}

// writeChunk writes the rows at hand as a chunk to the row area.
func (w *Writer) writeChunk() error {
	k := &w.pending
	w.scratch = table.AppendRowBlock(w.scratch[:0], k.packed, k.bounds)
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
	k.head.Add(len(stored), k.rows(), k.position)
	k.written += uint64(len(stored))
	k.clear()
	if cap(w.scratch) > maxKept {
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
			w.scratch = table.AppendRowBlock(w.scratch[:0], k.packed, k.bounds)
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

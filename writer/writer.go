package writer

import (
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/table"
)

// Options says what is written and where. Everything but Dir and MemoryBytes decides bytes.
type Options struct {
	Schema      *cql.Schema
	Slices      partitioner.Slices
	Partition   int // the partition, 0 .. Slices.R-1; rows of another are refused
	Codec       *codec.Codec
	Dictionary  string  // the dictionary object's name
	Fingerprint string  // of the table, see the manifest
	InputRows   uint64  // rows before the fold, and their sum: only recorded
	InputSum    row.Sum //
	RecencyCell bool    // records end with a recency cell, which is not stored
	BloomPPM    uint32  // the filter's rate of false positives, per million
	Dir         string  // where the files and the scratch spool are made, under names of their own
	MemoryBytes int64   // packed rows held in memory; what is above goes through the spool
}

// validate reports everything that is wrong with o.
func (o *Options) validate() error {
	var errs []error
	if o.Schema == nil {
		errs = append(errs, errors.New("no schema"))
	}
	if o.Codec == nil {
		errs = append(errs, errors.New("no codec"))
	}
	if err := o.Slices.Validate(); err != nil {
		errs = append(errs, err)
	} else if o.Partition < 0 || o.Partition >= o.Slices.R {
		errs = append(errs, fmt.Errorf("partition %d of %d", o.Partition, o.Slices.R))
	}
	if _, err := bloom.NewHeader(0, o.BloomPPM); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Writer writes one table. It ends in Finish or Abort, once. After an error every later call returns that error.
// It belongs to one goroutine.
type Writer struct {
	options Options
	err     error
	done    bool

	check   checker
	encoder codec.Encoder
	blocks  bool // the codec packs blocks, not rows
	table   *output
	bloom   *output
	spool   spool
	totals  totals
	large   uint64 // bytes of the row area
	pending key

	rows, keys, largeKeys    uint64
	storedSum                row.Sum
	minToken                 int64
	cellBytes, packedBytes   uint64
	packed                   []byte // of one batch
	ends                     []int
	verdicts                 []verdict
	previousKey, previousPos []byte // the checker's own copies
	scratch, blockBuf        []byte
	touched                  byte // see touch; nothing reads it
}

var (
	errAborted  = errors.New("the table was aborted")
	errFinished = errors.New("the table is finished")
)

// New begins a table.
func New(o Options) (*Writer, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("beginning a table: %w", err)
	}
	w := &Writer{options: o, encoder: o.Codec.NewEncoder(), blocks: !table.BlocksAreBodies(o.Codec.Name())}
	w.check = checker{
		schema: o.Schema, order: table.NewOrder(o.Schema), slices: o.Slices, partition: o.Partition, cells: o.Schema.Cells(),
		clustering: len(o.Schema.Clustering), recency: o.RecencyCell,
	}
	if o.RecencyCell {
		w.check.cells++
	}
	w.spool = spool{dir: o.Dir, limit: o.MemoryBytes}
	var err error
	if w.table, err = newOutput(o.Dir, "table-*"); err != nil {
		return nil, fmt.Errorf("beginning a table: %w", err)
	}
	if _, err := w.table.Write([]byte(table.Magic)); err != nil {
		return nil, errors.Join(err, w.table.remove())
	}
	return w, nil
}

// fail makes err the answer to every later call.
func (w *Writer) fail(err error) error {
	w.err = err
	return err
}

// Bounds of the rows that are packed at once.
const (
	batchRows  = 256
	batchBytes = 1 << 20
)

// Add appends rows, which must be in strictly ascending table order, within the call and from call to call. The records
// are not kept.
func (w *Writer) Add(rows []row.Row) error {
	for len(rows) > 0 && w.err == nil {
		n, size := 0, 0
		for n < min(len(rows), batchRows) && size < batchBytes {
			size += len(rows[n].Rec)
			n++
		}
		if err := w.addBatch(rows[:n]); err != nil {
			return w.fail(err)
		}
		rows = rows[n:]
	}
	return w.err
}

// addBatch checks, sums, packs and spools rows.
func (w *Writer) addBatch(rows []row.Row) error {
	w.verdicts = w.verdicts[:0]
	w.touched += touch(rows)
	for _, r := range rows {
		v, err := w.check.check(r)
		if err != nil {
			return err
		}
		w.verdicts = append(w.verdicts, v)
		w.storedSum = w.storedSum.Add(row.HashStored(r.Rec, v.tail))
		w.cellBytes += uint64(len(row.Cells(r.Rec)) - v.tail)
	}
	w.previousKey, w.previousPos = w.check.keep(w.previousKey, w.previousPos)
	if w.rows == 0 {
		w.minToken = rows[0].Token
	}
	w.rows += uint64(len(rows))
	if cap(w.packed) > 4*batchBytes {
		w.packed = nil // the batch before had a very large row
	}
	w.packed, w.ends = w.encoder.EncodeRows(w.packed[:0], rows, w.ends[:0])
	w.packedBytes += uint64(len(w.packed))
	start := 0
	for i, end := range w.ends {
		v := &w.verdicts[i]
		packed := w.packed[start:end]
		start = end
		if v.newKey {
			if err := w.endKey(); err != nil {
				return err
			}
			w.keys++
			key := row.Key(rows[i].Rec)
			if w.check.clustering == 0 && len(key)+len(packed) <= table.MaxEntry { // all rows of the key, and no row block
				if err := w.addEntry(key, v.h1, v.h2, packed); err != nil {
					return err
				}
				continue
			}
			w.pending.begin(key, v.h1, v.h2)
		}
		if err := w.addRow(packed, row.Cells(rows[i].Rec)[:v.position]); err != nil {
			return err
		}
	}
	return nil
}

// touch loads the first lines of every record into the caches. The rows of a build come from all over the memory, in the
// order of their tokens: many loads that do not wait for each other take a fraction of the time of one after the other.
func touch(rows []row.Row) (sum byte) {
	const line, most = 64, 512
	for i := range rows {
		rec := rows[i].Rec
		for at := 0; at < min(len(rec), most); at += line {
			sum += rec[at]
		}
	}
	return sum
}

// Abort removes the files. It does nothing after Finish has succeeded.
func (w *Writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	if w.err == nil {
		w.err = errAborted
	}
	errs := []error{w.spool.close()}
	for _, o := range []*output{w.table, w.bloom} {
		if o != nil {
			errs = append(errs, o.remove())
		}
	}
	return errors.Join(errs...)
}

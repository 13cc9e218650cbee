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

	batch   *row.Batch
	check   checker
	encoder codec.Encoder
	blocks  bool // the codec packs blocks, not rows
	table   *output
	bloom   *output
	spool   spool
	totals  totals
	large   uint64 // bytes of the row area
	pending key

	rows, keys, largeKeys  uint64
	storedSum              row.Sum
	minToken               int64
	cellBytes, packedBytes uint64
	starts                 []keyStart // of one batch
	packed                 []byte     // of one batch
	bounds                 []int      // row i of the batch is packed[bounds[i]:bounds[i+1]]
	scratch, blockBuf      []byte
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
		schema: o.Schema, order: table.NewOrder(o.Schema), slices: o.Slices, partition: o.Partition, clustering: len(o.Schema.Clustering),
	}
	cells := o.Schema.Cells()
	if o.RecencyCell {
		cells++
	}
	w.batch = row.NewBatch(cells)
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

// Add appends rows, which must be in strictly ascending table order, within the call and from call to call. The records
// are not kept.
func (w *Writer) Add(rows []row.Row) error {
	for len(rows) > 0 && w.err == nil {
		rest, err := w.batch.Take(rows)
		if err != nil {
			return w.fail(fmt.Errorf("adding a %w", err))
		}
		if err := w.addBatch(); err != nil {
			return w.fail(err)
		}
		rows = rest
	}
	return w.err
}

// maxKept is how many bytes a buffer may have that is kept for the rows to come.
const maxKept = 4 << 20

// addBatch checks, sums, packs and spools the rows of the batch.
func (w *Writer) addBatch() error {
	var err error
	if w.starts, err = w.check.check(w.batch, w.starts[:0]); err != nil {
		return err
	}
	w.check.keep(w.batch)
	w.count()
	if cap(w.packed) > maxKept {
		w.packed = nil // the batch before had a very large row
	}
	w.packed, w.bounds = w.encoder.EncodeBatch(w.packed[:0], w.batch, append(w.bounds[:0], 0))
	w.packedBytes += uint64(len(w.packed))
	return w.addKeys()
}

// count counts and sums the rows of the batch.
func (w *Writer) count() {
	rows := w.batch.Rows()
	if w.rows == 0 {
		w.minToken = rows[0].Token
	}
	w.rows += uint64(len(rows))
	var recency []uint32
	if w.options.RecencyCell {
		recency = w.batch.Places(w.batch.Cells() - 1)
	}
	for i := range rows {
		rec, tail := rows[i].Rec, 0
		if recency != nil {
			tail = len(rec) - int(recency[i])
		}
		w.storedSum = w.storedSum.Add(row.HashStored(rec, tail))
		w.cellBytes += uint64(len(row.Cells(rec)) - tail)
	}
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

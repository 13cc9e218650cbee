package source

import (
	"context"
	"errors"
	"io"

	"github.com/verdigris-db/verdigris/cql"
)

// batchRows is the most rows of a batch: its slots of a few columns fit the processor's second cache.
const batchRows = 4096

// columnMaker fills one column of a batch.
type columnMaker interface {
	// fill makes the column of the next n rows, the first of which is row first of the file.
	fill(out *Column, n int, first int64) error
}

// Reader reads one row group. It belongs to one goroutine.
type Reader struct {
	ctx   context.Context
	in    *Input
	group int
	first int64 // row of the file
	rows  int64
	done  int64

	streams []*stream       // of flat columns, each leaf once
	names   []string        // of the streams' columns
	nested  []*nestedColumn // one per want of a nested column
	cursors []*cursor       // of all nested columns
	makers  []columnMaker   // one per want
	wants   []Want
	open    []groupDecoder
	fetched *prefetched // nil: leaves read through windows
	batch   Batch
	err     error
}

// Read starts to read row group group; wants were accepted by Schema.Check. Of an object it may read the whole row group.
func (in *Input) Read(ctx context.Context, group int, wants []Want) (*Reader, error) {
	f := in.Footer
	if group < 0 || group >= len(f.RowGroups) {
		return nil, placed(f.File, group, "", damaged("the file has %d row groups", len(f.RowGroups)))
	}
	g := f.RowGroups[group]
	r := &Reader{ctx: ctx, in: in, group: group, first: g.First, rows: g.Rows, wants: wants}
	r.batch.Columns = make([]Column, len(wants))
	if g.Rows == 0 {
		return r, nil
	}
	if column, err := r.start(); err != nil {
		return nil, placed(f.File, group, column, errors.Join(err, r.Close()))
	}
	return r, nil
}

// start finds what fills each wanted column; at an error it names the column.
func (r *Reader) start() (column string, err error) {
	if r.in.object.Reach() == far {
		if spans, bytes := r.in.Footer.spans(r.group, r.wants); bytes <= prefetchMost {
			if r.fetched, err = prefetch(r.ctx, r.in.object, spans); err != nil {
				return "", err
			}
		}
	}
	leaves := map[int]*stream{}
	for _, w := range r.wants {
		m, err := r.maker(w, leaves)
		if err != nil {
			return w.Name, err
		}
		r.makers = append(r.makers, m)
	}
	return "", nil
}

// maker finds where a wanted column comes from.
func (r *Reader) maker(w Want, leaves map[int]*stream) (columnMaker, error) {
	f := r.in.Footer
	switch w.Name {
	case PseudoRow:
		return newRowColumn(w.Type)
	case PseudoFile:
		b, err := cql.Convert(nil, cql.Of(cql.Text), w.Type, []byte(f.File.Name))
		return newConstColumn(b), err
	}
	for _, v := range f.File.Folders {
		if v.Name == w.Name {
			b, null, err := f.File.FolderCell(w.Name, w.Type)
			if null {
				return &nullColumn{}, err
			}
			return newConstColumn(b), err
		}
	}
	for _, c := range f.meta.columns {
		if c.node.name() != w.Name {
			continue
		}
		if c.err != nil {
			return nil, c.err
		}
		if c.shape.kind == shapeLeaf {
			s, err := r.stream(c.shape.leaf, w.Name, leaves)
			if err != nil {
				return nil, err
			}
			if c.nulls {
				return &nullColumn{proof: s}, nil
			}
			f, err := newFlatColumn(w, s, c.shape.logical)
			if err != nil {
				return nil, err
			}
			f.cellBuffers = r.in.spares.takeCells(c.shape.leaf.Index)
			return f, nil
		}
		return r.nestedColumn(w, c)
	}
	return &nullColumn{}, nil
}

// stream opens a leaf once.
func (r *Reader) stream(leaf *leafColumn, name string, leaves map[int]*stream) (*stream, error) {
	if s := leaves[leaf.Index]; s != nil {
		return s, nil
	}
	lr, err := r.openLeaf(leaf)
	if err != nil {
		return nil, err
	}
	s := &stream{leaf: leaf, reader: lr}
	leaves[leaf.Index] = s
	r.streams = append(r.streams, s)
	r.names = append(r.names, name)
	return s, nil
}

// openLeaf opens the chunk of a leaf with the decoder that reads it rightly.
func (r *Reader) openLeaf(leaf *leafColumn) (lr leafReader, err error) {
	defer recovered(&err)
	chunks := r.in.groups[r.group].Columns
	md := &chunks[leaf.Index].MetaData
	which, err := decoderOf(leaf, md.Codec, md.Encoding)
	if err != nil {
		return nil, err
	}
	_, end := chunkRange(md)
	spare := r.in.spares.takeLeaf(leaf.Index)
	var at io.ReaderAt = r.fetched
	if r.fetched == nil {
		at = &window{r: readerAt{r.ctx, r.in.object}, end: end, size: r.in.object.Reach().window(), buf: spare.window[:0]}
	}
	if which == decodeArrowGo {
		group, err := newArrowGroup(at, chunks)
		if err != nil {
			return nil, err
		}
		r.open = append(r.open, group)
		return group.Leaf(leaf)
	}
	group, err := newParquetGoGroup(at, chunks)
	if err != nil {
		return nil, err
	}
	group.spare = spare
	return group.Leaf(leaf)
}

// closeLeaf closes a leaf and keeps its buffers for the next row group.
func (r *Reader) closeLeaf(leaf *leafColumn, lr leafReader) error {
	l, ok := lr.(*pgoLeaf)
	if !ok {
		return lr.Close()
	}
	at, windowed := l.pages.r.(*window)
	b := l.release()
	if b == nil {
		return nil
	}
	if windowed {
		b.window = at.buf
	}
	r.in.spares.putLeaf(leaf.Index, b)
	return nil
}

// Next returns the next rows, at least one, or io.EOF after as many rows as the footer says and a last check that the
// file is still the one listed.
func (r *Reader) Next() (*Batch, error) {
	if r.err == nil {
		r.err = r.next()
	}
	if r.err != nil {
		return nil, r.err
	}
	return &r.batch, nil
}

func (r *Reader) next() error {
	if err := r.ctx.Err(); err != nil {
		return context.Cause(r.ctx)
	}
	column, err := "", error(nil)
	if r.done == r.rows {
		if column, err = r.ended(); err == nil {
			if err = r.in.object.Unchanged(r.ctx); err == nil {
				return io.EOF
			}
		}
	} else {
		column, err = r.fill()
	}
	if err == nil {
		return nil
	}
	if changed := r.in.object.Unchanged(r.ctx); errors.Is(changed, ErrSourceChanged) {
		column, err = "", changed // a file written anew under the reader looks damaged
	}
	var leaf *columnError
	if errors.As(err, &leaf) {
		column, err = leaf.column, leaf.err
	}
	return placed(r.in.Footer.File, r.group, column, err)
}

// fill makes the next batch; at an error it names the column.
func (r *Reader) fill() (column string, err error) {
	defer recovered(&err)
	n := int(min(batchRows, r.rows-r.done))
	for i, s := range r.streams {
		column = r.names[i]
		left, err := s.left()
		if errors.Is(err, io.EOF) {
			err = damaged("the column ends after %d of %d rows", r.done, r.rows)
		}
		if err != nil {
			return column, err
		}
		n = min(n, left)
	}
	for _, c := range r.nested {
		column = c.want.Name
		left, err := c.prepare(n)
		if err != nil {
			return column, err
		}
		n = min(n, left)
	}
	for i, s := range r.streams {
		column = r.names[i]
		s.advance(n)
	}
	for i, m := range r.makers {
		column = r.wants[i].Name
		if err := m.fill(&r.batch.Columns[i], n, r.first+r.done); err != nil {
			return column, err
		}
	}
	r.batch.Rows, r.batch.First = n, r.first+r.done
	r.done += int64(n)
	return "", nil
}

// ended checks that no column has more than the rows that were read.
func (r *Reader) ended() (column string, err error) {
	defer recovered(&err)
	for i, s := range r.streams {
		column = r.names[i]
		if err := s.ended(); err != nil {
			return column, err
		}
	}
	for _, c := range r.cursors {
		column = c.name
		if err := c.ended(); err != nil {
			return column, err
		}
	}
	return "", nil
}

// Close releases the buffers. It may be called at any time, once.
func (r *Reader) Close() error {
	var errs []error
	for _, s := range r.streams {
		errs = append(errs, r.closeLeaf(s.leaf, s.reader))
	}
	for _, m := range r.makers {
		if f, ok := m.(*flatColumn); ok {
			r.in.spares.putCells(f.stream.leaf.Index, f.release())
		}
	}
	for _, c := range r.cursors {
		errs = append(errs, r.closeLeaf(c.leaf, c.reader))
	}
	for _, g := range r.open {
		errs = append(errs, g.Close())
	}
	r.streams, r.nested, r.cursors, r.open, r.makers, r.fetched = nil, nil, nil, nil, nil, nil
	r.err = io.ErrClosedPipe
	return errors.Join(errs...)
}

// fill makes it a columnMaker: the stream was advanced before.
func (f *flatColumn) fill(out *Column, _ int, first int64) error { return f.column(out, first) }

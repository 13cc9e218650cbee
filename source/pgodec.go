package source

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/encoding/bytestreamsplit"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/plain"
	"github.com/parquet-go/parquet-go/format"
)

// pgoGroup decodes the leaves of one row group with parquet-go's encodings, over pages whose frame was checked before.
// parquet-go's own files and pages are not used: they have no limit of size, read page indexes that nobody asked for,
// and accept pages that end early.
type pgoGroup struct {
	r      io.ReaderAt
	chunks []format.ColumnChunk
	spare  *leafBuffers
}

// leafBuffers are what a pgoLeaf decodes into. The reader of the next row group takes over those of the last one.
type leafBuffers struct {
	window, body, page, packed []byte
	def, rep                   []uint8
	index                      []int32
	plain, dict                values
	prefixed                   prefixed
	zstd                       *zstd.Decoder
}

var _ groupDecoder = (*pgoGroup)(nil)

// newParquetGoGroup is the groupDecoder of the row group with these chunks, one for each leaf; r addresses the whole file.
func newParquetGoGroup(r io.ReaderAt, chunks []format.ColumnChunk) (*pgoGroup, error) {
	return &pgoGroup{r: r, chunks: chunks, spare: &leafBuffers{}}, nil
}

// Leaf opens the chunk of c.
func (g *pgoGroup) Leaf(c *leafColumn) (leafReader, error) {
	if c.Index >= len(g.chunks) {
		return nil, damaged("row group has %d columns, the schema more", len(g.chunks))
	}
	m := &g.chunks[c.Index].MetaData
	start, end := chunkRange(m)
	if m.NumValues == 0 {
		end = start // some writers give an empty chunk no place
	}
	b := g.spare // of the group's first leaf
	if g.spare = nil; b == nil {
		b = &leafBuffers{}
	}
	if m.Codec == format.Zstd && b.zstd == nil {
		var err error
		// The cap limit makes the page header's size the most that a frame may give.
		if b.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true)); err != nil {
			return nil, fmt.Errorf("making a zstd decoder: %w", err)
		}
	}
	l := &pgoLeaf{column: c, missing: m.NumValues, buffers: b}
	l.pages = arrowPages{r: g.r, column: c, codec: m.Codec, offset: start, end: end, zstd: b.zstd, body: b.body, plain: b.page}
	b.prefixed.at = b.prefixed.entries // nothing of the last reader's page is left
	return l, nil
}

// Close has nothing to release: decoders of one frame at a time start no goroutines.
func (g *pgoGroup) Close() error { return nil }

// pgoLeaf is the leafReader over parquet-go's encodings. One page of the file is one leafPage, save those of prefixed.
type pgoLeaf struct {
	column  *leafColumn
	pages   arrowPages
	missing int64 // entries that the footer promises and no page has brought yet
	started bool  // a data page was seen
	dict    *values
	buffers *leafBuffers
	out     leafPage
	err     error
}

var _ leafReader = (*pgoLeaf)(nil)

// Next returns the next page or io.EOF.
func (l *pgoLeaf) Next() (*leafPage, error) {
	if l.err == nil {
		l.err = io.ErrUnexpectedEOF // stays so if a panic of the library passes through here
		if l.err = l.next(); l.err == nil {
			return &l.out, nil
		}
	}
	return nil, l.err
}

// Close drops the buffers.
func (l *pgoLeaf) Close() error {
	l.release()
	return nil
}

// release closes the leaf and gives its buffers to whom may use them next.
func (l *pgoLeaf) release() *leafBuffers {
	b := l.buffers
	if b != nil {
		b.body, b.page = l.pages.body, l.pages.plain
	}
	*l = pgoLeaf{err: io.ErrClosedPipe}
	return b
}

// next reads pages up to the next one with entries, or goes on with the one that is handed out in steps.
func (l *pgoLeaf) next() error {
	if p := &l.buffers.prefixed; p.at < p.entries {
		return p.step(&l.out, &l.buffers.plain, l.column.MaxDef)
	}
	for {
		page, err := l.pages.next()
		if err == io.EOF && l.missing != 0 {
			return damaged("column chunk ends before %d of its values", l.missing)
		}
		if err != nil {
			return err
		}
		if page.Header.Type == format.DictionaryPage {
			if err := l.dictionary(page); err != nil {
				return err
			}
			continue
		}
		l.started = true
		entries, encoding := dataHeader(page.Header)
		if err := checkEntries(entries); err != nil {
			return err
		}
		if int64(entries) > l.missing {
			return damaged("page of %d values, the column chunk has %d left", entries, l.missing)
		}
		l.missing -= int64(entries)
		if entries > 0 {
			return l.data(page, entries, encoding)
		}
	}
}

// dataHeader is what both versions of data pages have.
func dataHeader(h *format.PageHeader) (entries int, e format.Encoding) {
	if h.Type == format.DataPage {
		return int(h.DataPageHeader.V.NumValues), h.DataPageHeader.V.Encoding
	}
	return int(h.DataPageHeaderV2.V.NumValues), h.DataPageHeaderV2.V.Encoding
}

func (l *pgoLeaf) dictionary(page *arrowPage) error {
	h := page.Header.DictionaryPageHeader.V
	if l.dict != nil || l.started {
		return damaged("column chunk has a dictionary page that is not its first page")
	}
	if h.Encoding != format.Plain && h.Encoding != format.PlainDictionary {
		return unsupported("dictionary encoded as %s", encodingName(h.Encoding))
	}
	if l.column.Physical == format.Boolean {
		return unsupported("dictionary of booleans")
	}
	n := int(h.NumValues)
	if n > len(page.Data) { // no value takes less than a byte
		return damaged("dictionary of %d values in %d bytes", n, len(page.Data))
	}
	if err := l.decode(&l.buffers.dict, page.Data, n, format.Plain); err != nil {
		return fmt.Errorf("decoding the dictionary: %w", err)
	}
	l.dict = &l.buffers.dict
	return nil
}

// data decodes a data page: levels, then indexes or values.
func (l *pgoLeaf) data(page *arrowPage, entries int, e format.Encoding) error {
	out, b := &l.out, l.buffers
	out.Entries, out.Dict, out.Index, out.Plain = entries, nil, nil, values{}
	present, err := l.levels(page, entries)
	if err != nil {
		return err
	}
	body := page.Data[page.Values:]
	if e == format.PlainDictionary || e == format.RLEDictionary {
		if l.dict == nil {
			return damaged("dictionary indexes without a dictionary")
		}
		if b.index, err = decodeIndexes(b.index, body, present, l.dict.N); err != nil {
			return err
		}
		out.Dict, out.Index = l.dict, b.index
		return nil
	}
	if !pageEncodings(decodeParquetGo, l.column).has(e) {
		return unsupported("%s values encoded as %s", l.column.Physical, encodingName(e))
	}
	if e == format.DeltaByteArray && l.column.Physical == format.ByteArray && present > 0 {
		if err := b.prefixed.open(body, entries, present, out.Def, out.Rep); err != nil {
			return err
		}
		return b.prefixed.step(out, &b.plain, l.column.MaxDef)
	}
	if err := l.decode(&b.plain, body, present, e); err != nil {
		return err
	}
	out.Plain = b.plain
	return nil
}

// levels decodes the page's levels and returns how many entries have a value.
func (l *pgoLeaf) levels(page *arrowPage, entries int) (present int, err error) {
	rep, def := levelBytes(page, l.column)
	out, b := &l.out, l.buffers
	if out.Def, out.Rep = nil, nil; l.column.MaxRep > 0 {
		if b.rep, err = decodeLevels(b.rep, rep, entries, l.column.MaxRep); err != nil {
			return 0, fmt.Errorf("repetition levels: %w", err)
		}
		out.Rep = b.rep
	}
	if l.column.MaxDef == 0 {
		return entries, nil
	}
	if b.def, err = decodeLevels(b.def, def, entries, l.column.MaxDef); err != nil {
		return 0, fmt.Errorf("definition levels: %w", err)
	}
	out.Def = b.def
	return countLevel(b.def, l.column.MaxDef), nil
}

// decode reads n values of encoding e into v. What stands behind them in body is padding, as fastparquet writes it.
func (l *pgoLeaf) decode(v *values, body []byte, n int, e format.Encoding) error {
	if n == 0 {
		v.reset()
		v.Offsets = append(v.Offsets[:0], 0)
		return nil
	}
	if e == format.Plain && l.column.Physical == format.ByteArray {
		data, offsets, err := plainByteArrays(v.Data, v.Offsets, body, n)
		if err != nil {
			return err
		}
		v.Data, v.Offsets, v.N = data, offsets, n
		return nil
	}
	if width := l.column.plainWidth(); e == format.Plain && width > 0 {
		body = body[:min(int64(len(body)), (int64(n)*int64(width)+7)/8)]
	}
	coder, err := l.coder(body, n, e)
	if err != nil {
		return err
	}
	have := 0
	switch l.column.Physical {
	case format.Boolean:
		packed := &l.buffers.packed
		if *packed, err = coder.DecodeBoolean(*packed, body); err == nil {
			if have = n; len(*packed) != (n+7)/8 {
				have = 8 * len(*packed)
				break
			}
			v.Bool = unpackBooleans(v.Bool, *packed, n)
		}
	case format.Int32:
		v.Int32, err = coder.DecodeInt32(v.Int32, body)
		have = len(v.Int32)
	case format.Int64:
		v.Int64, err = coder.DecodeInt64(v.Int64, body)
		have = len(v.Int64)
	case format.Float:
		v.Float, err = coder.DecodeFloat(v.Float, body)
		have = len(v.Float)
	case format.Double:
		v.Double, err = coder.DecodeDouble(v.Double, body)
		have = len(v.Double)
	case format.ByteArray:
		v.Data, v.Offsets, err = coder.DecodeByteArray(v.Data, body, v.Offsets)
		have = len(v.Offsets) - 1
	case format.FixedLenByteArray, format.Int96:
		v.Data, err = coder.DecodeFixedLenByteArray(v.Data, body, l.column.Width)
		if have = len(v.Data) / l.column.Width; have*l.column.Width != len(v.Data) {
			have = -1
		}
	}
	if err != nil {
		return damaged("decoding %d values of %s: %v", n, encodingName(e), err)
	}
	if have != n {
		return damaged("%d values of %s in a page that has %d", have, encodingName(e), n)
	}
	v.N = n
	return l.checkOffsets(v)
}

// plainWidth is the number of bits of a PLAIN value, 0 where it varies.
func (c *leafColumn) plainWidth() int {
	switch c.Physical {
	case format.Boolean:
		return 1
	case format.Int32, format.Float:
		return 32
	case format.Int64, format.Double:
		return 64
	}
	return 8 * c.Width
}

// coder is parquet-go's decoder of encoding e; what it would allocate for body is bounded here.
func (l *pgoLeaf) coder(body []byte, n int, e format.Encoding) (encoding.Encoding, error) {
	switch e {
	case format.ByteStreamSplit:
		return new(bytestreamsplit.Encoding), nil
	case format.DeltaBinaryPacked:
		_, err := checkDelta(body, n)
		return new(delta.BinaryPackedEncoding), err
	case format.DeltaLengthByteArray:
		_, err := checkLengths(body, n)
		return new(delta.LengthByteArrayEncoding), err
	case format.DeltaByteArray:
		suffixes, err := checkLengths(body, n) // of fixed-length values, which their number bounds
		if err == nil {
			_, err = checkLengths(suffixes, n)
		}
		return new(delta.ByteArrayEncoding), err
	}
	return new(plain.Encoding), nil
}

// checkOffsets proves what users of values rely on.
func (l *pgoLeaf) checkOffsets(v *values) error {
	if l.column.Physical != format.ByteArray {
		return nil
	}
	last := v.Offsets[0]
	for _, o := range v.Offsets {
		if o < last {
			return damaged("values overlap")
		}
		last = o
	}
	if int64(last) > int64(len(v.Data)) {
		return damaged("values end at byte %d of %d", last, len(v.Data))
	}
	return nil
}

// checkDelta walks the delta sequence at the start of body, so that its claimed count is true.
func checkDelta(body []byte, n int) (deltaFacts, error) {
	f, err := walkDelta(body, n)
	if err == nil && f.values != n {
		err = damaged("%d delta values where %d are expected", f.values, n)
	}
	return f, err
}

// checkLengths is checkDelta of lengths, which parquet-go reads wrongly where their differences need over 32 bits; it
// returns what stands behind them.
func checkLengths(body []byte, n int) (rest []byte, err error) {
	f, err := checkDelta(body, n)
	if err != nil {
		return nil, err
	}
	if f.wide {
		return nil, unsupported("lengths of values whose differences need more than 32 bits")
	}
	return body[f.size:], nil
}

// unpackBooleans spreads n bits, the lowest of each byte first.
func unpackBooleans(dst []bool, packed []byte, n int) []bool {
	if cap(dst) < n {
		dst = make([]bool, n)
	}
	dst = dst[:n]
	for i := range dst {
		dst[i] = packed[i>>3]>>(i&7)&1 == 1
	}
	return dst
}

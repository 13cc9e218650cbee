package source

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

const (
	arrowBatch         = 8192     // most entries of a leafPage
	arrowPrefixBytes   = 32 << 20 // most bytes that a batch of DELTA_BYTE_ARRAY values may expand to, but for its last value
	arrowMaxDeltaBlock = 1 << 20  // values in a block of a delta encoding; writers use 128 to 4096
	arrowMaxDelta      = 1 << 26  // values in a page of a delta encoding, for which arrow-go allocates at once
)

// arrowGroup decodes the leaves of one row group with arrow-go's column readers. It reads no footer and no page index
// through arrow-go, only levels and values out of pages that arrowPages has checked. Nothing in it starts a goroutine.
type arrowGroup struct {
	r      io.ReaderAt
	chunks []format.ColumnChunk
	zstd   *zstd.Decoder
}

var _ groupDecoder = (*arrowGroup)(nil)

// openArrow is the openGroup of a file whose footer lists these row groups: the footer is not read again.
func openArrow(groups []format.RowGroup) openGroup {
	return func(r io.ReaderAt, _ int64, group int) (groupDecoder, error) {
		if group < 0 || group >= len(groups) {
			return nil, fmt.Errorf("opening row group %d of %d", group, len(groups))
		}
		return newArrowGroup(r, groups[group].Columns)
	}
}

// newArrowGroup is the groupDecoder of the row group with these chunks, one for each leaf; r addresses the whole file.
func newArrowGroup(r io.ReaderAt, chunks []format.ColumnChunk) (*arrowGroup, error) {
	// The cap limit makes the page header's size the most that a frame may give.
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, fmt.Errorf("making a zstd decoder: %w", err)
	}
	return &arrowGroup{r: r, chunks: chunks, zstd: z}, nil
}

// Leaf opens the chunk of c.
func (g *arrowGroup) Leaf(c *leafColumn) (leafReader, error) {
	if c.Index >= len(g.chunks) {
		return nil, damaged("row group has %d columns, the schema more", len(g.chunks))
	}
	m := &g.chunks[c.Index].MetaData
	start, end := chunkRange(m)
	if start < 0 || m.TotalCompressedSize < 0 || m.NumValues < 0 {
		return nil, damaged("column chunk of %d bytes and %d values at offset %d", m.TotalCompressedSize, m.NumValues, start)
	}
	typed, err := newArrowColumn(c, c.MaxDef, c.MaxRep)
	if err != nil {
		return nil, err
	}
	return &arrowLeaf{
		column:  c,
		missing: m.NumValues,
		typed:   typed,
		pages: arrowPages{
			r: g.r, column: c, codec: m.Codec, offset: start, end: end, zstd: g.zstd,
		},
	}, nil
}

// Close releases the decompressor.
func (g *arrowGroup) Close() error {
	g.zstd.Close()
	return nil
}

// arrowLeaf is the leafReader over arrow-go. Pages with dictionary indexes are decoded as an INT32 column whose
// dictionary is 0, 1, 2, ..: arrow-go then gives the indexes themselves, checked against the dictionary's size.
type arrowLeaf struct {
	column  *leafColumn
	pages   arrowPages
	missing int64 // entries that the footer promises and no page has brought yet
	started bool  // a data page was seen

	typed   *arrowColumn // of the leaf's own type
	indexes *arrowColumn // of the indexes; nil before a dictionary page
	dict    *values

	current *arrowColumn // where the open page is
	left    int          // entries of the open page not given yet
	batch   int          // most entries to take from the open page at once
	out     leafPage
	levels  struct{ def, rep []int16 }
	err     error
}

var _ leafReader = (*arrowLeaf)(nil)

// Next returns the next page or io.EOF.
func (l *arrowLeaf) Next() (*leafPage, error) {
	if l.err == nil {
		l.err = io.ErrUnexpectedEOF // stays so if a panic of the library passes through here
		if l.err = l.next(); l.err == nil {
			return &l.out, nil
		}
	}
	return nil, l.err
}

// Close drops the buffers.
func (l *arrowLeaf) Close() error {
	*l = arrowLeaf{err: io.ErrClosedPipe}
	return nil
}

func (l *arrowLeaf) next() error {
	for l.left == 0 {
		if err := l.openPage(); err != nil {
			return err
		}
	}
	n := min(l.left, l.batch)
	l.left -= n
	out := &l.out
	out.Entries, out.Dict, out.Index = n, nil, nil
	var count int
	var err error
	if l.current == l.indexes {
		l.indexes.out.reset()
		count, err = l.readLevelled(l.indexes, n)
		out.Dict, out.Index, out.Plain = l.dict, l.indexes.out.Int32, values{}
	} else {
		l.typed.out.reset()
		count, err = l.readLevelled(l.typed, n)
		out.Plain = l.typed.out
	}
	if err != nil {
		return fmt.Errorf("decoding page values: %w", err)
	}
	if want := l.present(n); want != count {
		return damaged("page has %d values, its levels %d", count, want)
	}
	return l.checkLevels()
}

// openPage reads pages up to the next one with entries and gives it to the arrow-go column that decodes it.
func (l *arrowLeaf) openPage() error {
	page, err := l.pages.next()
	if err == io.EOF && l.missing != 0 {
		return damaged("column chunk ends before %d of its values", l.missing)
	}
	if err != nil {
		return err
	}
	var entries int
	var encoding format.Encoding
	switch h := page.Header; h.Type {
	case format.DictionaryPage:
		return l.openDictionary(page, h.DictionaryPageHeader.V)
	case format.DataPage:
		entries, encoding = int(h.DataPageHeader.V.NumValues), h.DataPageHeader.V.Encoding
	default:
		entries, encoding = int(h.DataPageHeaderV2.V.NumValues), h.DataPageHeaderV2.V.Encoding
	}
	l.started = true
	if int64(entries) > l.missing {
		return damaged("page of %d values, the column chunk has %d left", entries, l.missing)
	}
	l.missing -= int64(entries)
	if entries == 0 {
		return nil
	}
	l.left, l.batch = entries, arrowBatch
	if encoding == format.PlainDictionary || encoding == format.RLEDictionary {
		return l.openIndexes(page, entries)
	}
	if !arrowDecodes(l.column.Physical, encoding) {
		return unsupported("%s values encoded as %s", l.column.Physical, encoding)
	}
	empty, err := l.checkValues(encoding, page.Data[page.Values:], entries)
	if err != nil {
		return err
	}
	if empty {
		encoding, page.Data = format.Plain, page.Data[:page.Values:page.Values]
	}
	l.current = l.typed
	l.typed.feed.put(dataPageOf(page, encoding))
	return nil
}

// openDictionary decodes the dictionary page as a plain data page without levels.
func (l *arrowLeaf) openDictionary(page *arrowPage, h format.DictionaryPageHeader) error {
	if l.dict != nil || l.started {
		return damaged("column chunk has a dictionary page that is not its first page")
	}
	if h.Encoding != format.Plain && h.Encoding != format.PlainDictionary {
		return unsupported("dictionary encoded as %s", h.Encoding)
	}
	if l.column.Physical == format.Boolean {
		return unsupported("dictionary of booleans")
	}
	n := int(h.NumValues)
	if n > len(page.Data) { // no value takes less than a byte
		return damaged("dictionary of %d values in %d bytes", n, len(page.Data))
	}
	plain, err := newArrowColumn(l.column, 0, 0)
	if err != nil {
		return err
	}
	if n > 0 {
		plain.feed.put(dataPageOf(&arrowPage{Header: &format.PageHeader{
			Type:           format.DataPage,
			DataPageHeader: thriftNull(format.DataPageHeader{NumValues: h.NumValues}),
		}, Data: page.Data}, format.Plain))
	}
	for left := n; left > 0; {
		entries, count, err := plain.read(min(left, arrowBatch), nil, nil)
		if err != nil || entries != count || count == 0 {
			return damaged("dictionary of %d values ends after %d: %v", n, n-left, err)
		}
		left -= count
	}
	l.dict = &plain.out
	l.indexes, err = newArrowColumn(&leafColumn{Physical: format.Int32}, l.column.MaxDef, l.column.MaxRep)
	if err != nil {
		return err
	}
	identity := resize(nil, 4*n)
	for i := range n {
		binary.LittleEndian.PutUint32(identity[4*i:], uint32(i))
	}
	l.indexes.feed.put(file.NewDictionaryPage(memory.NewBufferBytes(identity), int32(n), parquet.Encodings.Plain))
	return nil
}

// openIndexes gives a page of dictionary indexes to the index column.
func (l *arrowLeaf) openIndexes(page *arrowPage, entries int) error {
	if l.dict == nil {
		return damaged("dictionary indexes without a dictionary")
	}
	width, err := indexWidth(page.Data[page.Values:], l.dict.N)
	if err != nil {
		return err
	}
	if width == 0 {
		// All indexes are 0. arrow-go takes the value of a run of no bits from the bytes behind the run, so it is given
		// one run of one-bit zeros instead.
		data := append(page.Data[:page.Values:page.Values], 1)
		data = binary.AppendUvarint(data, uint64(entries)<<1)
		page.Data = append(data, 0)
	}
	l.current = l.indexes
	l.indexes.feed.put(dataPageOf(page, format.RLEDictionary))
	return nil
}

// checkValues looks at a page's value bytes before arrow-go does: it refuses sizes in delta headers that arrow-go would
// trust, and reports bytes that hold no value at all: none, or a delta header of zero. Writers leave such bytes in pages
// of nulls and arrow-go's readers stumble over them; as PLAIN without bytes they are read, and are an error if a value
// is wanted of them.
func (l *arrowLeaf) checkValues(e format.Encoding, b []byte, entries int) (empty bool, err error) {
	if len(b) == 0 {
		return true, nil
	}
	sequences := 0
	switch e {
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray:
		sequences = 1
	case format.DeltaByteArray:
		sequences = 2 // lengths of prefixes, lengths of suffixes
		l.batch = min(arrowBatch, max(1, arrowPrefixBytes/len(b)))
	}
	for range sequences {
		if len(b) > 0 && b[0] == 0 {
			return true, nil
		}
		n, size, err := deltaSpan(b, entries)
		if err != nil {
			return false, err
		}
		if n == 0 {
			return true, nil
		}
		if n > arrowMaxDelta {
			return false, unsupported("%d delta values in one page: at most %d are read", n, arrowMaxDelta)
		}
		b = b[size:]
	}
	return false, nil
}

// arrowDecodes reports whether arrow-go has a decoder for values of type t in encoding e outside dictionaries.
func arrowDecodes(t format.Type, e format.Encoding) bool {
	switch e {
	case format.Plain:
		return true
	case format.RLE:
		return t == format.Boolean
	case format.DeltaBinaryPacked:
		return t == format.Int32 || t == format.Int64
	case format.DeltaLengthByteArray, format.DeltaByteArray:
		return t == format.ByteArray
	case format.ByteStreamSplit:
		return t != format.Boolean && t != format.Int96 && t != format.ByteArray
	}
	return false
}

// readLevelled reads n entries of the open page with their levels and returns how many values they have.
func (l *arrowLeaf) readLevelled(c *arrowColumn, n int) (int, error) {
	var def, rep []int16
	if l.column.MaxDef > 0 {
		l.levels.def = resizeLevels(l.levels.def, n)
		def = l.levels.def
	}
	if l.column.MaxRep > 0 {
		l.levels.rep = resizeLevels(l.levels.rep, n)
		rep = l.levels.rep
	}
	entries, count, err := c.read(n, def, rep)
	if err != nil {
		return 0, err
	}
	if entries != n {
		return 0, damaged("page ends %d entries early", n-entries)
	}
	return count, nil
}

// present counts the entries of the batch that have a value.
func (l *arrowLeaf) present(n int) int {
	if l.column.MaxDef == 0 {
		return n
	}
	count := 0
	for _, d := range l.levels.def[:n] {
		if d == int16(l.column.MaxDef) {
			count++
		}
	}
	return count
}

// checkLevels moves the batch's levels into the leafPage.
func (l *arrowLeaf) checkLevels() error {
	var err error
	if l.column.MaxDef > 0 {
		if l.out.Def, err = narrowLevels(l.out.Def, l.levels.def, l.column.MaxDef); err != nil {
			return fmt.Errorf("definition levels: %w", err)
		}
	}
	if l.column.MaxRep > 0 {
		if l.out.Rep, err = narrowLevels(l.out.Rep, l.levels.rep, l.column.MaxRep); err != nil {
			return fmt.Errorf("repetition levels: %w", err)
		}
	}
	return nil
}

func narrowLevels(dst []uint8, src []int16, most uint8) ([]uint8, error) {
	dst = resize(dst, len(src))
	for i, v := range src {
		if uint16(v) > uint16(most) {
			return nil, damaged("level %d, the column's largest is %d", v, most)
		}
		dst[i] = uint8(v)
	}
	return dst, nil
}

func resizeLevels(b []int16, n int) []int16 {
	if cap(b) < n {
		return make([]int16, n)
	}
	return b[:n]
}

// dataPageOf is the page in arrow-go's terms.
func dataPageOf(p *arrowPage, e format.Encoding) file.Page {
	buffer := memory.NewBufferBytes(p.Data)
	if p.Header.Type == format.DataPage {
		return file.NewDataPageV1(buffer, p.Header.DataPageHeader.V.NumValues, parquet.Encoding(e),
			parquet.Encodings.RLE, parquet.Encodings.RLE, int32(len(p.Data)))
	}
	h := p.Header.DataPageHeaderV2.V
	return file.NewDataPageV2(buffer, h.NumValues, h.NumNulls, h.NumRows, parquet.Encoding(e),
		h.DefinitionLevelsByteLength, h.RepetitionLevelsByteLength, int32(len(p.Data)), false)
}

// arrowNode is the schema node of a leaf, of which arrow-go needs only the physical type. Both libraries number physical
// types as the format does.
func arrowNode(c *leafColumn) (*schema.PrimitiveNode, error) {
	node, err := schema.NewPrimitiveNode("leaf", parquet.Repetitions.Optional, parquet.Type(c.Physical), -1, int32(c.Width))
	if err != nil {
		return nil, fmt.Errorf("describing a %s leaf to arrow-go: %w", c.Physical, err)
	}
	return node, nil
}

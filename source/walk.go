package source

import (
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go/format"
)

// chunkFacts is what reading one column chunk needs memory for.
type chunkFacts struct {
	start      int64 // of the chunk in the file
	chunk      int64 // bytes of the chunk as it stands in the file
	stored     int64 // bytes of the largest page as it stands in the file
	page       int64 // bytes of the largest data page, decompressed
	entries    int64 // of the largest data page
	dictionary int64 // bytes of the dictionary page, decompressed
	values     int64 // of the dictionary
	expands    bool  // DELTA_BYTE_ARRAY: values may be longer than their page
}

// Chunks of at most smallChunk bytes are not walked: their size bounds their pages well enough. Nor are those of objects,
// where each look costs a request: their pages are taken to be of assumedPage bytes at most.
const (
	smallChunk  = 128 << 10
	assumedPage = 16 << 20
)

// factsOf bounds the pages of a chunk by what the footer says.
func factsOf(md *format.ColumnMetaData, most int64) chunkFacts {
	start, _ := chunkRange(md)
	f := chunkFacts{
		start:      start,
		chunk:      md.TotalCompressedSize,
		stored:     min(md.TotalCompressedSize, most),
		page:       min(md.TotalUncompressedSize, most),
		entries:    min(md.NumValues, most),
		dictionary: min(md.TotalUncompressedSize, most),
		expands:    hasEncoding(md, format.DeltaByteArray),
	}
	if !hasEncoding(md, format.PlainDictionary) && !hasEncoding(md, format.RLEDictionary) {
		f.dictionary = 0
	}
	f.values = min(f.dictionary, f.entries)
	return f
}

func hasEncoding(md *format.ColumnMetaData, e format.Encoding) bool {
	for _, have := range md.Encoding {
		if have == e {
			return true
		}
	}
	return false
}

// bound fills in the facts of all chunks from the footer alone.
func (m *fileMeta) bound(groups []format.RowGroup) {
	m.chunks = make([][]chunkFacts, len(groups))
	for g := range groups {
		m.chunks[g] = make([]chunkFacts, len(m.leaves))
		for i := range m.leaves {
			m.chunks[g][i] = factsOf(&groups[g].Columns[i].MetaData, assumedPage)
		}
	}
}

// walkChunks reads the page headers of the large chunks. What a header says is checked here, before anything is decoded:
// sizes within their limits and inside the chunk, counts that add up, encodings on the allow-list.
func (in *Input) walkChunks(r io.ReaderAt) error {
	m := in.Footer.meta
	refused := m.refused()
	for g := range in.groups {
		for i, leaf := range m.leaves {
			md := &in.groups[g].Columns[i].MetaData
			if in.groups[g].NumRows == 0 || refused[i] || md.TotalUncompressedSize <= smallChunk && md.TotalCompressedSize <= smallChunk {
				continue
			}
			facts, err := walkChunk(r, leaf, md)
			if err != nil {
				return placed(in.Footer.File, g, strings.Join(leaf.Path, "."), err)
			}
			m.chunks[g][i] = facts
		}
	}
	return nil
}

// refused are the leaves, by position, of columns that cannot be read at all, so that their pages do not matter.
func (m *fileMeta) refused() []bool {
	out := make([]bool, len(m.leaves))
	for _, c := range m.columns {
		for _, leaf := range c.leaves {
			out[leaf.Index] = c.err != nil
		}
	}
	return out
}

// walkChunk reads the page headers of one chunk.
func walkChunk(r io.ReaderAt, leaf *leafColumn, md *format.ColumnMetaData) (f chunkFacts, err error) {
	defer recovered(&err)
	which, err := decoderOf(leaf, md.Codec, md.Encoding)
	if err != nil {
		return f, err
	}
	start, end := chunkRange(md)
	w := &window{r: r, end: end, size: arrowFirstGuess}
	p := arrowPages{r: w, column: leaf, codec: md.Codec, offset: start, end: end}
	f.start, f.chunk, f.expands = start, md.TotalCompressedSize, hasEncoding(md, format.DeltaByteArray)
	missing := md.NumValues
	for p.offset < p.end {
		at := p.offset
		entries, err := f.header(&p, which)
		if err != nil {
			return f, fmt.Errorf("page header at offset %d: %w", at, err)
		}
		missing -= entries
	}
	if missing != 0 {
		return f, damaged("the pages have %d values, the column chunk %d", md.NumValues-missing, md.NumValues)
	}
	return f, nil
}

// header reads the header at p.offset, notes its sizes, and moves behind its page.
func (f *chunkFacts) header(p *arrowPages, which decoder) (entries int64, err error) {
	if err := p.readHeader(); err != nil {
		return 0, err
	}
	h := &p.header
	stored, size := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
	switch {
	case stored < 0 || size < 0:
		return 0, damaged("page of %d bytes, %d uncompressed", stored, size)
	case stored > p.end-p.offset:
		return 0, damaged("page of %d bytes, %d left in the column chunk", stored, p.end-p.offset)
	case stored > arrowMaxPage || size > arrowMaxPage:
		return 0, unsupported("page of %d bytes, %d uncompressed: at most %d are read", stored, size, arrowMaxPage)
	}
	p.offset += stored
	f.stored = max(f.stored, stored)
	switch h.Type {
	case format.IndexPage:
		return 0, nil
	case format.DictionaryPage:
		if !h.DictionaryPageHeader.Valid || h.DictionaryPageHeader.V.NumValues < 0 {
			return 0, damaged("dictionary page without a valid header")
		}
		f.dictionary, f.values = size, int64(h.DictionaryPageHeader.V.NumValues)
		return 0, nil
	case format.DataPage:
		if !h.DataPageHeader.Valid {
			return 0, damaged("data page without a header")
		}
	case format.DataPageV2:
		if !h.DataPageHeaderV2.Valid {
			return 0, damaged("data page without a header")
		}
	default:
		return 0, damaged("page of unknown type %d", h.Type)
	}
	n, e := dataHeader(h)
	if err := checkEntries(n); err != nil {
		return 0, err
	}
	if n > 0 && !pageEncodings(which, p.column).has(e) {
		return 0, unsupported("%s values encoded as %s", p.column.Physical, encodingName(e))
	}
	f.page, f.entries = max(f.page, size), max(f.entries, int64(n))
	return int64(n), nil
}

// maxEntries bounds the levels of one page, which as one run take a few bytes however many they are.
const maxEntries = 1 << 26

func checkEntries(n int) error {
	if n < 0 {
		return damaged("data page of %d values", n)
	}
	if n > maxEntries {
		return unsupported("data page of %d values: at most %d are read", n, maxEntries)
	}
	return nil
}

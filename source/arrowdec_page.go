package source

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Bounds of what one page may make the arrow-go decoder allocate.
const (
	arrowMaxHeader  = 16 << 20  // bytes of a page header; statistics may hold long values
	arrowMaxPage    = 256 << 20 // bytes of a page, compressed or not
	arrowFirstGuess = 1 << 10   // bytes read in the hope that they hold the whole header
)

// arrowPage is one page of a column chunk, decompressed: level bytes, then value bytes.
type arrowPage struct {
	Header *format.PageHeader
	Data   []byte // valid until the next page is read
	Values int    // where the value bytes start; 0 for a dictionary page
}

// arrowPages walks the pages of one column chunk in file order. It reads headers and bodies itself, because arrow-go
// neither verifies page checksums nor lets them be seen, and because its decompressors size their output by what a
// damaged page claims.
type arrowPages struct {
	r      io.ReaderAt
	column *leafColumn
	codec  format.CompressionCodec
	offset int64 // of the next page header
	end    int64 // of the chunk

	header format.PageHeader
	scratch,
	body,
	plain []byte
	zstd *zstd.Decoder // shared by the leaves of a group
}

// next reads the next page that a reader must understand; io.EOF at the end of the chunk.
func (p *arrowPages) next() (*arrowPage, error) {
	for p.offset < p.end {
		at := p.offset
		if err := p.readHeader(); err != nil {
			return nil, fmt.Errorf("reading page header at offset %d: %w", at, err)
		}
		page, err := p.readBody()
		if err == nil && page != nil && p.column.Physical == format.Int32 {
			err = p.narrowDelta(page)
		}
		if err != nil {
			return nil, fmt.Errorf("reading page at offset %d: %w", at, err)
		}
		if page != nil {
			page.Data = slices.Clip(page.Data) // parquet-go reads behind a page's end where the buffer has room
			return page, nil
		}
	}
	return nil, io.EOF
}

// readHeader parses the header at p.offset and moves p.offset behind it.
func (p *arrowPages) readHeader() error {
	left := p.end - p.offset
	for guess := int64(arrowFirstGuess); ; guess *= 16 {
		n := min(guess, left, arrowMaxHeader)
		p.scratch = resize(p.scratch, int(n))
		if err := readFullAt(p.r, p.scratch, p.offset); err != nil {
			return err
		}
		used, err := checkThrift(p.scratch)
		if err == nil {
			p.header = format.PageHeader{}
			if err := thrift.Unmarshal(&thrift.CompactProtocol{}, p.scratch[:used], &p.header); err != nil {
				return damaged("page header: %v", err)
			}
			p.offset += int64(used)
			return nil
		}
		if n == left {
			return err
		}
		if n == arrowMaxHeader {
			return unsupported("page header of more than %d bytes: at most that many are read", arrowMaxHeader)
		}
	}
}

// readBody reads, verifies and decompresses the body of p.header; nil for a page that readers skip.
func (p *arrowPages) readBody() (*arrowPage, error) {
	h := &p.header
	compressed, size := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
	switch {
	case compressed < 0 || size < 0:
		return nil, damaged("page of %d bytes, %d uncompressed", compressed, size)
	case compressed > p.end-p.offset:
		return nil, damaged("page of %d bytes, %d left in the column chunk", compressed, p.end-p.offset)
	case compressed > arrowMaxPage || size > arrowMaxPage:
		return nil, unsupported("page of %d bytes, %d uncompressed: at most %d are read", compressed, size, arrowMaxPage)
	}
	p.body = resize(p.body, int(compressed))
	if err := readFullAt(p.r, p.body, p.offset); err != nil {
		return nil, err
	}
	p.offset += compressed
	if h.CRC != 0 { // the format's library does not tell an absent checksum from one that is 0
		if got := crc32.ChecksumIEEE(p.body); got != uint32(h.CRC) {
			return nil, damaged("page checksum is %08x, its header says %08x", got, uint32(h.CRC))
		}
	}
	switch h.Type {
	case format.DictionaryPage:
		return p.dictionaryPage(int(size))
	case format.DataPage:
		return p.dataPage(int(size))
	case format.DataPageV2:
		return p.dataPageV2(int(size))
	case format.IndexPage:
		return nil, nil
	}
	return nil, damaged("page of unknown type %d", h.Type)
}

func (p *arrowPages) dictionaryPage(size int) (*arrowPage, error) {
	h := p.header.DictionaryPageHeader
	if !h.Valid || h.V.NumValues < 0 {
		return nil, damaged("dictionary page without a valid dictionary header")
	}
	data, err := p.decompress(p.body, size, 0)
	if err != nil {
		return nil, err
	}
	return &arrowPage{Header: &p.header, Data: data}, nil
}

func (p *arrowPages) dataPage(size int) (*arrowPage, error) {
	h := p.header.DataPageHeader
	if !h.Valid || h.V.NumValues < 0 {
		return nil, damaged("data page without a valid data header")
	}
	data, err := p.decompress(p.body, size, 0)
	if err != nil {
		return nil, err
	}
	at := 0
	for _, l := range []struct {
		max      uint8
		encoding format.Encoding
	}{{p.column.MaxRep, h.V.RepetitionLevelEncoding}, {p.column.MaxDef, h.V.DefinitionLevelEncoding}} {
		if l.max == 0 {
			continue
		}
		if l.encoding != format.RLE {
			// arrow-go reads the old BIT_PACKED levels from the wrong end of each byte.
			return nil, unsupported("levels encoded as %s", l.encoding)
		}
		if len(data)-at < 4 {
			return nil, damaged("data page of %d bytes is too short for its levels", len(data))
		}
		n := binary.LittleEndian.Uint32(data[at:])
		if uint64(n) > uint64(len(data)-at-4) {
			return nil, damaged("levels of %d bytes in a data page of %d", n, len(data))
		}
		at += 4 + int(n)
	}
	return &arrowPage{Header: &p.header, Data: data, Values: at}, nil
}

func (p *arrowPages) dataPageV2(size int) (*arrowPage, error) {
	h := p.header.DataPageHeaderV2
	if !h.Valid || h.V.NumValues < 0 || h.V.DefinitionLevelsByteLength < 0 || h.V.RepetitionLevelsByteLength < 0 {
		return nil, damaged("data page without a valid data header")
	}
	levels := int64(h.V.DefinitionLevelsByteLength) + int64(h.V.RepetitionLevelsByteLength)
	if levels > int64(len(p.body)) || levels > int64(size) {
		return nil, damaged("levels of %d bytes in a data page of %d, %d uncompressed", levels, len(p.body), size)
	}
	data := p.body
	if !h.V.IsCompressed.Valid || h.V.IsCompressed.V {
		var err error
		if data, err = p.decompress(p.body[levels:], size-int(levels), int(levels)); err != nil {
			return nil, err
		}
		copy(data, p.body[:levels])
	} else if len(data) != size {
		return nil, damaged("page of %d bytes that is not compressed says %d", len(data), size)
	}
	return &arrowPage{Header: &p.header, Data: data, Values: int(levels)}, nil
}

// readFullAt fills b from offset; a file that ends before is damaged.
func readFullAt(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		return damaged("file ends within %d bytes at offset %d", len(b), offset)
	}
	return err
}

// resize returns a slice of n bytes, never nil, b itself where it is large enough; what it holds is undefined. Behind it stand
// at least slackBytes: arrow-go makes a pointer to a whole value even where no value is left, which Go's pointer checks
// accept only inside an allocation.
func resize(b []byte, n int) []byte {
	if cap(b) < n+slackBytes {
		return make([]byte, n, n+n/4+slackBytes)
	}
	return b[:n]
}

// slackBytes is more than the widest fixed value of a page.
const slackBytes = 16

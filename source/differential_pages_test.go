package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// rawPage is a page written by hand: a header, in which sizes of 0 are filled in, and a body as it stands in the file.
type rawPage struct {
	header format.PageHeader
	body   []byte
}

// dataV1 is a page of n entries, not compressed.
func dataV1(n int, e format.Encoding, parts ...[]byte) rawPage {
	body := bytes.Join(parts, nil)
	return rawPage{header: format.PageHeader{
		Type: format.DataPage, UncompressedPageSize: int32(len(body)),
		DataPageHeader: thriftNull(format.DataPageHeader{
			NumValues: int32(n), Encoding: e, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
		}),
	}, body: body}
}

// dataV2 is a page whose levels are given without a length; compressed says what its header claims.
func dataV2(n int, e format.Encoding, rep, def, values []byte, compressed thrift.Null[bool]) rawPage {
	body := bytes.Join([][]byte{rep, def, values}, nil)
	return rawPage{header: format.PageHeader{
		Type: format.DataPageV2, UncompressedPageSize: int32(len(body)),
		DataPageHeaderV2: thriftNull(format.DataPageHeaderV2{
			NumValues: int32(n), NumRows: int32(n), Encoding: e, IsCompressed: compressed,
			DefinitionLevelsByteLength: int32(len(def)), RepetitionLevelsByteLength: int32(len(rep)),
		}),
	}, body: body}
}

func dictionary(n int, parts ...[]byte) rawPage {
	body := bytes.Join(parts, nil)
	return rawPage{header: format.PageHeader{
		Type: format.DictionaryPage, UncompressedPageSize: int32(len(body)),
		DictionaryPageHeader: thriftNull(format.DictionaryPageHeader{NumValues: int32(n), Encoding: format.Plain}),
	}, body: body}
}

// with changes the header.
func (p rawPage) with(change func(h *format.PageHeader)) rawPage {
	change(&p.header)
	return p
}

// compressedAs replaces the body by its compressed form; the header keeps the size before.
func (p rawPage) compressedAs(body []byte) rawPage {
	p.body = body
	return p
}

func (p rawPage) checksum(c uint32) rawPage {
	return p.with(func(h *format.PageHeader) { h.CRC = int32(c) })
}

// v1Levels is a level sequence behind its length.
func v1Levels(runs ...byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(runs))), runs...)
}

func int32s(list ...int32) []byte {
	var b []byte
	for _, v := range list {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}

func texts(list ...string) []byte {
	var b []byte
	for _, v := range list {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(v))), v...)
	}
	return b
}

// wideDelta is a sequence of 5 and 5 - (1<<32 + 1) + difference, in one block of 128 with four miniblocks, the first 33 bits wide.
func wideDelta(difference uint64) []byte {
	b := []byte{128, 1, 4, 2, 10}
	b = binary.AppendVarint(b, -(1<<32 + 1))
	b = append(b, 33, 0, 0, 0)
	return append(append(b, binary.LittleEndian.AppendUint64(nil, difference)...), make([]byte, 32*33/8-8)...)
}

// rawChunk is a file that holds these pages as its one column chunk.
func rawChunk(leaf leafColumn, codec format.CompressionCodec, entries int64, pages []rawPage) (*openedFile, error) {
	data := []byte(magic)
	for _, p := range pages {
		if p.header.CompressedPageSize == 0 {
			p.header.CompressedPageSize = int32(len(p.body))
		}
		h, err := thrift.Marshal(&thrift.CompactProtocol{}, &p.header)
		if err != nil {
			return nil, err
		}
		data = append(append(data, h...), p.body...)
	}
	leaf.Path = []string{"c"}
	m := format.ColumnMetaData{
		Type: leaf.Physical, Codec: codec, NumValues: entries, DataPageOffset: 4, TotalCompressedSize: int64(len(data) - 4),
	}
	f := &openedFile{data: append(data, magic...), leaves: []*leafColumn{&leaf}}
	f.meta.RowGroups = []format.RowGroup{{Columns: []format.ColumnChunk{{MetaData: m}}}}
	return f, nil
}

func TestHandWrittenPages(t *testing.T) {
	intLeaf := leafColumn{Physical: format.Int32}
	optional := leafColumn{Physical: format.Int32, MaxDef: 1}
	nested := leafColumn{Physical: format.Int32, MaxDef: 2, MaxRep: 1}
	text := leafColumn{Physical: format.ByteArray}
	boolean := leafColumn{Physical: format.Boolean}
	ints := dataV1(3, format.Plain, int32s(1, 2, 3))
	twoDict := dictionary(2, int32s(7, 8))
	indexes := func(n int, b ...byte) rawPage { return dataV1(n, format.RLEDictionary, b) }
	gzipped := func(parts ...[]byte) []byte {
		var b bytes.Buffer
		for _, p := range parts {
			w := gzip.NewWriter(&b)
			_, err := w.Write(p)
			must(t, errors.Join(err, w.Close()))
		}
		return b.Bytes()
	}
	z, err := zstd.NewWriter(nil)
	must(t, err)
	zeros := make([]byte, 1<<20)

	for _, c := range []struct {
		name    string
		leaf    leafColumn
		codec   format.CompressionCodec
		entries int64
		pages   []rawPage
		want    string // the values as text, or
		err     error  // the class of the error
	}{
		{name: "plain", leaf: intLeaf, entries: 3, pages: []rawPage{ints}, want: "1 2 3"},
		{name: "two pages", leaf: intLeaf, entries: 6, pages: []rawPage{ints, ints}, want: "1 2 3 1 2 3"},
		{name: "empty page between", leaf: intLeaf, entries: 6, pages: []rawPage{ints, dataV1(0, format.Plain), ints}, want: "1 2 3 1 2 3"},
		{name: "values cut short", leaf: intLeaf, entries: 3, pages: []rawPage{dataV1(3, format.Plain, int32s(1, 2))}, err: ErrDamaged},
		{name: "fewer entries than the footer says", leaf: intLeaf, entries: 4, pages: []rawPage{ints}, err: ErrDamaged},
		{name: "more entries than the footer says", leaf: intLeaf, entries: 2, pages: []rawPage{ints}, err: ErrDamaged},
		{name: "negative entries", leaf: intLeaf, entries: 3, pages: []rawPage{dataV1(-3, format.Plain, int32s(1))}, err: ErrDamaged},
		{name: "no data header", leaf: intLeaf, entries: 3, pages: []rawPage{ints.with(func(h *format.PageHeader) {
			h.DataPageHeader.Valid = false
		})}, err: ErrDamaged},
		{name: "unknown page type", leaf: intLeaf, entries: 3, pages: []rawPage{ints.with(func(h *format.PageHeader) { h.Type = 77 })}, err: ErrDamaged},
		{name: "unknown encoding", leaf: intLeaf, entries: 3, pages: []rawPage{dataV1(3, 99, int32s(1, 2, 3))}, err: ErrUnsupported},
		{name: "body behind the chunk", leaf: intLeaf, entries: 3, pages: []rawPage{ints.with(func(h *format.PageHeader) {
			h.CompressedPageSize, h.UncompressedPageSize = 13, 13
		})}, err: ErrDamaged},
		{name: "index page", leaf: intLeaf, entries: 3, pages: []rawPage{{header: format.PageHeader{Type: format.IndexPage}}, ints}, want: "1 2 3"},

		{name: "right checksum", leaf: intLeaf, entries: 3, pages: []rawPage{ints.checksum(crc32.ChecksumIEEE(ints.body))}, want: "1 2 3"},
		{name: "wrong checksum", leaf: intLeaf, entries: 3, pages: []rawPage{ints.checksum(crc32.ChecksumIEEE(ints.body) ^ 1<<31)}, err: ErrDamaged},
		{name: "wrong checksum of a dictionary", leaf: intLeaf, entries: 2, pages: []rawPage{twoDict.checksum(1), indexes(2, 1, 3, 2)}, err: ErrDamaged},

		{name: "nulls", leaf: optional, entries: 5, pages: []rawPage{dataV1(5, format.Plain, v1Levels(3, 0b01001), int32s(4, 5))}, want: "4 null null 5 null"},
		{name: "only nulls", leaf: optional, entries: 5, pages: []rawPage{dataV1(5, format.Plain, v1Levels(10, 0))}, want: "null null null null null"},
		{name: "more levels than values", leaf: optional, entries: 5, pages: []rawPage{dataV1(5, format.Plain, v1Levels(10, 1), int32s(4, 5))}, err: ErrDamaged},
		{name: "levels cut short", leaf: optional, entries: 5, pages: []rawPage{dataV1(5, format.Plain, v1Levels(6, 1), int32s(1, 2, 3, 4, 5))}, err: ErrDamaged},
		{name: "levels behind the page", leaf: optional, entries: 5, pages: []rawPage{dataV1(5, format.Plain, []byte{200, 0, 0, 0, 10, 1})}, err: ErrDamaged},
		{name: "page shorter than a length", leaf: optional, entries: 5, pages: []rawPage{dataV1(5, format.Plain, []byte{1})}, err: ErrDamaged},
		{name: "level too large", leaf: nested, entries: 2, pages: []rawPage{dataV1(2, format.Plain, v1Levels(4, 0), v1Levels(4, 3), int32s(1, 2))}, err: ErrDamaged},
		{name: "old levels", leaf: optional, entries: 2, pages: []rawPage{dataV1(2, format.Plain, []byte{0xc0}, int32s(1, 2)).with(func(h *format.PageHeader) {
			h.DataPageHeader.V.DefinitionLevelEncoding = format.BitPacked
		})}, err: ErrUnsupported},
		{name: "old levels where there are none", leaf: intLeaf, entries: 3, pages: []rawPage{ints.with(func(h *format.PageHeader) {
			h.DataPageHeader.V.DefinitionLevelEncoding, h.DataPageHeader.V.RepetitionLevelEncoding = format.BitPacked, format.BitPacked
		})}, want: "1 2 3"},
		{name: "lists", leaf: nested, entries: 4, pages: []rawPage{dataV1(4, format.Plain, v1Levels(3, 0b0110), v1Levels(8, 2), int32s(1, 2, 3, 4))}, want: "1 +2 +3 4"},

		{name: "v2", leaf: optional, entries: 5, pages: []rawPage{dataV2(5, format.Plain, nil, []byte{3, 0b01001}, int32s(4, 5), thrift.Null[bool]{})}, want: "4 null null 5 null"},
		{name: "v2 levels longer than the page", leaf: optional, entries: 5, pages: []rawPage{
			dataV2(5, format.Plain, nil, []byte{3, 9}, nil, thrift.Null[bool]{}).with(func(h *format.PageHeader) { h.DataPageHeaderV2.V.DefinitionLevelsByteLength = 3 }),
		}, err: ErrDamaged},
		{name: "v2 negative levels", leaf: optional, entries: 5, pages: []rawPage{
			dataV2(5, format.Plain, nil, []byte{3, 9}, nil, thrift.Null[bool]{}).with(func(h *format.PageHeader) { h.DataPageHeaderV2.V.RepetitionLevelsByteLength = -1 }),
		}, err: ErrDamaged},
		{name: "v2 not compressed in a compressed chunk", leaf: optional, codec: format.Snappy, entries: 2, pages: []rawPage{
			dataV2(2, format.Plain, nil, []byte{4, 1}, int32s(4, 5), thriftNull(false)),
		}, want: "4 5"},
		{name: "v2 compressed", leaf: optional, codec: format.Snappy, entries: 2, pages: []rawPage{
			dataV2(2, format.Plain, nil, []byte{4, 1}, int32s(4, 5), thriftNull(true)).compressedAs(append([]byte{4, 1}, snappy.Encode(nil, int32s(4, 5))...)),
		}, want: "4 5"},
		{name: "v2 needless repetition levels", leaf: intLeaf, entries: 3, pages: []rawPage{
			dataV2(3, format.Plain, []byte{6, 0}, nil, int32s(1, 2, 3), thriftNull(false)),
		}, want: "1 2 3"},

		{name: "dictionary", leaf: intLeaf, entries: 4, pages: []rawPage{twoDict, indexes(4, 1, 3, 0b0110)}, want: "7 8 8 7"},
		{name: "dictionary, then plain", leaf: intLeaf, entries: 7, pages: []rawPage{twoDict, indexes(4, 1, 3, 0b0110), ints}, want: "7 8 8 7 1 2 3"},
		{name: "indexes of no bits", leaf: intLeaf, entries: 4, pages: []rawPage{dictionary(1, int32s(7)), indexes(4, 0, 8, 9, 9)}, want: "7 7 7 7"},
		{name: "indexes of no bits at all", leaf: intLeaf, entries: 4, pages: []rawPage{dictionary(1, int32s(7)), indexes(4, 0)}, want: "7 7 7 7"},
		{name: "index behind the dictionary", leaf: intLeaf, entries: 4, pages: []rawPage{twoDict, indexes(4, 2, 8, 2)}, err: ErrDamaged},
		{name: "largest index", leaf: intLeaf, entries: 4, pages: []rawPage{twoDict, indexes(4, 32, 8, 0xff, 0xff, 0xff, 0xff)}, err: ErrDamaged},
		{name: "index width over 32", leaf: intLeaf, entries: 4, pages: []rawPage{twoDict, indexes(4, 33, 8, 0, 0, 0, 0, 0)}, err: ErrDamaged},
		{name: "indexes cut short", leaf: intLeaf, entries: 4, pages: []rawPage{twoDict, indexes(4, 1, 4, 1)}, err: ErrDamaged},
		{name: "no indexes", leaf: intLeaf, entries: 4, pages: []rawPage{twoDict, indexes(4)}, err: ErrDamaged},
		{name: "index of an empty dictionary", leaf: intLeaf, entries: 4, pages: []rawPage{dictionary(0), indexes(4, 0, 8)}, err: ErrDamaged},
		{name: "no dictionary", leaf: intLeaf, entries: 4, pages: []rawPage{indexes(4, 1, 3, 0b0110)}, err: ErrDamaged},
		{name: "two dictionaries", leaf: intLeaf, entries: 4, pages: []rawPage{twoDict, twoDict, indexes(4, 1, 3, 0b0110)}, err: ErrDamaged},
		{name: "dictionary behind data", leaf: intLeaf, entries: 7, pages: []rawPage{ints, twoDict, indexes(4, 1, 3, 0b0110)}, err: ErrDamaged},
		{name: "dictionary cut short", leaf: intLeaf, entries: 4, pages: []rawPage{dictionary(3, int32s(7, 8)), indexes(4, 1, 3, 0b0110)}, err: ErrDamaged},
		{name: "only a dictionary", leaf: intLeaf, entries: 4, pages: []rawPage{twoDict}, err: ErrDamaged},

		{name: "texts", leaf: text, entries: 3, pages: []rawPage{dataV1(3, format.Plain, texts("a", "", "bc"))}, want: `"a" "" "bc"`},
		{name: "text behind the page", leaf: text, entries: 1, pages: []rawPage{dataV1(1, format.Plain, int32s(5), []byte("ab"))}, err: ErrDamaged},
		{name: "last text behind the page", leaf: text, entries: 9, pages: []rawPage{
			dataV1(9, format.Plain, texts("a", "b", "c", "d", "e", "f", "g", "h"), int32s(9), []byte("i")),
		}, err: ErrDamaged},
		{name: "text of negative length", leaf: text, entries: 1, pages: []rawPage{dataV1(1, format.Plain, int32s(-1), []byte("ab"))}, err: ErrDamaged},
		{name: "delta that claims billions", leaf: intLeaf, entries: 3, pages: []rawPage{
			dataV1(3, format.DeltaBinaryPacked, []byte{128, 1, 4, 0xff, 0xff, 0xff, 0xff, 15, 0}),
		}, err: ErrDamaged},
		{name: "delta block of billions", leaf: intLeaf, entries: 3, pages: []rawPage{
			dataV1(3, format.DeltaBinaryPacked, []byte{128, 128, 128, 128, 128, 128, 1, 1, 3, 0, 0, 0}),
		}, err: ErrDamaged},
		{name: "delta that has fewer values", leaf: intLeaf, entries: 3, pages: []rawPage{
			dataV1(3, format.DeltaBinaryPacked, []byte{128, 1, 4, 1, 2}),
		}, err: ErrDamaged},
		{name: "delta of one", leaf: intLeaf, entries: 1, pages: []rawPage{dataV1(1, format.DeltaBinaryPacked, []byte{128, 1, 4, 1, 3})}, want: "-2"},
		{name: "delta of 33 bits", leaf: intLeaf, entries: 2, pages: []rawPage{ // 5 and 4, by the difference 2^32 - 2^32 - 1
			dataV1(2, format.DeltaBinaryPacked, wideDelta(1<<32)),
		}, want: "5 4"},
		{name: "delta that leaves 32 bits", leaf: intLeaf, entries: 2, pages: []rawPage{
			dataV1(2, format.DeltaBinaryPacked, wideDelta(0)),
		}, err: ErrDamaged},
		{name: "prefix longer than what is before", leaf: text, entries: 1, pages: []rawPage{
			dataV1(1, format.DeltaByteArray, []byte{128, 1, 4, 1, 2}, []byte{128, 1, 4, 1, 2}, []byte("a")),
		}, err: ErrDamaged},
		{name: "negative length of a delta text", leaf: text, entries: 1, pages: []rawPage{
			dataV1(1, format.DeltaLengthByteArray, []byte{128, 1, 4, 1, 1}, []byte("a")),
		}, err: ErrDamaged},
		{name: "booleans", leaf: boolean, entries: 3, pages: []rawPage{dataV1(3, format.Plain, []byte{0b101})}, want: "true false true"},
		{name: "booleans cut short", leaf: boolean, entries: 9, pages: []rawPage{dataV1(9, format.Plain, []byte{0b101})}, err: ErrDamaged},

		// fastparquet pads its pages.
		{name: "bytes behind integers", leaf: intLeaf, entries: 3, pages: []rawPage{dataV1(3, format.Plain, int32s(1, 2, 3), make([]byte, 8))}, want: "1 2 3"},
		{name: "odd bytes behind integers", leaf: intLeaf, entries: 3, pages: []rawPage{dataV1(3, format.Plain, int32s(1, 2, 3), make([]byte, 3))}, want: "1 2 3"},
		{name: "bytes behind texts", leaf: text, entries: 2, pages: []rawPage{dataV1(2, format.Plain, texts("a", "bc"), make([]byte, 8))}, want: `"a" "bc"`},
		{name: "bytes behind booleans", leaf: boolean, entries: 3, pages: []rawPage{dataV1(3, format.Plain, []byte{0b101}, make([]byte, 8))}, want: "true false true"},
		{name: "bytes behind a dictionary", leaf: intLeaf, entries: 4, pages: []rawPage{dictionary(2, int32s(7, 8), make([]byte, 8)), indexes(4, 1, 3, 0b0110)}, want: "7 8 8 7"},
		{name: "bytes behind indexes", leaf: intLeaf, entries: 4, pages: []rawPage{twoDict, indexes(4, 1, 3, 0b0110, 0, 0, 0, 0, 0, 0, 0, 0)}, want: "7 8 8 7"},
		{name: "bytes behind deltas", leaf: intLeaf, entries: 1, pages: []rawPage{dataV1(1, format.DeltaBinaryPacked, []byte{128, 1, 4, 1, 3}, make([]byte, 8))}, want: "-2"},
		{name: "bytes behind no values", leaf: optional, entries: 5, pages: []rawPage{dataV1(5, format.Plain, v1Levels(10, 0), make([]byte, 8))}, want: "null null null null null"},

		{name: "two gzip members", leaf: intLeaf, codec: format.Gzip, entries: 3, pages: []rawPage{ints.compressedAs(gzipped(int32s(1, 2), int32s(3)))}, want: "1 2 3"},
		{name: "gzip too long", leaf: intLeaf, codec: format.Gzip, entries: 3, pages: []rawPage{ints.compressedAs(gzipped(zeros))}, err: ErrDamaged},
		{name: "gzip too short", leaf: intLeaf, codec: format.Gzip, entries: 3, pages: []rawPage{ints.compressedAs(gzipped(int32s(1, 2)))}, err: ErrDamaged},
		{name: "zstd too long", leaf: intLeaf, codec: format.Zstd, entries: 3, pages: []rawPage{ints.compressedAs(z.EncodeAll(zeros, nil))}, err: ErrDamaged},
		{name: "snappy that claims billions", leaf: intLeaf, codec: format.Snappy, entries: 3, pages: []rawPage{ints.compressedAs([]byte{0xff, 0xff, 0xff, 0xff, 15, 0})}, err: ErrDamaged},
		{name: "not snappy", leaf: intLeaf, codec: format.Snappy, entries: 3, pages: []rawPage{ints.compressedAs([]byte{12, 0xf0, 1})}, err: ErrDamaged},
		{name: "old LZ4, one frame of two blocks", leaf: intLeaf, codec: format.Lz4, entries: 3, pages: []rawPage{
			ints.compressedAs(bytes.Join([][]byte{{0, 0, 0, 12}, {0, 0, 0, 9}, {0x80}, int32s(1, 2), {0, 0, 0, 5}, {0x40}, int32s(3)}, nil)),
		}, want: "1 2 3"},
		{name: "old LZ4, two frames", leaf: intLeaf, codec: format.Lz4, entries: 3, pages: []rawPage{
			ints.compressedAs(bytes.Join([][]byte{{0, 0, 0, 8}, {0, 0, 0, 9}, {0x80}, int32s(1, 2), {0, 0, 0, 4}, {0, 0, 0, 5}, {0x40}, int32s(3)}, nil)),
		}, want: "1 2 3"},
		{name: "old LZ4, a bare block", leaf: intLeaf, codec: format.Lz4, entries: 3, pages: []rawPage{
			ints.compressedAs(append([]byte{0xc0}, int32s(1, 2, 3)...)),
		}, want: "1 2 3"},
		{name: "old LZ4 cut short", leaf: intLeaf, codec: format.Lz4, entries: 3, pages: []rawPage{
			ints.compressedAs(bytes.Join([][]byte{{0, 0, 0, 8}, {0, 0, 0, 9}, {0x80}, int32s(1, 2), {0, 0}}, nil)),
		}, err: ErrDamaged},
		{name: "raw LZ4", leaf: intLeaf, codec: format.Lz4Raw, entries: 3, pages: []rawPage{ints.compressedAs(append([]byte{0xc0}, int32s(1, 2, 3)...))}, want: "1 2 3"},
		{name: "raw LZ4 cut short", leaf: intLeaf, codec: format.Lz4Raw, entries: 3, pages: []rawPage{ints.compressedAs(append([]byte{0xc0}, int32s(1, 2)...))}, err: ErrDamaged},
		{name: "codec without a decoder", leaf: intLeaf, codec: format.LZO, entries: 3, pages: []rawPage{ints}, err: ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := rawChunk(c.leaf, c.codec, c.entries, c.pages)
			must(t, err)
			for _, d := range decoders() {
				dump, err := d.dump(f, 0, f.leaves[0])
				if c.err != nil {
					if !errors.Is(err, c.err) {
						t.Errorf("%s: got %q, %v, want an error of class %q", d.name, entryText(dump, &c.leaf), err, c.err)
					}
				} else if got := entryText(dump, &c.leaf); err != nil || got != c.want {
					t.Errorf("%s: got %s, %v, want %s", d.name, got, err, c.want)
				}
			}
		})
	}
}

// entryText writes a dump of booleans, int32s or byte arrays for people: a + marks an entry that continues a list.
func entryText(dump []byte, leaf *leafColumn) string {
	var out bytes.Buffer
	for len(dump) >= 2 {
		rep, def := dump[0], dump[1]
		dump = dump[2:]
		if out.Len() > 0 {
			out.WriteByte(' ')
		}
		if rep > 0 {
			out.WriteByte('+')
		}
		switch {
		case def != leaf.MaxDef:
			out.WriteString("null")
		case leaf.Physical == format.Boolean:
			fmt.Fprint(&out, dump[0] == 1)
			dump = dump[1:]
		case leaf.Physical == format.Int32:
			fmt.Fprint(&out, int32(binary.LittleEndian.Uint32(dump)))
			dump = dump[4:]
		default:
			n := 4 + binary.LittleEndian.Uint32(dump)
			fmt.Fprintf(&out, "%q", dump[4:n])
			dump = dump[n:]
		}
	}
	return out.String()
}

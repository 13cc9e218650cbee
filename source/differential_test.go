package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// openedFile is a Parquet file in memory with what its footer says.
type openedFile struct {
	data   []byte
	meta   format.FileMetaData
	leaves []*leafColumn
}

func openMemory(data []byte) (*openedFile, error) {
	if len(data) < 12 {
		return nil, damaged("file of %d bytes", len(data))
	}
	n := int(binary.LittleEndian.Uint32(data[len(data)-8:]))
	if n > len(data)-12 {
		return nil, damaged("footer of %d bytes", n)
	}
	f := &openedFile{data: data}
	footer := data[len(data)-8-n : len(data)-8]
	if _, err := checkThrift(footer); err != nil {
		return nil, err
	}
	if err := thrift.Unmarshal(&thrift.CompactProtocol{}, footer, &f.meta); err != nil {
		return nil, err
	}
	var err error
	_, f.leaves, err = buildTree(f.meta.Schema)
	return f, err
}

// dumpLeaf reads a leaf to its end as canonical bytes: for each entry the two levels and the value, if it has one.
func dumpLeaf(r leafReader, c *leafColumn) (dump []byte, entries int, err error) {
	for {
		p, err := r.Next()
		if err == io.EOF {
			return dump, entries, nil
		}
		if err != nil {
			return dump, entries, err
		}
		if p.Entries < 1 {
			return dump, entries, errors.New("page without entries")
		}
		dump = dumpPage(dump, p, c)
		entries += p.Entries
	}
}

// dumpPage indexes without looking, as the users of a leafPage may.
func dumpPage(dump []byte, p *leafPage, c *leafColumn) []byte {
	next := 0
	for i := range p.Entries {
		var def, rep uint8
		if c.MaxDef > 0 {
			def = p.Def[i]
		}
		if c.MaxRep > 0 {
			rep = p.Rep[i]
		}
		dump = append(dump, rep, def)
		if def != c.MaxDef {
			continue
		}
		if p.Dict != nil {
			dump = appendPhysical(dump, p.Dict, int(p.Index[next]), c)
		} else {
			dump = appendPhysical(dump, &p.Plain, next, c)
		}
		next++
	}
	return dump
}

func appendPhysical(dump []byte, v *values, i int, c *leafColumn) []byte {
	if i >= v.N {
		panic(fmt.Sprintf("value %d of %d", i, v.N))
	}
	switch c.Physical {
	case format.Boolean:
		if v.Bool[i] {
			return append(dump, 1)
		}
		return append(dump, 0)
	case format.Int32:
		return binary.LittleEndian.AppendUint32(dump, uint32(v.Int32[i]))
	case format.Int64:
		return binary.LittleEndian.AppendUint64(dump, uint64(v.Int64[i]))
	case format.Float:
		return binary.LittleEndian.AppendUint32(dump, math.Float32bits(v.Float[i]))
	case format.Double:
		return binary.LittleEndian.AppendUint64(dump, math.Float64bits(v.Double[i]))
	case format.ByteArray:
		b := v.Data[v.Offsets[i]:v.Offsets[i+1]]
		return append(binary.LittleEndian.AppendUint32(dump, uint32(len(b))), b...)
	}
	return append(dump, v.Data[i*c.Width:(i+1)*c.Width]...)
}

// truth is what dumpLeaf must give for a generated column's row group.
func (c *genColumn) truth(group int, leaf *leafColumn) []byte {
	e := &c.groups[group]
	p := &leafPage{Entries: len(e.def), Def: e.def, Rep: e.rep, Plain: e.vals}
	if c.shape == genRequired {
		p.Entries = e.vals.N
	}
	return dumpPage(nil, p, leaf)
}

// underTest is one of the two decoders.
type underTest struct {
	name  string
	which decoder
	open  func(f *openedFile) openGroup
}

// decoders are the two decoders.
func decoders() []underTest {
	return []underTest{
		{"arrow-go", decodeArrowGo, func(f *openedFile) openGroup { return openArrow(f.meta.RowGroups) }},
		{"parquet-go", decodeParquetGo, func(f *openedFile) openGroup {
			return func(r io.ReaderAt, _ int64, group int) (groupDecoder, error) {
				return newParquetGoGroup(r, f.meta.RowGroups[group].Columns)
			}
		}},
	}
}

// valueEncodings lists the encodings of the values of a chunk's data pages. The footer's list does not serve: it has the
// levels' encodings too, and old writers list what they did not use.
func (f *openedFile) valueEncodings(group int, leaf *leafColumn) (list []format.Encoding, err error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	m := &f.meta.RowGroups[group].Columns[leaf.Index].MetaData
	start, end := chunkRange(m)
	pages := arrowPages{r: bytes.NewReader(f.data), column: leaf, codec: m.Codec, offset: start, end: end, zstd: z}
	for {
		page, err := pages.next()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		if page.Header.Type == format.DictionaryPage {
			continue
		}
		if _, e := dataHeader(page.Header); !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
}

// reads reports whether decoder d may be given pages of these encodings. The codec does not matter: pages are
// decompressed before either decoder sees them.
func reads(d decoder, leaf *leafColumn, encodings []format.Encoding) bool {
	for _, e := range encodings {
		if !pageEncodings(d, leaf).has(e) {
			return false
		}
	}
	return true
}

func TestDecodersGiveWhatWasWritten(t *testing.T) {
	all := genColumns(1, 2, 150)
	var some []*genColumn
	for _, c := range all {
		if c.shape == genOptional && c.fill == genMixed || c.fill == genNull {
			some = append(some, c)
		}
	}
	for _, codec := range genCodecs {
		columns := some // the codec does not see what a page holds
		if codec.format == format.Uncompressed {
			columns = all
		}
		for version := 1; version <= 2; version++ {
			t.Run(fmt.Sprintf("%s/v%d/arrow-go writer", codec.name, version), func(t *testing.T) {
				t.Parallel()
				data, written := writeArrow(t, columns, codec.arrow, version, genSmallPages)
				checkGenerated(t, data, written)
			})
			t.Run(fmt.Sprintf("%s/v%d/parquet-go writer", codec.name, version), func(t *testing.T) {
				t.Parallel()
				checkGenerated(t, writePgo(t, columns, codec.pgo, version, genSmallPages), columns)
			})
		}
	}
}

// TestDecodersReadLongPages has chunks of one page, which decoders give in several pieces or at once.
func TestDecodersReadLongPages(t *testing.T) {
	var columns []*genColumn
	for _, c := range genColumns(2, 1, arrowBatch+5) {
		switch c.physical {
		case format.Boolean, format.Int64, format.ByteArray:
			if c.shape != genNested && c.fill == genMixed {
				columns = append(columns, c)
			}
		}
	}
	for version := 1; version <= 2; version++ {
		t.Run(fmt.Sprintf("v%d/arrow-go writer", version), func(t *testing.T) {
			t.Parallel()
			data, written := writeArrow(t, columns, genCodecs[0].arrow, version, genOnePage)
			checkGenerated(t, data, written)
		})
		t.Run(fmt.Sprintf("v%d/parquet-go writer", version), func(t *testing.T) {
			t.Parallel()
			checkGenerated(t, writePgo(t, columns, genCodecs[0].pgo, version, genOnePage), columns)
		})
	}
}

// checkGenerated holds each decoder against the truth on each chunk that it may be given. Every chunk has one that may.
func checkGenerated(t *testing.T, data []byte, columns []*genColumn) {
	f, err := openMemory(data)
	must(t, err)
	for group := range f.meta.RowGroups {
		for i, c := range columns {
			leaf, readers := f.leaves[i], 0
			encodings, err := f.valueEncodings(group, leaf)
			must(t, err)
			for _, d := range decoders() {
				what := fmt.Sprintf("%s: row group %d, %s", d.name, group, c)
				got, err := d.dump(f, group, leaf)
				switch {
				case !reads(d.which, leaf, encodings):
					if d.which == decodeArrowGo && !errors.Is(err, ErrUnsupported) {
						t.Errorf("%s: got %v, want a refusal", what, err)
					}
					continue
				case err != nil:
					t.Errorf("%s: %v", what, err)
				default:
					if want := c.truth(group, leaf); !bytes.Equal(got, want) {
						t.Errorf("%s: %d bytes differ from what was written (%d) at byte %d", what, len(got), len(want), firstDifference(got, want))
					}
				}
				readers++
			}
			if readers == 0 {
				t.Errorf("row group %d, %s: no decoder is allowed to read it", group, c)
			}
		}
	}
}

// dump reads one leaf of one row group; panics of the libraries become errors, as in the Reader.
func (d underTest) dump(f *openedFile, group int, leaf *leafColumn) (dump []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damaged("panic: %v", r)
		}
	}()
	g, err := d.open(f)(bytes.NewReader(f.data), int64(len(f.data)), group)
	if err != nil {
		return nil, err
	}
	r, err := g.Leaf(leaf)
	if err != nil {
		return nil, errors.Join(err, g.Close())
	}
	dump, _, err = dumpLeaf(r, leaf)
	return dump, errors.Join(err, r.Close(), g.Close())
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	aparquet "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/plain"
	"github.com/parquet-go/parquet-go/format"
)

// The tests of this file hold the faults of the libraries for which this package has rules (decision 0025). A test that
// fails after an upgrade means that a fault is mended: the rule may go then. Each shows beside the fault that this
// package reads the same bytes rightly or refuses them.

func corpusFile(t *testing.T, name string) *openedFile {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "corpus", "good", name+".parquet"))
	must(t, err)
	f, err := openMemory(data)
	must(t, err)
	return f
}

// pgoPages reads the first column's pages by parquet-go's own file reader.
func pgoPages(data []byte, page func(parquet.Page) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	pages := f.RowGroups()[0].ColumnChunks()[0].Pages()
	defer pages.Close()
	for {
		p, err := pages.ReadPage()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = page(p)
		}
		if err != nil {
			return err
		}
	}
}

// arrowRows reads the first column's values by arrow-go's own file reader and returns how many it got.
func arrowRows(data []byte) (rows int64, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	f, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	c, err := f.RowGroup(0).Column(0)
	if err != nil {
		return 0, err
	}
	for c.HasNext() {
		var n int64
		switch r := c.(type) {
		case *file.Int64ColumnChunkReader:
			n, _, err = r.ReadBatch(100, make([]int64, 100), make([]int16, 100), nil)
		case *file.FixedLenByteArrayColumnChunkReader:
			n, _, err = r.ReadBatch(100, make([]aparquet.FixedLenByteArray, 100), make([]int16, 100), nil)
		default:
			return 0, fmt.Errorf("column of %T", c)
		}
		if rows += n; err != nil {
			return rows, err
		}
	}
	return rows, c.Err()
}

func TestFaultParquetGoMisreadsRLEBooleans(t *testing.T) {
	f := corpusFile(t, "rle_boolean_true64") // 64 times true
	must(t, pgoPages(f.data, func(p parquet.Page) error {
		values := p.Data()
		if got := values.Boolean(); bytes.Equal(got, bytes.Repeat([]byte{0xff}, 8)) {
			t.Error("parquet-go reads RLE booleans rightly now")
		}
		return nil
	}))
	if pageEncodings(decodeParquetGo, f.leaves[0]).has(format.RLE) {
		t.Error("RLE booleans may be given to parquet-go")
	}
	got, err := decoders()[0].dump(f, 0, f.leaves[0])
	must(t, err)
	if want := bytes.Repeat([]byte{0, 1, 1}, 64); !bytes.Equal(got, want) {
		t.Errorf("arrow-go: got % x", got)
	}
}

func TestFaultParquetGoMisreadsLZ4Raw(t *testing.T) {
	f := corpusFile(t, "lz4_raw_compressed_larger")
	size := 0
	err := pgoPages(f.data, func(p parquet.Page) error {
		values := p.Data()
		data, offsets := values.ByteArray()
		for i := range int(p.NumValues()) {
			size += len(data[offsets[i]:offsets[i+1]])
		}
		return nil
	})
	if err == nil && size == 10_000*36 { // each value is a UUID as text
		t.Error("parquet-go reads LZ4_RAW rightly now")
	}
}

func TestFaultParquetGoLacksHadoopLZ4(t *testing.T) {
	f := corpusFile(t, "hadoop_lz4_compressed")
	if pgoPages(f.data, func(parquet.Page) error { return nil }) == nil {
		t.Error("parquet-go reads the old LZ4 codec now")
	}
	if rows, err := arrowRows(f.data); err == nil {
		t.Errorf("arrow-go reads the old LZ4 codec now, %d rows", rows)
	}
}

// TestFaultParquetGoReadsBehindTexts gives parquet-go a last text that is longer than what is left, in a buffer that has
// room behind it. It compares the length with all of the page and takes the bytes that were there before.
func TestFaultParquetGoReadsBehindTexts(t *testing.T) {
	page := append(texts("abcdef", "ghijkl"), 4, 0, 0, 0, 'm')
	buffer := append(page, "xyz"...)
	data, offsets, err := new(plain.Encoding).DecodeByteArray(nil, buffer[:len(page)], nil)
	if err != nil || len(offsets) != 4 || string(data) != "abcdefghijklmxyz" {
		t.Errorf("parquet-go no longer reads behind the page: %q, %v", data, err)
	}
}

// TestFaultWideDeltas decodes 5 and 4 as 32-bit integers, the difference written in 64 bits as DuckDB does.
func TestFaultWideDeltas(t *testing.T) {
	page := wideDelta(1 << 32)
	values, err := new(delta.BinaryPackedEncoding).DecodeInt32(nil, page)
	if err != nil || len(values) != 2 || values[1] == 4 {
		t.Errorf("parquet-go no longer misreads differences of over 32 bits: %v, %v", values, err)
	}
	column, err := newArrowColumn(&leafColumn{Physical: format.Int32}, 0, 0)
	must(t, err)
	column.feed.put(dataPageOf(&arrowPage{Header: &format.PageHeader{
		Type: format.DataPage, DataPageHeader: thriftNull(format.DataPageHeader{NumValues: 2}),
	}, Data: page}, format.DeltaBinaryPacked))
	if _, count, err := column.read(2, nil, nil); err == nil {
		t.Errorf("arrow-go no longer refuses differences of over 32 bits: %d values", count)
	}
}

func TestFaultArrowFailsOnFixedDelta(t *testing.T) {
	c := &genColumn{name: "c", physical: format.FixedLenByteArray, width: 5, encoding: format.DeltaByteArray, shape: genRequired, rowsInEach: 4}
	c.groups = []genEntries{{vals: values{N: 4, Data: []byte("aaaaaaaaabaabbbbbbbb")}}}
	data := writePgo(t, []*genColumn{c}, &parquet.Uncompressed, 1, genSmallPages)
	if rows, err := arrowRows(data); err == nil {
		t.Errorf("arrow-go reads DELTA_BYTE_ARRAY of fixed-length values now, %d rows", rows)
	}
	if arrowDecodes(format.FixedLenByteArray, format.DeltaByteArray) {
		t.Error("fixed-length DELTA_BYTE_ARRAY may be given to arrow-go")
	}
}

// TestFaultArrowIgnoresChecksums changes a value of a page whose checksum is written down.
func TestFaultArrowIgnoresChecksums(t *testing.T) {
	c := &genColumn{name: "c", physical: format.Int64, encoding: format.Plain, shape: genRequired, rowsInEach: 4}
	c.groups = []genEntries{{vals: values{N: 4, Int64: []int64{1, 2, 3, 4}}}}
	data := writePgo(t, []*genColumn{c}, &parquet.Uncompressed, 1, genSmallPages)
	at := bytes.Index(data, []byte{2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0})
	if at < 0 {
		t.Fatal("the values are not in the file")
	}
	data[at] ^= 1 << 4
	if rows, err := arrowRows(data); err != nil || rows != 4 {
		t.Errorf("arrow-go no longer reads past a wrong checksum: %d rows, %v", rows, err)
	}
	f, err := openMemory(data)
	must(t, err)
	for _, d := range decoders() {
		if _, err := d.dump(f, 0, f.leaves[0]); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want an error about the checksum", d.name, err)
		}
	}
}

// TestFaultArrowMisreadsIndexesOfNoBits gives arrow-go a run of dictionary indexes of no bits, of which all are 0. Its
// decoder takes the run's value from the bytes behind it.
func TestFaultArrowMisreadsIndexesOfNoBits(t *testing.T) {
	column, err := newArrowColumn(&leafColumn{Physical: format.Int32}, 0, 0)
	must(t, err)
	identity := binary.LittleEndian.AppendUint32(nil, 7)
	column.feed.put(file.NewDictionaryPage(memory.NewBufferBytes(identity), 1, aparquet.Encodings.Plain))
	indexes := []byte{0, 4 << 1, 9, 9, 9, 9} // no bits; a run of 4; what must not matter
	column.feed.put(file.NewDataPageV1(memory.NewBufferBytes(indexes), 4, aparquet.Encodings.RLEDict,
		aparquet.Encodings.RLE, aparquet.Encodings.RLE, int32(len(indexes))))
	_, count, err := column.read(4, nil, nil)
	if err == nil && count == 4 && fmt.Sprint(column.out.Int32) == "[7 7 7 7]" {
		t.Error("arrow-go reads indexes of no bits rightly now")
	}
}

// TestFaultArrowReadsOldLevelsBackwards shows why pages whose levels are BIT_PACKED are refused.
func TestFaultArrowReadsOldLevelsBackwards(t *testing.T) {
	node, err := schema.NewPrimitiveNode("c", aparquet.Repetitions.Optional, aparquet.Types.Int32, -1, -1)
	must(t, err)
	feed := &arrowFeed{}
	reader := file.NewColumnReader(schema.NewColumn(node, 1, 0), feed, memory.DefaultAllocator, nil)
	page := []byte{0b10000000, 7, 0, 0, 0} // the first of 8 entries has a value: old levels start at the highest bit
	feed.put(file.NewDataPageV1(memory.NewBufferBytes(page), 8, aparquet.Encodings.Plain,
		aparquet.Encodings.BitPacked, aparquet.Encodings.BitPacked, int32(len(page))))
	def := make([]int16, 8)
	_, _, err = reader.(*file.Int32ColumnChunkReader).ReadBatchInPage(8, make([]int32, 8), def, nil)
	if err == nil && def[0] == 1 && def[7] == 0 {
		t.Error("arrow-go reads BIT_PACKED levels rightly now")
	}
}

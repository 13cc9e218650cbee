package source

import (
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// arrowColumn is one of arrow-go's column readers, fed page by page, and the values that it gave.
type arrowColumn struct {
	feed   *arrowFeed
	reader file.ColumnChunkReader
	width  int
	out    values

	bytes []parquet.ByteArray
	fixed []parquet.FixedLenByteArray
	int96 []parquet.Int96
}

func newArrowColumn(c *leafColumn, maxDef, maxRep uint8) (*arrowColumn, error) {
	node, err := arrowNode(c)
	if err != nil {
		return nil, err
	}
	a := &arrowColumn{feed: &arrowFeed{}, width: c.Width}
	if c.Physical == format.ByteArray {
		a.out.Offsets = []uint32{0}
	}
	// NewColumnReader is marked as leaving arrow-go's public interface one day. The way that stays, a reader over a file,
	// neither shows page checksums nor dictionary indexes.
	a.reader = file.NewColumnReader(schema.NewColumn(node, int16(maxDef), int16(maxRep)), a.feed, memory.DefaultAllocator, nil)
	if a.reader == nil {
		return nil, unsupported("physical type %s", c.Physical)
	}
	return a, nil
}

// read appends up to n entries' values of the fed page to out; it returns the numbers of entries and of values.
func (a *arrowColumn) read(n int, def, rep []int16) (entries, count int, err error) {
	o := &a.out
	switch r := a.reader.(type) {
	case *file.BooleanColumnChunkReader:
		o.Bool, entries, count, err = readInto(r, o.Bool, n, def, rep)
	case *file.Int32ColumnChunkReader:
		o.Int32, entries, count, err = readInto(r, o.Int32, n, def, rep)
	case *file.Int64ColumnChunkReader:
		o.Int64, entries, count, err = readInto(r, o.Int64, n, def, rep)
	case *file.Float32ColumnChunkReader:
		o.Float, entries, count, err = readInto(r, o.Float, n, def, rep)
	case *file.Float64ColumnChunkReader:
		o.Double, entries, count, err = readInto(r, o.Double, n, def, rep)
	case *file.Int96ColumnChunkReader:
		a.int96, entries, count, err = readInto(r, a.int96[:0], n, def, rep)
		for i := range a.int96 {
			o.Data = append(o.Data, a.int96[i][:]...)
		}
	case *file.ByteArrayColumnChunkReader:
		a.bytes, entries, count, err = readInto(r, a.bytes[:0], n, def, rep)
		for _, b := range a.bytes {
			o.Data = append(o.Data, b...)
			o.Offsets = append(o.Offsets, uint32(len(o.Data)))
		}
		clear(a.bytes) // they alias the page
	case *file.FixedLenByteArrayColumnChunkReader:
		a.fixed, entries, count, err = readInto(r, a.fixed[:0], n, def, rep)
		for _, b := range a.fixed {
			if len(b) != a.width {
				return 0, 0, damaged("value of %d bytes in a column of %d", len(b), a.width)
			}
			o.Data = append(o.Data, b...)
		}
		clear(a.fixed)
	}
	if err != nil {
		return 0, 0, damaged("%v", err)
	}
	if int64(len(o.Data)) > 1<<32-1 {
		return 0, 0, unsupported("values of %d bytes in one page", len(o.Data))
	}
	o.N += count
	return entries, count, nil
}

// batchReader is what arrow-go's typed column readers have in common.
type batchReader[T any] interface {
	ReadBatchInPage(n int64, values []T, def, rep []int16) (entries int64, count int, err error)
}

// readInto appends up to n entries' values to buf.
func readInto[T any](r batchReader[T], buf []T, n int, def, rep []int16) ([]T, int, int, error) {
	base := len(buf)
	if cap(buf)-base < n {
		grown := make([]T, base, max(2*cap(buf), base+n))
		copy(grown, buf)
		buf = grown
	}
	entries, count, err := r.ReadBatchInPage(int64(n), buf[base:base+n], def, rep)
	if count < 0 || count > n {
		return buf, 0, 0, damaged("%d values for %d entries", count, n)
	}
	return buf[:base+count], int(entries), count, err
}

// reset empties v and keeps its buffers.
func (v *values) reset() {
	*v = values{
		Bool: v.Bool[:0], Int32: v.Int32[:0], Int64: v.Int64[:0], Float: v.Float[:0], Double: v.Double[:0],
		Data: v.Data[:0], Offsets: v.Offsets[:min(1, len(v.Offsets))],
	}
}

// arrowFeed is the file.PageReader that hands pages to arrow-go one at a time.
type arrowFeed struct {
	queue   []file.Page
	current file.Page
}

var _ file.PageReader = (*arrowFeed)(nil)

// put queues a page; at most a dictionary page and a data page wait.
func (f *arrowFeed) put(p file.Page) { f.queue = append(f.queue, p) }

// Next moves to the next queued page.
func (f *arrowFeed) Next() bool {
	if len(f.queue) == 0 {
		f.current = nil
		return false
	}
	f.current = f.queue[0]
	f.queue = append(f.queue[:0], f.queue[1:]...)
	return true
}

// Page is the page that Next moved to.
func (f *arrowFeed) Page() file.Page { return f.current }

// Err is nil: pages were read before they are put.
func (f *arrowFeed) Err() error { return nil }

// Close has nothing to release: pages are not arrow-go's.
func (f *arrowFeed) Close() error { return nil }

// SetMaxPageHeaderSize does nothing: headers were read before.
func (f *arrowFeed) SetMaxPageHeaderSize(int) {}

// Reset does nothing: a feed serves one column chunk.
func (f *arrowFeed) Reset(parquet.BufferedReader, int64, compress.Compression, *file.CryptoContext) {}

// GetDictionaryPage is nil: dictionaries are put like other pages, before the data.
func (f *arrowFeed) GetDictionaryPage() (*file.DictionaryPage, error) { return nil, nil }

// SeekToPageWithRow refuses: pages are read in order.
func (f *arrowFeed) SeekToPageWithRow(int64) error {
	return unsupported("seeking in a column chunk")
}

func thriftNull[T any](v T) thrift.Null[T] { return thrift.Null[T]{V: v, Valid: true} }

package source

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	aparquet "github.com/apache/arrow-go/v18/parquet"
	acompress "github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"
)

// genShape is where a generated leaf stands in its schema.
type genShape string

const (
	genRequired genShape = "required"
	genOptional genShape = "optional"
	genList     genShape = "list"   // an optional list of optional elements
	genNested   genShape = "nested" // an optional list of optional lists of optional elements
)

// genFill is what a generated column is filled with.
type genFill string

const (
	genMixed    genFill = "mixed"
	genConstant genFill = "constant" // one value: dictionary indexes of no bits
	genNull     genFill = "null"     // no value at all
)

// genColumn is one generated leaf column: its entries are the truth that decoders are held against.
type genColumn struct {
	name       string
	physical   format.Type
	width      int
	encoding   format.Encoding // format.RLEDictionary: dictionary
	shape      genShape
	fill       genFill
	groups     []genEntries // one per row group
	rowsInEach int
}

type genEntries struct {
	def, rep []uint8
	vals     values
}

func (c *genColumn) maxDef() uint8 {
	return map[genShape]uint8{genRequired: 0, genOptional: 1, genList: 3, genNested: 5}[c.shape]
}

func (c *genColumn) String() string {
	return fmt.Sprintf("%s %s %s %s", c.physical, c.encoding, c.shape, c.fill)
}

// genColumns is every physical type in every encoding that may hold it, in every shape. What does not exist in a
// writer is left out by the writer's own function.
func genColumns(seed uint64, groups, rows int) []*genColumn {
	kinds := []struct {
		physical  format.Type
		width     int
		encodings []format.Encoding
	}{
		{format.Boolean, 0, []format.Encoding{format.Plain, format.RLE}},
		{format.Int32, 0, []format.Encoding{format.Plain, format.RLEDictionary, format.DeltaBinaryPacked, format.ByteStreamSplit}},
		{format.Int64, 0, []format.Encoding{format.Plain, format.RLEDictionary, format.DeltaBinaryPacked, format.ByteStreamSplit}},
		{format.Int96, 12, []format.Encoding{format.Plain, format.RLEDictionary}},
		{format.Float, 0, []format.Encoding{format.Plain, format.RLEDictionary, format.ByteStreamSplit}},
		{format.Double, 0, []format.Encoding{format.Plain, format.RLEDictionary, format.ByteStreamSplit}},
		{format.ByteArray, 0, []format.Encoding{format.Plain, format.RLEDictionary, format.DeltaLengthByteArray, format.DeltaByteArray}},
		{format.FixedLenByteArray, 5, []format.Encoding{format.Plain, format.RLEDictionary, format.DeltaByteArray, format.ByteStreamSplit}},
		{format.FixedLenByteArray, 16, []format.Encoding{format.Plain, format.RLEDictionary}},
	}
	var out []*genColumn
	add := func(c genColumn) {
		c.name, c.rowsInEach = fmt.Sprintf("c%03d", len(out)), rows
		r := rand.New(rand.NewPCG(seed, uint64(len(out))))
		for range groups {
			c.groups = append(c.groups, c.generate(r, rows))
		}
		out = append(out, &c)
	}
	for _, k := range kinds {
		for _, e := range k.encodings {
			for _, s := range []genShape{genRequired, genOptional, genList, genNested} {
				add(genColumn{physical: k.physical, width: k.width, encoding: e, shape: s, fill: genMixed})
			}
			add(genColumn{physical: k.physical, width: k.width, encoding: e, shape: genOptional, fill: genConstant})
			add(genColumn{physical: k.physical, width: k.width, encoding: e, shape: genList, fill: genNull})
		}
	}
	return out
}

func (c *genColumn) generate(r *rand.Rand, rows int) genEntries {
	var e genEntries
	if c.physical == format.ByteArray {
		e.vals.Offsets = []uint32{0}
	}
	nullRun := 0
	for range rows {
		if nullRun == 0 && r.IntN(40) == 0 {
			nullRun = r.IntN(60) // long runs of nulls, so that pages without values exist
		}
		null := nullRun > 0 || r.IntN(7) == 0 || c.fill == genNull
		nullRun = max(0, nullRun-1)
		switch {
		case c.shape == genRequired:
			c.appendValue(&e.vals, r)
		case c.shape == genOptional && null:
			e.def = append(e.def, 0)
		case c.shape == genOptional:
			e.def = append(e.def, 1)
			c.appendValue(&e.vals, r)
		case null:
			e.def, e.rep = append(e.def, uint8(r.IntN(2))), append(e.rep, 0) // a null list or an empty one
		case c.shape == genNested:
			for i := range 1 + r.IntN(3) {
				if r.IntN(4) == 0 {
					e.def, e.rep = append(e.def, uint8(2+r.IntN(2))), append(e.rep, uint8(min(i, 1))) // the inner list null or empty
					continue
				}
				for j := range 1 + r.IntN(3) {
					e.rep = append(e.rep, uint8(map[bool]int{true: min(i, 1), false: 2}[j == 0]))
					if r.IntN(4) == 0 {
						e.def = append(e.def, 4)
					} else {
						e.def = append(e.def, 5)
						c.appendValue(&e.vals, r)
					}
				}
			}
		default:
			for i := range 1 + r.IntN(4) {
				e.rep = append(e.rep, uint8(min(i, 1)))
				if r.IntN(4) == 0 {
					e.def = append(e.def, 2)
				} else {
					e.def = append(e.def, 3)
					c.appendValue(&e.vals, r)
				}
			}
		}
	}
	return e
}

// appendValue appends one value: mostly few distinct ones, some random, some extreme.
func (c *genColumn) appendValue(v *values, r *rand.Rand) {
	n := uint64(r.IntN(20))
	switch r.IntN(8) {
	case 0:
		n = r.Uint64()
	case 1:
		n = []uint64{0, 1, math.MaxUint64, 1 << 63, 1<<63 - 1, 1 << 31, 1<<31 - 1, 0x7ff8000000000001}[r.IntN(8)]
	}
	if c.fill == genConstant {
		n = 12345
	}
	switch c.physical {
	case format.Boolean:
		v.Bool = append(v.Bool, n%3 == 0)
	case format.Int32:
		v.Int32 = append(v.Int32, int32(n))
	case format.Int64:
		v.Int64 = append(v.Int64, int64(n))
	case format.Float:
		f := math.Float32frombits(quietFloat32(uint32(n)))
		if c.encoding == format.RLEDictionary && f != f {
			f = math.Float32frombits(0x7fc00000) // arrow-go's writer puts all NaNs in one entry of a dictionary
		}
		v.Float = append(v.Float, f)
	case format.Double:
		f := math.Float64frombits(n)
		if c.encoding == format.RLEDictionary && f != f {
			f = math.Float64frombits(0x7ff8000000000000)
		}
		v.Double = append(v.Double, f)
	case format.ByteArray:
		v.Data = fmt.Appendf(v.Data, "%.*s%x", int(n%7), "prefix", n)
		if n%19 == 0 {
			v.Data = v.Data[:v.Offsets[len(v.Offsets)-1]] // empty
		}
		if n > 1<<60 && n%3 == 0 {
			v.Data = append(v.Data, bytes.Repeat([]byte{byte(n)}, 300)...)
		}
		v.Offsets = append(v.Offsets, uint32(len(v.Data)))
	default:
		v.Data = append(v.Data, fmt.Sprintf("%0*x", c.width, n)[:c.width]...)
	}
	v.N++
}

// quietFloat32 avoids signalling NaNs, which a conversion on the way may quieten.
func quietFloat32(b uint32) uint32 {
	if b&0x7f800000 == 0x7f800000 && b&0x7fffff != 0 {
		b |= 0x400000
	}
	return b
}

// genCodecs are the codecs that both writers have.
var genCodecs = []struct {
	name   string
	format format.CompressionCodec
	arrow  acompress.Compression
	pgo    compress.Codec
}{
	{"uncompressed", format.Uncompressed, acompress.Codecs.Uncompressed, &parquet.Uncompressed},
	{"snappy", format.Snappy, acompress.Codecs.Snappy, &parquet.Snappy},
	{"gzip", format.Gzip, acompress.Codecs.Gzip, &parquet.Gzip},
	{"brotli", format.Brotli, acompress.Codecs.Brotli, &parquet.Brotli},
	{"zstd", format.Zstd, acompress.Codecs.Zstd, &parquet.Zstd},
	{"lz4_raw", format.Lz4Raw, acompress.Codecs.Lz4Raw, &parquet.Lz4Raw},
}

// Sizes of pages: many pages in a chunk, or one.
const (
	genSmallPages = 1 << 10
	genOnePage    = 64 << 20
)

// writeArrow writes the columns with arrow-go; it leaves out and returns without those that it cannot write.
func writeArrow(t testing.TB, all []*genColumn, codec acompress.Compression, version, pageBytes int) ([]byte, []*genColumn) {
	t.Helper()
	props := []aparquet.WriterProperty{
		aparquet.WithCompression(codec), aparquet.WithDataPageSize(int64(pageBytes)), aparquet.WithBatchSize(64),
		aparquet.WithDataPageVersion(map[int]aparquet.DataPageVersion{1: aparquet.DataPageV1, 2: aparquet.DataPageV2}[version]),
		aparquet.WithDictionaryPageSizeLimit(3 * int64(pageBytes)), // some dictionaries overflow into plain pages
		aparquet.WithVersion(aparquet.V2_LATEST),
	}
	var columns []*genColumn
	var fields schema.FieldList
	for _, c := range all {
		if c.physical == format.FixedLenByteArray && c.encoding == format.DeltaByteArray {
			continue // arrow-go has no encoder
		}
		columns = append(columns, c)
		leaf := func(name string, r aparquet.Repetition) schema.Node {
			n, err := schema.NewPrimitiveNode(name, r, aparquet.Type(c.physical), -1, int32(c.width))
			must(t, err)
			return n
		}
		path := c.name
		switch c.shape {
		case genRequired:
			fields = append(fields, leaf(c.name, aparquet.Repetitions.Required))
		case genOptional:
			fields = append(fields, leaf(c.name, aparquet.Repetitions.Optional))
		case genList:
			path += ".list.element"
			list, err := schema.NewGroupNode("list", aparquet.Repetitions.Repeated, schema.FieldList{leaf("element", aparquet.Repetitions.Optional)}, -1)
			must(t, err)
			outer, err := schema.NewGroupNodeLogical(c.name, aparquet.Repetitions.Optional, schema.FieldList{list}, schema.ListLogicalType{}, -1)
			must(t, err)
			fields = append(fields, outer)
		case genNested:
			path += ".list.element.list.element"
			node := leaf("element", aparquet.Repetitions.Optional)
			for _, name := range []string{"element", c.name} {
				list, err := schema.NewGroupNode("list", aparquet.Repetitions.Repeated, schema.FieldList{node}, -1)
				must(t, err)
				node, err = schema.NewGroupNodeLogical(name, aparquet.Repetitions.Optional, schema.FieldList{list}, schema.ListLogicalType{}, -1)
				must(t, err)
			}
			fields = append(fields, node)
		}
		dictionary := c.encoding == format.RLEDictionary
		props = append(props, aparquet.WithDictionaryFor(path, dictionary))
		if !dictionary {
			props = append(props, aparquet.WithEncodingFor(path, aparquet.Encoding(c.encoding)))
		}
	}
	root, err := schema.NewGroupNode("schema", aparquet.Repetitions.Required, fields, -1)
	must(t, err)
	var out bytes.Buffer
	w := file.NewParquetWriter(&out, root, file.WithWriterProps(aparquet.NewWriterProperties(props...)))
	for g := range columns[0].groups {
		rg := w.AppendRowGroup()
		for _, c := range columns {
			cw, err := rg.NextColumn()
			must(t, err)
			must(t, writeArrowColumn(cw, c, &c.groups[g]))
			must(t, cw.Close())
		}
		must(t, rg.Close())
	}
	must(t, w.Close())
	return out.Bytes(), columns
}

func writeArrowColumn(cw file.ColumnChunkWriter, c *genColumn, e *genEntries) (err error) {
	def, rep := widen(e.def), widen(e.rep)
	v := &e.vals
	switch w := cw.(type) {
	case *file.BooleanColumnChunkWriter:
		_, err = w.WriteBatch(v.Bool, def, rep)
	case *file.Int32ColumnChunkWriter:
		_, err = w.WriteBatch(v.Int32, def, rep)
	case *file.Int64ColumnChunkWriter:
		_, err = w.WriteBatch(v.Int64, def, rep)
	case *file.Float32ColumnChunkWriter:
		_, err = w.WriteBatch(v.Float, def, rep)
	case *file.Float64ColumnChunkWriter:
		_, err = w.WriteBatch(v.Double, def, rep)
	case *file.Int96ColumnChunkWriter:
		b := make([]aparquet.Int96, v.N)
		for i := range b {
			copy(b[i][:], v.Data[12*i:])
		}
		_, err = w.WriteBatch(b, def, rep)
	case *file.ByteArrayColumnChunkWriter:
		b := make([]aparquet.ByteArray, v.N)
		for i := range b {
			b[i] = v.Data[v.Offsets[i]:v.Offsets[i+1]]
		}
		_, err = w.WriteBatch(b, def, rep)
	case *file.FixedLenByteArrayColumnChunkWriter:
		b := make([]aparquet.FixedLenByteArray, v.N)
		for i := range b {
			b[i] = v.Data[c.width*i : c.width*(i+1)]
		}
		_, err = w.WriteBatch(b, def, rep)
	}
	return err
}

func widen(b []uint8) []int16 {
	if b == nil {
		return nil
	}
	out := make([]int16, len(b))
	for i, v := range b {
		out[i] = int16(v)
	}
	return out
}

// writePgo writes the columns with parquet-go, with page checksums.
func writePgo(t testing.TB, columns []*genColumn, codec compress.Codec, version, pageBytes int) []byte {
	t.Helper()
	fields := parquet.Group{}
	for _, c := range columns {
		n := parquet.Leaf(pgoType(c))
		n = parquet.Encoded(n, map[format.Encoding]encoding.Encoding{
			format.Plain: &parquet.Plain, format.RLE: &parquet.RLE, format.RLEDictionary: &parquet.RLEDictionary,
			format.DeltaBinaryPacked: &parquet.DeltaBinaryPacked, format.DeltaLengthByteArray: &parquet.DeltaLengthByteArray,
			format.DeltaByteArray: &parquet.DeltaByteArray, format.ByteStreamSplit: &parquet.ByteStreamSplit,
		}[c.encoding])
		switch c.shape {
		case genOptional:
			n = parquet.Optional(n)
		case genList:
			n = parquet.Optional(parquet.List(parquet.Optional(n)))
		case genNested:
			n = parquet.Optional(parquet.List(parquet.Optional(parquet.List(parquet.Optional(n)))))
		}
		fields[c.name] = n
	}
	var out bytes.Buffer
	w := parquet.NewGenericWriter[any](&out, parquet.NewSchema("schema", fields), parquet.Compression(codec),
		parquet.DataPageVersion(version), parquet.PageBufferSize(pageBytes))
	for g := range columns[0].groups {
		rows := make([]parquet.Row, columns[0].rowsInEach)
		for i, c := range columns {
			c.appendRows(rows, &c.groups[g], i)
		}
		_, err := w.WriteRows(rows)
		must(t, err)
		must(t, w.Flush())
	}
	must(t, w.Close())
	return out.Bytes()
}

func pgoType(c *genColumn) parquet.Type {
	switch c.physical {
	case format.Boolean:
		return parquet.BooleanType
	case format.Int32:
		return parquet.Int32Type
	case format.Int64:
		return parquet.Int64Type
	case format.Int96:
		return parquet.Int96Type
	case format.Float:
		return parquet.FloatType
	case format.Double:
		return parquet.DoubleType
	case format.ByteArray:
		return parquet.ByteArrayType
	}
	return parquet.FixedLenByteArrayType(c.width)
}

// appendRows appends column number i's values to the rows.
func (c *genColumn) appendRows(rows []parquet.Row, e *genEntries, i int) {
	entries := len(e.def)
	if c.shape == genRequired {
		entries = e.vals.N
	}
	row, next := -1, 0
	for k := range entries {
		def, rep := 0, 0
		if e.def != nil {
			def = int(e.def[k])
		}
		if e.rep != nil {
			rep = int(e.rep[k])
		}
		if rep == 0 {
			row++
		}
		value := parquet.Value{}
		if def == int(c.maxDef()) {
			value = c.pgoValue(&e.vals, next)
			next++
		}
		rows[row] = append(rows[row], value.Level(rep, def, i))
	}
}

func (c *genColumn) pgoValue(v *values, i int) parquet.Value {
	switch c.physical {
	case format.Boolean:
		return parquet.BooleanValue(v.Bool[i])
	case format.Int32:
		return parquet.Int32Value(v.Int32[i])
	case format.Int64:
		return parquet.Int64Value(v.Int64[i])
	case format.Float:
		return parquet.FloatValue(v.Float[i])
	case format.Double:
		return parquet.DoubleValue(v.Double[i])
	case format.Int96:
		var x [3]uint32
		for k := range x {
			b := v.Data[12*i+4*k:]
			x[k] = uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
		}
		return parquet.Int96Value(x)
	case format.ByteArray:
		return parquet.ByteArrayValue(v.Data[v.Offsets[i]:v.Offsets[i+1]])
	}
	return parquet.FixedLenByteArrayValue(v.Data[c.width*i : c.width*(i+1)])
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

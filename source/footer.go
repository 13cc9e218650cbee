package source

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/verdigris-db/verdigris/cql"
)

// Bounds of a file's frame: the magic, the footer, its length, the magic again.
const (
	magic          = "PAR1"
	magicEncrypted = "PARE"
	frameBytes     = 12
	maxFooterBytes = 256 << 20
	tailBytes      = 64 << 10 // read at first; most footers fit
)

// fileMeta is what reading needs of a footer.
type fileMeta struct {
	root    *node
	leaves  []*leafColumn
	columns []*column
	chunks  [][]chunkFacts // by row group and leaf
}

// column is one top-level column.
type column struct {
	node   *node
	shape  *shape // nil when err
	leaves []*leafColumn
	nulls  bool // annotated as a column that has nulls only, whatever its type
	err    error
}

// readFooter reads and checks the footer of f. The row groups are what the decoders need; a Footer does without them.
func readFooter(r io.ReaderAt, f File) (*Footer, []format.RowGroup, error) {
	b, err := footerBytes(r, f.Size)
	if err != nil {
		return nil, nil, err
	}
	meta, err := decodeFooter(b)
	if err != nil {
		return nil, nil, err
	}
	for i := range meta.Schema { // Footers outlive the row groups, which alias b
		meta.Schema[i].Name = strings.Clone(meta.Schema[i].Name)
	}
	out, err := checkFooter(f, meta)
	if err != nil {
		return nil, nil, err
	}
	out.Digest = sha256.Sum256(b)
	return out, meta.RowGroups, nil
}

// footerBytes returns the footer's Thrift bytes.
func footerBytes(r io.ReaderAt, size int64) ([]byte, error) {
	if size < frameBytes {
		return nil, damaged("a file of %d bytes is too short", size)
	}
	tail := make([]byte, min(size, tailBytes))
	if err := readFull(r, tail, size-int64(len(tail))); err != nil {
		return nil, fmt.Errorf("reading the footer's end: %w", err)
	}
	switch m := string(tail[len(tail)-4:]); m {
	case magic:
	case magicEncrypted:
		return nil, unsupported("encrypted footer")
	default:
		return nil, damaged("the file ends with %q, not %q", m, magic)
	}
	n := int64(binary.LittleEndian.Uint32(tail[len(tail)-8:]))
	if n > size-frameBytes || n > maxFooterBytes {
		return nil, damaged("a footer of %d bytes in a file of %d", n, size)
	}
	if need := int(n) + 8; need > len(tail) {
		tail = make([]byte, need)
		if err := readFull(r, tail, size-int64(need)); err != nil {
			return nil, fmt.Errorf("reading the footer: %w", err)
		}
	}
	return tail[len(tail)-8-int(n) : len(tail)-8], nil
}

// readFull reads len(b) bytes at off; a shorter file is an error.
func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = fmt.Errorf("%d of %d bytes at offset %d: %w", n, len(b), off, io.ErrUnexpectedEOF)
	}
	return err
}

// decodeFooter turns the Thrift bytes into metadata. What it returns aliases b.
func decodeFooter(b []byte) (meta *format.FileMetaData, err error) {
	n, err := checkThrift(b)
	if err != nil {
		return nil, err
	}
	defer recovered(&err)
	meta = new(format.FileMetaData)
	var p thrift.CompactProtocol
	if err := thrift.NewDecoder(p.NewReaderFromBytes(b[:n])).Decode(meta); err != nil {
		return nil, damaged("decoding the footer: %v", err)
	}
	if meta.EncryptionAlgorithm.Value != nil || len(meta.FooterSigningKeyMetadata) > 0 {
		return nil, unsupported("encrypted columns or a signed footer")
	}
	if n != len(b) {
		return nil, damaged("%d bytes behind the footer's end", len(b)-n)
	}
	return meta, nil
}

// recovered turns a panic of a library on bad data into an error of class ErrDamaged.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = damaged("the Parquet library failed: %v", r)
	}
}

// checkFooter checks the metadata against itself and the file's size.
func checkFooter(f File, m *format.FileMetaData) (*Footer, error) {
	root, leaves, err := buildTree(m.Schema)
	if err != nil {
		return nil, err
	}
	out := &Footer{File: f, CreatedBy: strings.Clone(m.CreatedBy), meta: &fileMeta{root: root, leaves: leaves}}
	for i := range m.RowGroups {
		g, err := out.meta.checkGroup(f, &m.RowGroups[i], out.Rows)
		if err != nil {
			return nil, fmt.Errorf("row group %d: %w", i, err)
		}
		out.RowGroups = append(out.RowGroups, g)
		out.Rows += g.Rows
	}
	if out.Rows != m.NumRows {
		return nil, damaged("the footer says %d rows, its row groups %d", m.NumRows, out.Rows)
	}
	for _, n := range root.children {
		c := resolve(n, m.RowGroups)
		out.meta.columns = append(out.meta.columns, c)
		fc := FileColumn{Name: n.name(), Parquet: n.describe(), Nullable: true, Err: c.err}
		fc.meaning = fc.Parquet
		if c.err == nil {
			fc.Type, fc.Nullable, fc.meaning = c.shape.natural(), c.shape.nullable(0), c.shape.meaning()
			fc.Unit = c.shape.unit()
			switch {
			case c.nulls:
				fc.Nullable, fc.meaning = true, onlyNulls // and the type of the place that the nulls have
			case fc.Type.Kind == cql.Invalid:
				fc.Err = c.noType(fc.Parquet)
			case typeDepth(fc.Type) > cql.MaxTypeDepth: // the plan writes types as text
				fc.Type, fc.Err = cql.Type{}, unsupported("its type nests deeper than %d lists, maps and structs", cql.MaxTypeDepth)
			}
		}
		out.Columns = append(out.Columns, fc)
	}
	return out, nil
}

// maxRows bounds a row count, so that sums of them cannot overflow.
const maxRows = 1 << 48

func (m *fileMeta) checkGroup(f File, g *format.RowGroup, first int64) (RowGroup, error) {
	out := RowGroup{First: first, Rows: g.NumRows}
	if g.NumRows < 0 || g.NumRows > maxRows || first > maxRows {
		return out, damaged("%d rows", g.NumRows)
	}
	if len(g.Columns) != len(m.leaves) {
		return out, damaged("%d column chunks for %d leaf columns", len(g.Columns), len(m.leaves))
	}
	for i := range g.Columns {
		if err := checkChunk(f, m.leaves[i], &g.Columns[i], g.NumRows); err != nil {
			return out, fmt.Errorf("column %q: %w", strings.Join(m.leaves[i].Path, "."), err)
		}
		md := &g.Columns[i].MetaData
		out.Bytes += md.TotalCompressedSize
		out.Uncompressed += md.TotalUncompressedSize
	}
	return out, nil
}

func checkChunk(f File, leaf *leafColumn, c *format.ColumnChunk, rows int64) error {
	md := &c.MetaData
	if c.CryptoMetadata.Value != nil || len(c.EncryptedColumnMetadata) > 0 {
		return unsupported("encrypted column")
	}
	if c.FilePath != "" {
		return unsupported("the column chunk is in another file, %q", c.FilePath)
	}
	if md.Type != leaf.Physical {
		return damaged("physical type %s in the schema, %s in the row group", leaf.Physical, md.Type)
	}
	if !slices.Equal(leaf.Path, []string(md.PathInSchema)) {
		return damaged("the row group has column %q in its place", strings.Join(md.PathInSchema, "."))
	}
	if md.NumValues < rows || md.NumValues > maxRows || leaf.MaxRep == 0 && md.NumValues != rows {
		return damaged("%d values in %d rows", md.NumValues, rows)
	}
	if rows == 0 && md.NumValues == 0 {
		return nil // it is never read, and some writers give it no place
	}
	start, end := chunkRange(md)
	if start < int64(len(magic)) || md.TotalCompressedSize < 0 || md.TotalCompressedSize > f.Size || end > f.Size-8 {
		return damaged("bytes %d to %d of a file of %d", start, end, f.Size)
	}
	if md.TotalUncompressedSize < 0 || md.TotalUncompressedSize > maxRows {
		return damaged("%d bytes uncompressed", md.TotalUncompressedSize)
	}
	return nil
}

// chunkRange is the half-open range of the file that holds the chunk's pages. Writers that have no dictionary give 0 as
// its offset, or the data's.
func chunkRange(md *format.ColumnMetaData) (start, end int64) {
	start = md.DataPageOffset
	if d := md.DictionaryPageOffset; d > 0 && d < start {
		start = d
	}
	return start, start + md.TotalCompressedSize
}

// resolve finds the shape of a top-level column and whether all its chunks can be decoded.
// onlyNulls is the meaning of a column of which a file says that it has nulls only, as pandas writes one without a value.
const onlyNulls = "only nulls"

func resolve(n *node, groups []format.RowGroup) *column {
	c := &column{node: n, leaves: n.leaves(nil)}
	for _, leaf := range c.leaves {
		for _, name := range leaf.Path {
			if !utf8.ValidString(name) { // plan and manifest are JSON
				c.err = unsupported("the name %q is not UTF-8", name)
				return c
			}
		}
	}
	if c.shape, c.err = shapeOf(n); c.err != nil {
		return c
	}
	if _, ok := n.element.LogicalType.Value.(*format.NullType); ok && n.leaf != nil && n.repeat != format.Repeated {
		c.nulls = true
	}
	for g := range groups {
		for _, leaf := range c.leaves {
			md := &groups[g].Columns[leaf.Index].MetaData
			if _, err := decoderOf(leaf, md.Codec, md.Encoding); err != nil && groups[g].NumRows > 0 {
				c.err = fmt.Errorf("row group %d: %w", g, err)
				return c
			}
		}
	}
	return c
}

// typeDepth is how many types with parts stand around the innermost type.
func typeDepth(t cql.Type) int {
	deepest := 0
	for _, e := range t.Elem {
		deepest = max(deepest, 1+typeDepth(e))
	}
	return deepest
}

// noType is why a column that can be decoded has no natural type: it is, or holds, an interval.
func (c *column) noType(parquet string) error {
	if c.shape.kind == shapeLeaf {
		return unsupported("no CQL type for %s; to keep its bytes put %q under types: in the spec", parquet, yamlName(c.node.name())+": blob")
	}
	return unsupported("no CQL type for a part of %s", parquet)
}

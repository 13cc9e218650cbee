package source

import (
	"context"
	"errors"

	"github.com/verdigris-db/verdigris/cql"
)

var errNotYet = errors.New("not built yet")

type fileMeta struct{}

// Storage opens local files and the objects of buckets; it keeps one connection per bucket URL until Close.
// Safe for concurrent use.
type Storage struct{}

// NewStorage returns a Storage with nothing open.
func NewStorage() *Storage { return &Storage{} }

// Close releases the buckets.
func (s *Storage) Close() error { return nil }

// List finds the Parquet files of the sources: files, folders, globs with ** and s3:// URLs; sorted by Name.
func (s *Storage) List(ctx context.Context, sources []string) ([]File, error) { return nil, errNotYet }

// Markers reports the source folders (every folder that holds a listed file, and the roots) in which no file name stands.
func (s *Storage) Markers(ctx context.Context, sources []string, files []File, name string) (missing []string, err error) {
	return nil, errNotYet
}

// Open opens a file and reads its footer; it fails with ErrSourceChanged when the file is not the one listed.
func (s *Storage) Open(ctx context.Context, f File) (*Input, error) { return nil, errNotYet }

// Footers reads the footers of all files, at most parallel at a time, in the order of files.
func (s *Storage) Footers(ctx context.Context, files []File, parallel int) ([]*Footer, error) {
	return nil, errNotYet
}

// Input is an open file. Its row groups may be read at the same time by several goroutines, one Reader each.
type Input struct{ Footer *Footer }

// Close closes the file; its Readers are closed before.
func (in *Input) Close() error { return nil }

// Read starts to read row group group; wants were accepted by Schema.Check.
func (in *Input) Read(ctx context.Context, group int, wants []Want) (*Reader, error) {
	return nil, errNotYet
}

// Reader reads one row group. It belongs to one goroutine.
type Reader struct{}

// Next returns the next rows, at least one, or io.EOF after as many rows as the footer says and a last check that the
// file is still the one listed.
func (r *Reader) Next() (*Batch, error) { return nil, errNotYet }

// Close releases the buffers. It may be called at any time, once.
func (r *Reader) Close() error { return nil }

// Memory is the most bytes that a Reader of row group group with these wants holds at a time, its batch included.
func (f *Footer) Memory(group int, wants []Want) int64 { return 0 }

// Schema is what all files of a build agree on.
type Schema struct {
	Columns []SchemaColumn // of the files in the first file's order, then folder columns, then _file and _row
}

// Origin says where a column's values come from.
type Origin string

// The origins of columns.
const (
	FromFile   Origin = "file"
	FromFolder Origin = "folder"
	FromReader Origin = "pseudo"
)

// SchemaColumn is one column that may be wanted.
type SchemaColumn struct {
	Name     string
	Type     cql.Type // the natural type; Invalid when Err says why there is none
	Nullable bool
	Origin   Origin
	Parquet  string // the Parquet type, for messages
	Err      error
}

// Unify checks that the files agree and returns their columns. overrides are the types that the spec gives by name: files
// whose types differ agree when all of them can be read as the override.
func Unify(footers []*Footer, overrides []Want) (*Schema, error) { return nil, errNotYet }

// Column finds a column by name.
func (s *Schema) Column(name string) (SchemaColumn, bool) { return SchemaColumn{}, false }

// Check reports whether w can be read from every file.
func (s *Schema) Check(w Want) error { return errNotYet }

// FolderCell is the payload of a folder column of f as type t; null true for the Hive null folder.
func (f File) FolderCell(name string, t cql.Type) (payload []byte, null bool, err error) {
	return nil, false, errNotYet
}

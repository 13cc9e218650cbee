package source

import (
	"fmt"

	"github.com/verdigris-db/verdigris/cql"
)

// File is one Parquet file of a source and what identifies its content. It travels in plans as JSON.
type File struct {
	Name     string   `json:"name"`               // relative to the source's root, with slashes; the value of _file
	URL      string   `json:"url"`                // absolute path, or s3://bucket/key?params
	Size     int64    `json:"size"`               // bytes
	Modified int64    `json:"modified,omitempty"` // local: mtime in ns since 1970
	Inode    uint64   `json:"inode,omitempty"`    // local
	ETag     string   `json:"etag,omitempty"`     // object storage, without quotes
	Folders  []Folder `json:"folders,omitempty"`  // Hive folders from the root down
}

// Folder is one `name=value` folder above a file.
type Folder struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Null  bool   `json:"null,omitempty"` // the folder was __HIVE_DEFAULT_PARTITION__
}

// Identity is what must not change while a source is read, as text for messages and digests.
func (f File) Identity() string {
	if f.ETag != "" {
		return fmt.Sprintf("size=%d etag=%s", f.Size, f.ETag)
	}
	return fmt.Sprintf("size=%d modified=%d inode=%d", f.Size, f.Modified, f.Inode)
}

// Split is one row group of one file: the unit of reading. It travels in plans as JSON.
type Split struct {
	File     File  `json:"file"`
	RowGroup int   `json:"row_group"`
	First    int64 `json:"first"` // position in the file of its first row
	Rows     int64 `json:"rows"`
}

// RowGroup is what a footer says of one row group.
type RowGroup struct {
	First        int64 // position in the file of its first row
	Rows         int64
	Bytes        int64 // of all column chunks, compressed
	Uncompressed int64 // of all column chunks
}

// FileColumn is one top-level column of one file.
type FileColumn struct {
	Name     string
	Type     cql.Type // by the type table; Invalid when the column is refused, see Err
	Nullable bool
	Parquet  string // the Parquet type as written in a schema, for messages
	Unit     string // s, ms, us or ns of a timestamp, which as a bigint is a count of this unit; "" for other columns
	Err      error  // why the column cannot be read as any type, or nil; an override may help where the text says so

	meaning string // equal in two files whose values mean the same
}

// Footer is what the end of a file says, checked against the file's size and against itself.
type Footer struct {
	File      File
	Rows      int64
	CreatedBy string
	RowGroups []RowGroup
	Columns   []FileColumn // in file order
	Digest    [32]byte     // sha256 of the footer's Thrift bytes

	meta *fileMeta
}

// Splits lists the file's row groups that have rows.
func (f *Footer) Splits() []Split {
	var out []Split
	for i, g := range f.RowGroups {
		if g.Rows > 0 {
			out = append(out, Split{File: f.File, RowGroup: i, First: g.First, Rows: g.Rows})
		}
	}
	return out
}

// Content identifies what is in the file wherever it lies, as far as that is known without reading it all: the etag of an
// object, else the footer's digest.
func (f *Footer) Content() string {
	if f.File.ETag != "" {
		return "etag:" + f.File.ETag
	}
	return fmt.Sprintf("footer-sha256:%x", f.Digest)
}

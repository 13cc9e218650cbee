package manifest

import (
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// FormatVersion is the version of the document that this package reads and writes.
const FormatVersion = 1

// Manifest is one version of a view. The order of the fields is the order in the file.
type Manifest struct {
	Format     int         `json:"format"`
	View       string      `json:"view"`
	Version    uint64      `json:"version"`
	Parent     uint64      `json:"parent"` // the newest version when this one was planned; 0 for none
	Build      string      `json:"build"`  // 32 hex digits
	Schema     cql.Schema  `json:"schema"`
	R          int         `json:"r"` // partitions
	Duplicates Duplicates  `json:"duplicates"`
	Table      TableFormat `json:"table"`
	Codec      Codec       `json:"codec"`
	Bloom      Bloom       `json:"bloom"`
	Source     Source      `json:"source"`
	Totals     Totals      `json:"totals"`
	Partitions []Partition `json:"partitions"`
	Digest     string      `json:"digest"` // sha256 in hex of the document's bytes before this member's line

	Provenance Provenance `json:"provenance"` // not hashed
}

// Duplicates is the rule for several rows with one key.
type Duplicates struct {
	Rule    string      `json:"rule"`              // error or latest
	Recency *cql.Column `json:"recency,omitempty"` // of latest: the source column and the type it was compared as
}

// TableFormat is the version of the table files' layout.
type TableFormat struct {
	Format int `json:"format"`
}

// Codec says how the tables pack their cells.
type Codec struct {
	Name       string  `json:"name"`
	Version    int     `json:"version"`
	Dictionary *Object `json:"dictionary"` // null for a codec without one
}

// Bloom is the parameters of the bloom filter files.
type Bloom struct {
	Format           int    `json:"format"`
	FalsePositivePPM uint32 `json:"false_positive_ppm"`
}

// Object is a stored file: its name below the view, its size and the sha256 of its bytes in hex.
type Object struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Source is what was read.
type Source struct {
	Watermark *Watermark `json:"watermark"`
	Files     []File     `json:"files"`   // in byte order of their names
	Skipped   []string   `json:"skipped"` // files that a `where` on folder columns left out, in byte order
}

// File is one source file.
type File struct {
	Name     string `json:"name"` // relative to its source's root, with / between folders
	Bytes    int64  `json:"bytes"`
	Rows     int64  `json:"rows"`
	Identity string `json:"identity"` // kind:value; kinds: etag, sha256, footer-sha256
}

// Totals are the sums over partitions and files.
type Totals struct {
	Read       int64   `json:"read"`     // rows in the files read
	Filtered   int64   `json:"filtered"` // by `where`
	Input      int64   `json:"input"`    // rows before the fold: Read - Filtered
	Folded     int64   `json:"folded"`
	Rows       int64   `json:"rows"` // Input - Folded
	Keys       int64   `json:"keys"`
	InputSum   row.Sum `json:"input_sum"`
	StoredSum  row.Sum `json:"stored_sum"`
	TableBytes int64   `json:"table_bytes"`
	BloomBytes int64   `json:"bloom_bytes"`
}

// Partition is one slice (Lo, Hi] of the token space. A partition without rows has files too, and no tokens.
type Partition struct {
	Index     int     `json:"index"`
	Lo        Token   `json:"lo"`
	Hi        Token   `json:"hi"`
	Rows      int64   `json:"rows"`
	Keys      int64   `json:"keys"`
	Input     int64   `json:"input"` // rows before the fold
	Folded    int64   `json:"folded"`
	InputSum  row.Sum `json:"input_sum"`
	StoredSum row.Sum `json:"stored_sum"`
	Min       *Token  `json:"min"`
	Max       *Token  `json:"max"`
	Table     Object  `json:"table"`
	Bloom     Object  `json:"bloom"`
}

// Token is a Cassandra token; a string in JSON, because JSON readers lose digits of large numbers.
type Token int64

// Provenance is how the version came to be; nothing in it changes the digest.
type Provenance struct {
	BuiltAt  string   `json:"built_at"` // RFC 3339, UTC
	Host     string   `json:"host"`
	Software string   `json:"software"` // name and version of the binary
	Spec     string   `json:"spec"`     // path
	Sources  []string `json:"sources"`  // roots as listed
}

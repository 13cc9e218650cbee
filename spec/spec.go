package spec

import "github.com/verdigris-db/verdigris/cql"

// Rule says what happens to several rows with one key.
type Rule string

// The duplicate rules.
const (
	RuleError  Rule = "error"  // two different rows with one key stop the build
	RuleLatest Rule = "latest" // the row with the greatest recency wins
)

// Codec names how a table packs its cells; it is codec.Name as text.
type Codec string

// The codecs that a spec may ask for; "default" is written for Cells.
const (
	CodecNone  Codec = "none"
	CodecZstd  Codec = "zstd"
	CodecCells Codec = "cells"
)

// Defaults and bounds of the fields.
const (
	DefaultBloomPPM = 1_000   // false positives per million lookups: 0.001
	MinBloomPPM     = 1       // 0.000001
	MaxBloomPPM     = 500_000 // 0.5
	MaxPartitions   = 65_536
	MaxSpecBytes    = 256 << 10
)

// Pseudo-columns that every source offers.
const (
	FileColumn = "_file" // text: the file's name relative to the source's root
	RowColumn  = "_row"  // bigint: the row's position in its file, from 0
)

// Spec is one spec file as written, with defaults filled in where they do not depend on the source.
type Spec struct {
	Path string // as given to Parse; errors begin with it

	View       string
	Source     []string // as written: files, folders, globs, s3 URLs; see Locate
	Store      string   // as written, "" when left out; see Locate
	Key        []string
	Clustering []Clustering
	Columns    []string // nil: all that are not key or clustering, in the source's order
	Types      []Override
	Duplicates Duplicates
	Where      []Condition
	Partitions int // 0: by size
	BloomPPM   uint32
	Codec      Codec
	Watermark  string // column, "" for none
	Require    Require

	pos    map[string]Pos  // field path -> where its value starts
	found  []Error         // what Parse found
	broken map[string]bool // columns whose override Parse found wrong
}

// Pos is a place in the spec file; lines and columns count from 1.
type Pos struct{ Line, Column int }

// Clustering is one clustering column and its direction.
type Clustering struct {
	Column string
	Order  cql.Order
}

// Override changes a column's type, its name in the view, or both.
type Override struct {
	Column string   // in the source
	Type   cql.Type // Kind Invalid: as the source gives it
	Lossy  cql.Lossy
	Name   string // in the view; "" keeps the source's
}

// Duplicates is the rule for several rows with one key; By is the recency column of RuleLatest and else "".
type Duplicates struct {
	Rule Rule
	By   string
}

// Op compares a column with the values of a Condition.
type Op string

// The operators of a filter. No comparison is true of a null, except IsNull.
const (
	Equal        Op = "="
	NotEqual     Op = "!="
	Less         Op = "<"
	LessEqual    Op = "<="
	Greater      Op = ">"
	GreaterEqual Op = ">="
	In           Op = "in"
	NotIn        Op = "not in"
	IsNull       Op = "is null"
	IsNotNull    Op = "is not null"
)

// Condition is one part of the row filter; a row is read when all conditions hold.
type Condition struct {
	Column string
	Op     Op
	Values []string // the scalars' text as written; one, or any number for In and NotIn, or none for the null tests
}

// Require is what must hold before the commit.
type Require struct {
	SuccessFile string  // a file of this name stands in every source folder; "" asks for none
	MinRows     int64   // rows kept, at least
	MaxDropPPM  *uint32 // largest loss of rows against the newest version, in parts per million; nil asks for none
}

// Parse reads a spec; path names it in errors and is not opened. The error is an *Errors with everything that is wrong.
//
// Beside an error stands the spec as far as it was read, or nil if it names no source. Nothing can be built from such a spec:
// it is there so that a caller can look at the source all the same, and have Resolve report everything at once.
func Parse(data []byte, path string) (*Spec, error) { return parse(data, path) }

// Pos is the place of a field such as `key[0]` or `duplicates.by`; a field that was left out has the place of the
// nearest one around it, and line 1 if there is none.
func (s *Spec) Pos(field string) Pos { return locate(s.pos, field) }

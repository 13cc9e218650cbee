package spec

import "github.com/verdigris-db/verdigris/cql"

// Origin says where an offered column comes from.
type Origin string

// The origins of a column.
const (
	FromFile   Origin = "file"
	FromFolder Origin = "folder" // a name=value folder on the way to the file: one value for each file
	FromPseudo Origin = "pseudo" // FileColumn or RowColumn
)

// Unit is the unit in which the source counts a timestamp, "" for other types.
type Unit string

// The units of Parquet timestamps.
const (
	Seconds      Unit = "s"
	Milliseconds Unit = "ms"
	Microseconds Unit = "us"
	Nanoseconds  Unit = "ns"
)

// Offered is one column that the source can give.
type Offered struct {
	Name     string
	Type     cql.Type // what it is given as unless the spec overrides it; Invalid when Refused says why there is none
	Nullable bool
	Origin   Origin
	Unit     Unit   // of a timestamp; as a bigint it is given as a count of this unit
	Refused  string // why the column cannot be read as it is; an override may still be accepted by the check
}

// Want is one column to be read: its name in the source and the type that its cells shall have.
type Want struct {
	Name  string
	Type  cql.Type
	Lossy cql.Lossy
}

// Resolved is a spec checked against its source: what to read, and what the view is.
type Resolved struct {
	View   string
	Schema cql.Schema // with the names of the view

	Key        []Want // as Schema.Key
	Clustering []Want // as Schema.Clustering
	Values     []Want // as Schema.Values
	Recency    *Want  // nil under RuleError; at the source's own precision, so a timestamp comes as a bigint of its unit
	Filters    []Filter
	Watermark  *Want // at the source's own precision
	MarkUnit   Unit  // of a Watermark that counts the source's timestamps, else ""

	Duplicates Duplicates
	BloomPPM   uint32
	Codec      Codec
	Partitions int // 0: by size
	Require    Require

	// BoundToFiles is set when a column that is stored, compared or filtered by is FileColumn or RowColumn: another layout of the
	// same rows in files is then another view.
	BoundToFiles bool
}

// Filter is a Condition with its column's type known and its values as cell bytes.
type Filter struct {
	Want   Want
	Origin Origin // FromFolder and FileColumn can be decided for a whole file
	Op     Op
	Values [][]byte // CQL payloads of Want.Type; sorted and without repeats for In and NotIn
}

// Resolve checks s against the columns that its source offers; check is the source's word on whether it can give a column
// as a type, and nil where the source cannot refuse. The error is an *Errors with everything that is wrong; what Parse found in s is
// part of it.
func (s *Spec) Resolve(offered []Offered, check func(Want) error) (*Resolved, error) {
	return resolve(s, offered, check)
}

package table

import (
	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// Version is the format version that this build writes, and the only one that it reads.
const Version = 1

// Header is what a table says about itself: the JSON document in front of its trailer. It holds no clock, host or path,
// so the same rows give the same header.
type Header struct {
	Schema       cql.Schema `json:"schema"`
	R            int        `json:"partitions"` // partitions of the view
	Partition    int        `json:"partition"`  // this table's, 0 .. R-1
	Codec        codec.Name `json:"codec"`
	CodecVersion int        `json:"codec_version"`
	Dictionary   string     `json:"dictionary,omitempty"` // the dictionary object's name; empty if the codec has none
	Fingerprint  string     `json:"fingerprint"`
	Rows         uint64     `json:"rows"`
	Keys         uint64     `json:"keys"`
	InputRows    uint64     `json:"input_rows"` // before the fold, as is InputSum
	InputSum     row.Sum    `json:"input_sum"`
	StoredSum    row.Sum    `json:"stored_sum"`
	MinToken     int64      `json:"min_token,string"` // of the first and last row; both 0 when there is no row
	MaxToken     int64      `json:"max_token,string"`
	Layout       Layout     `json:"layout"`
}

// Layout says where a table's parts are: the sections follow each other in this order behind the magic, and the header
// follows the last.
type Layout struct {
	Large     Section `json:"large"`      // row area: keys too large for a bucket
	Buckets   Section `json:"buckets"`    // all buckets, in order
	Moved     Section `json:"moved"`      // the rest of buckets that had more than fits in one
	Index     Section `json:"index"`      // length of each bucket
	N         uint64  `json:"n"`          // buckets, at least 1
	KeyPrefix Hex     `json:"key_prefix"` // what all keys in buckets begin with; buckets hold the rest
	KeyLength int     `json:"key_length"` // of each key in a bucket, prefix included; 0 if they differ or there are none
	LargeKeys uint64  `json:"large_keys"` // keys in the row area
	MovedKeys uint64  `json:"moved_keys"` // entries in the moved section
}

// Section is a range of the file.
type Section struct {
	Offset uint64 `json:"offset"`
	Length uint64 `json:"length"`
}

// End is the first byte behind the section.
func (s Section) End() uint64 { return s.Offset + s.Length }

package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/spec"
)

// Input is what a plan is made from.
type Input struct {
	Canonical []byte // the spec's meaning; see spec.Spec.Canonical
	Resolved  *spec.Resolved
	Footers   []*source.Footer // of the files that are read, in byte order of their names
	Skipped   []string         // names of the files that are not
	RowBytes  int64            // estimated bytes of one record; see row

	Parent     *manifest.Manifest // the newest version, or nil
	NewVersion Again              // whether unchanged input makes a new version
	Generation int                // 0, or how many earlier plans of this input were abandoned
}

// Again says what to do about input that the newest version was already built from.
type Again bool

// Answer reports the version that there is; Publish builds it again under the next number.
const (
	Answer  Again = false
	Publish Again = true
)

// Sizes that decide the shape of a build.
const (
	partitionBytes = 256 << 20 // of records, before the codec: the target for one partition
	minPartitions  = 16
	maxPartitions  = 4096
	taskShare      = 32       // a map task is at least this fraction of the build..
	minTaskBytes   = 64 << 20 // ..and at least so many bytes of records..
	maxTaskBytes   = 4 << 30  // ..and at most so many, if its row groups allow
	keepFactor     = 4        // the parent's R is kept while the source's size is within this factor
)

// New makes the plan.
func New(in Input) (*Plan, error) {
	r := in.Resolved
	p := &Plan{Format: FormatVersion, View: r.View, Spec: *r, Skipped: in.Skipped, RowBytes: max(in.RowBytes, 1)}
	for _, f := range in.Footers {
		p.Files = append(p.Files, File{File: f.File, Rows: f.Rows, Content: f.Content()})
		p.Totals.Files++
		p.Totals.Rows += f.Rows
		p.Totals.Bytes += f.File.Size
	}
	if in.Parent != nil {
		p.Parent = in.Parent.Version
		if in.Parent.Codec.Name == string(r.Codec) {
			p.Dictionary = in.Parent.Codec.Dictionary
		}
	}
	p.R = partitions(in, p.Totals)
	p.split(in.Footers)
	id, err := buildID(in, p)
	if err != nil {
		return nil, err
	}
	p.Build = id
	return p, p.check()
}

// partitions chooses R: what the spec says, else the parent's while the source's size is within keepFactor of the
// parent's, else a power of two by size.
func partitions(in Input, t Totals) int {
	if in.Resolved.Partitions > 0 {
		return in.Resolved.Partitions
	}
	if in.Parent != nil {
		var before int64
		for _, f := range in.Parent.Source.Files {
			before += f.Bytes
		}
		if t.Bytes <= before*keepFactor && before <= t.Bytes*keepFactor {
			return in.Parent.R
		}
	}
	n := minPartitions
	for n < maxPartitions && int64(n)*partitionBytes < t.Rows*max(in.RowBytes, 1) {
		n *= 2
	}
	return n
}

// split groups consecutive row groups into map tasks.
func (p *Plan) split(footers []*source.Footer) {
	target := min(max(p.Totals.Rows*p.RowBytes/taskShare, minTaskBytes), maxTaskBytes)
	var t MapTask
	flush := func() {
		if len(t.Splits) > 0 {
			t.ID = fmt.Sprintf("m%05d", len(p.Tasks))
			p.Tasks = append(p.Tasks, t)
			t = MapTask{}
		}
	}
	for i, f := range footers {
		for _, s := range f.Splits() {
			t.Splits = append(t.Splits, Split{File: i, RowGroup: s.RowGroup, First: s.First, Rows: s.Rows})
			t.Rows += s.Rows
			p.Totals.RowGroups++
			if t.Rows*p.RowBytes >= target {
				flush()
			}
		}
	}
	flush()
}

// buildID is the first half of a SHA-256 over what the build is made from. The parent is not in it unless a new version
// of the same input is asked for: a build that was killed goes on even if another one committed since.
func buildID(in Input, p *Plan) (string, error) {
	version, err := codec.VersionOf(codec.Name(in.Resolved.Codec))
	if err != nil {
		return "", err
	}
	what := struct {
		Plan, Manifest, Codec int
		Spec                  json.RawMessage
		Files                 [][2]string
		Skipped               []string
		Newest                *uint64 `json:",omitempty"`
		Generation            int     `json:",omitempty"`
	}{Plan: FormatVersion, Manifest: manifest.FormatVersion, Codec: version, Spec: in.Canonical, Skipped: in.Skipped, Generation: in.Generation}
	for _, f := range p.Files {
		what.Files = append(what.Files, [2]string{f.Name, f.Identity()})
	}
	if in.NewVersion == Publish {
		what.Newest = &p.Parent
	}
	b, err := json.Marshal(what)
	if err != nil {
		return "", fmt.Errorf("naming the build: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16]), nil
}

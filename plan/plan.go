// Package plan turns a checked spec and the listing of its source into the frozen plan of one build.
//
// The plan is pure: the same spec, source and parent give the same plan, byte for byte. It holds everything that must not
// change between the first start of a build and its commit, however often the build is killed and started again, and on
// whatever machine: which files, which row groups go together, how many partitions, which version came before. What
// may change between two starts (memory, workers, scratch space) is not in it.
package plan

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/spec"
)

// FormatVersion is the version of plan.json.
const FormatVersion = 1

// ErrFormat is wrapped by the error about a plan of an unknown format version.
var ErrFormat = errors.New("unknown plan format version")

// Plan is the frozen plan of one build; builds/<build>/plan.json is its encoding.
type Plan struct {
	Format int    `json:"format"`
	View   string `json:"view"`
	Build  string `json:"build"`  // 32 hex digits
	Parent uint64 `json:"parent"` // the newest version when the plan was made; 0 for none
	R      int    `json:"r"`      // partitions

	// Dictionary is the parent's codec dictionary, to be used again if it still fits; nil when there is none to inherit.
	Dictionary *manifest.Object `json:"dictionary,omitempty"`

	Spec     spec.Resolved `json:"spec"`
	Files    []File        `json:"files"`   // in byte order of their names
	Skipped  []string      `json:"skipped"` // files that a condition on folder columns or _file leaves out
	RowBytes int64         `json:"row_bytes"`
	Tasks    []MapTask     `json:"tasks"`
	Totals   Totals        `json:"totals"`
}

// File is one source file and what its footer says.
type File struct {
	source.File
	Rows    int64  `json:"rows"`
	Content string `json:"content"` // what identifies the file in manifests: etag:.. or footer-sha256:..
}

// MapTask is a group of row groups that one worker reads.
type MapTask struct {
	ID     string  `json:"id"` // m00000, m00001, ..
	Rows   int64   `json:"rows"`
	Splits []Split `json:"splits"`
}

// Split is one row group of the plan's file number File.
type Split struct {
	File     int   `json:"file"`
	RowGroup int   `json:"row_group"`
	First    int64 `json:"first"`
	Rows     int64 `json:"rows"`
}

// Totals are sums over the files that are read.
type Totals struct {
	Files     int   `json:"files"`
	RowGroups int   `json:"row_groups"`
	Rows      int64 `json:"rows"`
	Bytes     int64 `json:"bytes"` // of the files
}

// SourceSplit is split s of the plan in the source's terms.
func (p *Plan) SourceSplit(s Split) source.Split {
	return source.Split{File: p.Files[s.File].File, RowGroup: s.RowGroup, First: s.First, Rows: s.Rows}
}

// Encode is the bytes of plan.json.
func (p *Plan) Encode() ([]byte, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encoding the plan of build %s: %w", p.Build, err)
	}
	return append(b, '\n'), nil
}

// Decode reads plan.json.
func Decode(b []byte) (*Plan, error) {
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("reading a plan: %w", err)
	}
	if head.Format != FormatVersion {
		return nil, fmt.Errorf("%w %d; this binary reads %d", ErrFormat, head.Format, FormatVersion)
	}
	p := new(Plan)
	if err := json.Unmarshal(b, p); err != nil {
		return nil, fmt.Errorf("reading a plan: %w", err)
	}
	return p, p.check()
}

// check refuses a plan whose numbers contradict each other.
func (p *Plan) check() error {
	if p.R < 1 || p.R > spec.MaxPartitions {
		return fmt.Errorf("plan of build %s: %d partitions", p.Build, p.R)
	}
	for _, t := range p.Tasks {
		var rows int64
		for _, s := range t.Splits {
			if s.File < 0 || s.File >= len(p.Files) {
				return fmt.Errorf("plan of build %s: task %s reads file %d of %d", p.Build, t.ID, s.File, len(p.Files))
			}
			rows += s.Rows
		}
		if rows != t.Rows {
			return fmt.Errorf("plan of build %s: task %s has %d rows, its row groups %d", p.Build, t.ID, t.Rows, rows)
		}
	}
	return nil
}

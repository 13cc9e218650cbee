package spec

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/verdigris-db/verdigris/cql"
)

// canonicalVersion changes when the same spec text comes to mean something else.
const canonicalVersion = 1

type canonicalSpec struct {
	Canonical  int                   `json:"canonical"`
	View       string                `json:"view"`
	Key        []string              `json:"key"`
	Clustering []canonicalClustering `json:"clustering"`
	Columns    []string              `json:"columns"` // null: all others
	Types      []canonicalOverride   `json:"types"`   // by column
	Rule       Rule                  `json:"rule"`
	By         string                `json:"by"`
	Where      []canonicalCondition  `json:"where"`
	Partitions int                   `json:"partitions"`
	BloomPPM   uint32                `json:"bloom_ppm"`
	Codec      Codec                 `json:"codec"`
	Watermark  string                `json:"watermark"`
	Success    string                `json:"success_file"`
	MinRows    int64                 `json:"min_rows"`
	MaxDropPPM *uint32               `json:"max_drop_ppm"`
}

type canonicalClustering struct {
	Column string    `json:"column"`
	Order  cql.Order `json:"order"`
}

type canonicalOverride struct {
	Column string `json:"column"`
	Type   string `json:"type"` // with (truncate), "" for the source's
	Name   string `json:"name"`
}

type canonicalCondition struct {
	Column string   `json:"column"`
	Op     Op       `json:"op"`
	Values []string `json:"values"`
}

// Canonical is the meaning of the spec as compact JSON, for hashing: defaults are filled in; comments, spelling, the
// order of `types`, and where the source and the store are, do not change it.
func (s *Spec) Canonical() []byte {
	c := canonicalSpec{
		Canonical: canonicalVersion, View: s.View, Key: s.Key, Columns: s.Columns, Rule: s.Duplicates.Rule, By: s.Duplicates.By,
		Partitions: s.Partitions, BloomPPM: s.BloomPPM, Codec: s.Codec, Watermark: s.Watermark,
		Success: s.Require.SuccessFile, MinRows: s.Require.MinRows, MaxDropPPM: s.Require.MaxDropPPM,
	}
	for _, k := range s.Clustering {
		c.Clustering = append(c.Clustering, canonicalClustering(k))
	}
	for _, o := range s.Types {
		co := canonicalOverride{Column: o.Column, Name: o.Name}
		if o.Type.Kind != cql.Invalid {
			co.Type = cql.OverrideText(o.Type, o.Lossy)
		}
		c.Types = append(c.Types, co)
	}
	slices.SortFunc(c.Types, func(a, b canonicalOverride) int { return strings.Compare(a.Column, b.Column) })
	for _, w := range s.Where {
		c.Where = append(c.Where, canonicalCondition(w))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(c); err != nil { // strings and numbers only
		panic("spec: canonical form: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

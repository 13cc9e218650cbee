package manifest

import (
	"testing"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

func inputs() Inputs {
	return Inputs{
		TableFormat: 1, Codec: "cells", CodecVersion: 1, Dictionary: "36f46f7c5e83d0c2fb66201f7934834f", BloomFormat: 1, FalsePositivePPM: 1000,
		Schema: cql.Schema{
			Key:        []cql.Column{{Name: "id", Type: cql.Of(cql.Text)}},
			Clustering: []cql.ClusteringColumn{{Column: cql.Column{Name: "n", Type: cql.Of(cql.Int)}, Order: cql.Ascending}},
			Values:     []cql.Column{{Name: "v", Type: cql.Of(cql.Text)}},
		},
		Rule: "latest", Recency: &cql.Column{Name: "at", Type: cql.Of(cql.BigInt)}, R: 16, Index: 3, InputSum: row.Sum{Hi: 1, Lo: 2}, Input: 10,
	}
}

// TestFingerprint: every input counts, each in its own place, and equal ones give the same name.
func TestFingerprint(t *testing.T) {
	seen := map[string]string{}
	add := func(what string, in Inputs) {
		t.Helper()
		f, err := in.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		if other, same := seen[f]; same {
			t.Errorf("%s gives the fingerprint of %s", what, other)
		}
		seen[f] = what
		if again, err := in.Fingerprint(); err != nil || again != f {
			t.Errorf("%s: %s, then %s, %v", what, f, again, err)
		}
		if _, err := ParseFileName(FileName{Kind: Table, Fingerprint: f}.String()); err != nil {
			t.Error(err)
		}
	}
	add("all", inputs())
	if seen[goldenFingerprint] != "all" {
		t.Errorf("the fingerprint of the sample is no longer %s: tables of older versions would not be found again", goldenFingerprint)
	}
	for what, change := range map[string]func(in *Inputs){
		"table format":     func(in *Inputs) { in.TableFormat = 2 },
		"codec":            func(in *Inputs) { in.Codec = "zstd" },
		"codec version":    func(in *Inputs) { in.CodecVersion = 2 },
		"dictionary":       func(in *Inputs) { in.Dictionary = "" },
		"bloom format":     func(in *Inputs) { in.BloomFormat = 2 },
		"rate":             func(in *Inputs) { in.FalsePositivePPM = 1001 },
		"key name":         func(in *Inputs) { in.Schema.Key[0].Name = "ID" },
		"key type":         func(in *Inputs) { in.Schema.Key[0].Type = cql.Of(cql.Blob) },
		"key or value":     func(in *Inputs) { s := &in.Schema; s.Key, s.Values = append(s.Key, s.Values...), nil },
		"clustering order": func(in *Inputs) { in.Schema.Clustering[0].Order = cql.Descending },
		"clustering type":  func(in *Inputs) { in.Schema.Clustering[0].Type = cql.Of(cql.BigInt) },
		"no clustering":    func(in *Inputs) { in.Schema.Clustering = nil },
		"value type":       func(in *Inputs) { in.Schema.Values[0].Type = cql.ListOf(cql.Of(cql.Text)) },
		"no values":        func(in *Inputs) { in.Schema.Values = nil },
		"rule":             func(in *Inputs) { in.Rule, in.Recency = "error", nil },
		"recency":          func(in *Inputs) { in.Recency.Name = "n" },
		"recency type":     func(in *Inputs) { in.Recency.Type = cql.Of(cql.Text) },
		"r":                func(in *Inputs) { in.R = 17 },
		"index":            func(in *Inputs) { in.Index = 4 },
		"sum":              func(in *Inputs) { in.InputSum.Lo = 3 },
		"sum's half":       func(in *Inputs) { in.InputSum = row.Sum{Hi: 2, Lo: 1} },
		"count":            func(in *Inputs) { in.Input = 11 },
	} {
		in := inputs()
		change(&in)
		add(what, in)
	}
}

// goldenFingerprint was computed outside of this program: the first half of the sha256 of the compact JSON in docs/format/manifest.md.
const goldenFingerprint = "07c8d3d26ada27f8f0bda01abdf4b060"

// TestInputsOfManifest: what a manifest says of itself names the files in it, whatever number a repair gave them.
func TestInputsOfManifest(t *testing.T) {
	m := orders(t)
	before, err := m.Inputs(0).Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	m.Codec.Dictionary.Name = DictionaryPrefix + m.Codec.Dictionary.SHA256[:32] + ".2.dict"
	if after, err := m.Inputs(0).Fingerprint(); err != nil || after != before {
		t.Fatalf("a repaired dictionary changed the fingerprint to %s, %v", after, err)
	}
	m.Source.Files[0].Name = "elsewhere.parquet"
	m.Version, m.Build, m.View = 43, "", "other"
	if after, err := m.Inputs(0).Fingerprint(); err != nil || after != before {
		t.Fatalf("view, version or files changed the fingerprint to %s, %v", after, err)
	}
}

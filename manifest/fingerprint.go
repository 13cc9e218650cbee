package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// Inputs is everything that decides the bytes of one partition's table and bloom filter. Its compact JSON, members in this order,
// is what is hashed.
type Inputs struct {
	TableFormat      int         `json:"table_format"`
	Codec            string      `json:"codec"`
	CodecVersion     int         `json:"codec_version"`
	Dictionary       string      `json:"dictionary"` // its fingerprint, "" for none
	BloomFormat      int         `json:"bloom_format"`
	FalsePositivePPM uint32      `json:"false_positive_ppm"`
	Schema           cql.Schema  `json:"schema"`
	Rule             string      `json:"rule"`
	Recency          *cql.Column `json:"recency"` // null for rule error
	R                int         `json:"r"`
	Index            int         `json:"index"`
	InputSum         row.Sum     `json:"input_sum"`
	Input            int64       `json:"input"`
}

// Fingerprint names the table and the bloom filter made from in: 32 hex digits, the first half of a sha256.
func (in Inputs) Fingerprint() (string, error) {
	b, err := marshal(in)
	if err != nil {
		return "", fmt.Errorf("computing fingerprint of partition %d: %w", in.Index, err)
	}
	return short(b), nil
}

// Inputs gives what partition index of m was made from.
func (m *Manifest) Inputs(index int) Inputs {
	p := &m.Partitions[index]
	in := Inputs{
		TableFormat: m.Table.Format, Codec: m.Codec.Name, CodecVersion: m.Codec.Version, BloomFormat: m.Bloom.Format,
		FalsePositivePPM: m.Bloom.FalsePositivePPM, Schema: m.Schema, Rule: m.Duplicates.Rule, Recency: m.Duplicates.Recency,
		R: m.R, Index: index, InputSum: p.InputSum, Input: p.Input,
	}
	if d := m.Codec.Dictionary; d != nil {
		if f, err := ParseFileName(d.Name); err == nil {
			in.Dictionary = f.Fingerprint
		}
	}
	return in
}

// DictionaryFingerprint names a dictionary by its content: the first half of its sha256 as 32 hex digits.
func DictionaryFingerprint(content []byte) string { return short(content) }

// short is the first 128 bits of the sha256 of b, in hex.
func short(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

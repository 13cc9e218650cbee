package manifest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// orders is a valid manifest of four partitions, the last of them empty.
func orders(t testing.TB) *Manifest {
	m := &Manifest{
		Format: FormatVersion, View: "orders", Version: 42, Parent: 41, Build: "00112233445566778899aabbccddeeff",
		Schema: cql.Schema{
			Key:        []cql.Column{{Name: "o_orderkey", Type: cql.Of(cql.BigInt)}},
			Clustering: []cql.ClusteringColumn{{Column: cql.Column{Name: "l_linenumber", Type: cql.Of(cql.Int)}, Order: cql.Descending}},
			Values: []cql.Column{
				{Name: "o_comment", Type: cql.Of(cql.Text)},
				{Name: "tags", Type: cql.MapOf(cql.Of(cql.Text), cql.ListOf(cql.Of(cql.Int)))},
			},
		},
		R:          4,
		Duplicates: Duplicates{Rule: "latest", Recency: &cql.Column{Name: "updated_at", Type: cql.Of(cql.BigInt)}},
		Table:      TableFormat{Format: 1},
		Codec:      Codec{Name: "cells", Version: 1, Dictionary: dictionary()},
		Bloom:      Bloom{Format: 1, FalsePositivePPM: 1000},
		Source: Source{
			Watermark: &Watermark{Column: "updated_at", Type: cql.Of(cql.BigInt), Unit: "us", Value: json.RawMessage("1795305600000000"), Hex: "000660d2288d2000"},
			Files: []File{
				{Name: "dt=2026-11-21/a.parquet", Bytes: 4096, Rows: 9, Identity: "footer-sha256:" + hash("a")},
				{Name: "dt=2026-11-21/b.parquet", Bytes: 2048, Rows: 3, Identity: `etag:9b2cf535f27731c974343645a3985328`},
			},
			Skipped: []string{"dt=2026-11-20/<a>.parquet"},
		},
		Provenance: Provenance{
			BuiltAt: "2026-11-23T02:00:00Z", Host: "night-1", Software: "verdigris 0.1.0", Spec: "orders.yaml", Sources: []string{"data/orders"},
		},
	}
	// 12 rows are read, 1 filtered, 2 folded.
	for i, n := range []struct{ input, folded, keys int64 }{{5, 1, 2}, {3, 1, 1}, {3, 0, 3}, {0, 0, 0}} {
		m.Partitions = append(m.Partitions, part(m, i, n.input, n.folded, n.keys))
	}
	total(m)
	m.Totals.Read, m.Totals.Filtered = 12, 1
	rename(t, m)
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return m
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func sumOf(s string) row.Sum {
	b := sha256.Sum256([]byte(s))
	return row.Sum{Hi: binary.BigEndian.Uint64(b[:]), Lo: binary.BigEndian.Uint64(b[8:])}
}

func dictionary() *Object {
	content := []byte("a dictionary")
	name := FileName{Kind: CodecDictionary, Fingerprint: DictionaryFingerprint(content)}
	return &Object{Name: name.String(), Bytes: int64(len(content)), SHA256: hash(string(content))}
}

// part is partition i of m with made-up sums; its files have no names yet.
func part(m *Manifest, i int, input, folded, keys int64) Partition {
	lo, hi := m.slices().Bounds(i)
	p := Partition{Index: i, Lo: Token(lo), Hi: Token(hi), Rows: input - folded, Keys: keys, Input: input, Folded: folded}
	if input > 0 {
		least, greatest := Token(lo)+1+Token(i), Token(hi)
		if keys == 1 {
			greatest = least
		}
		p.Min, p.Max = &least, &greatest
		p.InputSum, p.StoredSum = sumOf(fmt.Sprint("in", i)), sumOf(fmt.Sprint("stored", i))
	}
	p.Table = Object{Bytes: 300 + int64(i), SHA256: hash(fmt.Sprint("table", i))}
	p.Bloom = Object{Bytes: 60, SHA256: hash(fmt.Sprint("bloom", i))}
	return p
}

// total sums the partitions; nothing was filtered.
func total(m *Manifest) {
	m.Totals = Totals{}
	t := &m.Totals
	for _, p := range m.Partitions {
		t.Input += p.Input
		t.Folded += p.Folded
		t.Rows += p.Rows
		t.Keys += p.Keys
		t.InputSum, t.StoredSum = t.InputSum.Add(p.InputSum), t.StoredSum.Add(p.StoredSum)
		t.TableBytes += p.Table.Bytes
		t.BloomBytes += p.Bloom.Bytes
	}
	t.Read = t.Input
}

// rename names the files of all partitions by what they were made from.
func rename(t testing.TB, m *Manifest) {
	for i := range m.Partitions {
		fingerprint, err := m.Inputs(i).Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		m.Partitions[i].Table.Name = FileName{Kind: Table, Fingerprint: fingerprint}.String()
		m.Partitions[i].Bloom.Name = FileName{Kind: BloomFilter, Fingerprint: fingerprint}.String()
	}
}

func encode(t testing.TB, m *Manifest) []byte {
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

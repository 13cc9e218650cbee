// Package viewtest writes small versions of views for the tests of what reads them: tables and filters by the writer, the
// dictionary by the codec, the manifest around them, in a store.
package viewtest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/table"
	"github.com/verdigris-db/verdigris/writer"
)

// Version is what is to be written.
type Version struct {
	View     string
	Version  uint64
	Schema   *cql.Schema
	R        int
	Codec    codec.Name
	BloomPPM uint32
	Rows     []row.Row // in any order, no two with one key and clustering
}

// Row is the row of a JSON object that has every column of the schema; see cql.AppendRowJSON.
func Row(t testing.TB, s *cql.Schema, object string) row.Row {
	t.Helper()
	var values map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &values); err != nil {
		t.Fatal(err)
	}
	cell := func(c cql.Column) (payload []byte, null bool) {
		raw, ok := values[c.Name]
		if !ok {
			t.Fatalf("%s has no column %q", object, c.Name)
		}
		payload, null, err := cql.FromJSON(c.Type, raw)
		if err != nil {
			t.Fatal(err)
		}
		return payload, null
	}
	var parts [][]byte
	for _, c := range s.Key {
		part, _ := cell(c)
		parts = append(parts, part)
	}
	key, err := cql.CompositeKey(nil, parts...)
	if err != nil {
		t.Fatal(err)
	}
	rec := row.Begin(nil, key)
	for i := range s.Cells() {
		if payload, null := cell(s.CellColumn(i)); null {
			rec = row.AppendNull(rec)
		} else {
			rec = row.AppendCell(rec, payload)
		}
	}
	row.End(rec, 0)
	return row.Row{Token: partitioner.Token(key), Rec: rec}
}

// Sort puts rows into table order.
func Sort(s *cql.Schema, rows []row.Row) []row.Row {
	order := table.NewOrder(s)
	return slices.SortedStableFunc(slices.Values(rows), func(a, b row.Row) int {
		return cmp.Or(cmp.Compare(a.Token, b.Token), bytes.Compare(row.Key(a.Rec), row.Key(b.Rec)),
			order.Compare(row.Cells(a.Rec), row.Cells(b.Rec)))
	})
}

// Write writes the version under root and gives its manifest.
func Write(t testing.TB, root store.Store, v Version) *manifest.Manifest {
	t.Helper()
	w := versionWriter{t: t, folder: store.Under(root, v.View), version: v, rows: Sort(v.Schema, v.Rows)}
	m := w.head()
	dictionary, c := w.codec(m)
	if dictionary != nil {
		w.put(m.Codec.Dictionary.Name, store.Bytes(dictionary))
	}
	for i := range v.R {
		m.Partitions = append(m.Partitions, w.partition(m, i, c))
	}
	total(m)
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	w.put(manifest.ManifestName(v.Version), store.Bytes(b))
	return m
}

type versionWriter struct {
	t       testing.TB
	folder  store.Store
	version Version
	rows    []row.Row
}

// put creates an object; an equal one may be there, from another version.
func (w *versionWriter) put(name string, body store.Body) {
	w.t.Helper()
	if _, err := store.Create(w.t.Context(), w.folder, name, body); err != nil {
		w.t.Fatal(err)
	}
}

func (w *versionWriter) head() *manifest.Manifest {
	v := w.version
	codecVersion, err := codec.VersionOf(v.Codec)
	if err != nil {
		w.t.Fatal(err)
	}
	return &manifest.Manifest{
		Format: manifest.FormatVersion, View: v.View, Version: v.Version, Parent: v.Version - 1,
		Build: fmt.Sprintf("%032x", v.Version), Schema: *v.Schema, R: v.R,
		Duplicates: manifest.Duplicates{Rule: "error"},
		Table:      manifest.TableFormat{Format: table.Version},
		Codec:      manifest.Codec{Name: string(v.Codec), Version: codecVersion},
		Bloom:      manifest.Bloom{Format: bloom.Version, FalsePositivePPM: v.BloomPPM},
		Source: manifest.Source{Files: []manifest.File{
			{Name: "a.parquet", Bytes: 1, Rows: int64(len(v.Rows)), Identity: "etag:1"},
		}},
		Provenance: manifest.Provenance{BuiltAt: "2026-11-23T02:00:00Z", Host: "night-1", Software: "verdigris test", Spec: "orders.yaml",
			Sources: []string{"data"}},
	}
}

// codec trains the dictionary, if the codec has one, and names it in m.
func (w *versionWriter) codec(m *manifest.Manifest) ([]byte, *codec.Codec) {
	v := w.version
	dictionary, err := codec.Train(v.Codec, v.Schema, w.rows[:min(len(w.rows), codec.SampleRows)])
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := codec.Open(v.Codec, v.Schema, dictionary)
	if err != nil {
		w.t.Fatal(err)
	}
	if dictionary != nil {
		name := manifest.FileName{Kind: manifest.CodecDictionary, Fingerprint: manifest.DictionaryFingerprint(dictionary)}
		sum := sha256.Sum256(dictionary)
		m.Codec.Dictionary = &manifest.Object{Name: name.String(), Bytes: int64(len(dictionary)), SHA256: hex.EncodeToString(sum[:])}
	}
	return dictionary, c
}

// partition writes the files of partition i, whose entry it gives; the entries before it are in m.
func (w *versionWriter) partition(m *manifest.Manifest, i int, c *codec.Codec) manifest.Partition {
	t, cut := w.t, partitioner.Slices{R: m.R}
	lo, hi := cut.Bounds(i)
	p := manifest.Partition{Index: i, Lo: manifest.Token(lo), Hi: manifest.Token(hi)}
	var rows []row.Row
	for _, r := range w.rows {
		if at, _ := cut.Locate(r.Token); at == i {
			rows = append(rows, r)
			p.InputSum = p.InputSum.Add(row.Hash(r.Rec))
		}
	}
	p.Input = int64(len(rows))
	with := *m
	with.Partitions = append(slices.Clone(m.Partitions), p)
	fingerprint, err := with.Inputs(i).Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	o := writer.Options{
		Schema: w.version.Schema, Slices: cut, Partition: i, Codec: c, Fingerprint: fingerprint, InputRows: uint64(p.Input),
		InputSum: p.InputSum, BloomPPM: m.Bloom.FalsePositivePPM, Dir: t.TempDir(), MemoryBytes: 1 << 20,
	}
	if m.Codec.Dictionary != nil {
		o.Dictionary = m.Codec.Dictionary.Name
	}
	tw, err := writer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := tw.Add(rows); err != nil {
		t.Fatal(err)
	}
	result, err := tw.Finish()
	if err != nil {
		t.Fatal(err)
	}
	p.Rows, p.Keys, p.StoredSum = int64(result.Rows), int64(result.Keys), result.StoredSum
	if p.Rows > 0 {
		least, greatest := manifest.Token(result.MinToken), manifest.Token(result.MaxToken)
		p.Min, p.Max = &least, &greatest
	}
	p.Table = w.file(manifest.FileName{Kind: manifest.Table, Fingerprint: fingerprint}, result.Table)
	p.Bloom = w.file(manifest.FileName{Kind: manifest.BloomFilter, Fingerprint: fingerprint}, result.Bloom)
	return p
}

func (w *versionWriter) file(name manifest.FileName, f writer.File) manifest.Object {
	b, err := os.ReadFile(f.Path)
	if err != nil {
		w.t.Fatal(err)
	}
	w.put(name.String(), store.KnownBytes(b, f.Size, f.SHA256))
	return manifest.Object{Name: name.String(), Bytes: f.Size, SHA256: hex.EncodeToString(f.SHA256[:])}
}

// total sums the partitions; nothing was filtered or folded.
func total(m *manifest.Manifest) {
	t := &m.Totals
	for _, p := range m.Partitions {
		t.Input += p.Input
		t.Rows += p.Rows
		t.Keys += p.Keys
		t.InputSum, t.StoredSum = t.InputSum.Add(p.InputSum), t.StoredSum.Add(p.StoredSum)
		t.TableBytes += p.Table.Bytes
		t.BloomBytes += p.Bloom.Bytes
	}
	t.Read = t.Input
}

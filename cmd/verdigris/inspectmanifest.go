package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/dustin/go-humanize"

	"github.com/verdigris-db/verdigris/manifest"
)

// manifestDetails is a manifest and what its partitions are like.
type manifestDetails struct {
	Document *manifest.Manifest `json:"document"`
	Spread   *spreadDetails     `json:"spread"`
}

// spreadDetails is how evenly the rows lie.
type spreadDetails struct {
	Empty      int   `json:"empty"` // partitions
	LeastRows  int64 `json:"least_rows"`
	MostRows   int64 `json:"most_rows"`
	LeastBytes int64 `json:"least_bytes"` // of tables
	MostBytes  int64 `json:"most_bytes"`
}

func (d *manifestDetails) read(s *subject) (fault, err error) {
	b, err := s.all()
	if err != nil {
		return nil, err
	}
	m, err := manifest.Decode(b)
	if errors.Is(err, manifest.ErrInvalid) {
		return err, nil
	}
	if err != nil {
		return nil, err
	}
	d.Document, d.Spread = m, spread(m.Partitions)
	return nil, nil
}

func spread(partitions []manifest.Partition) *spreadDetails {
	first := &partitions[0] // R is at least 1
	s := &spreadDetails{LeastRows: first.Rows, MostRows: first.Rows, LeastBytes: first.Table.Bytes, MostBytes: first.Table.Bytes}
	for _, p := range partitions {
		if p.Rows == 0 {
			s.Empty++
		}
		s.LeastRows, s.MostRows = min(s.LeastRows, p.Rows), max(s.MostRows, p.Rows)
		s.LeastBytes, s.MostBytes = min(s.LeastBytes, p.Table.Bytes), max(s.MostBytes, p.Table.Bytes)
	}
	return s
}

func (d *manifestDetails) text(w io.Writer) {
	m, s := d.Document, d.Spread
	if m == nil {
		return
	}
	fmt.Fprintf(w, "view\t%s, version %d, parent %d\n", m.View, m.Version, m.Parent)
	fmt.Fprintf(w, "build\t%s, %s on %s by %s\n", m.Build, m.Provenance.BuiltAt, m.Provenance.Host, m.Provenance.Software)
	fmt.Fprintf(w, "digest\t%s\n", m.Digest)
	writeSchema(w, &m.Schema)
	fmt.Fprintf(w, "duplicates\t%s\n", m.Duplicates.Rule)
	if r := m.Duplicates.Recency; r != nil {
		fmt.Fprintf(w, "recency\t%s %s\n", r.Name, r.Type)
	}
	fmt.Fprintf(w, "codec\t%s, version %d\n", m.Codec.Name, m.Codec.Version)
	if o := m.Codec.Dictionary; o != nil {
		fmt.Fprintf(w, "dictionary\t%s\n", o.Name)
	}
	fmt.Fprintf(w, "bloom\t%d false positives per million\n", m.Bloom.FalsePositivePPM)
	fmt.Fprintf(w, "source\t%d files, %d left out\n", len(m.Source.Files), len(m.Source.Skipped))
	if o := m.Source.Watermark; o != nil {
		fmt.Fprintf(w, "watermark\t%s %s\n", o.Column, o)
	}
	t := &m.Totals
	fmt.Fprintf(w, "rows\t%d of %d keys, sum %s\n", t.Rows, t.Keys, t.StoredSum)
	fmt.Fprintf(w, "read\t%d rows: %d filtered, %d folded\n", t.Read, t.Filtered, t.Folded)
	fmt.Fprintf(w, "tables\t%s; bloom filters %s\n", humanize.IBytes(uint64(t.TableBytes)), humanize.IBytes(uint64(t.BloomBytes)))
	fmt.Fprintf(w, "partitions\t%d, %d of them empty; %d to %d rows, tables of %d to %d bytes\n", m.R, s.Empty, s.LeastRows, s.MostRows,
		s.LeastBytes, s.MostBytes)
}

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/table"
	"github.com/verdigris-db/verdigris/view"
)

// tableDetails is a table's header and what its rows were found to be.
type tableDetails struct {
	Header  *table.Header `json:"header"`
	Buckets bucketDetails `json:"buckets"`
	Checked *view.Counts  `json:"checked"` // null where it could not be opened
}

type bucketDetails struct {
	Count       uint64 `json:"count"`
	Bytes       uint64 `json:"bytes"`
	MeanBytes   uint64 `json:"mean_bytes"`
	IndexBytes  uint64 `json:"index_bytes"`
	LargeKeys   uint64 `json:"large_keys"`
	LargeBytes  uint64 `json:"large_bytes"`
	MovedKeys   uint64 `json:"moved_keys"`
	MovedBytes  uint64 `json:"moved_bytes"`
	MemoryBytes int64  `json:"memory_bytes"` // of the open table
}

// read opens the table and reads every row.
func (d *tableDetails) read(ctx context.Context, s *subject) (fault, err error) {
	var missing error // what the table needs; that is not there is no fault of the table
	codecs := func(name codec.Name, schema *cql.Schema, dictionary string) (*codec.Codec, error) {
		var content []byte
		if dictionary != "" {
			if content, missing = s.beside(ctx, dictionary, s.dictionary, "dictionary"); missing != nil {
				return nil, missing
			}
		}
		return codec.Open(name, schema, content)
	}
	t, err := table.Open(s.file, s.size, codecs)
	if missing != nil {
		return nil, missing
	}
	if err != nil {
		return split(err)
	}
	h := t.Header()
	l := h.Layout
	d.Header = h
	d.Buckets = bucketDetails{
		Count: l.N, Bytes: l.Buckets.Length, MeanBytes: l.Buckets.Length / max(l.N, 1), IndexBytes: l.Index.Length,
		LargeKeys: l.LargeKeys, LargeBytes: l.Large.Length, MovedKeys: l.MovedKeys, MovedBytes: l.Moved.Length, MemoryBytes: t.Memory(),
	}
	counts, err := view.CheckTable(ctx, t, nil)
	d.Checked = &counts
	return split(err)
}

// split tells a fault of the object from a failure to read it.
func split(err error) (fault, failure error) {
	if view.IsCorruption(err) {
		return err, nil
	}
	return nil, err
}

func (d *tableDetails) text(w io.Writer) {
	h, b := d.Header, &d.Buckets
	if h == nil {
		return
	}
	fmt.Fprintf(w, "partition\t%d of %d\n", h.Partition, h.R)
	fmt.Fprintf(w, "fingerprint\t%s\n", h.Fingerprint)
	writeSchema(w, &h.Schema)
	fmt.Fprintf(w, "codec\t%s, version %d\n", h.Codec, h.CodecVersion)
	if h.Dictionary != "" {
		fmt.Fprintf(w, "dictionary\t%s\n", h.Dictionary)
	}
	fmt.Fprintf(w, "rows\t%d of %d keys, sum %s\n", h.Rows, h.Keys, h.StoredSum)
	fmt.Fprintf(w, "before the fold\t%d rows, sum %s\n", h.InputRows, h.InputSum)
	if h.Rows > 0 {
		fmt.Fprintf(w, "tokens\t%d to %d\n", h.MinToken, h.MaxToken)
	}
	fmt.Fprintf(w, "buckets\t%d, %d bytes, mean %d; index %d bytes\n", b.Count, b.Bytes, b.MeanBytes, b.IndexBytes)
	fmt.Fprintf(w, "row area\t%d keys for their size, %d bytes; %d for want of room, %d bytes\n", b.LargeKeys, b.LargeBytes, b.MovedKeys, b.MovedBytes)
	fmt.Fprintf(w, "memory when open\t%d bytes\n", b.MemoryBytes)
	if d.Checked != nil {
		fmt.Fprintf(w, "read\t%d rows of %d keys, sum %s\n", d.Checked.Rows, d.Checked.Keys, d.Checked.StoredSum)
	}
}

// writeSchema writes a line for each column.
func writeSchema(w io.Writer, s *cql.Schema) {
	for _, c := range s.Key {
		fmt.Fprintf(w, "key\t%s %s\n", c.Name, c.Type)
	}
	for _, c := range s.Clustering {
		fmt.Fprintf(w, "clustering\t%s %s %s\n", c.Name, c.Type, c.Order)
	}
	for _, c := range s.Values {
		fmt.Fprintf(w, "value\t%s %s\n", c.Name, c.Type)
	}
}

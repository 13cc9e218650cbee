package shuffle

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

const (
	sampleShare = 8  // a row longer than this share of the sample's bytes is passed over
	maxPassed   = 64 // such rows; at the next one the sample ends

	// sampleWindow times the bytes that are still wanted is memory enough: more would only read rows that are not.
	sampleWindow = 2
)

// sampler collects the first rows in table order.
type sampler struct {
	rows   int // at most
	left   int // bytes
	share  int // a row's bytes at most
	passed int // longer rows
	out    []row.Row
}

func newSampler(rows, bytes int) *sampler {
	return &sampler{rows: rows, left: bytes, share: bytes / sampleShare}
}

// SampleSorted gives copies of the first rows of s in table order after the fold: at most rows rows of at most bytes bytes
// together. The records are whole, with the recency cell where the layout has one, as a Stream gives them. A row longer
// than an eighth of bytes is passed over, 64 times at most. SampleRuns gives the same rows.
func SampleSorted(s *Sorted, rows, bytes int) ([]row.Row, error) {
	sample := newSampler(rows, bytes)
	var scratch Scratch
	for i := range s.slices.R {
		if full, err := sample.take(s.Partition(i, &scratch)); full || err != nil {
			return sample.result(err)
		}
	}
	return sample.result(nil)
}

// SampleRuns is SampleSorted for rows that stand in runs; memory bounds what it holds beside the sample.
func SampleRuns(l *Layout, slices partitioner.Slices, runs []*Run, rows, bytes int, memory int64) ([]row.Row, error) {
	sample := newSampler(rows, bytes)
	for i := range slices.R {
		full, err := sample.merge(l, slices, i, runs, memory)
		if full || err != nil {
			return sample.result(err)
		}
	}
	return sample.result(nil)
}

func (s *sampler) merge(l *Layout, slices partitioner.Slices, i int, runs []*Run, memory int64) (full bool, err error) {
	entries, err := indexEntries(runs, i, slices.R)
	if err != nil {
		return false, fmt.Errorf("partition %d: %w", i, err)
	}
	least := needsOf(runs, entries).least()
	m, err := NewMerge(l, slices, i, runs, min(memory, least+sampleWindow*int64(s.left)))
	if err != nil {
		return false, err
	}
	full, err = s.take(m)
	return full, errors.Join(err, m.Close())
}

// take adds rows of a partition and reports whether the sample is full.
func (s *sampler) take(stream Stream) (full bool, err error) {
	for {
		var buf [256]row.Row
		n, err := stream.Next(buf[:])
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		for _, r := range buf[:n] {
			if s.add(r) {
				return true, nil
			}
		}
	}
}

func (s *sampler) add(r row.Row) (full bool) {
	switch {
	case len(r.Rec) > s.share:
		s.passed++
		return s.passed > maxPassed
	case len(s.out) == s.rows || len(r.Rec) > s.left:
		return true
	}
	s.left -= len(r.Rec)
	s.out = append(s.out, row.Row{Token: r.Token, Rec: bytes.Clone(r.Rec)})
	return len(s.out) == s.rows
}

func (s *sampler) result(err error) ([]row.Row, error) {
	if err != nil {
		return nil, fmt.Errorf("taking a sample: %w", err)
	}
	return s.out, nil
}

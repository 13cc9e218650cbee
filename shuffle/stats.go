package shuffle

import (
	"fmt"

	"github.com/verdigris-db/verdigris/row"
)

// Stream is the rows of one partition in table order after the fold of duplicates.
type Stream interface {
	row.Stream
	// Stats counts the rows so far; it is whole and checked once Next has returned io.EOF.
	Stats() Stats
}

// Stats counts what went into the shuffle and came out of it, for one partition or in total.
// Read = Kept + Folded and InputSum = KeptSum + FoldedSum.
type Stats struct {
	Read   uint64 // rows as they were read from the source
	Kept   uint64 // rows of the view
	Folded uint64 // rows that another row with the same key and clustering replaced
	Keys   uint64 // different partition keys among the rows kept

	InputSum  row.Sum // of row.Hash over the rows read
	KeptSum   row.Sum // of row.Hash over the rows kept
	FoldedSum row.Sum // of row.Hash over the rows folded
	StoredSum row.Sum // of row.HashStored over the rows kept

	MinToken, MaxToken int64 // of the rows kept; 0 when there are none
}

// Add is the Stats of two partitions together.
func (s Stats) Add(t Stats) Stats {
	switch {
	case s.Kept == 0:
		s.MinToken, s.MaxToken = t.MinToken, t.MaxToken
	case t.Kept > 0:
		s.MinToken, s.MaxToken = min(s.MinToken, t.MinToken), max(s.MaxToken, t.MaxToken)
	}
	s.Read += t.Read
	s.Kept += t.Kept
	s.Folded += t.Folded
	s.Keys += t.Keys
	s.InputSum = s.InputSum.Add(t.InputSum)
	s.KeptSum = s.KeptSum.Add(t.KeptSum)
	s.FoldedSum = s.FoldedSum.Add(t.FoldedSum)
	s.StoredSum = s.StoredSum.Add(t.StoredSum)
	return s
}

// Check reports rows or sums that do not add up; the error wraps ErrLost.
func (s Stats) Check() error {
	if s.Read != s.Kept+s.Folded {
		return fmt.Errorf("%w: %d rows read, %d kept and %d folded", ErrLost, s.Read, s.Kept, s.Folded)
	}
	if out := s.KeptSum.Add(s.FoldedSum); s.InputSum != out {
		return fmt.Errorf("%w: sum of the rows read %s, of the rows kept and folded %s", ErrLost, s.InputSum, out)
	}
	return nil
}

// count is a number of rows and the sum of their hashes.
type count struct {
	rows uint64
	sum  row.Sum
}

func (c *count) add(h row.Sum) {
	c.rows++
	c.sum = c.sum.Add(h)
}

package manifest

import (
	"math"

	"github.com/verdigris-db/verdigris/row"
)

// checkPartitions reports partitions that are not the R slices of the token space, in order, or that contradict themselves.
func (m *Manifest) checkPartitions(f *faults) {
	if len(m.Partitions) != m.R || m.slices().Validate() != nil {
		f.check(len(m.Partitions) == m.R, "%d partitions are listed, r is %d", len(m.Partitions), m.R)
		return
	}
	for i := range m.Partitions {
		p := &m.Partitions[i]
		lo, hi := m.slices().Bounds(i)
		f.check(p.Index == i, "partition %d has the index %d", i, p.Index)
		f.check(p.Lo == Token(lo) && p.Hi == Token(hi), "partition %d has the tokens (%d, %d], not (%d, %d]", i, p.Lo, p.Hi, lo, hi)
		m.checkRows(f, i)
		m.checkTokens(f, i)
		m.checkFiles(f, i)
	}
}

// checkRows reports counts of partition i that cannot be.
func (m *Manifest) checkRows(f *faults, i int) {
	p := &m.Partitions[i]
	if p.Rows < 0 || p.Keys < 0 || p.Input < 0 || p.Folded < 0 {
		f.add("partition %d has a negative count", i)
		return
	}
	f.check(p.Input-p.Folded == p.Rows, "partition %d: %d rows in, %d folded, %d stored", i, p.Input, p.Folded, p.Rows)
	f.check((p.Rows == 0) == (p.Input == 0), "partition %d: of %d rows in none is stored", i, p.Input)
	f.check((p.Rows == 0) == (p.Keys == 0) && p.Keys <= p.Rows, "partition %d has %d keys in %d rows", i, p.Keys, p.Rows)
	f.check(len(m.Schema.Clustering) > 0 || p.Keys == p.Rows, "partition %d has %d keys in %d rows, without clustering", i, p.Keys, p.Rows)
	f.check(p.Rows > 0 || p.InputSum == row.Sum{} && p.StoredSum == row.Sum{}, "partition %d has no rows, but a sum", i)
}

// checkTokens reports least and greatest tokens of partition i that its range or its keys forbid.
func (m *Manifest) checkTokens(f *faults, i int) {
	p := &m.Partitions[i]
	switch {
	case p.Rows == 0:
		f.check(p.Min == nil && p.Max == nil, "partition %d has no rows, but tokens", i)
	case p.Min == nil || p.Max == nil:
		f.add("partition %d has rows, but no tokens", i)
	default:
		f.check(p.Lo < *p.Min && *p.Min <= *p.Max && *p.Max <= p.Hi,
			"partition %d has rows from token %d to %d, outside (%d, %d]", i, *p.Min, *p.Max, p.Lo, p.Hi)
		f.check(p.Keys != 1 || *p.Min == *p.Max, "partition %d has one key and two tokens", i)
	}
}

// checkFiles reports a table or bloom filter of partition i that is not named by what it was made from.
func (m *Manifest) checkFiles(f *faults, i int) {
	p := &m.Partitions[i]
	table := p.Table.check(f, "table", Table)
	bloom := p.Bloom.check(f, "bloom filter", BloomFilter)
	want, err := m.Inputs(i).Fingerprint()
	if err != nil {
		f.add("%v", err)
		return
	}
	f.check(table.Fingerprint == want, "partition %d has the table %.200q, its content's fingerprint is %s", i, p.Table.Name, want)
	f.check(bloom.Fingerprint == want, "partition %d has the bloom filter %.200q, its content's fingerprint is %s", i, p.Bloom.Name, want)
}

// checkTotals reports totals that are not the sums of files and partitions.
func (m *Manifest) checkTotals(f *faults) {
	t := m.Totals
	var read adder
	for _, file := range m.Source.Files {
		read.add(file.Rows)
	}
	var input, folded, rows, keys, tableBytes, bloomBytes adder
	var inputSum, storedSum row.Sum
	for _, p := range m.Partitions {
		input.add(p.Input)
		folded.add(p.Folded)
		rows.add(p.Rows)
		keys.add(p.Keys)
		tableBytes.add(p.Table.Bytes)
		bloomBytes.add(p.Bloom.Bytes)
		inputSum, storedSum = inputSum.Add(p.InputSum), storedSum.Add(p.StoredSum)
	}
	for _, s := range []struct {
		name  string
		total int64
		parts adder
	}{
		{"read", t.Read, read}, {"input", t.Input, input}, {"folded", t.Folded, folded}, {"rows", t.Rows, rows},
		{"keys", t.Keys, keys}, {"table_bytes", t.TableBytes, tableBytes}, {"bloom_bytes", t.BloomBytes, bloomBytes},
	} {
		f.check(!s.parts.overflow && s.total == s.parts.sum, "totals: %s is %d, the parts have %d", s.name, s.total, s.parts.sum)
	}
	f.check(t.InputSum == inputSum, "totals: input_sum is %s, the partitions have %s", t.InputSum, inputSum)
	f.check(t.StoredSum == storedSum, "totals: stored_sum is %s, the partitions have %s", t.StoredSum, storedSum)
	f.check(t.Filtered >= 0 && t.Read-t.Input == t.Filtered, "totals: %d rows read, %d filtered, %d in", t.Read, t.Filtered, t.Input)
	f.check(t.Input-t.Folded == t.Rows, "totals: %d rows in, %d folded, %d stored", t.Input, t.Folded, t.Rows)
}

// adder sums counts and remembers whether the sum stopped being one.
type adder struct {
	sum      int64
	overflow bool
}

func (a *adder) add(n int64) {
	if n < 0 || a.sum > math.MaxInt64-n {
		a.overflow = true
		return
	}
	a.sum += n
}

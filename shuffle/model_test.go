package shuffle

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/source"
)

// cell is a payload; nil is null.
type cell = []byte

// caseOf is one random schema with rows as cells, in the order key, clustering, values, recency.
type testCase struct {
	layout *Layout
	types  []cql.Type
	keys   int // number of key columns
	rows   [][]cell
}

var keyTypes = []cql.Kind{cql.BigInt, cql.Int, cql.Text, cql.Blob, cql.UUID}
var anyTypes = []cql.Kind{cql.BigInt, cql.Int, cql.SmallInt, cql.TinyInt, cql.Text, cql.Blob, cql.Decimal, cql.Double, cql.Boolean, cql.UUID, cql.VarInt}

// randomPayload draws from a small domain, so that equal cells are frequent.
func randomPayload(r *rand.Rand, k cql.Kind, domain int) cell {
	v := r.IntN(domain) - domain/2
	switch k {
	case cql.BigInt:
		return binary.BigEndian.AppendUint64(nil, uint64(v))
	case cql.Int:
		return binary.BigEndian.AppendUint32(nil, uint32(v))
	case cql.SmallInt:
		return binary.BigEndian.AppendUint16(nil, uint16(v))
	case cql.TinyInt, cql.VarInt:
		return []byte{byte(v)}
	case cql.Double:
		return binary.BigEndian.AppendUint64(nil, math.Float64bits(float64(v)/4))
	case cql.Decimal: // of two scales: 1.0 and 1.00 are equal
		if r.IntN(2) == 0 {
			return []byte{0, 0, 0, 1, byte(v % 12)}
		}
		return []byte{0, 0, 0, 2, byte(v % 12 * 10)}
	case cql.Boolean:
		return []byte{byte(v & 1)}
	case cql.UUID:
		b := make([]byte, 16)
		b[6], b[15] = 0x40, byte(v)
		return b
	}
	length := []int{1, 3, 11, 12, 13, 40, 64, 65, 200}[uint(v)%9]
	return bytes.Repeat([]byte{byte(v), byte(v >> 8), 'x'}, length)[:length]
}

func randomCase(r *rand.Rand, rows, domain int, rule Rule) *testCase {
	s := &cql.Schema{}
	c := &testCase{}
	add := func(k cql.Kind) cql.Column {
		c.types = append(c.types, cql.Of(k))
		return cql.Column{Name: fmt.Sprintf("c%d", len(c.types)), Type: cql.Of(k)}
	}
	pick := func(kinds []cql.Kind) cql.Kind { return kinds[r.IntN(len(kinds))] }
	for range 1 + r.IntN(3)*r.IntN(2) {
		s.Key = append(s.Key, add(pick(keyTypes)))
	}
	c.keys = len(s.Key)
	for range r.IntN(3) {
		order := []cql.Order{cql.Ascending, cql.Descending}[r.IntN(2)]
		s.Clustering = append(s.Clustering, cql.ClusteringColumn{Column: add(pick(anyTypes)), Order: order})
	}
	for range r.IntN(5) {
		s.Values = append(s.Values, add(pick(anyTypes)))
	}
	recency := cql.Type{}
	if rule == RuleLatest {
		recency = add(pick(anyTypes)).Type
	}
	layout, err := NewLayout(s, rule, recency)
	if err != nil {
		panic(err)
	}
	c.layout = layout
	required := c.keys + len(s.Clustering)
	for range rows {
		cells := make([]cell, len(c.types))
		for i, t := range c.types {
			if i < required || r.IntN(5) > 0 {
				d := domain
				if i >= required {
					d = 6
				}
				cells[i] = randomPayload(r, t.Kind, d)
			}
		}
		c.rows = append(c.rows, cells)
	}
	return c
}

// unique leaves one row for each identity, and some identical copies of it, so that RuleError accepts the rows.
func (c *testCase) unique(r *rand.Rand) {
	seen := map[string]bool{}
	var rows [][]cell
	for _, cells := range c.rows {
		if id := c.identity(cells); !seen[id] {
			seen[id] = true
			rows = append(rows, cells)
			if r.IntN(10) == 0 {
				rows = append(rows, cells, cells)
			}
		}
	}
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	c.rows = rows
}

func (c *testCase) key(cells []cell) []byte {
	key, err := cql.CompositeKey(nil, cells[:c.keys]...)
	if err != nil {
		panic(err)
	}
	return key
}

func (c *testCase) record(cells []cell) []byte {
	rec := row.Begin(nil, c.key(cells))
	for _, p := range cells[c.keys:] {
		if p == nil {
			rec = row.AppendNull(rec)
		} else {
			rec = row.AppendCell(rec, p)
		}
	}
	row.End(rec, 0)
	return rec
}

// number is the value of a payload of a numeric type, found without package cql's order.
func number(k cql.Kind, p []byte) *big.Rat {
	signed := func(b []byte) *big.Int {
		v := new(big.Int).SetBytes(b)
		if b[0]&0x80 != 0 {
			v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
		return v
	}
	switch k {
	case cql.Double:
		return new(big.Rat).SetFloat64(math.Float64frombits(binary.BigEndian.Uint64(p)))
	case cql.Decimal:
		ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(binary.BigEndian.Uint32(p))), nil)
		return new(big.Rat).SetFrac(signed(p[4:]), ten)
	case cql.BigInt, cql.Int, cql.SmallInt, cql.TinyInt, cql.VarInt:
		return new(big.Rat).SetInt(signed(p))
	}
	return nil
}

func modelCompare(k cql.Kind, a, b []byte) int {
	if n := number(k, a); n != nil {
		return n.Cmp(number(k, b))
	}
	return bytes.Compare(a, b)
}

func (c *testCase) identity(cells []cell) string {
	id := fmt.Sprintf("%x", c.key(cells))
	for i := c.keys; i < c.keys+len(c.layout.schema.Clustering); i++ {
		if n := number(c.types[i].Kind, cells[i]); n != nil {
			id += " " + n.RatString()
		} else {
			id += fmt.Sprintf(" %x", cells[i])
		}
	}
	return id
}

// less is table order, over cells.
func (c *testCase) compare(a, b []cell) int {
	ka, kb := c.key(a), c.key(b)
	if d := cmp.Or(cmp.Compare(partitioner.Token(ka), partitioner.Token(kb)), bytes.Compare(ka, kb)); d != 0 {
		return d
	}
	for i, col := range c.layout.schema.Clustering {
		d := modelCompare(col.Type.Kind, a[c.keys+i], b[c.keys+i])
		if col.Order == cql.Descending {
			d = -d
		}
		if d != 0 {
			return d
		}
	}
	if c.layout.rule == RuleLatest {
		ra, rb := a[len(a)-1], b[len(b)-1]
		switch {
		case ra == nil && rb != nil:
			return 1
		case ra != nil && rb == nil:
			return -1
		case ra != nil:
			if d := modelCompare(c.layout.recency.Kind, rb, ra); d != 0 {
				return d
			}
		}
	}
	return bytes.Compare(row.Cells(c.record(b)), row.Cells(c.record(a)))
}

// sortedRows is the rows in table order.
func (c *testCase) sortedRows() [][]cell {
	sorted := slices.Clone(c.rows)
	slices.SortFunc(sorted, c.compare)
	return sorted
}

// result is what a shuffle gives: rows and Stats by partition.
type result struct {
	rows  [][]row.Row
	stats []Stats
}

// model is the result that the rows must give, by a plain sort and a map.
func (c *testCase) model(s partitioner.Slices) result {
	res := result{rows: make([][]row.Row, s.R), stats: make([]Stats, s.R)}
	sorted := c.sortedRows()
	seen := map[string]bool{}
	keys := map[string]bool{}
	for _, cells := range sorted {
		key, rec := c.key(cells), c.record(cells)
		token := partitioner.Token(key)
		p, _ := s.Locate(token)
		st := &res.stats[p]
		st.Read++
		st.InputSum = st.InputSum.Add(row.Hash(rec))
		id := c.identity(cells)
		if seen[id] {
			st.Folded++
			st.FoldedSum = st.FoldedSum.Add(row.Hash(rec))
			continue
		}
		seen[id] = true
		if !keys[string(key)] {
			keys[string(key)] = true
			st.Keys++
		}
		if st.Kept == 0 {
			st.MinToken = token
		}
		st.MaxToken = token
		st.Kept++
		st.KeptSum = st.KeptSum.Add(row.Hash(rec))
		tail := 0
		if c.layout.rule == RuleLatest {
			tail = 4 + len(cells[len(cells)-1])
		}
		st.StoredSum = st.StoredSum.Add(row.HashStored(rec, tail))
		res.rows[p] = append(res.rows[p], row.Row{Token: token, Rec: rec})
	}
	return res
}

// batch makes a batch of rows, each column in a random form that can hold it.
func (c *testCase) batch(r *rand.Rand, rows [][]cell, first int64) *source.Batch {
	b := &source.Batch{Rows: len(rows), First: first, Columns: make([]source.Column, len(c.types))}
	for i := range c.types {
		payloads := make([]cell, len(rows))
		for j := range rows {
			payloads[j] = rows[j][i]
		}
		b.Columns[i] = randomForm(r, payloads)
	}
	return b
}

func randomForm(r *rand.Rand, payloads []cell) source.Column {
	short, nulls := true, false
	for _, p := range payloads {
		short = short && len(p) <= 12
		nulls = nulls || p == nil
	}
	var col source.Column
	if slots := short && r.IntN(4) > 0; r.IntN(2) == 0 || (nulls && !slots) { // by index
		distinct := map[string]int32{}
		for _, p := range payloads {
			if p == nil {
				col.Idx = append(col.Idx, -1)
				continue
			}
			at, ok := distinct[string(p)]
			if !ok {
				at = int32(len(distinct))
				distinct[string(p)] = at
				appendPayload(&col, p, slots)
			}
			col.Idx = append(col.Idx, at)
		}
		return col
	} else {
		for _, p := range payloads {
			appendPayload(&col, p, slots)
		}
	}
	return col
}

func appendPayload(col *source.Column, p cell, slots bool) {
	if !slots {
		col.Data = append(col.Data, p...)
		col.Ends = append(col.Ends, uint32(len(col.Data)))
		return
	}
	var s [16]byte
	if p == nil {
		copy(s[:], "\xff\xff\xff\xff")
	} else {
		s[3] = byte(len(p))
		copy(s[4:], p)
	}
	col.Slots = append(col.Slots, s)
}

// fillArenas appends the rows in batches of random size to n arenas in turn; full is called when one is full.
func (c *testCase) fillArenas(t testing.TB, r *rand.Rand, arenas []*Arena, full func()) {
	t.Helper()
	for done := 0; done < len(c.rows); {
		n := min(1+r.IntN(700), len(c.rows)-done)
		b := c.batch(r, c.rows[done:done+n], int64(done))
		var sel []int32
		if r.IntN(2) == 0 { // the same rows in two halves, by selection
			var other []int32
			for i := range n {
				if r.IntN(2) == 0 {
					sel = append(sel, int32(i))
				} else {
					other = append(other, int32(i))
				}
			}
			appendAll(t, arenas[r.IntN(len(arenas))], b, other, len(other), full)
			appendAll(t, arenas[r.IntN(len(arenas))], b, sel, len(sel), full)
		} else {
			appendAll(t, arenas[r.IntN(len(arenas))], b, nil, n, full)
		}
		done += n
	}
}

func appendAll(t testing.TB, a *Arena, b *source.Batch, sel []int32, n int, full func()) {
	t.Helper()
	if sel == nil && n == 0 {
		return
	}
	from := 0
	for {
		next, err := a.Append(b, sel, from)
		if a.Bytes() > a.limit {
			t.Fatalf("arena holds %d bytes, limit %d", a.Bytes(), a.limit)
		}
		if err == nil {
			if next != n {
				t.Fatalf("Append ended at %d of %d", next, n)
			}
			return
		}
		if !errors.Is(err, ErrFull) || full == nil {
			t.Fatal(err)
		}
		from = next
		full()
	}
}

// drain reads a Stream to its end with buffers of changing size; records are copied.
func drain(t testing.TB, s Stream) ([]row.Row, Stats) {
	t.Helper()
	var all []row.Row
	buf := make([]row.Row, 512)
	for i := 0; ; i++ {
		n, err := s.Next(buf[:1+i*37%512])
		for _, r := range buf[:n] {
			all = append(all, row.Row{Token: r.Token, Rec: bytes.Clone(r.Rec)})
		}
		if err == io.EOF {
			if _, again := s.Next(buf); again != io.EOF {
				t.Fatalf("Next after the end: %v", again)
			}
			return all, s.Stats()
		}
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			t.Fatal("Next gave no rows and no error")
		}
	}
}

func (want result) check(t testing.TB, partition int, rows []row.Row, stats Stats) {
	t.Helper()
	if stats != want.stats[partition] {
		t.Fatalf("partition %d: stats\n%+v, want\n%+v", partition, stats, want.stats[partition])
	}
	w := want.rows[partition]
	if len(rows) != len(w) {
		t.Fatalf("partition %d: %d rows, want %d", partition, len(rows), len(w))
	}
	for i := range rows {
		if rows[i].Token != w[i].Token || !bytes.Equal(rows[i].Rec, w[i].Rec) {
			t.Fatalf("partition %d, row %d: token %d, record %x; want %d, %x", partition, i, rows[i].Token, rows[i].Rec, w[i].Token, w[i].Rec)
		}
	}
}

func newArenas(t testing.TB, n int, l *Layout, s partitioner.Slices, limit, slab int64) []*Arena {
	t.Helper()
	arenas := make([]*Arena, n)
	for i := range arenas {
		a, err := NewArena(l, ArenaOptions{Positions: InOrder(l), Slices: s, Limit: limit, SlabBytes: slab})
		if err != nil {
			t.Fatal(err)
		}
		arenas[i] = a
	}
	return arenas
}

package codec

import (
	"math"
	"math/bits"
	"slices"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// minUnitRows is how many cells a unit above 1 must be seen on: few have some common divisor by chance.
const minUnitRows = 32

// rangePlan is for columns of numbers: an interval of integers, or of a decimal's unscaled numbers of one scale. The
// interval is wider than the sample's, so that ids and dates may grow, but leaves out rare cells that would make every
// field wide. ok is false when the column has no such numbers.
func rangePlan(t cql.Type, c columnSample) (p plan, ok bool) {
	switch t.Kind {
	case cql.Boolean, cql.TinyInt, cql.SmallInt, cql.Int, cql.BigInt, cql.Float, cql.Double, cql.Date, cql.Time, cql.Timestamp:
		p = plan{kind: kindInteger, size: t.FixedWidth(), unit: 1}
	case cql.VarInt:
		p = plan{kind: kindNumber, unit: 1}
	case cql.Decimal:
		p = plan{kind: kindNumber, unit: 1, prefix: commonScale(c)}
	default:
		return plan{}, false
	}
	unsigned := t.Kind == cql.Float || t.Kind == cql.Double || t.Kind == cql.Date
	values := make([]uint64, 0, c.len()) // in an order that fits the type, as unsigned numbers
	for i := range c.len() {
		if v, ok := p.number(c.cell(i)); ok {
			values = append(values, v^signBit(&p, unsigned))
		}
	}
	if len(values) == 0 {
		return plan{}, false
	}
	low, high, unit := spread(values)
	if len(values) < minUnitRows {
		unit = 1
	}
	low, high = trim(values, low, high, unit, exceptionBits+64)
	p.unit = unit
	p.base, p.width = widen(&p, low, high, uint64(len(values)), unsigned)
	p.base ^= signBit(&p, unsigned)
	return p, true
}

// commonScale is the first four bytes that most of a decimal column's cells begin with, by majority vote.
func commonScale(c columnSample) []byte {
	var scale [maxPrefix]byte
	votes := 0
	for i := range c.len() {
		cell := c.cell(i)
		if len(cell) < row.CellHeader+maxPrefix {
			continue
		}
		switch s := [maxPrefix]byte(cell[row.CellHeader:]); {
		case votes == 0:
			scale, votes = s, 1
		case s == scale:
			votes++
		default:
			votes--
		}
	}
	return scale[:]
}

// signBit is what turns a number of p into one that compares as unsigned.
func signBit(p *plan, unsigned bool) uint64 {
	switch {
	case unsigned:
		return 0
	case p.kind == kindInteger:
		return 1 << (8*p.size - 1)
	}
	return 1 << 63
}

// spread is the least and the greatest of values, and the greatest divisor of all differences; at least 1.
func spread(values []uint64) (low, high, unit uint64) {
	low, high = values[0], values[0]
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	for _, v := range values {
		for a := v - low; a != 0; {
			unit, a = a, unit%a
		}
		if unit == 1 {
			break
		}
	}
	return low, high, max(unit, 1)
}

// trim narrows [low, high] where that makes the sample smaller, with exceptionCost bits for each cell left out.
func trim(values []uint64, low, high, unit, exceptionCost uint64) (newLow, newHigh uint64) {
	step := max(1, len(values)/probeRows)
	var some []uint64
	for i := 0; i < len(values); i += step {
		some = append(some, values[i])
	}
	slices.Sort(some)
	full := bits.Len64((high - low) / unit)
	best := uint64(full) * uint64(len(some))
	newLow, newHigh = low, high
	for width := full - 1; width >= 0; width-- {
		span := (uint64(1)<<width - 1) * unit
		inside, first := 0, 0
		for from, to := 0, 0; from < len(some); from++ {
			for to < len(some) && some[to]-some[from] <= span {
				to++
			}
			if to-from > inside {
				inside, first = to-from, from
			}
		}
		exceptions := uint64(len(some)-inside) * exceptionCost
		if exceptions >= best {
			break // narrower ones hold no more
		}
		cost := uint64(width)*uint64(len(some)) + exceptions
		if cost+uint64(len(some))/4 < best { // a gain of a quarter of a bit a cell, at least
			best, newLow, newHigh = cost, some[first], some[first+inside-1]
		}
	}
	return newLow, newHigh
}

// widen is the base and width of an interval that holds [low, high] of n cells and room around it: a quarter more,
// and more for few cells, most of it above.
func widen(p *plan, low, high, n uint64, unsigned bool) (base uint64, width uint8) {
	span := (high - low) / p.unit
	want := span + min(span/4+span/n, math.MaxUint64-1-span)
	if span == math.MaxUint64 {
		want = span - 1
	}
	width = uint8(min(bits.Len64(want+1), p.maxWidth())) // the greatest field is null
	slack := uint64(1)<<width - 2
	slack -= min(span, slack)
	below := slack / 8
	if zero := signBit(p, unsigned); low >= zero && (low-zero)/p.unit <= slack/2 {
		below = (low - zero) / p.unit // from 0 on
	}
	return low - min(below, low/p.unit)*p.unit, width
}

// rangeCost is the bits that the sample takes with plan p.
func rangeCost(p *plan, c columnSample) uint64 {
	cost := uint64(c.len()) * uint64(p.width)
	for i := range c.len() {
		cell := c.cell(i)
		if isNull(cell) {
			continue
		}
		if _, ok := p.field(cell); !ok {
			cost += exceptionBits + 8*uint64(len(cell)-row.CellHeader)
		}
	}
	return cost
}

package spec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/verdigris-db/verdigris/cql"
)

// Match reports whether a cell of Want.Type passes the filter; payload is ignored where null is true. A null passes
// only IsNull, as in SQL.
func (f *Filter) Match(payload []byte, null bool) bool {
	switch {
	case f.Op == IsNull:
		return null
	case null:
		return false
	case f.Op == IsNotNull:
		return true
	case f.Op == In:
		return f.among(payload)
	case f.Op == NotIn:
		return !f.among(payload)
	}
	c := cql.Compare(f.Want.Type, payload, f.Values[0])
	switch f.Op {
	case Equal:
		return c == 0
	case NotEqual:
		return c != 0
	case Less:
		return c < 0
	case LessEqual:
		return c <= 0
	case Greater:
		return c > 0
	case GreaterEqual:
		return c >= 0
	}
	return false
}

// among reports whether payload is one of the values, which are sorted.
func (f *Filter) among(payload []byte) bool {
	_, found := slices.BinarySearchFunc(f.Values, payload, cql.Comparator(f.Want.Type))
	return found
}

// WholeFile reports whether one look decides the filter for all rows of a file.
func (f *Filter) WholeFile() bool {
	return f.Origin == FromFolder || f.Origin == FromPseudo && f.Want.Name == FileColumn
}

// filters turns the conditions into filters.
func (r *resolver) filters() []Filter {
	var out []Filter
	for i, c := range r.spec.Where {
		field := fmt.Sprintf("where[%d]", i)
		o, ok := r.column(c.Column, field+".column")
		if !ok || c.Op == "" || r.spec.broken[c.Column] {
			continue // found already
		}
		want, parse := r.deciding(o)
		if !r.readable(field+".column", want) {
			continue
		}
		if o.Origin == FromPseudo {
			r.result.BoundToFiles = true
		}
		f := Filter{Want: want, Origin: o.Origin, Op: c.Op}
		if c.Op != IsNull && c.Op != IsNotNull && len(want.Type.Elem) != 0 {
			r.add(field+".op", "a %s column has no such comparison; allowed: is null, is not null", want.Type)
			continue
		}
		for j, text := range c.Values {
			payload, err := parse(text)
			if err != nil {
				at := field + ".value"
				if c.Op == In || c.Op == NotIn {
					at = fmt.Sprintf("%s[%d]", at, j)
				}
				r.add(at, "%v", err)
				continue
			}
			f.Values = append(f.Values, payload)
		}
		if c.Op == In || c.Op == NotIn {
			compare := cql.Comparator(want.Type)
			slices.SortStableFunc(f.Values, compare)
			f.Values = slices.CompactFunc(f.Values, func(a, b []byte) bool { return compare(a, b) == 0 })
		}
		out = append(out, f)
	}
	return out
}

// deciding is how a column is read where its values decide something (recency, filter, watermark) and how text becomes
// such a value. A timestamp is read as a count of the source's unit, so that nothing below a millisecond is lost.
func (r *resolver) deciding(o Offered) (Want, func(text string) ([]byte, error)) {
	t, lossy := o.Type, cql.Exact
	if ov := r.overrides[o.Name]; ov != nil && ov.Type.Kind != cql.Invalid && (ov.Lossy == cql.Exact || t.Kind == cql.Invalid) {
		t, lossy = ov.Type, ov.Lossy
	}
	if t.Kind == cql.Timestamp && o.Type.Kind == cql.Timestamp && o.Unit != "" {
		return Want{Name: o.Name, Type: cql.Of(cql.BigInt)}, func(text string) ([]byte, error) { return parseMoment(text, o.Unit) }
	}
	return Want{Name: o.Name, Type: t, Lossy: lossy}, func(text string) ([]byte, error) { return cql.ParseKeyText(t, text) }
}

// perSecond is how many of a unit make a second, and its digits behind the decimal point.
func (u Unit) perSecond() (count int64, digits int, err error) {
	switch u {
	case Seconds:
		return 1, 0, nil
	case Milliseconds:
		return 1e3, 3, nil
	case Microseconds:
		return 1e6, 6, nil
	case Nanoseconds:
		return 1e9, 9, nil
	}
	return 0, 0, fmt.Errorf("a timestamp in the unit %q is not known", string(u))
}

// parseMoment reads an RFC 3339 time, or a date that stands for its first moment in UTC, as a bigint of units since 1970.
func parseMoment(text string, unit Unit) ([]byte, error) {
	count, digits, err := unit.perSecond()
	if err != nil {
		return nil, err
	}
	whole, fraction := text, ""
	if !strings.ContainsAny(text, "Tt") {
		whole += "T00:00:00Z"
	} else if i := strings.IndexByte(text, '.'); i >= 0 {
		end := i + 1
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		whole, fraction = text[:i]+text[end:], strings.TrimRight(text[i+1:end], "0")
		if end == i+1 {
			return nil, fmt.Errorf("%q is not a timestamp: digits must follow the point", text)
		}
	}
	ms, err := cql.ParseKeyText(cql.Of(cql.Timestamp), whole)
	if err != nil {
		return nil, errors.New(strings.Replace(err.Error(), strconv.Quote(whole), strconv.Quote(text), 1))
	}
	if len(fraction) > digits {
		return nil, fmt.Errorf("%q is finer than the column, which counts in %s; allowed: %d digits behind the point", text, unit, digits)
	}
	seconds := int64(binary.BigEndian.Uint64(ms)) / 1000
	var part int64
	for i := range digits {
		part *= 10
		if i < len(fraction) {
			part += int64(fraction[i] - '0')
		}
	}
	if seconds > (math.MaxInt64-part)/count || seconds < math.MinInt64/count {
		return nil, fmt.Errorf("%q is outside of what 64 bits of %s can hold", text, unit)
	}
	return cql.AppendBigInt(nil, seconds*count+part), nil
}

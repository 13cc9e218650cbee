package workers

import (
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/spec"
)

// wanted is the columns that a build reads, each once, and what each is for.
type wanted struct {
	columns   []source.Want
	at        shuffle.Positions
	filters   []int // by number of the filter
	watermark int   // -1 without one
}

// wantedBy lists the columns that r needs.
func wantedBy(r *spec.Resolved) *wanted {
	w := &wanted{watermark: -1}
	for _, k := range r.Key {
		w.at.Key = append(w.at.Key, w.column(k))
	}
	for _, c := range r.Clustering {
		w.at.Clustering = append(w.at.Clustering, w.column(c))
	}
	for _, v := range r.Values {
		w.at.Values = append(w.at.Values, w.column(v))
	}
	if r.Recency != nil {
		w.at.Recency = w.column(*r.Recency)
	}
	for _, f := range r.Filters {
		w.filters = append(w.filters, w.column(f.Want))
	}
	if r.Watermark != nil {
		w.watermark = w.column(*r.Watermark)
	}
	return w
}

// column is the position of the wanted column in a batch.
func (w *wanted) column(c spec.Want) int {
	want := source.Want{Name: c.Name, Type: c.Type, Lossy: lossy(c.Lossy)}
	for i, have := range w.columns {
		if have.Name == want.Name && have.Lossy == want.Lossy && have.Type.Equal(want.Type) {
			return i
		}
	}
	w.columns = append(w.columns, want)
	return len(w.columns) - 1
}

// layoutOf is the record layout of r.
func layoutOf(r *spec.Resolved) (*shuffle.Layout, error) {
	rule, recency := shuffle.RuleError, cql.Type{}
	if r.Recency != nil {
		rule, recency = shuffle.RuleLatest, r.Recency.Type
	}
	return shuffle.NewLayout(&r.Schema, rule, recency)
}

// lossy is what the source is told about values that do not fit.
func lossy(l cql.Lossy) source.Lossy {
	if l == cql.Truncate {
		return source.Truncate
	}
	return source.Exact
}

package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/verdigris-db/verdigris/cql"
)

// resolver checks one spec against one source.
type resolver struct {
	found     findings
	spec      *Spec
	offered   map[string]Offered
	names     []string // of all offered columns, for suggestions
	check     func(Want) error
	overrides map[string]*Override
	stored    map[string]bool  // source columns that the view holds
	output    map[string]named // by name in the view
	result    Resolved
}

func resolve(s *Spec, offered []Offered, check func(Want) error) (*Resolved, error) {
	r := newResolver(s, offered, check)
	r.result = Resolved{
		View: s.View, Duplicates: s.Duplicates, BloomPPM: s.BloomPPM, Codec: s.Codec, Partitions: s.Partitions, Require: s.Require,
	}
	r.storedColumns(offered)
	r.recency()
	r.result.Filters = r.filters()
	if s.Watermark != "" {
		r.result.Watermark = r.decider(s.Watermark, "watermark.column")
		if w, o := r.result.Watermark, r.offered[s.Watermark]; w != nil && w.Type.Kind == cql.BigInt && o.Type.Kind == cql.Timestamp {
			r.result.MarkUnit = o.Unit
		}
	}
	r.unusedOverrides()
	if err := r.found.err(); err != nil {
		return nil, err
	}
	return &r.result, nil
}

// newResolver knows the source's columns and what Parse found.
func newResolver(s *Spec, offered []Offered, check func(Want) error) *resolver {
	r := &resolver{
		found: findings{path: s.Path, list: slices.Clone(s.found)}, spec: s, check: check,
		offered: map[string]Offered{}, overrides: map[string]*Override{}, stored: map[string]bool{}, output: map[string]named{},
	}
	for _, o := range offered {
		if _, twice := r.offered[o.Name]; twice {
			r.add("source", "column %q is offered twice, by the files or by a folder and the files", o.Name)
		}
		r.offered[o.Name] = o
		r.names = append(r.names, o.Name)
	}
	for i := range s.Types {
		r.overrides[s.Types[i].Column] = &s.Types[i]
	}
	return r
}

func (r *resolver) add(field, format string, args ...any) {
	r.found.add(r.spec.Pos(field), field, format, args...)
}

// storedColumns fills the schema and its wants: key, clustering, values.
func (r *resolver) storedColumns(offered []Offered) {
	s, out := r.spec, &r.result
	for i, name := range s.Key {
		if c, w, ok := r.store(name, fmt.Sprintf("key[%d]", i), asKey); ok {
			out.Schema.Key, out.Key = append(out.Schema.Key, c), append(out.Key, w)
		}
	}
	for i, cl := range s.Clustering {
		if c, w, ok := r.store(cl.Column, fmt.Sprintf("clustering[%d].column", i), asKey); ok {
			out.Schema.Clustering = append(out.Schema.Clustering, cql.ClusteringColumn{Column: c, Order: cl.Order})
			out.Clustering = append(out.Clustering, w)
		}
	}
	value := func(name, field string) {
		if c, w, ok := r.store(name, field, asValue); ok {
			out.Schema.Values, out.Values = append(out.Schema.Values, c), append(out.Values, w)
		}
	}
	if s.Columns != nil {
		for i, name := range s.Columns {
			value(name, fmt.Sprintf("columns[%d]", i))
		}
		return
	}
	for _, o := range offered {
		switch {
		case o.Name == "":
			r.add("columns", "the source has a column without a name, which no view can have; allowed: `columns` with those that the view shall have")
		case o.Origin != FromPseudo && !r.stored[o.Name]:
			value(o.Name, "columns")
		}
	}
}

// role is what a stored column is for.
type role uint8

const (
	asKey role = iota // of the partition key or clustering
	asValue
)

// store resolves one column that the view holds.
func (r *resolver) store(name, field string, as role) (cql.Column, Want, bool) {
	o, ok := r.column(name, field)
	if !ok {
		return cql.Column{}, Want{}, false
	}
	r.stored[name] = true
	if o.Origin == FromPseudo {
		r.result.BoundToFiles = true
	}
	w := Want{Name: name, Type: o.Type}
	output, nameField := name, field
	if ov := r.overrides[name]; ov != nil {
		if ov.Type.Kind != cql.Invalid {
			w.Type, w.Lossy = ov.Type, ov.Lossy
		}
		if ov.Name != "" {
			output, nameField = ov.Name, "types."+name+".name"
		}
	}
	r.outputName(output, name, nameField)
	if r.spec.broken[name] {
		return cql.Column{}, Want{}, false // found by Parse
	}
	if w.Type.Kind == cql.Invalid {
		r.add(field, "column %q cannot be read: %s; allowed: `columns` without it, or an override under `types`", name, o.Refused)
		return cql.Column{}, Want{}, false
	}
	if as == asKey {
		if err := cql.KeyType(w.Type); err != nil {
			r.add(field, "column %q: %v", name, err)
			return cql.Column{}, Want{}, false
		}
	}
	typeField := field
	if r.overrides[name] != nil {
		typeField = "types." + name
	}
	return cql.Column{Name: output, Type: w.Type}, w, r.readable(typeField, w)
}

// outputName reports a name in the view that is reserved, malformed or taken.
func (r *resolver) outputName(name, column, field string) {
	rename := fmt.Sprintf("allowed: another name, as in `types: {%s: {name: %s}}`", quoteYAML(column), quoteYAML(name+"_"))
	if cql.Reserved(name) {
		r.add(field, "%q is a reserved word of CQL; %s", name, rename)
	}
	if first, taken := r.output[name]; taken && first.column != column {
		if strings.HasPrefix(first.field, "types.") {
			field = first.field // the one that was renamed is the one to rename again
		}
		r.add(field, "the view would have two columns %q, from %q and %q; %s", name, first.column, column, rename)
		return
	}
	r.output[name] = named{column, field}
}

// named is a column that has a name in the view, and the field that gave it.
type named struct{ column, field string }

// column finds an offered column; the name "" was found wrong by Parse.
func (r *resolver) column(name, field string) (Offered, bool) {
	if name == "" {
		return Offered{}, false
	}
	o, ok := r.offered[name]
	if !ok {
		r.add(field, "the source has no column %q%s; allowed: %s", name, didYouMean(name, r.names), abbreviate(r.names))
	}
	return o, ok
}

// abbreviate lists names, and only says how many there are beyond the first.
func abbreviate(names []string) string {
	const most = 20
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// readable asks the source whether it can give w.
func (r *resolver) readable(field string, w Want) bool {
	if r.check == nil {
		return true
	}
	if err := r.check(w); err != nil {
		r.add(field, "column %q cannot be read as %s: %v", w.Name, cql.OverrideText(w.Type, w.Lossy), err)
		return false
	}
	return true
}

// recency fills the recency column of RuleLatest.
func (r *resolver) recency() {
	if r.spec.Duplicates.Rule == RuleLatest {
		r.result.Recency = r.decider(r.spec.Duplicates.By, "duplicates.by")
	}
}

// decider resolves a column that is compared and need not be stored.
func (r *resolver) decider(name, field string) *Want {
	o, ok := r.column(name, field)
	if !ok {
		return nil
	}
	w, _ := r.deciding(o)
	switch {
	case r.spec.broken[name]:
		return nil // found by Parse
	case w.Type.Kind == cql.Invalid:
		r.add(field, "column %q cannot be read: %s; allowed: another column, or an override under `types`", name, o.Refused)
		return nil
	case len(w.Type.Elem) != 0:
		r.add(field, "column %q is a %s, which has no order here; allowed: numbers, text, blob, boolean, uuid, date, time, timestamp", name, w.Type)
		return nil
	}
	if o.Origin == FromPseudo {
		r.result.BoundToFiles = true
	}
	if !r.readable(field, w) {
		return nil
	}
	return &w
}

// unusedOverrides reports types for columns that do not exist or that nothing uses.
func (r *resolver) unusedOverrides() {
	used := map[string]bool{r.spec.Watermark: true, r.spec.Duplicates.By: true}
	for _, c := range r.spec.Where {
		used[c.Column] = true
	}
	for _, o := range r.spec.Types {
		if _, ok := r.column(o.Column, "types."+o.Column); ok && !used[o.Column] && !r.stored[o.Column] {
			r.add("types."+o.Column, "nothing uses the column; allowed: columns of key, clustering, columns, duplicates, where, watermark")
		}
	}
}

package main

import (
	"github.com/spf13/cobra"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/table"
)

// sliceFlags name the part of a key's rows that is wanted, as text.
type sliceFlags struct {
	prefix         []string
	ge, gt, le, lt string
	limit          int
	set            func(flag string) bool // was it on the command line? An empty text is a value.
}

func (f *sliceFlags) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.prefix, "clustering", nil, "value of the first clustering column, again for the second, ..: only rows that have them")
	flags.StringVar(&f.ge, "ge", "", "only rows whose next clustering column is at least this")
	flags.StringVar(&f.gt, "gt", "", "only rows whose next clustering column is above this")
	flags.StringVar(&f.le, "le", "", "only rows whose next clustering column is at most this")
	flags.StringVar(&f.lt, "lt", "", "only rows whose next clustering column is below this")
	flags.IntVar(&f.limit, "limit", 0, "rows of each key, at most; 0 for all")
	f.set = flags.Changed
}

// slice parses the flags for the schema's clustering columns.
func (f *sliceFlags) slice(s *cql.Schema) (table.Slice, error) {
	if f.limit < 0 {
		return table.Slice{}, usagef("--limit %d: allowed are 0 and more", f.limit)
	}
	want := table.Slice{Limit: f.limit}
	if len(f.prefix) > len(s.Clustering) {
		return want, usagef("--clustering is given %d times; the view has %d clustering columns", len(f.prefix), len(s.Clustering))
	}
	for i, text := range f.prefix {
		value, err := cql.ParseKeyText(s.Clustering[i].Type, text)
		if err != nil {
			return want, usagef("--clustering for column %q: %w", s.Clustering[i].Name, err)
		}
		want.Prefix = append(want.Prefix, value)
	}
	var err error
	if want.Lower, err = f.bound(s, "ge", f.ge, "gt", f.gt); err != nil {
		return want, err
	}
	want.Upper, err = f.bound(s, "le", f.le, "lt", f.lt)
	return want, err
}

// bound is one end of the range: of its two flags at most one is set.
func (f *sliceFlags) bound(s *cql.Schema, inclusive, at, exclusive, beyond string) (*table.Bound, error) {
	flag, text := inclusive, at
	switch {
	case f.set(inclusive) && f.set(exclusive):
		return nil, usagef("--%s and --%s exclude each other", inclusive, exclusive)
	case f.set(exclusive):
		flag, text = exclusive, beyond
	case !f.set(inclusive):
		return nil, nil
	}
	if len(f.prefix) == len(s.Clustering) {
		return nil, usagef("--%s: the view has no clustering column behind the %d given", flag, len(f.prefix))
	}
	column := s.Clustering[len(f.prefix)]
	value, err := cql.ParseKeyText(column.Type, text)
	if err != nil {
		return nil, usagef("--%s for column %q: %w", flag, column.Name, err)
	}
	return &table.Bound{Value: value, Exclusive: flag == exclusive}, nil
}

package spec

import (
	"slices"

	"github.com/verdigris-db/verdigris/cql"
)

// WholeFile gives the conditions that one look decides for a whole file, as filters: those on folder columns, which the
// listing of the source tells before any file is opened, and on FileColumn. It gives none where s and the folders
// contradict each other: Resolve reports that once the files' own columns are known too.
func (s *Spec) WholeFile(folders []Offered) []Filter {
	names := []string{FileColumn}
	for _, o := range folders {
		names = append(names, o.Name)
	}
	part := *s
	part.Where = nil
	for _, c := range s.Where {
		if slices.Contains(names, c.Column) {
			part.Where = append(part.Where, c)
		}
	}
	if len(part.Where) == 0 {
		return nil
	}
	r := newResolver(&part, append(slices.Clone(folders), Offered{Name: FileColumn, Type: cql.Of(cql.Text), Origin: FromPseudo}), nil)
	filters := r.filters()
	if r.found.err() != nil {
		return nil
	}
	return slices.DeleteFunc(filters, func(f Filter) bool { return !f.WholeFile() })
}

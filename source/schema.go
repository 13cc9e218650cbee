package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/verdigris-db/verdigris/cql"
)

// Schema is what all files of a build agree on.
type Schema struct {
	Columns []SchemaColumn // of the files in the first file's order, then folder columns, then _file and _row

	files []*Footer
}

// Origin says where a column's values come from.
type Origin string

// The origins of columns.
const (
	FromFile   Origin = "file"
	FromFolder Origin = "folder"
	FromReader Origin = "pseudo"
)

// SchemaColumn is one column that may be wanted.
type SchemaColumn struct {
	Name     string
	Type     cql.Type // the natural type; Invalid when Err says why there is none
	Nullable bool
	Origin   Origin
	Parquet  string // the Parquet type, for messages
	Unit     string // of a timestamp, see FileColumn
	Err      error
}

// Unify checks that the files agree and returns their columns. overrides are the types that the spec gives by name: files
// whose types differ agree when all of them can be read as the override. A column that not every file has is null where
// it is not, unless a file says that it is never null. A folder column hides a column of the same name in the files; its type
// is what all of listing asks for, also the files that are not read: the rows that a condition keeps do not decide it.
func Unify(listing []File, footers []*Footer, overrides []Want) (*Schema, error) {
	s := &Schema{files: footers}
	u := unifier{overrides: overrides, total: len(footers), at: map[string]int{}}
	for _, f := range footers {
		for j := range f.Columns {
			if c := &f.Columns[j]; !f.File.hasFolder(c.Name) {
				u.add(f, c)
			}
		}
	}
	columns, err := u.finish()
	folders, folderErr := FolderColumns(listing)
	if err := errors.Join(err, folderErr); err != nil {
		return nil, err
	}
	for i := range folders {
		for _, o := range overrides {
			if o.Name == folders[i].Name {
				folders[i].Type = o.Type
			}
		}
	}
	s.Columns = append(append(columns, folders...),
		SchemaColumn{Name: PseudoFile, Type: cql.Of(cql.Text), Origin: FromReader},
		SchemaColumn{Name: PseudoRow, Type: cql.Of(cql.BigInt), Origin: FromReader})
	return s, nil
}

// unified is a column while the files are looked at.
type unified struct {
	SchemaColumn
	first    *Footer // the file that says the type
	meaning  string
	files    int
	required *Footer // a file that says it is never null
	differs  error
}

type unifier struct {
	overrides []Want
	total     int
	at        map[string]int
	columns   []*unified
}

func (u *unifier) add(f *Footer, c *FileColumn) {
	i, ok := u.at[c.Name]
	if !ok {
		i = len(u.columns)
		u.at[c.Name] = i
		u.columns = append(u.columns, &unified{
			SchemaColumn: SchemaColumn{Name: c.Name, Type: c.Type, Origin: FromFile, Parquet: c.Parquet, Unit: c.Unit, Err: c.Err},
			first:        f, meaning: c.meaning,
		})
	}
	have := u.columns[i]
	have.files++
	if c.meaning == onlyNulls {
		have.Nullable = true
		return
	}
	if have.meaning == onlyNulls { // the first file that says a type
		have.Type, have.Parquet, have.Unit, have.Err = c.Type, c.Parquet, c.Unit, c.Err
		have.first, have.meaning = f, c.meaning
	}
	have.Nullable = have.Nullable || c.Nullable
	if !c.Nullable && have.required == nil {
		have.required = f
	}
	if have.Err == nil && c.Err != nil {
		have.Err = fmt.Errorf("in %q: %w", f.File.Name, c.Err)
	}
	if have.differs == nil && have.Err == nil && c.meaning != have.meaning && !u.overridden(c.Name) {
		have.differs = fmt.Errorf("%w: column %q is %s in %q and %s in %q; a type for it under types: in the spec settles it",
			ErrSchema, c.Name, have.Parquet, have.first.File.Name, c.Parquet, f.File.Name)
	}
}

func (u *unifier) overridden(name string) bool {
	return slices.ContainsFunc(u.overrides, func(w Want) bool { return w.Name == name })
}

func (u *unifier) finish() ([]SchemaColumn, error) {
	var out []SchemaColumn
	var errs []error
	for _, c := range u.columns {
		if c.differs != nil {
			errs = append(errs, c.differs)
		}
		if c.files < u.total {
			c.Nullable = true
			if c.required != nil {
				errs = append(errs, fmt.Errorf("%w: column %q is never null in %q and missing in %d of %d files",
					ErrSchema, c.Name, c.required.File.Name, u.total-c.files, u.total))
			}
		}
		if strings.HasPrefix(c.Name, "_") && (c.Name == PseudoFile || c.Name == PseudoRow) {
			errs = append(errs, fmt.Errorf("%w: %q has a column named %q, which is a pseudo-column", ErrSchema, c.first.File.Name, c.Name))
		}
		out = append(out, c.SchemaColumn)
	}
	return out, errors.Join(errs...)
}

// column finds a column of the file.
func (f *Footer) column(name string) *FileColumn {
	for i := range f.Columns {
		if f.Columns[i].Name == name {
			return &f.Columns[i]
		}
	}
	return nil
}

// Column finds a column by name.
func (s *Schema) Column(name string) (SchemaColumn, bool) {
	for _, c := range s.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return SchemaColumn{}, false
}

// Check reports whether w can be read from every file.
func (s *Schema) Check(w Want) error {
	c, ok := s.Column(w.Name)
	switch {
	case !ok:
		return fmt.Errorf("%w: no file has a column %q", ErrSchema, w.Name)
	case c.Origin == FromReader:
		if cql.Convertible(c.Type, w.Type) == cql.Refused {
			return fmt.Errorf("%w: column %q: no %s is made of a %s", ErrSchema, w.Name, w.Type, c.Type)
		}
		return nil
	case c.Origin == FromFolder:
		for _, f := range s.files {
			if _, _, err := f.File.FolderCell(w.Name, w.Type); err != nil {
				return err
			}
		}
		return nil
	}
	return s.checkFiles(w)
}

func (s *Schema) checkFiles(w Want) error {
	var first *Footer
	for _, f := range s.files {
		for _, c := range f.meta.columns {
			if c.node.name() != w.Name {
				continue
			}
			if err := c.check(w); err != nil {
				return placed(f.File, -1, w.Name, err)
			}
			if c.nulls {
				continue
			}
			if first == nil {
				first = f
			}
			// As bigint a timestamp keeps its file's unit: files with different units would mix.
			if a, b := first.column(w.Name), f.column(w.Name); a.meaning != b.meaning && keepsUnit(a.Type, w.Type) {
				return fmt.Errorf("%w: column %q as %s keeps the files' own units, and it is %s in %q and %s in %q",
					ErrSchema, w.Name, w.Type, a.Parquet, first.File.Name, b.Parquet, f.File.Name)
			}
		}
	}
	return nil
}

// keepsUnit reports whether a timestamp of natural becomes a bigint, also in a part of it.
func keepsUnit(natural, want cql.Type) bool {
	if natural.Kind == cql.Timestamp && want.Kind == cql.BigInt {
		return true
	}
	for i := range min(len(natural.Elem), len(want.Elem)) {
		if keepsUnit(natural.Elem[i], want.Elem[i]) {
			return true
		}
	}
	return false
}

// check reports whether the column can be read as w.
func (c *column) check(w Want) error {
	if c.err != nil || c.nulls {
		return c.err
	}
	return checkShape(c.shape, w.Type, w.Lossy)
}

// checkShape reports whether values of s can be made values of want, part by part.
func checkShape(s *shape, want cql.Type, lossy Lossy) error {
	if s.kind == shapeLeaf {
		_, err := payloadOf(s.leaf, s.logical, want, lossy)
		return err
	}
	natural := s.natural()
	if want.Kind != s.cqlKind() || len(want.Elem) != len(s.children) || !slices.Equal(want.Fields, s.fields()) {
		return fmt.Errorf("%w: no %s is made of %s", ErrSchema, want, describeNatural(natural))
	}
	for i, child := range s.children {
		if err := checkShape(child, want.Elem[i], lossy); err != nil {
			return err
		}
	}
	return nil
}

package workers

import (
	"context"
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/plan"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/spec"
)

// openFiles is how many footers are read at a time.
const openFiles = 16

// ErrRequired is wrapped when something that the spec requires does not hold.
var ErrRequired = errors.New("a requirement of the spec is not met")

// prepared is all that is known of a build before its plan is frozen.
type prepared struct {
	canonical []byte
	sources   []string
	footers   []*source.Footer
	skipped   []string
	resolved  *spec.Resolved
	rowBytes  int64
	needs     needs // but for R
}

// prepare looks at the source: lists it, reads all footers, and checks the spec against them.
func prepare(ctx context.Context, o Options, storage *source.Storage) (*prepared, error) {
	sources, _, err := o.Spec.Locate(o.Dir)
	if err != nil {
		return nil, err
	}
	p := &prepared{canonical: o.Spec.Canonical(), sources: sources}
	files, err := storage.List(ctx, sources)
	if err != nil {
		return nil, err
	}
	if err := p.markers(ctx, o, storage, files); err != nil {
		return nil, err
	}
	read, skipped, err := skip(o.Spec, files)
	if err != nil {
		return nil, err
	}
	for _, f := range skipped {
		p.skipped = append(p.skipped, f.Name)
	}
	if p.footers, err = storage.Footers(ctx, read, openFiles); err != nil {
		return nil, err
	}
	known := p.footers
	if len(known) == 0 { // every file is left out: one footer tells the columns of a view without rows
		if known, err = storage.Footers(ctx, skipped[:1], 1); err != nil {
			return nil, err
		}
	}
	if err := p.resolve(o.Spec, files, known); err != nil {
		return nil, err
	}
	p.measure()
	p.rowBytes, err = rowBytes(ctx, storage, p)
	return p, err
}

// markers checks that each source folder has the file that says that it is complete.
func (p *prepared) markers(ctx context.Context, o Options, storage *source.Storage, files []source.File) error {
	name := o.Spec.Require.SuccessFile
	if name == "" {
		return nil
	}
	missing, err := storage.Markers(ctx, p.sources, files, name)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: success_file %q is missing in %d source folders, the first is %q; wait until the source is complete",
			ErrRequired, name, len(missing), missing[0])
	}
	return nil
}

// skip sorts out the files that the conditions on folder columns and on the file's name leave out.
func skip(s *spec.Spec, files []source.File) (read, skipped []source.File, err error) {
	columns, err := source.FolderColumns(files)
	if err != nil {
		return nil, nil, err
	}
	filters := s.WholeFile(Offered(columns))
	for _, f := range files {
		keep := true
		for i := range filters {
			payload, null := []byte(f.Name), false
			if filters[i].Origin == spec.FromFolder {
				if payload, null, err = f.FolderCell(filters[i].Want.Name, filters[i].Want.Type); err != nil {
					return nil, nil, err
				}
			}
			keep = keep && filters[i].Match(payload, null)
		}
		if keep {
			read = append(read, f)
		} else {
			skipped = append(skipped, f)
		}
	}
	return read, skipped, nil
}

// Offered is columns of a source in the spec's terms.
func Offered(columns []source.SchemaColumn) []spec.Offered {
	out := make([]spec.Offered, len(columns))
	for i, c := range columns {
		out[i] = spec.Offered{Name: c.Name, Type: c.Type, Nullable: c.Nullable, Origin: spec.Origin(c.Origin), Unit: spec.Unit(c.Unit)}
		if c.Err != nil {
			out[i].Refused = c.Err.Error()
		}
	}
	return out
}

// resolve checks that the files agree, and the spec against them.
func (p *prepared) resolve(s *spec.Spec, listing []source.File, footers []*source.Footer) error {
	var overrides []source.Want
	for _, o := range s.Types {
		if o.Type.Kind != cql.Invalid {
			overrides = append(overrides, source.Want{Name: o.Column, Type: o.Type, Lossy: lossy(o.Lossy)})
		}
	}
	schema, err := source.Unify(listing, footers, overrides)
	if err != nil {
		return err
	}
	p.resolved, err = s.Resolve(Offered(schema.Columns), func(w spec.Want) error {
		return schema.Check(source.Want{Name: w.Name, Type: w.Type, Lossy: lossy(w.Lossy)})
	})
	return err
}

// measure finds what reading asks of memory.
func (p *prepared) measure() {
	want := wantedBy(p.resolved).columns
	n := &p.needs
	n.Files = len(p.footers) + len(p.skipped)
	n.Where = "reading"
	n.Cells = p.resolved.Schema.Cells()
	for _, f := range p.footers {
		n.Rows += f.Rows
		for g := range f.RowGroups {
			if m := f.Memory(g, want); m > n.Decode {
				n.Decode, n.Where = m, fmt.Sprintf("reading %q, row group %d,", f.File.Name, g)
			}
		}
	}
}

// makePlan is the plan of what was prepared.
func (p *prepared) makePlan(parent *manifest.Manifest, again plan.Again, generation int) (*plan.Plan, error) {
	return plan.New(plan.Input{
		Canonical: p.canonical, Resolved: p.resolved, Footers: p.footers, Skipped: p.skipped, RowBytes: p.rowBytes,
		Parent: parent, NewVersion: again, Generation: generation,
	})
}

// needsOf is what the plan asks of memory.
func (p *prepared) needsOf(pl *plan.Plan) needs {
	n := p.needs
	n.R, n.RowBytes = pl.R, pl.RowBytes
	return n
}

// files are the files that are read.
func (p *prepared) files() []source.File {
	files := make([]source.File, len(p.footers))
	for i, f := range p.footers {
		files[i] = f.File
	}
	return files
}

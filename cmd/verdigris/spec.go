package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/spec"
	"github.com/verdigris-db/verdigris/workers"
)

func newSpecCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "spec FILE.parquet",
		Short: "Prints a starter spec for a file, folder or glob",
		Long: `Prints a spec that build accepts for these files, with the columns and their types as comments and a guess at the key.
Timestamps of the first file are read, so that the spec says what to do with those that are not whole milliseconds.`,
		Example: "  verdigris spec data/orders.parquet > orders.yaml",
		Args:    takes(cobra.ExactArgs(1)),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.starter(cmd.Context(), args[0]) },
	}
}

// starterResult is the result as JSON.
type starterResult struct {
	Spec string `json:"spec"`
}

func (c *cli) starter(ctx context.Context, path string) (err error) {
	sources, _, err := (&spec.Spec{Source: []string{path}}).Locate(c.dir)
	if err != nil {
		return &usageError{err}
	}
	storage := source.NewStorage()
	defer func() { err = errors.Join(err, storage.Close()) }()
	files, err := storage.List(ctx, sources)
	if err != nil {
		return err
	}
	footers, err := storage.Footers(ctx, files, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	schema, err := source.Unify(files, footers, nil)
	if err != nil {
		return err
	}
	overrides, err := inexactTimestamps(ctx, storage, files[0], schema.Columns)
	if err != nil {
		return err
	}
	text := string(spec.Starter(path, workers.Offered(schema.Columns), overrides))
	return c.print(starterResult{text}, func() error {
		if _, err := io.WriteString(c.out, text); err != nil {
			return fmt.Errorf("writing result: %w", err)
		}
		return nil
	})
}

// inexactTimestamps reads the columns that hold timestamps and gives, by column, the override that those need which have a
// value that is not whole milliseconds.
func inexactTimestamps(ctx context.Context, storage *source.Storage, f source.File, columns []source.SchemaColumn) (_ map[string]string, err error) {
	overrides := map[string]string{}
	in, err := storage.Open(ctx, f)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	for _, c := range columns {
		inFile := slices.ContainsFunc(in.Footer.Columns, func(fc source.FileColumn) bool { return fc.Name == c.Name })
		if !inFile || c.Origin != source.FromFile || !hasTimestamp(c.Type) {
			continue
		}
		err := readColumn(ctx, in, source.Want{Name: c.Name, Type: c.Type})
		if v, ok := errors.AsType[*source.ValueError](err); ok && v.Override != "" {
			overrides[c.Name] = cql.OverrideText(c.Type, cql.Truncate)
		} else if err != nil {
			return nil, err
		}
	}
	return overrides, nil
}

func hasTimestamp(t cql.Type) bool {
	return t.Kind == cql.Timestamp || slices.ContainsFunc(t.Elem, hasTimestamp)
}

// readColumn reads one column to its end.
func readColumn(ctx context.Context, in *source.Input, want source.Want) error {
	for group := range in.Footer.RowGroups {
		if err := readGroup(ctx, in, group, want); err != nil {
			return err
		}
	}
	return nil
}

func readGroup(ctx context.Context, in *source.Input, group int, want source.Want) (err error) {
	r, err := in.Read(ctx, group, []source.Want{want})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		if _, err := r.Next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

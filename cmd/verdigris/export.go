package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/view"
)

// exportFlags name the rows and the form of an export.
type exportFlags struct {
	format    string
	from, to  string
	partition int
	set       func(flag string) bool
}

func newExportCommand(c *cli) *cobra.Command {
	var t target
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Prints all rows, or those of a token range",
		Long: `Prints one row object a line in table order: by token, key, clustering. Without a range these are all rows. A range is
(--from-token, --to-token], or one partition.`,
		Example: `  verdigris export --store views --view orders > orders.jsonl
  verdigris export --store views --view orders --partition 7
  verdigris export --store views --view orders --from-token 0 --to-token 4611686018427387904`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withView(cmd.Context(), &t, func(v *view.View) error { return c.export(cmd.Context(), v, &f) })
		},
	}
	t.addFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "jsonl", "form of the rows: jsonl")
	flags.StringVar(&f.from, "from-token", "", "only rows above this token")
	flags.StringVar(&f.to, "to-token", "", "only rows up to this token, itself included")
	flags.IntVar(&f.partition, "partition", 0, "only rows of this partition")
	f.set = flags.Changed
	return cmd
}

// tokens is the range (from, to] that the flags name.
func (f *exportFlags) tokens(r int) (from, to int64, err error) {
	from, to = partitioner.MinToken, math.MaxInt64
	if f.set("partition") {
		if f.set("from-token") || f.set("to-token") {
			return 0, 0, usagef("--partition and a token range exclude each other")
		}
		if f.partition < 0 || f.partition >= r {
			return 0, 0, usagef("--partition %d: the version has 0 to %d", f.partition, r-1)
		}
		from, to = partitioner.Slices{R: r}.Bounds(f.partition)
		return from, to, nil
	}
	for _, end := range []struct {
		flag, text string
		token      *int64
	}{{"from-token", f.from, &from}, {"to-token", f.to, &to}} {
		if !f.set(end.flag) {
			continue
		}
		if *end.token, err = strconv.ParseInt(end.text, 10, 64); err != nil {
			return 0, 0, usagef("--%s %q: allowed: whole numbers from %d to %d", end.flag, end.text, math.MinInt64, math.MaxInt64)
		}
	}
	if from > to {
		return 0, 0, usagef("--from-token %d is above --to-token %d", from, to)
	}
	return from, to, nil
}

func (c *cli) export(ctx context.Context, v *view.View, f *exportFlags) (err error) {
	if f.format != "jsonl" {
		return usagef("--format %q: allowed: jsonl", f.format)
	}
	from, to, err := f.tokens(v.Manifest().R)
	if err != nil {
		return err
	}
	scan := v.Scan(ctx, from, to)
	defer func() { err = errors.Join(err, scan.Close()) }()
	out := bufio.NewWriterSize(c.out, 256<<10)
	if err := writeRows(out, v.Schema(), scan); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing rows: %w", err)
	}
	return nil
}

// writeRows prints the rows of a stream, one JSON object a line.
func writeRows(out io.Writer, s *cql.Schema, rows row.Stream) error {
	batch := make([]row.Row, 256)
	var line []byte
	for {
		n, err := rows.Next(batch)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for _, r := range batch[:n] {
			if line, err = cql.AppendRowJSON(line[:0], s, row.Key(r.Rec), row.Cells(r.Rec)); err != nil {
				return err
			}
			if _, err := out.Write(append(line, '\n')); err != nil {
				return fmt.Errorf("writing rows: %w", err)
			}
		}
	}
}

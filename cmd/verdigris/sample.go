package main

import (
	"context"
	"fmt"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/verdigris-db/verdigris/sample"
)

func newSampleCommand(c *cli) *cobra.Command {
	o := sample.Default()
	codec := string(o.Codec)
	cmd := &cobra.Command{
		Use:   "sample FOLDER",
		Short: "Writes Parquet files of made-up guest profiles",
		Long: `Writes guest profiles to try things with: a text key, a JSON context of widely varying size, updated_at, and about three
rows of a hundred that repeat a guest. The same flags give the same files.`,
		Example: "  verdigris sample data/guests --rows 1000000 --files 8",
		Args:    takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Codec = sample.Codec(codec)
			return c.sample(cmd.Context(), args[0], o)
		},
	}
	flags := cmd.Flags()
	flags.Int64Var(&o.Rows, "rows", o.Rows, "rows of all files together")
	flags.IntVar(&o.Files, "files", o.Files, "number of files")
	flags.Uint64Var(&o.Seed, "seed", o.Seed, "another seed gives other guests")
	flags.Int64Var(&o.RowGroupRows, "row-group-rows", o.RowGroupRows, "rows of a row group, at most")
	flags.StringVar(&codec, "compression", codec, fmt.Sprintf("of the files' pages: %s or %s", sample.Zstd, sample.Snappy))
	return cmd
}

func (c *cli) sample(ctx context.Context, folder string, o sample.Options) error {
	if err := o.Validate(); err != nil {
		return &usageError{err}
	}
	stats, err := sample.WriteFiles(ctx, c.path(folder), o)
	if err != nil {
		return err
	}
	return c.print(stats, func() error {
		_, err := fmt.Fprintf(c.out, "%d rows of %d guests in %d files, %s\n", stats.Rows, stats.Guests, stats.Files,
			humanize.IBytes(uint64(stats.Bytes)))
		if err != nil {
			return fmt.Errorf("writing result: %w", err)
		}
		return nil
	})
}

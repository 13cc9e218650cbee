package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/view"
)

func newVerifyCommand(c *cli) *cobra.Command {
	var t target
	var parallel int
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Reads a whole version and checks everything in it",
		Long: `Checks the manifest's digest; size and sha256 of every object; header, checksums, order, tokens, cells, counts and sums
of every table; that each key is in its bloom filter, and how often the filter takes an absent key for present; the
totals. Prints what was found, and ends with code 4 if anything is wrong.`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if parallel < 0 {
				return usagef("--parallel %d: allowed are 0 and more", parallel)
			}
			err := c.withView(cmd.Context(), &t, func(v *view.View) error { return c.verify(cmd.Context(), v, parallel) })
			if damaged, ok := errors.AsType[*view.ManifestError](err); ok {
				return c.verified(&view.Report{View: damaged.View, Version: damaged.Version, Faults: []view.Fault{
					{Partition: -1, Object: manifest.ManifestName(damaged.Version), Problem: damaged.Err.Error()},
				}})
			}
			return err
		},
	}
	t.addFlags(cmd)
	cmd.Flags().IntVar(&parallel, "parallel", 0, "partitions at a time; 0 for the number of processors")
	return cmd
}

func (c *cli) verify(ctx context.Context, v *view.View, parallel int) error {
	line := verifyLine{out: c.messages, terminal: isTerminal(c.messages)}
	report, err := v.Verify(ctx, view.VerifyOptions{Parallel: parallel, Progress: line.show})
	line.end()
	if err != nil {
		return err
	}
	return c.verified(report)
}

// verified prints what was found.
func (c *cli) verified(report *view.Report) error {
	if err := c.print(report, func() error { return c.verifyText(report) }); err != nil {
		return err
	}
	if !report.Whole() {
		return &differenceError{fmt.Sprintf("version %d of view %q is not whole: %d faults", report.Version, report.View,
			len(report.Faults)+report.MoreFaults)}
	}
	return nil
}

func (c *cli) verifyText(r *view.Report) error {
	fmt.Fprintf(c.out, "view %s, version %d\n", r.View, r.Version)
	fmt.Fprintf(c.out, "objects     %d, %s\n", r.Objects, humanize.IBytes(uint64(r.Bytes)))
	fmt.Fprintf(c.out, "partitions  %d\n", r.Partitions)
	fmt.Fprintf(c.out, "rows        %d of %d keys, sum %s\n", r.Rows, r.Keys, r.StoredSum)
	fmt.Fprintf(c.out, "bloom       %d of %d absent keys taken for present: %d per million, asked for %d\n", r.Bloom.Matches,
		r.Bloom.Probes, r.Bloom.MatchesPPM, r.Bloom.TargetPPM)
	for _, f := range r.Faults {
		where := ""
		if f.Partition >= 0 {
			where = fmt.Sprintf("partition %d: ", f.Partition)
		}
		fmt.Fprintf(c.out, "fault       %s%s: %s\n", where, f.Object, f.Problem)
	}
	if r.MoreFaults > 0 {
		fmt.Fprintf(c.out, "            and %d more\n", r.MoreFaults)
	}
	result := "whole"
	if !r.Whole() {
		result = "not whole"
	}
	if _, err := fmt.Fprintf(c.out, "result      %s\n", result); err != nil {
		return fmt.Errorf("writing result: %w", err)
	}
	return nil
}

// isTerminal reports whether w is a terminal, where a line may be written over.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// verifyLine shows the progress on a terminal, on one line that is written over.
type verifyLine struct {
	out      io.Writer
	terminal bool
	shown    time.Time
}

func (l *verifyLine) show(p view.Progress) {
	if !l.terminal || time.Since(l.shown) < 200*time.Millisecond {
		return
	}
	l.shown = time.Now()
	fmt.Fprintf(l.out, "\r\033[Kverifying: %d of %d partitions, %s of %s, %d faults", p.Partitions, p.OfPartitions,
		humanize.IBytes(uint64(p.Bytes)), humanize.IBytes(uint64(p.OfBytes)), p.Faults)
}

func (l *verifyLine) end() {
	if !l.shown.IsZero() {
		fmt.Fprint(l.out, "\r\033[K")
	}
}

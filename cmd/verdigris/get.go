package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/table"
	"github.com/verdigris-db/verdigris/view"
)

func newGetCommand(c *cli) *cobra.Command {
	var t target
	var f sliceFlags
	cmd := &cobra.Command{
		Use:   "get KEY..",
		Short: "Prints the rows of keys",
		Long: `Prints {"version": N, "rows": [..]} with the rows of each KEY in the order asked, and of each key in clustering order.
A KEY that the view does not have adds no rows; that is no failure.

KEY is the JSON text of the key column without quotes (42, 2026-11-21, 0xc0ffee for a blob), or a JSON array where
the key has several columns. A KEY that begins with - stands behind --.`,
		Example: `  verdigris get --store views --view orders 42 43
  verdigris get --store views --view lineitem --clustering 3 42
  verdigris get --store views --view events --ge 2026-11-21 --lt 2026-11-22 '["eu","guest-7"]'`,
		Args: takes(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, keys []string) error {
			return c.withView(cmd.Context(), &t, func(v *view.View) error { return c.get(cmd.Context(), v, f, keys) })
		},
	}
	t.addFlags(cmd)
	f.addFlags(cmd)
	return cmd
}

func (c *cli) get(ctx context.Context, v *view.View, f sliceFlags, texts []string) error {
	keys, err := parseKeys(v.Schema(), texts)
	if err != nil {
		return err
	}
	want, err := f.slice(v.Schema())
	if err != nil {
		return err
	}
	w := rowWriter{out: bufio.NewWriter(c.out), schema: v.Schema()}
	fmt.Fprintf(w.out, `{"version": %d, "rows": [`, v.Manifest().Version)
	for _, key := range keys {
		if err := w.get(ctx, v, key, want); err != nil {
			return err
		}
	}
	if w.rows > 0 {
		fmt.Fprintln(w.out)
	}
	fmt.Fprintln(w.out, "]}")
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("writing result: %w", err)
	}
	return nil
}

// rowWriter prints rows as the elements of a JSON array, one a line.
type rowWriter struct {
	out    *bufio.Writer
	schema *cql.Schema
	rows   int
	buf    []byte
}

// get prints the rows of one key. The first error of out is that of its Flush.
func (w *rowWriter) get(ctx context.Context, v *view.View, key []byte, want table.Slice) (err error) {
	rows, err := v.Get(ctx, key, want)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		cells, err := rows.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		w.buf = w.buf[:0]
		if w.rows > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = append(w.buf, '\n')
		if w.buf, err = cql.AppendRowJSON(w.buf, w.schema, key, cells); err != nil {
			return err
		}
		w.rows++
		if _, err := w.out.Write(w.buf); err != nil {
			return fmt.Errorf("writing result: %w", err)
		}
	}
}

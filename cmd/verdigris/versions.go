package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/view"
)

// versionSummary is one version in the list.
type versionSummary struct {
	Version    uint64              `json:"version"`
	Parent     uint64              `json:"parent"`
	Build      string              `json:"build"`
	BuiltAt    string              `json:"built_at"`
	Rows       int64               `json:"rows"`
	Keys       int64               `json:"keys"`
	Partitions int                 `json:"partitions"`
	TableBytes int64               `json:"table_bytes"`
	BloomBytes int64               `json:"bloom_bytes"`
	Codec      string              `json:"codec"`
	Watermark  *manifest.Watermark `json:"watermark"` // as the manifest has it
}

func newVersionsCommand(c *cli) *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use:   "versions",
		Short: "Lists the versions of a view, oldest first",
		Args:  takes(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.versions(cmd.Context(), &p) },
	}
	p.addFlags(cmd)
	return cmd
}

func (c *cli) versions(ctx context.Context, p *place) (err error) {
	if err := p.check(); err != nil {
		return err
	}
	s, err := c.openStore(ctx, p.store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	versions, err := view.Versions(ctx, s, p.view)
	if err != nil {
		return err
	}
	list, err := summarize(ctx, s, p.view, versions)
	// A version that cannot be read does not hide the others.
	return errors.Join(err, c.print(list, func() error { return c.versionTable(list) }))
}

func summarize(ctx context.Context, s store.Store, name string, versions []uint64) ([]versionSummary, error) {
	list := []versionSummary{}
	var errs []error
	for _, n := range versions {
		m, err := view.Load(ctx, s, name, n)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, summary(m))
	}
	return list, errors.Join(errs...)
}

func summary(m *manifest.Manifest) versionSummary {
	return versionSummary{
		Version: m.Version, Parent: m.Parent, Build: m.Build, BuiltAt: m.Provenance.BuiltAt, Rows: m.Totals.Rows, Keys: m.Totals.Keys,
		Partitions: m.R, TableBytes: m.Totals.TableBytes, BloomBytes: m.Totals.BloomBytes, Codec: m.Codec.Name, Watermark: m.Source.Watermark,
	}
}

func (c *cli) versionTable(list []versionSummary) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tPARENT\tBUILT\tROWS\tKEYS\tPARTITIONS\tTABLES\tBLOOM\tCODEC\tWATERMARK")
	for _, v := range list {
		watermark := "-"
		if v.Watermark != nil {
			watermark = v.Watermark.String()
		}
		fmt.Fprintf(w, "%d\t%d\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", v.Version, v.Parent, v.BuiltAt, v.Rows, v.Keys, v.Partitions,
			humanize.IBytes(uint64(v.TableBytes)), humanize.IBytes(uint64(v.BloomBytes)), v.Codec, watermark)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing result: %w", err)
	}
	return nil
}

package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/view"
)

// location says where a key is or would be.
type location struct {
	Key       json.RawMessage `json:"key"`
	KeyHex    string          `json:"key_hex"`
	Token     manifest.Token  `json:"token"`
	Partition int             `json:"partition"`
	Table     string          `json:"table"`
	Owners    []string        `json:"owners"` // the ring's nodes that hold it, the first owner in front; empty without a ring
}

func newWhereCommand(c *cli) *cobra.Command {
	var t target
	var ringFile string
	cmd := &cobra.Command{
		Use:   "where KEY..",
		Short: "Prints the token, partition, table and owners of keys",
		Long: `Prints where each KEY is or would be, in the order asked; the tables are not read. Owners are the nodes of the ring
file's group. KEY is written as for get.`,
		Args: takes(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, keys []string) error {
			ring, err := c.readRing(ringFile)
			if err != nil {
				return err
			}
			return c.withView(cmd.Context(), &t, func(v *view.View) error { return c.where(v, ring, keys) })
		},
	}
	t.addFlags(cmd)
	cmd.Flags().StringVar(&ringFile, "ring", "", "ring file, whose nodes are the owners")
	return cmd
}

// readRing reads a ring file; nil without one.
func (c *cli) readRing(path string) (*partitioner.Ring, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.path(path))
	if err != nil {
		return nil, &usageError{fmt.Errorf("--ring: %w", err)}
	}
	ring, err := partitioner.ParseRing(text)
	if err != nil {
		return nil, &usageError{fmt.Errorf("--ring %s: %w", path, err)}
	}
	return &ring, nil
}

// path makes a path of the command line absolute.
func (c *cli) path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.dir, p)
}

func (c *cli) where(v *view.View, ring *partitioner.Ring, texts []string) error {
	keys, err := parseKeys(v.Schema(), texts)
	if err != nil {
		return err
	}
	list := make([]location, len(keys))
	for i, key := range keys {
		if list[i], err = locate(v, ring, key); err != nil {
			return err
		}
	}
	return c.print(list, func() error { return c.locationTable(list) })
}

func locate(v *view.View, ring *partitioner.Ring, key []byte) (location, error) {
	text, err := cql.AppendKeyJSON(nil, v.Schema(), key)
	if err != nil {
		return location{}, err
	}
	m := v.Manifest()
	token := partitioner.Token(key)
	index, _ := partitioner.Slices{R: m.R}.Locate(token)
	l := location{
		Key: text, KeyHex: hex.EncodeToString(key), Token: manifest.Token(token), Partition: index, Table: m.Partitions[index].Table.Name,
		Owners: []string{},
	}
	if ring != nil {
		for _, n := range ring.Replicas(token) {
			l.Owners = append(l.Owners, n.Name)
		}
	}
	return l, nil
}

func (c *cli) locationTable(list []location) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tKEY BYTES\tTOKEN\tPARTITION\tTABLE\tOWNERS")
	for _, l := range list {
		owners := "-"
		if len(l.Owners) > 0 {
			owners = strings.Join(l.Owners, ",")
		}
		fmt.Fprintf(w, "%s\t0x%s\t%d\t%d\t%s\t%s\n", l.Key, l.KeyHex, int64(l.Token), l.Partition, l.Table, owners)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing result: %w", err)
	}
	return nil
}

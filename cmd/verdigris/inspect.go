package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/table"
)

// inspectFlags say where the object is and what is needed to read it.
type inspectFlags struct {
	place
	dictionary string // local file
	plan       string // local file
}

// inspection is what was found of one object. One of the pointers is set.
type inspection struct {
	Object     string             `json:"object"`
	Kind       string             `json:"kind"`
	Bytes      int64              `json:"bytes"`
	SHA256     string             `json:"sha256"`
	Fault      string             `json:"fault"` // "" if nothing is wrong
	Table      *tableDetails      `json:"table,omitempty"`
	Bloom      *bloomDetails      `json:"bloom,omitempty"`
	Run        *runDetails        `json:"run,omitempty"`
	Dictionary *dictionaryDetails `json:"dictionary,omitempty"`
	Manifest   *manifestDetails   `json:"manifest,omitempty"`
}

// hashPiece is one read of the store.
const hashPiece = 8 << 20

// details is what is known of one kind of object.
type details interface {
	// text writes name, tab, value lines.
	text(w io.Writer)
}

func newInspectCommand(c *cli) *cobra.Command {
	var f inspectFlags
	cmd := &cobra.Command{
		Use:   "inspect FILE|OBJECT",
		Short: "Prints what a table, bloom filter, run, dictionary or manifest says, and checks it",
		Long: `Prints header, counts, parts and checksums of one file, and reads all of it to check them; ends with code 4 if
something is wrong. Without --store the argument is a local file. With it, it is an object's name; with --view too, the
name below the view's folder, as manifests have it.

A table needs its dictionary, and a run the plan of its build. They are looked for in the view's folder that the path or
name shows; elsewhere they are given by --dictionary and --plan.`,
		Example: `  verdigris inspect views/orders/manifests/v00000000000000000042.json
  verdigris inspect --store views --view orders tables/0f/0f3a..c1.table`,
		Args: takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return c.inspect(cmd.Context(), args[0], &f) },
	}
	f.addFlags(cmd)
	cmd.Flags().StringVar(&f.dictionary, "dictionary", "", "local file with the dictionary of a table")
	cmd.Flags().StringVar(&f.plan, "plan", "", "local file with the plan.json of a run's build")
	return cmd
}

func (c *cli) inspect(ctx context.Context, name string, f *inspectFlags) (err error) {
	s, err := c.openSubject(ctx, name, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, io.NewSectionReader(s.file, 0, s.size), make([]byte, hashPiece)); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	found := inspection{Object: name, Bytes: s.size, SHA256: hex.EncodeToString(sum.Sum(nil))}
	fault, err := found.look(ctx, s)
	if err != nil {
		return fmt.Errorf("inspecting %s: %w", name, err)
	}
	if fault != nil {
		found.Fault = fault.Error()
	}
	if err := c.print(found, func() error { return found.print(c.out) }); err != nil {
		return err
	}
	if fault != nil {
		return &differenceError{fmt.Sprintf("%s is damaged", name)}
	}
	return nil
}

// look finds out what the object is and reads it. A fault is of the object, an error of the reading.
func (i *inspection) look(ctx context.Context, s *subject) (fault, err error) {
	if i.Kind, err = s.kind(i.Object); err != nil {
		return nil, err
	}
	switch i.Kind {
	case kindTable:
		i.Table = &tableDetails{}
		return i.Table.read(ctx, s)
	case kindBloom:
		i.Bloom = &bloomDetails{}
		return i.Bloom.read(s)
	case kindRun:
		i.Run = &runDetails{}
		return i.Run.read(ctx, s)
	case kindDictionary:
		i.Dictionary = &dictionaryDetails{}
		return i.Dictionary.read(s)
	}
	i.Manifest = &manifestDetails{}
	return i.Manifest.read(s)
}

// The kinds of objects that are inspected.
const (
	kindTable      = "table"
	kindBloom      = "bloom"
	kindRun        = "run"
	kindDictionary = "dictionary"
	kindManifest   = "manifest"
)

// The marks of kinds whose packages keep them to themselves; docs/format has them.
const (
	bloomMagic      = "VDGBLOOM"
	dictionaryMagic = "VDGRDICT"
	runMagic        = "VDGRSRUN"
	manifestStart   = "{\n  \"format\": "
)

// kind goes by the object's name, so that one without its mark is seen to be damaged, and else by the mark.
func (s *subject) kind(name string) (string, error) {
	switch path.Ext(name) {
	case ".table":
		return kindTable, nil
	case ".bloom":
		return kindBloom, nil
	case ".run":
		return kindRun, nil
	case ".dict":
		return kindDictionary, nil
	}
	if _, err := manifest.ParseManifestName(s.name); err == nil {
		return kindManifest, nil
	}
	head, tail, err := s.ends()
	if err != nil {
		return "", err
	}
	switch {
	case bytes.HasPrefix(head, []byte(table.Magic)):
		return kindTable, nil
	case bytes.HasPrefix(head, []byte(bloomMagic)):
		return kindBloom, nil
	case bytes.HasPrefix(head, []byte(dictionaryMagic)):
		return kindDictionary, nil
	case bytes.HasPrefix(head, []byte(manifestStart)):
		return kindManifest, nil
	case bytes.Contains(tail, []byte(runMagic)):
		return kindRun, nil
	}
	return "", usagef("it is no table, bloom filter, run, dictionary or manifest: neither its name nor its first or last bytes say so")
}

func (i *inspection) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "object\t%s\n", i.Object)
	fmt.Fprintf(w, "kind\t%s\n", i.Kind)
	fmt.Fprintf(w, "bytes\t%d (%s)\n", i.Bytes, humanize.IBytes(uint64(i.Bytes)))
	fmt.Fprintf(w, "sha256\t%s\n", i.SHA256)
	for _, d := range []struct {
		set bool
		details
	}{
		{i.Table != nil, i.Table}, {i.Bloom != nil, i.Bloom}, {i.Run != nil, i.Run}, {i.Dictionary != nil, i.Dictionary},
		{i.Manifest != nil, i.Manifest},
	} {
		if d.set {
			d.text(w)
		}
	}
	result := "whole"
	if i.Fault != "" {
		result = "damaged: " + i.Fault
	}
	fmt.Fprintf(w, "result\t%s\n", result)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing result: %w", err)
	}
	return nil
}

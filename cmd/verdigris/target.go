package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/spec"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/view"
)

// place is a store and a view in it, as the flags of reading commands name them.
type place struct{ store, view string }

func (p *place) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.store, "store", "", "the store: a folder, file:///folder or s3://bucket/prefix?region=..")
	cmd.Flags().StringVar(&p.view, "view", "", "the view's name")
}

// check reports a flag that was left out.
func (p *place) check() error {
	if p.store == "" {
		return usagef("--store is missing")
	}
	if p.view == "" {
		return usagef("--view is missing")
	}
	if err := manifest.CheckView(p.view); err != nil {
		return &usageError{fmt.Errorf("--view: %w", err)}
	}
	return nil
}

// target is a version of a view.
type target struct {
	place
	version uint64
}

func (t *target) addFlags(cmd *cobra.Command) {
	t.place.addFlags(cmd)
	cmd.Flags().Uint64Var(&t.version, "version", 0, "the version; 0 for the newest")
}

// opened is an open store, and where its objects are files if it is a folder.
type opened struct {
	store.Store
	folder string // "" for other stores
}

// openStore opens the store at a folder or URL; transient failures are tried again.
func (c *cli) openStore(ctx context.Context, at string) (*opened, error) {
	address, err := spec.StoreURL(c.dir, at)
	if err != nil {
		return nil, &usageError{fmt.Errorf("--store: %w", err)}
	}
	s, err := store.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	o := &opened{Store: store.WithRetry(s, store.DefaultRetry())}
	if u, err := url.Parse(address); err == nil && u.Scheme == "file" {
		o.folder = u.Path
	}
	return o, nil
}

// withView opens the version that t names for the time of do.
func (c *cli) withView(ctx context.Context, t *target, do func(*view.View) error) (err error) {
	if err := t.check(); err != nil {
		return err
	}
	s, err := c.openStore(ctx, t.store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	o := view.Options{Log: c.log}
	if s.folder != "" {
		o.Files = view.Directory(filepath.Join(s.folder, t.view))
	}
	v, err := view.Open(ctx, s, t.view, t.version, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	return do(v)
}

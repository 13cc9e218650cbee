package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/table"
	"github.com/verdigris-db/verdigris/view"
)

// verdigris reads the newest version of a view from local files, as a program does that imports the library.
type verdigris struct {
	ctx  context.Context
	view *view.View
}

func openView(ctx context.Context, folder, name string) (*view.View, error) {
	url, err := store.DirectoryURL(folder)
	if err != nil {
		return nil, err
	}
	root, err := store.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	return view.Open(ctx, root, name, 0, view.Options{Files: view.Directory(filepath.Join(folder, name)), OpenTables: 1 << 16})
}

func openVerdigris(folder, name string) (Engine, error) {
	ctx := context.Background()
	v, err := openView(ctx, folder, name)
	if err != nil {
		return nil, err
	}
	return &verdigris{ctx: ctx, view: v}, nil
}

func (e *verdigris) Get(key []byte, use func([]byte)) (bool, error) {
	rows, err := e.view.Get(e.ctx, key, table.Slice{})
	if err != nil {
		return false, err
	}
	for {
		cells, err := rows.Next()
		if err == io.EOF {
			return rows.Found(), rows.Close()
		}
		if err != nil {
			return false, errors.Join(err, rows.Close())
		}
		use(cells)
	}
}

func (e *verdigris) Close() error { return e.view.Close() }

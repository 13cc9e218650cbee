package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Engine answers point gets for one goroutine.
type Engine interface {
	// Get passes the value of key to use, which must not keep it, and reports whether there was one. A view's key of
	// several rows calls use once for each.
	Get(key []byte, use func(value []byte)) (found bool, err error)
	Close() error
}

// Place is one engine and its files, written as NAME=FOLDER, and for a view NAME=STORE:VIEW.
type Place struct {
	Name   string // as in the tables
	Kind   string // verdigris, pebble, pebble-get, rocksdb; with -cached, all that is read again is in the block cache
	Folder string
	View   string // of kind verdigris
}

const cachedSuffix = "-cached"

// cached reports whether the engine has a block cache for everything.
func (p Place) cached() bool { return strings.HasSuffix(p.Kind, cachedSuffix) }

// parsePlaces reads a list such as cells=store:orders_cells,rocksdb=peers/rocksdb,rocksdb-cached=peers/rocksdb.
func parsePlaces(list string) ([]Place, error) {
	var out []Place
	for part := range strings.SplitSeq(list, ",") {
		name, where, ok := strings.Cut(part, "=")
		if !ok || name == "" || where == "" {
			return nil, fmt.Errorf("reading engine %q: want NAME=FOLDER or NAME=STORE:VIEW", part)
		}
		p := Place{Name: name, Kind: name, Folder: where}
		if folder, view, isView := strings.Cut(where, ":"); isView {
			p.Kind, p.Folder, p.View = "verdigris", folder, view
		}
		out = append(out, p)
	}
	return out, nil
}

// open opens the engine for reading.
func (p Place) open() (Engine, error) {
	cache := smallCache
	if p.cached() {
		cache = largeCache
	}
	switch strings.TrimSuffix(p.Kind, cachedSuffix) {
	case "verdigris":
		return openVerdigris(p.Folder, p.View)
	case "pebble":
		return openPebble(p.Folder, cache, seekWithFilters)
	case "pebble-get":
		return openPebble(p.Folder, cache, plainGet)
	case "rocksdb":
		return openRocksDB(p.Folder, cache)
	}
	return nil, fmt.Errorf("unknown engine %q", p.Kind)
}

// files lists what the engine reads rows, indexes and filters from.
func (p Place) files() ([]string, error) {
	root := filepath.Join(p.Folder, p.View)
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".table", ".bloom", ".dict", ".sst":
			out = append(out, path)
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("no files of rows in %q", root)
	}
	return out, err
}

// bytes is the size of these files.
func (p Place) bytes() (int64, error) {
	names, err := p.files()
	var sum int64
	for _, name := range names {
		info, statErr := os.Stat(name)
		if statErr != nil {
			return 0, statErr
		}
		sum += info.Size()
	}
	return sum, err
}

// cacheSizes are the block caches of the peers. Pebble keeps indexes and filters in it too, RocksDB beside it.
type cacheSizes struct {
	pebble, rocksdb int64
}

var (
	smallCache = cacheSizes{pebble: 128 << 20, rocksdb: 32 << 20}
	largeCache = cacheSizes{pebble: 8 << 30, rocksdb: 8 << 30}
)

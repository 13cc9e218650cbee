package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
)

// pebbleRead says how a key is looked up.
type pebbleRead int

const (
	seekWithFilters pebbleRead = iota // one iterator that is kept, and which asks the last level's bloom filters
	plainGet                          // DB.Get, which never asks the filters of the last level
)

type pebbleDB struct {
	db   *pebble.DB
	iter *pebble.Iterator // of seekWithFilters
}

// quiet keeps Pebble's notes about every file off the terminal.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {} // every error is returned too
func (quiet) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf(format, args...))
}

func pebbleOptions(blockBytes int) *pebble.Options {
	o := &pebble.Options{Logger: quiet{}, FormatMajorVersion: pebble.FormatNewest}
	for i := range o.Levels {
		o.Levels[i].Compression = func() *sstable.CompressionProfile { return sstable.ZstdCompression }
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		o.Levels[i].BlockSize = blockBytes
		o.Levels[i].IndexBlockSize = 256 << 10 // CockroachDB's; with the default every get reads a second index block
	}
	return o
}

func openPebble(folder string, cache cacheSizes, how pebbleRead) (Engine, error) {
	o := pebbleOptions(defaultBlock)
	o.ReadOnly = true
	o.CacheSize = cache.pebble
	db, err := pebble.Open(folder, o)
	if err != nil {
		return nil, fmt.Errorf("opening Pebble in %q: %w", folder, err)
	}
	e := &pebbleDB{db: db}
	if how == seekWithFilters {
		if e.iter, err = db.NewIter(&pebble.IterOptions{UseL6Filters: true}); err != nil {
			return nil, errors.Join(fmt.Errorf("reading Pebble in %q: %w", folder, err), db.Close())
		}
	}
	return e, nil
}

func (e *pebbleDB) Get(key []byte, use func([]byte)) (bool, error) {
	if e.iter == nil {
		value, done, err := e.db.Get(key)
		if errors.Is(err, pebble.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		use(value)
		return true, done.Close()
	}
	if !e.iter.SeekPrefixGE(key) || string(e.iter.Key()) != string(key) {
		return false, e.iter.Error()
	}
	value, err := e.iter.ValueAndErr()
	if err != nil {
		return false, err
	}
	use(value)
	return true, nil
}

func (e *pebbleDB) Close() error {
	var err error
	if e.iter != nil {
		err = e.iter.Close()
	}
	return errors.Join(err, e.db.Close())
}

// loadPebble puts all pairs into a new database and compacts it to its last level.
func loadPebble(folder string, blockBytes int, pairs func(yield func(key, value []byte) error) error) error {
	o := pebbleOptions(blockBytes)
	o.DisableWAL = true
	o.MemTableSize = 256 << 20
	o.DisableAutomaticCompactions = true
	o.L0StopWritesThreshold = 1 << 20
	db, err := pebble.Open(folder, o)
	if err != nil {
		return fmt.Errorf("making Pebble in %q: %w", folder, err)
	}
	closer := io.Closer(db)
	batch := db.NewBatch()
	err = pairs(func(key, value []byte) error {
		if err := batch.Set(key, value, nil); err != nil {
			return err
		}
		if batch.Len() < 1<<20 {
			return nil
		}
		if err := batch.Commit(pebble.NoSync); err != nil {
			return err
		}
		batch.Reset()
		return nil
	})
	if err == nil {
		err = batch.Commit(pebble.NoSync)
	}
	if err == nil {
		err = db.Flush()
	}
	if err == nil {
		err = db.Compact(context.Background(), []byte{}, maxKey(), true)
	}
	if err = errors.Join(err, batch.Close(), closer.Close()); err != nil {
		return fmt.Errorf("loading Pebble in %q: %w", folder, err)
	}
	return nil
}

// maxKey is behind all keys of these data sets.
func maxKey() []byte {
	b := make([]byte, 64)
	for i := range b {
		b[i] = 0xff
	}
	return b
}

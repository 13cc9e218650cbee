//go:build rocksdb

package main

import (
	"errors"
	"fmt"

	"github.com/linxGnu/grocksdb"
)

type rocksDB struct {
	db   *grocksdb.DB
	read *grocksdb.ReadOptions
}

func rocksOptions(blockBytes int, cacheBytes int64) *grocksdb.Options {
	t := grocksdb.NewDefaultBlockBasedTableOptions()
	t.SetFilterPolicy(grocksdb.NewBloomFilterFull(10))
	t.SetBlockSize(blockBytes)
	t.SetBlockCache(grocksdb.NewLRUCache(uint64(cacheBytes)))
	o := grocksdb.NewDefaultOptions()
	o.SetBlockBasedTableFactory(t)
	o.SetCompression(grocksdb.ZSTDCompression)
	o.SetMaxOpenFiles(-1)
	return o
}

func openRocksDB(folder string, cache cacheSizes) (Engine, error) {
	db, err := grocksdb.OpenDbForReadOnly(rocksOptions(defaultBlock, cache.rocksdb), folder, false)
	if err != nil {
		return nil, fmt.Errorf("opening RocksDB in %q: %w", folder, err)
	}
	return &rocksDB{db: db, read: grocksdb.NewDefaultReadOptions()}, nil
}

func (e *rocksDB) Get(key []byte, use func([]byte)) (bool, error) {
	h, err := e.db.GetPinned(e.read, key)
	if err != nil {
		return false, err
	}
	defer h.Destroy()
	if !h.Exists() {
		return false, nil
	}
	use(h.Data())
	return true, nil
}

func (e *rocksDB) Close() error {
	e.db.Close()
	return nil
}

// loadRocksDB puts all pairs into a new database and compacts it to its last level.
func loadRocksDB(folder string, blockBytes int, pairs func(yield func(key, value []byte) error) error) error {
	o := rocksOptions(blockBytes, smallCache.rocksdb)
	o.SetCreateIfMissing(true)
	o.PrepareForBulkLoad()
	o.SetWriteBufferSize(256 << 20)
	db, err := grocksdb.OpenDb(o, folder)
	if err != nil {
		return fmt.Errorf("making RocksDB in %q: %w", folder, err)
	}
	w := grocksdb.NewDefaultWriteOptions()
	w.DisableWAL(true)
	batch := grocksdb.NewWriteBatch()
	pending := 0
	err = pairs(func(key, value []byte) error {
		batch.Put(key, value)
		if pending += len(key) + len(value); pending < 1<<20 {
			return nil
		}
		err := db.Write(w, batch)
		batch.Clear()
		pending = 0
		return err
	})
	if err == nil {
		err = errors.Join(db.Write(w, batch), db.Flush(grocksdb.NewDefaultFlushOptions()))
	}
	if err == nil {
		db.CompactRange(grocksdb.Range{})
	}
	db.Close()
	if err != nil {
		return fmt.Errorf("loading RocksDB in %q: %w", folder, err)
	}
	return nil
}

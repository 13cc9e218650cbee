//go:build !rocksdb

package main

import "errors"

var errNoRocksDB = errors.New("built without RocksDB: build with -tags rocksdb, which needs a C++ compiler and librocksdb-dev")

func openRocksDB(string, cacheSizes) (Engine, error) { return nil, errNoRocksDB }

func loadRocksDB(string, int, func(func(key, value []byte) error) error) error { return errNoRocksDB }

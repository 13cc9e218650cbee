package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

const defaultBlock = 4 << 10 // of both peers when nobody says otherwise

// scanView passes every key of a view with its cells to yield, in table order.
func scanView(folder, name string, yield func(key, value []byte) error) (err error) {
	ctx := context.Background()
	v, err := openView(ctx, folder, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	scan := v.Scan(ctx, partitioner.MinToken, math.MaxInt64)
	defer func() { err = errors.Join(err, scan.Close()) }()
	buf := make([]row.Row, 256)
	for {
		n, err := scan.Next(buf)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for _, r := range buf[:n] {
			if err := yield(row.Key(r.Rec), row.Cells(r.Rec)); err != nil {
				return err
			}
		}
	}
}

// load puts a view's rows into a new database of the named peer.
func load(store, view, engine, out string, blockBytes int) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var last []byte
	pairs := func(yield func(key, value []byte) error) error {
		return scanView(store, view, func(key, value []byte) error {
			if last != nil && bytes.Equal(key, last) {
				return fmt.Errorf("view %q has several rows with one key: the peers get views of one row a key", view)
			}
			last = append(last[:0], key...)
			return yield(key, value)
		})
	}
	switch engine {
	case "pebble":
		return loadPebble(out, blockBytes, pairs)
	case "rocksdb":
		return loadRocksDB(out, blockBytes, pairs)
	}
	return fmt.Errorf("unknown engine %q: pebble or rocksdb", engine)
}

// Stages prints the CPU of each stage of a build in nanoseconds a row, each run alone on one thread over one Parquet file.
//
//	go run ./bench/stages -data lineitem.parquet -key l_orderkey [-clustering l_linenumber] [-codec cells]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/writer"
)

func main() {
	data := flag.String("data", "", "Parquet `file`")
	key := flag.String("key", "", "key `columns`, separated by commas")
	clustering := flag.String("clustering", "", "clustering `columns`, separated by commas")
	name := flag.String("codec", string(codec.Default), "`codec`")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	b := &bench{data: *data, codec: codec.Name(*name)}
	if err := b.run(context.Background(), split(*key), split(*clustering)); err != nil {
		fmt.Fprintln(os.Stderr, "stages:", err)
		os.Exit(1)
	}
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

const partitions = 16

type bench struct {
	data  string
	codec codec.Name

	in     *source.Input
	wants  []source.Want
	schema cql.Schema
	rows   int
	sums   row.Sum // keeps the compiler from leaving work out
	bloom  *bloom.Filter
}

// stage runs f and prints its CPU a row.
func (b *bench) stage(name string, f func() error) error {
	runtime.GC()
	before := cpu()
	if err := f(); err != nil {
		return fmt.Errorf("stage %s: %w", name, err)
	}
	spent := cpu() - before
	fmt.Printf("%-34s %7.1f ns a row\n", name, float64(spent)/float64(b.rows))
	return nil
}

func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err) // the call cannot fail with these arguments
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func (b *bench) open(ctx context.Context, key, clustering []string) error {
	storage := source.NewStorage()
	files, err := storage.List(ctx, []string{b.data})
	if err != nil {
		return err
	}
	if b.in, err = storage.Open(ctx, files[0]); err != nil {
		return err
	}
	b.rows = int(b.in.Footer.Rows)
	role := map[string]int{}
	for _, k := range key {
		role[k] = 1
	}
	for _, k := range clustering {
		role[k] = 2
	}
	columns := map[string]cql.Type{}
	for _, c := range b.in.Footer.Columns {
		columns[c.Name] = c.Type
		if role[c.Name] == 0 {
			b.schema.Values = append(b.schema.Values, cql.Column{Name: c.Name, Type: c.Type})
		}
	}
	for _, k := range key {
		b.schema.Key = append(b.schema.Key, cql.Column{Name: k, Type: columns[k]})
	}
	for _, k := range clustering {
		b.schema.Clustering = append(b.schema.Clustering, cql.ClusteringColumn{Column: cql.Column{Name: k, Type: columns[k]}, Order: cql.Ascending})
	}
	for _, k := range b.schema.Key {
		b.wants = append(b.wants, source.Want{Name: k.Name, Type: k.Type})
	}
	for _, k := range b.schema.Clustering {
		b.wants = append(b.wants, source.Want{Name: k.Name, Type: k.Type})
	}
	for _, k := range b.schema.Values {
		b.wants = append(b.wants, source.Want{Name: k.Name, Type: k.Type})
	}
	return nil
}

// read passes all batches to f.
func (b *bench) read(ctx context.Context, f func(*source.Batch) error) error {
	for g := range b.in.Footer.RowGroups {
		r, err := b.in.Read(ctx, g, b.wants)
		if err != nil {
			return err
		}
		for {
			batch, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = f(batch)
			}
			if err != nil {
				return err
			}
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) run(ctx context.Context, key, clustering []string) error {
	if err := b.open(ctx, key, clustering); err != nil {
		return err
	}
	fmt.Printf("%s: %d rows\n", b.data, b.rows)
	if err := b.stage("decode", func() error { return b.read(ctx, func(*source.Batch) error { return nil }) }); err != nil {
		return err
	}
	layout, err := shuffle.NewLayout(&b.schema, shuffle.RuleError, cql.Type{})
	if err != nil {
		return err
	}
	slices := partitioner.Slices{R: partitions}
	arena, err := shuffle.NewArena(layout, shuffle.ArenaOptions{Positions: shuffle.InOrder(layout), Slices: slices, Limit: 16 << 30})
	if err != nil {
		return err
	}
	err = b.stage("decode, token, sums, append", func() error {
		return b.read(ctx, func(batch *source.Batch) error {
			_, err := arena.Append(batch, nil, 0)
			return err
		})
	})
	if err != nil {
		return err
	}
	sorted := shuffle.NewSorted(layout, slices)
	if err := b.stage("cut by partition", func() error { return sorted.Load([]*shuffle.Arena{arena}) }); err != nil {
		return err
	}
	scratch := new(shuffle.Scratch)
	if err := b.stage("sort", func() error {
		for p := range partitions {
			sorted.Partition(p, scratch)
		}
		return nil
	}); err != nil {
		return err
	}
	if err := b.stage("fold, sums", func() error { return b.fold(sorted, scratch, func([]row.Row) error { return nil }) }); err != nil {
		return err
	}
	return b.write(ctx, layout, slices, sorted, scratch)
}

// fold passes all rows of all partitions to f.
func (b *bench) fold(sorted *shuffle.Sorted, scratch *shuffle.Scratch, f func([]row.Row) error) error {
	buf := make([]row.Row, 1024)
	for p := range partitions {
		s := sorted.Partition(p, scratch)
		for {
			n, err := s.Next(buf)
			if err == io.EOF {
				break
			}
			if err == nil {
				err = f(buf[:n])
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// write measures what becomes of the folded rows; each line but the last holds the fold too.
func (b *bench) write(ctx context.Context, layout *shuffle.Layout, slices partitioner.Slices, sorted *shuffle.Sorted, scratch *shuffle.Scratch) error {
	var dict []byte
	if err := b.stage("train", func() error {
		sample, err := shuffle.SampleSorted(sorted, codec.SampleRows, codec.SampleBytes)
		if err == nil {
			dict, err = codec.Train(b.codec, &b.schema, sample)
		}
		return err
	}); err != nil {
		return err
	}
	c, err := codec.Open(b.codec, &b.schema, dict)
	if err != nil {
		return err
	}
	encoder := c.NewEncoder()
	batch := row.NewBatch(b.schema.Cells())
	var packed []byte
	var ends []int
	if err := b.stage("fold, walk, encode", func() error {
		return b.fold(sorted, scratch, func(rows []row.Row) error {
			for len(rows) > 0 {
				if rows, err = batch.Take(rows); err != nil {
					return err
				}
				packed, ends = encoder.EncodeBatch(packed[:0], batch, ends[:0])
			}
			return nil
		})
	}); err != nil {
		return err
	}
	if err := b.stage("fold, sums once more", func() error {
		return b.fold(sorted, scratch, func(rows []row.Row) error {
			for i := range rows {
				b.sums = b.sums.Add(row.Hash(rows[i].Rec))
			}
			return nil
		})
	}); err != nil {
		return err
	}
	if err := b.stage("fold, bloom filter", func() error {
		filter, err := bloom.New(uint64(b.rows), 1000)
		if err != nil {
			return err
		}
		err = b.fold(sorted, scratch, func(rows []row.Row) error {
			for i := range rows {
				filter.Add(partitioner.Hash128(row.Key(rows[i].Rec)))
			}
			return nil
		})
		b.bloom = filter.Filter()
		return err
	}); err != nil {
		return err
	}
	return b.tables(ctx, slices, sorted, scratch, c)
}

// tables writes and stores all tables.
func (b *bench) tables(ctx context.Context, slices partitioner.Slices, sorted *shuffle.Sorted, scratch *shuffle.Scratch, c *codec.Codec) (err error) {
	dir, err := os.MkdirTemp("", "stages-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var results []writer.Result
	err = b.stage("fold, encode, bloom, sums, write", func() error {
		buf := make([]row.Row, 1024)
		for p := range partitions {
			rows, sum := sorted.Input(p)
			w, err := writer.New(writer.Options{
				Schema: &b.schema, Slices: slices, Partition: p, Codec: c, Fingerprint: fmt.Sprintf("%032x", p), InputRows: rows, InputSum: sum,
				Dictionary: dictionary(c), BloomPPM: 1000, Dir: dir, MemoryBytes: 64 << 20,
			})
			if err != nil {
				return err
			}
			s := sorted.Partition(p, scratch)
			for {
				n, err := s.Next(buf)
				if err == io.EOF {
					break
				}
				if err == nil {
					err = w.Add(buf[:n])
				}
				if err != nil {
					return errors.Join(err, w.Abort())
				}
			}
			r, err := w.Finish()
			if err != nil {
				return err
			}
			results = append(results, r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var size int64
	for _, r := range results {
		size += r.Table.Size + r.Bloom.Size
	}
	url, err := store.DirectoryURL(dir + "/store")
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	err = b.stage("store, in a folder", func() error {
		for i, r := range results {
			for _, f := range []writer.File{r.Table, r.Bloom} {
				if _, err := store.Create(ctx, s, fmt.Sprintf("%d-%x", i, f.SHA256[:4]), store.File(f.Path, f.Size, f.SHA256)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	fmt.Printf("%-34s %7.1f bytes a row\n", "tables and filters", float64(size)/float64(b.rows))
	return err
}

// dictionary names the dictionary of a codec that has one.
func dictionary(c *codec.Codec) string {
	if c.Name() == codec.None {
		return ""
	}
	return "dictionaries/00000000000000000000000000000000.dict"
}

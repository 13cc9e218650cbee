package sample

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/snappy"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"golang.org/x/sync/errgroup"
)

// batchRows is how many rows are made at a time.
const batchRows = 256

// Write writes all rows as one Parquet file; o.Files is not used.
func Write(w io.Writer, o Options) (Stats, error) {
	o.Files = 1
	if err := o.Validate(); err != nil {
		return Stats{}, fmt.Errorf("writing sample: %w", err)
	}
	s, err := write(context.Background(), w, o, 0, o.Rows)
	if err != nil {
		return Stats{}, fmt.Errorf("writing sample: %w", err)
	}
	return s, nil
}

// WriteFiles writes o.Files files, guests-00000.parquet and so on, into the folder dir, which is made if it is missing. A folder
// that holds Parquet files already is refused: old and new ones together would be another sample than the one asked for.
// The files appear under their names when all are whole.
func WriteFiles(ctx context.Context, dir string, o Options) (Stats, error) {
	total, err := writeFiles(ctx, dir, o)
	if err != nil {
		return Stats{}, fmt.Errorf("writing sample to folder %q: %w", dir, err)
	}
	return total, nil
}

func writeFiles(ctx context.Context, dir string, o Options) (_ Stats, err error) {
	if err := o.Validate(); err != nil {
		return Stats{}, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Stats{}, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return Stats{}, err
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".parquet" {
			return Stats{}, fmt.Errorf("it holds %s already; remove its Parquet files or choose another folder", e.Name())
		}
	}
	parts, made := make([]Stats, o.Files), make([]string, o.Files)
	defer func() {
		if err != nil {
			for _, name := range made {
				os.Remove(name) // what stays behind has a name that no glob matches
			}
		}
	}()
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range o.Files {
		group.Go(func() (err error) {
			from, to := share(o.Rows, int64(o.Files), int64(i)), share(o.Rows, int64(o.Files), int64(i)+1)
			made[i], parts[i], err = writeFile(running, dir, o, from, to)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Stats{}, err
	}
	var total Stats
	for i, s := range parts {
		if err := os.Rename(made[i], filepath.Join(dir, fmt.Sprintf("guests-%05d.parquet", i))); err != nil {
			return Stats{}, err
		}
		total.add(s)
	}
	return total, nil
}

// share is the first row of file i of files.
func share(rows, files, i int64) int64 { return rows/files*i + rows%files*i/files }

// writeFile writes rows [from, to) to a file under a passing name, which is given beside an error too once there is one.
func writeFile(ctx context.Context, dir string, o Options, from, to int64) (name string, s Stats, err error) {
	f, err := os.CreateTemp(dir, ".sample-*")
	if err != nil {
		return "", Stats{}, err
	}
	if s, err = write(ctx, f, o, from, to); err == nil {
		err = f.Chmod(0o644)
	}
	return f.Name(), s, errors.Join(err, f.Close())
}

// write writes rows [from, to) as one file.
func write(ctx context.Context, w io.Writer, o Options, from, to int64) (Stats, error) {
	out := &counter{w: w}
	pw := parquet.NewGenericWriter[profile](out, parquet.Compression(codecOf(o.Codec)), parquet.MaxRowsPerRowGroup(o.RowGroupRows),
		parquet.CreatedBy("verdigris sample", "1", "0"))
	s := Stats{Files: 1, Rows: to - from}
	batch := make([]profile, 0, batchRows)
	for i := from; i < to; {
		if err := ctx.Err(); err != nil {
			return Stats{}, context.Cause(ctx)
		}
		batch = batch[:0]
		for ; i < to && len(batch) < batchRows; i++ {
			p, repeated := profileOf(o.Seed, i)
			if repeated {
				s.Repeated++
			}
			s.ContextBytes += int64(len(p.Context))
			batch = append(batch, p)
		}
		if _, err := pw.Write(batch); err != nil {
			return Stats{}, fmt.Errorf("writing rows up to %d: %w", i, err)
		}
	}
	if err := pw.Close(); err != nil {
		return Stats{}, fmt.Errorf("finishing the file: %w", err)
	}
	s.Guests = s.Rows - s.Repeated
	s.Bytes = out.n
	return s, nil
}

func codecOf(c Codec) compress.Codec {
	if c == Snappy {
		return &snappy.Codec{}
	}
	return &zstd.Codec{Level: zstd.DefaultLevel, Concurrency: 1}
}

// counter counts the bytes that pass to w.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

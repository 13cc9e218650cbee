package source

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkRead decodes all columns of the Parquet file that VERDIGRIS_BENCH_PARQUET names, by one goroutine.
func BenchmarkRead(b *testing.B) {
	path := os.Getenv("VERDIGRIS_BENCH_PARQUET")
	if path == "" {
		b.Skip("VERDIGRIS_BENCH_PARQUET names no file")
	}
	files, schema, _, err := openAll(path)
	ok(b, err)
	var wants []Want
	for _, c := range schema.Columns {
		if c.Origin == FromFile {
			wants = append(wants, Want{Name: c.Name, Type: c.Type})
		}
	}
	var rows int64
	b.ReportAllocs()
	start := cpuTime(b)
	for b.Loop() {
		n, err := drain(files[0], wants)
		ok(b, err)
		rows += n
	}
	b.ReportMetric(float64(cpuTime(b)-start)/float64(rows), "cpu-ns/row")
}

// cpuTime is the processor time of this process, which other processes disturb less than the clock.
func cpuTime(b *testing.B) time.Duration {
	var u unix.Rusage
	ok(b, unix.Getrusage(unix.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// drain reads a file to its end.
func drain(f File, wants []Want) (rows int64, err error) {
	s := NewStorage()
	in, err := s.Open(context.Background(), f)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, in.Close(), s.Close()) }()
	for g := range in.Footer.RowGroups {
		n, err := drainGroup(in, g, wants)
		if rows += n; err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func drainGroup(in *Input, g int, wants []Want) (rows int64, err error) {
	r, err := in.Read(context.Background(), g, wants)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		batch, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows += int64(batch.Rows)
	}
}

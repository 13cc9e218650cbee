package workers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/table"
	"github.com/verdigris-db/verdigris/writer"
)

// reduce makes one partition's table and bloom filter, or finds that the parent version has them.
func (w *worker) reduce(ctx context.Context, p reducePayload) (*reduceResult, error) {
	in, err := w.input(ctx, p)
	if err != nil {
		return nil, err
	}
	c, err := w.codecs.open(ctx, w, p.Dictionary)
	if err != nil {
		return nil, err
	}
	fingerprint, err := w.fingerprint(p, c, in)
	if err != nil {
		return nil, err
	}
	if err := pin(ctx, w.view, w.job.Build, fingerprint); err != nil {
		return nil, err
	}
	if old, err := w.reusable(ctx, fingerprint); err != nil || old != nil {
		if err != nil {
			return nil, err
		}
		return &reduceResult{Partition: *old, Reused: true}, nil
	}
	files, stats, err := w.write(ctx, p, c, in, fingerprint)
	if err != nil {
		return nil, err
	}
	return w.publish(ctx, p.Partition, fingerprint, in, files, stats)
}

// input is one partition's rows before the fold.
type input struct {
	rows uint64
	sum  row.Sum
	open func() (shuffle.Stream, func() error, error)
}

// input looks up what the partition is made from, in memory or in the runs.
func (w *worker) input(ctx context.Context, p reducePayload) (*input, error) {
	if p.Partition < 0 || p.Partition >= w.plan.R {
		return nil, fmt.Errorf("the plan has no partition %d", p.Partition)
	}
	if w.job.Mode == inMemory {
		l, err := w.load(ctx)
		if err != nil {
			return nil, err
		}
		in := new(input)
		in.rows, in.sum = l.sorted.Input(p.Partition)
		in.open = func() (shuffle.Stream, func() error, error) {
			s := w.spare.take()
			return l.sorted.Partition(p.Partition, s), func() error { w.spare.give(s); return nil }, nil
		}
		return in, nil
	}
	o, err := w.runsOf(p.Runs)
	if err != nil {
		return nil, err
	}
	in := new(input)
	for i, r := range o.runs {
		info, err := r.Partition(p.Partition)
		if errors.Is(err, shuffle.ErrDamagedRun) {
			return nil, damagedRun(o.task[i], err)
		}
		if err != nil {
			return nil, err
		}
		in.rows += info.Stats.Read
		in.sum = in.sum.Add(info.Stats.InputSum)
	}
	in.open = func() (shuffle.Stream, func() error, error) {
		m, err := o.merge(w, p.Partition)
		if err != nil {
			return nil, nil, err
		}
		return &blaming{Stream: m, runs: o}, func() error { o.done(m); return nil }, nil
	}
	return in, nil
}

// blaming is a stream whose errors name the damaged run's task.
type blaming struct {
	shuffle.Stream
	runs *openRuns
}

func (b *blaming) Next(buf []row.Row) (int, error) {
	n, err := b.Stream.Next(buf)
	if err != nil && err != io.EOF {
		err = b.runs.blame(err)
	}
	return n, err
}

// fingerprint is the name of the partition's files.
func (w *worker) fingerprint(p reducePayload, c *codec.Codec, in *input) (string, error) {
	r := &w.plan.Spec
	inputs := manifest.Inputs{
		TableFormat: table.Version, Codec: string(c.Name()), CodecVersion: c.Version(), BloomFormat: bloom.Version,
		FalsePositivePPM: r.BloomPPM, Schema: r.Schema, Rule: string(r.Duplicates.Rule), Recency: recencyColumn(w.plan),
		R: w.plan.R, Index: p.Partition, InputSum: in.sum, Input: int64(in.rows),
	}
	if p.Dictionary != nil {
		f, err := manifest.ParseFileName(p.Dictionary.Name)
		if err != nil {
			return "", err
		}
		inputs.Dictionary = f.Fingerprint
	}
	return inputs.Fingerprint()
}

// reusable is the parent version's partition with this fingerprint, if both of its objects are still there.
func (w *worker) reusable(ctx context.Context, fingerprint string) (*manifest.Partition, error) {
	old := w.reuse[fingerprint]
	if old == nil {
		return nil, nil
	}
	for _, o := range []manifest.Object{old.Table, old.Bloom} {
		there, err := hasObject(ctx, w.view, o)
		if err != nil || !there {
			return nil, err
		}
	}
	if f, err := manifest.ParseFileName(old.Table.Name); err == nil && f.Repair > 0 { // mended files have a pin of their own
		if err := pin(ctx, w.view, w.job.Build, f.ID()); err != nil {
			return nil, err
		}
	}
	return old, nil
}

// batchRows is how many rows go from the fold to the writer at a time.
const batchRows = 1024

// write makes the local files of the partition and compares what went in with what came out.
func (w *worker) write(ctx context.Context, p reducePayload, c *codec.Codec, in *input, fingerprint string) (_ writer.Result, _ shuffle.Stats, err error) {
	fail := func(err error) (writer.Result, shuffle.Stats, error) { return writer.Result{}, shuffle.Stats{}, err }
	r := &w.plan.Spec
	dictionary := ""
	if p.Dictionary != nil {
		dictionary = p.Dictionary.Name
	}
	out, err := writer.New(writer.Options{
		Schema: &r.Schema, Slices: w.slices, Partition: p.Partition, Codec: c, Dictionary: dictionary, Fingerprint: fingerprint,
		InputRows: in.rows, InputSum: in.sum, RecencyCell: r.Recency != nil, BloomPPM: r.BloomPPM,
		Dir: w.runs.work(w.job.Name), MemoryBytes: w.job.Budget.Writer,
	})
	if err != nil {
		return fail(err)
	}
	finished := false
	defer func() {
		if !finished {
			err = errors.Join(err, out.Abort())
		}
	}()
	stream, closeStream, err := in.open()
	if err != nil {
		return fail(err)
	}
	defer func() { err = errors.Join(err, closeStream()) }()
	buf := make([]row.Row, batchRows)
	for {
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		n, err := stream.Next(buf)
		if err == io.EOF {
			break
		}
		if err != nil {
			return fail(err)
		}
		if err := out.Add(buf[:n]); err != nil {
			return fail(err)
		}
		w.counters.rowsStored.Add(int64(n))
	}
	stats := stream.Stats()
	result, err := out.Finish()
	if err != nil {
		return fail(err)
	}
	finished = true
	if err := errors.Join(stats.Check(),
		sums("partition's input", in.rows, stats.Read, in.sum, stats.InputSum),
		sums("table", stats.Kept, result.Rows, stats.StoredSum, result.StoredSum)); err != nil {
		return fail(errors.Join(err, os.Remove(result.Table.Path), os.Remove(result.Bloom.Path)))
	}
	return result, stats, nil
}

// codecs keeps the codec of the build's dictionary ready.
type codecs struct {
	mu    sync.Mutex
	name  string
	codec *codec.Codec
}

func (k *codecs) open(ctx context.Context, w *worker, dictionary *manifest.Object) (*codec.Codec, error) {
	name := ""
	if dictionary != nil {
		name = dictionary.Name
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.codec != nil && k.name == name {
		return k.codec, nil
	}
	var dict []byte
	if dictionary != nil {
		var err error
		if dict, err = readDictionary(ctx, w.view, dictionary); err != nil {
			return nil, err
		}
	}
	c, err := codec.Open(codec.Name(w.plan.Spec.Codec), &w.plan.Spec.Schema, dict)
	if err != nil {
		return nil, err
	}
	k.name, k.codec = name, c
	return c, nil
}

// scratches lends working memory for sorting, one to each task at a time.
type scratches struct {
	mu   sync.Mutex
	free []*shuffle.Scratch
}

func (s *scratches) take() *shuffle.Scratch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		t := s.free[n-1]
		s.free = s.free[:n-1]
		return t
	}
	return new(shuffle.Scratch)
}

func (s *scratches) give(t *shuffle.Scratch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, t)
}

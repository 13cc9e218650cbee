package workers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/store"
)

// A parent's dictionary is used again if it packs the sample into at most inheritPercent of what a new one needs.
const inheritPercent = 105

// train makes the view's dictionary from the first rows in token order, or decides that the parent's still fits.
func (w *worker) train(ctx context.Context, p trainPayload) (*trainResult, error) {
	name := codec.Name(w.plan.Spec.Codec)
	if name == codec.None {
		return &trainResult{Reason: "the codec has no dictionary"}, nil
	}
	sample, err := w.sample(ctx, p)
	if err != nil {
		return nil, err
	}
	dict, err := codec.Train(name, &w.plan.Spec.Schema, sample)
	if err != nil {
		return nil, err
	}
	result := &trainResult{SampleRows: len(sample)}
	if w.plan.Dictionary == nil {
		result.Reason = "there is no parent with this codec"
	} else {
		fits, reason, err := w.inherits(ctx, name, dict, sample)
		if err != nil {
			return nil, err
		}
		result.Reason = reason
		if fits {
			result.Dictionary, result.Inherited = w.plan.Dictionary, true
			return result, nil
		}
	}
	result.Dictionary, err = w.publishDictionary(ctx, dict)
	return result, err
}

// sample is the first rows in token order after the fold.
func (w *worker) sample(ctx context.Context, p trainPayload) ([]row.Row, error) {
	if w.job.Mode == inMemory {
		l, err := w.load(ctx)
		if err != nil {
			return nil, err
		}
		return shuffle.SampleSorted(l.sorted, codec.SampleRows, codec.SampleBytes)
	}
	o, err := w.runsOf(p.Runs)
	if err != nil {
		return nil, err
	}
	rows, err := shuffle.SampleRuns(w.layout, w.slices, o.runs, codec.SampleRows, codec.SampleBytes, w.job.Budget.Train)
	return rows, o.blame(err)
}

// inherits compares the parent's dictionary with a new one.
func (w *worker) inherits(ctx context.Context, name codec.Name, dict []byte, sample []row.Row) (fits bool, reason string, err error) {
	parent, err := readDictionary(ctx, w.view, w.plan.Dictionary)
	if errors.Is(err, store.ErrNotFound) { // the parent cannot be read any more; the next version can
		return false, "the parent's is gone", nil
	}
	if err != nil {
		return false, "", err
	}
	old, err := codec.Open(name, &w.plan.Spec.Schema, parent)
	if err != nil {
		return false, fmt.Sprintf("the parent's does not fit the schema: %v", err), nil
	}
	fresh, err := codec.Open(name, &w.plan.Spec.Schema, dict)
	if err != nil {
		return false, "", err
	}
	was, is := old.PackedSize(sample), fresh.PackedSize(sample)
	reason = fmt.Sprintf("the sample takes %d bytes with the parent's dictionary, %d with a new one", was, is)
	return was*100 <= is*inheritPercent, reason, nil
}

// publishDictionary stores a dictionary under its content's name.
func (w *worker) publishDictionary(ctx context.Context, dict []byte) (*manifest.Object, error) {
	f := manifest.FileName{Kind: manifest.CodecDictionary, Fingerprint: manifest.DictionaryFingerprint(dict)}
	if err := pin(ctx, w.view, w.job.Build, f.ID()); err != nil {
		return nil, err
	}
	if _, err := store.Create(ctx, w.view, f.String(), store.Bytes(dict)); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(dict)
	return &manifest.Object{Name: f.String(), Bytes: int64(len(dict)), SHA256: hex.EncodeToString(sum[:])}, nil
}

// readDictionary reads a dictionary and checks its digest.
func readDictionary(ctx context.Context, view store.Store, o *manifest.Object) ([]byte, error) {
	b, err := readObject(ctx, view, o.Name)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != o.SHA256 {
		return nil, fmt.Errorf("reading dictionary %q: its sha256 is %x, not %s: it is damaged; delete it, and a build makes it anew", o.Name, sum, o.SHA256)
	}
	return b, nil
}

// pin keeps the garbage collector away from what a build writes or uses again.
func pin(ctx context.Context, view store.Store, build, id string) error {
	_, err := store.Create(ctx, view, manifest.BuildName(build, manifest.PinObject(id)), store.Bytes([]byte("{}\n")))
	return err
}

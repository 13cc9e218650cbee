package workers

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/plan"
	"github.com/verdigris-db/verdigris/shuffle"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/writer"
)

// publish stores a partition's files under the fingerprint and says what the manifest will say of them. A file that is
// there already is compared: the same rows give the same bytes, so another content means that something is broken.
func (w *worker) publish(ctx context.Context, partition int, fingerprint string, in *input, files writer.Result, stats shuffle.Stats) (_ *reduceResult, err error) {
	defer func() { err = errors.Join(err, os.Remove(files.Table.Path), os.Remove(files.Bloom.Path)) }()
	lo, hi := w.slices.Bounds(partition)
	p := manifest.Partition{
		Index: partition, Lo: manifest.Token(lo), Hi: manifest.Token(hi),
		Rows: int64(files.Rows), Keys: int64(files.Keys), Input: int64(in.rows), Folded: int64(stats.Folded),
		InputSum: in.sum, StoredSum: files.StoredSum,
	}
	if files.Rows > 0 {
		least, most := manifest.Token(files.MinToken), manifest.Token(files.MaxToken)
		p.Min, p.Max = &least, &most
	}
	if p.Table, err = w.create(ctx, manifest.FileName{Kind: manifest.Table, Fingerprint: fingerprint}, files.Table); err != nil {
		return nil, err
	}
	if p.Bloom, err = w.create(ctx, manifest.FileName{Kind: manifest.BloomFilter, Fingerprint: fingerprint}, files.Bloom); err != nil {
		return nil, err
	}
	return &reduceResult{Partition: p, Writer: files.Stats}, nil
}

// create stores one finished local file.
func (w *worker) create(ctx context.Context, name manifest.FileName, f writer.File) (manifest.Object, error) {
	outcome, err := store.Create(ctx, w.view, name.String(), store.File(f.Path, f.Size, f.SHA256))
	if err != nil {
		return manifest.Object{}, fmt.Errorf("storing %s: %w", name, err)
	}
	if outcome == store.Created {
		w.counters.bytesTable.Add(f.Size)
	}
	return manifest.Object{Name: name.String(), Bytes: f.Size, SHA256: hex.EncodeToString(f.SHA256[:])}, nil
}

// recencyColumn is the recency column as fingerprints and the manifest have it; nil without one.
func recencyColumn(p *plan.Plan) *cql.Column {
	r := p.Spec.Recency
	if r == nil {
		return nil
	}
	return &cql.Column{Name: r.Name, Type: r.Type}
}

// hasObject reports whether the object is there with its size and, where the store tells it, its sha256.
func hasObject(ctx context.Context, view store.Store, o manifest.Object) (bool, error) {
	info, err := view.Stat(ctx, o.Name)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return info.Size == o.Bytes && (!info.HasSHA256() || hex.EncodeToString(info.SHA256[:]) == o.SHA256), nil
}

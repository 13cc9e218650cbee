package view

import (
	"fmt"
	"sync"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/table"
)

// loadTable opens the table of a partition and holds its header against the manifest.
func (v *View) loadTable(o *openTable) error {
	p := &v.manifest.Partitions[o.index]
	f, err := v.openObject(v.ctx, p.Table)
	if err != nil {
		return err
	}
	t, err := table.Open(f, p.Table.Bytes, v.codecFor)
	if err == nil {
		err = v.checkHeader(t.Header(), p)
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return fmt.Errorf("opening object %q: %w", p.Table.Name, err)
	}
	o.file, o.table = f, t
	o.filter = sync.OnceValue(func() *bloom.Filter { return v.trustedFilter(p) })
	return nil
}

// trustedFilter loads the filter of a partition for reading, nil if it cannot be had whole: a read does without.
func (v *View) trustedFilter(p *manifest.Partition) *bloom.Filter {
	f, err := v.loadFilter(p)
	if err != nil {
		v.log.Warn("bloom filter dropped, reads go on without it", "view", v.manifest.View, "version", v.manifest.Version,
			"partition", p.Index, "object", p.Bloom.Name, "error", err)
		return nil
	}
	return f
}

// maxFilter bounds a filter file: one of a partition with a billion keys is below it.
const maxFilter = 8 << 30

// loadFilter reads a filter and holds it against the manifest.
func (v *View) loadFilter(p *manifest.Partition) (*bloom.Filter, error) {
	b, err := v.readObject(v.ctx, p.Bloom, maxFilter)
	if err != nil {
		return nil, err
	}
	return v.checkFilter(b, p)
}

// checkFilter decodes a filter and holds its parameters against the manifest.
func (v *View) checkFilter(b []byte, p *manifest.Partition) (*bloom.Filter, error) {
	f, err := bloom.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("decoding object %q: %w", p.Bloom.Name, err)
	}
	got := f.Header()
	if got.Keys != uint64(p.Keys) || got.PPM != v.manifest.Bloom.FalsePositivePPM {
		return nil, fmt.Errorf("decoding object %q: %w: made for %d keys and %d false positives per million, named are %d and %d",
			p.Bloom.Name, ErrDiffers, got.Keys, got.PPM, p.Keys, v.manifest.Bloom.FalsePositivePPM)
	}
	return f, nil
}

// checkHeader compares what a table says about itself with what the manifest says about it.
func (v *View) checkHeader(h *table.Header, p *manifest.Partition) error {
	var minToken, maxToken int64
	if p.Min != nil && p.Max != nil {
		minToken, maxToken = int64(*p.Min), int64(*p.Max)
	}
	for _, c := range []struct {
		field     string
		got, want any
	}{
		{"partitions", h.R, v.manifest.R},
		{"partition", h.Partition, p.Index},
		{"codec", string(h.Codec), v.manifest.Codec.Name},
		{"codec version", h.CodecVersion, v.manifest.Codec.Version},
		{"fingerprint", h.Fingerprint, fingerprintOf(p.Table.Name)},
		{"rows", h.Rows, uint64(p.Rows)},
		{"keys", h.Keys, uint64(p.Keys)},
		{"input rows", h.InputRows, uint64(p.Input)},
		{"input sum", h.InputSum, p.InputSum},
		{"stored sum", h.StoredSum, p.StoredSum},
		{"least token", h.MinToken, minToken},
		{"greatest token", h.MaxToken, maxToken},
		{"schema", h.Schema.Equal(v.Schema()), true},
	} {
		if c.got != c.want {
			return fmt.Errorf("%w: %s in its header is %v, named is %v", ErrDiffers, c.field, c.got, c.want)
		}
	}
	return nil
}

package view

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/store"
)

// DefaultOpenTables is the number of tables that a View keeps open if its Options do not say.
const DefaultOpenTables = 256

// Options are a View's settings; the zero Options will do.
type Options struct {
	Files      Files        // where objects are read; nil for the store that the manifest came from
	OpenTables int          // tables kept open when nobody reads them; those being read come on top
	Log        *slog.Logger // of dropped filters; nil for none
}

// View is one open version of a view. It is read-only and may be shared by goroutines.
type View struct {
	ctx      context.Context // ends the reads of all files
	cancel   context.CancelFunc
	manifest *manifest.Manifest
	slices   partitioner.Slices
	files    Files
	log      *slog.Logger
	tables   tables
	codec    func() (*codec.Codec, error) // made ready by the first who asks
}

// Open opens a version of a view: the newest if version is 0. root is the store that holds the view's folder.
// The context bounds everything that the View does later.
func Open(ctx context.Context, root store.Store, view string, version uint64, o Options) (*View, error) {
	if version == 0 {
		var err error
		if version, err = Newest(ctx, root, view); err != nil {
			return nil, err
		}
	}
	m, err := Load(ctx, root, view, version)
	if err != nil {
		return nil, err
	}
	if o.Files == nil {
		o.Files = Objects(store.Under(root, view))
	}
	return New(ctx, m, o), nil
}

// New opens the version that m describes; o.Files has its objects.
func New(ctx context.Context, m *manifest.Manifest, o Options) *View {
	if o.OpenTables < 1 {
		o.OpenTables = DefaultOpenTables
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	v := &View{manifest: m, slices: partitioner.Slices{R: m.R}, files: o.Files, log: o.Log}
	v.ctx, v.cancel = context.WithCancel(ctx)
	v.tables = tables{limit: o.OpenTables, open: map[int]*openTable{}, load: v.loadTable}
	v.codec = sync.OnceValues(v.openCodec)
	return v
}

// Manifest is the version's manifest. It is shared: do not change it.
func (v *View) Manifest() *manifest.Manifest { return v.manifest }

// Schema is the columns of the version.
func (v *View) Schema() *cql.Schema { return &v.manifest.Schema }

// Close closes the tables that nobody reads, and the others when their readers are closed.
func (v *View) Close() error {
	err := v.tables.close()
	v.cancel()
	return err
}

// openCodec makes the version's codec ready, with its dictionary if it has one.
func (v *View) openCodec() (*codec.Codec, error) {
	c := &v.manifest.Codec
	var dictionary []byte
	if c.Dictionary != nil {
		var err error
		if dictionary, err = v.readObject(v.ctx, *c.Dictionary, codec.MaxDictionary); err != nil {
			return nil, err
		}
	}
	out, err := codec.Open(codec.Name(c.Name), v.Schema(), dictionary)
	if err != nil {
		return nil, err
	}
	if out.Version() != c.Version {
		return nil, fmt.Errorf("codec %q version %d: %w: this build has version %d", c.Name, c.Version, codec.ErrUnknown, out.Version())
	}
	return out, nil
}

// codecFor is a table.Codecs: the header of a table must name what the manifest does.
func (v *View) codecFor(name codec.Name, schema *cql.Schema, dictionary string) (*codec.Codec, error) {
	c := &v.manifest.Codec
	want := ""
	if c.Dictionary != nil {
		want = c.Dictionary.Name
	}
	if string(name) != c.Name || fingerprintOf(dictionary) != fingerprintOf(want) || !schema.Equal(v.Schema()) {
		return nil, fmt.Errorf("header names codec %q with dictionary %q or another schema: %w: codec %q, dictionary %q", name, dictionary,
			ErrDiffers, c.Name, want)
	}
	return v.codec()
}

// fingerprintOf is the fingerprint in an object's name: that of a repaired object is the same.
func fingerprintOf(name string) string {
	f, err := manifest.ParseFileName(name)
	if err != nil {
		return name
	}
	return f.Fingerprint
}

// readObject reads an object of at most limit bytes whole and compares size and sha256 with the manifest.
func (v *View) readObject(ctx context.Context, o manifest.Object, limit int64) ([]byte, error) {
	f, err := v.openObject(ctx, o)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if o.Bytes > limit {
		return nil, fmt.Errorf("reading object %q: %w: %d bytes, at most %d allowed", o.Name, ErrDiffers, o.Bytes, limit)
	}
	b := make([]byte, o.Bytes)
	if n, err := f.ReadAt(b, 0); int64(n) < o.Bytes {
		if err == io.EOF {
			err = fmt.Errorf("%w: it ends after %d bytes", ErrDiffers, n)
		}
		return nil, fmt.Errorf("reading object %q: %w", o.Name, err)
	}
	sum := sha256.Sum256(b)
	if got := hex.EncodeToString(sum[:]); got != o.SHA256 {
		return nil, fmt.Errorf("reading object %q: %w: sha256 is %s, named is %s", o.Name, ErrDiffers, got, o.SHA256)
	}
	return b, nil
}

// openObject opens an object and compares its size with the manifest.
func (v *View) openObject(ctx context.Context, o manifest.Object) (File, error) {
	f, size, err := v.files.Open(ctx, o.Name)
	if err != nil {
		return nil, err
	}
	if size != o.Bytes {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("opening object %q: %w: %d bytes, named are %d", o.Name, ErrDiffers, size, o.Bytes)
	}
	return f, nil
}

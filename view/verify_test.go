package view_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/table"
	"github.com/verdigris-db/verdigris/view"
	"github.com/verdigris-db/verdigris/view/viewtest"
)

func verify(t testing.TB, s store.Store, o view.VerifyOptions) *view.Report {
	t.Helper()
	v, err := view.Open(t.Context(), s, "events", 0, view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	report, err := v.Verify(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestVerifyWhole(t *testing.T) {
	rows := eventRows(t, 200)
	for _, name := range codec.Names() {
		s, _ := openDirectory(t)
		m := viewtest.Write(t, s, eventVersion(3, name, rows))
		var last view.Progress
		report := verify(t, s, view.VerifyOptions{Progress: func(p view.Progress) {
			if p.Bytes < last.Bytes || p.Partitions < last.Partitions {
				t.Errorf("progress goes back: %+v, then %+v", last, p)
			}
			last = p
		}})
		bytes := m.Totals.TableBytes + m.Totals.BloomBytes
		if m.Codec.Dictionary != nil {
			bytes += m.Codec.Dictionary.Bytes
		}
		if !report.Whole() || report.Rows != m.Totals.Rows || report.Keys != m.Totals.Keys || report.StoredSum != m.Totals.StoredSum ||
			report.Bytes != bytes || report.Version != 3 || report.View != "events" || report.Partitions != 4 {
			t.Errorf("%s: %+v", name, report)
		}
		if again := verify(t, s, view.VerifyOptions{HeldBytes: 1, Parallel: 1}); !reflect.DeepEqual(again, report) {
			t.Errorf("%s, read twice: %+v, not %+v", name, again, report)
		}
		if r := report.Bloom; r.TargetPPM != 1000 || r.Probes < 1_000_000 || r.MatchesPPM < 300 || r.MatchesPPM > 1200 {
			t.Errorf("%s: bloom %+v", name, r)
		}
		if last.Partitions != 4 || last.Bytes != bytes || last.OfBytes != bytes {
			t.Errorf("%s: last progress is %+v", name, last)
		}
	}
}

// TestVerifyFindsFlippedBits flips bits of every object, each alone.
func TestVerifyFindsFlippedBits(t *testing.T) {
	s, root := openDirectory(t)
	m := viewtest.Write(t, s, eventVersion(1, codec.Default, eventRows(t, 40)))
	objects := []manifest.Object{*m.Codec.Dictionary}
	for _, p := range m.Partitions {
		objects = append(objects, p.Table, p.Bloom)
	}
	for _, o := range objects {
		path := filepath.Join(root, "events", filepath.FromSlash(o.Name))
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{0, len(whole) / 3, len(whole) / 2, len(whole) - 1} {
			damaged := bytes.Clone(whole)
			damaged[at] ^= 0x10
			replace(t, path, damaged)
			expectFault(t, s, o.Name, "sha256")
		}
		replace(t, path, whole[:len(whole)-1])
		expectFault(t, s, o.Name, "bytes, named are")
		replace(t, path, append(bytes.Clone(whole), 0))
		expectFault(t, s, o.Name, "bytes, named are")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		expectFault(t, s, o.Name, "does not exist")
		replace(t, path, whole)
	}
	if report := verify(t, s, view.VerifyOptions{Parallel: 1}); !report.Whole() {
		t.Errorf("mended, but %+v", report.Faults)
	}
}

// replace puts other bytes under a name, as a new file.
func replace(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// expectFault verifies and wants the first fault to be of the object, and no other object of the same kind to be blamed.
func expectFault(t testing.TB, s store.Store, object, problem string) {
	t.Helper()
	report := verify(t, s, view.VerifyOptions{Probes: 40_000})
	if report.Whole() || report.Faults[0].Object != object || !strings.Contains(report.Faults[0].Problem, problem) {
		t.Errorf("%s: want a fault with %q, got %+v", object, problem, report.Faults[:min(len(report.Faults), 1)])
	}
}

// TestDamagedBytes: what sha256 would find, the checksums inside find too: reads never give wrong rows.
func TestDamagedBytes(t *testing.T) {
	rows := viewtest.Sort(events, eventRows(t, 30))
	for _, name := range codec.Names() {
		s, _ := openDirectory(t)
		m := viewtest.Write(t, s, eventVersion(1, name, rows))
		folder := view.Objects(store.Under(s, "events"))
		for i, p := range m.Partitions {
			lo, hi := partitioner.Slices{R: m.R}.Bounds(i)
			own := slices.DeleteFunc(slices.Clone(rows), func(r row.Row) bool { return r.Token <= lo || r.Token > hi })
			for at := int64(0); at < p.Table.Bytes; at += max(p.Table.Bytes/40, 1) {
				v := view.New(t.Context(), m, view.Options{Files: flipped{folder, p.Table.Name, at}})
				scan := v.Scan(t.Context(), lo, hi)
				n, err := 0, error(nil)
				for buf := make([]row.Row, 16); err == nil; {
					var got int
					got, err = scan.Next(buf)
					n += got
				}
				if err == io.EOF || !view.IsCorruption(err) || !strings.Contains(err.Error(), p.Table.Name) {
					t.Errorf("%s, byte %d of partition %d: %d rows, %v", name, at, i, n, err)
				}
				getAll(t, v, own, p.Table.Name)
				if err := errors.Join(scan.Close(), v.Close()); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// getAll gets each key of rows: all its rows come as they are, or an error names the object that is damaged.
func getAll(t *testing.T, v *view.View, rows []row.Row, object string) {
	t.Helper()
	for from := 0; from < len(rows); {
		key, to := row.Key(rows[from].Rec), from+1
		for to < len(rows) && bytes.Equal(row.Key(rows[to].Rec), key) {
			to++
		}
		got, err := v.Get(t.Context(), key, table.Slice{})
		for i := from; err == nil; i++ {
			var cells []byte
			if cells, err = got.Next(); err == nil && (i == to || !bytes.Equal(cells, row.Cells(rows[i].Rec))) || err == io.EOF && i < to {
				t.Fatalf("key %x, row %d of %d: %x, %v", key, i-from, to-from, cells, err)
			}
		}
		if err != io.EOF && (!view.IsCorruption(err) || !strings.Contains(err.Error(), object)) {
			t.Fatalf("key %x: %v", key, err)
		}
		if got != nil {
			if err := got.Close(); err != nil {
				t.Fatal(err)
			}
		}
		from = to
	}
}

// flipped flips one bit of one object.
type flipped struct {
	view.Files
	name string
	at   int64
}

func (f flipped) Open(ctx context.Context, name string) (view.File, int64, error) {
	file, size, err := f.Files.Open(ctx, name)
	if err == nil && name == f.name {
		file = flippedFile{file, f.at}
	}
	return file, size, err
}

type flippedFile struct {
	view.File
	at int64
}

func (f flippedFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	if i := f.at - off; i >= 0 && i < int64(n) {
		p[i] ^= 0x04
	}
	return n, err
}

// TestBadFilterIsDropped: gets go on without it and say so once; Verify calls it a fault.
func TestBadFilterIsDropped(t *testing.T) {
	rows := eventRows(t, 30)
	s, root := openDirectory(t)
	m := viewtest.Write(t, s, eventVersion(1, codec.None, rows))
	for i, p := range m.Partitions {
		path := filepath.Join(root, "events", filepath.FromSlash(p.Bloom.Name))
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		switch i {
		case 0:
			b[len(b)/2] ^= 1
		case 1:
			b = b[:len(b)-8]
		case 2:
			b = nil
		case 3: // a whole filter, of other keys
			other, err := bloom.New(uint64(p.Keys), m.Bloom.FalsePositivePPM)
			if err != nil {
				t.Fatal(err)
			}
			b = other.Bytes()
		}
		replace(t, path, b)
	}
	var log bytes.Buffer
	v, err := view.Open(t.Context(), s, "events", 1, view.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, r := range rows {
			if _, found := cellsOf(t, v, row.Key(r.Rec), table.Slice{Limit: 1}); !found {
				t.Fatalf("key %x is hidden by a bad filter", row.Key(r.Rec))
			}
		}
	}
	if n := strings.Count(log.String(), "bloom filter dropped"); n != 4 {
		t.Errorf("%d warnings:\n%s", n, &log)
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	if report := verify(t, s, view.VerifyOptions{}); len(report.Faults) != 4 || report.Rows != m.Totals.Rows {
		t.Errorf("%+v", report)
	}
}

// forge replaces an object and signs the manifest for it, as no builder would.
func forge(t testing.TB, root string, m *manifest.Manifest, o *manifest.Object, content []byte) {
	t.Helper()
	replace(t, filepath.Join(root, "events", filepath.FromSlash(o.Name)), content)
	sum := sha256.Sum256(content)
	o.Bytes, o.SHA256 = int64(len(content)), hex.EncodeToString(sum[:])
	sign(t, root, m)
}

func sign(t testing.TB, root string, m *manifest.Manifest) {
	t.Helper()
	m.Totals.TableBytes, m.Totals.BloomBytes = 0, 0
	for _, p := range m.Partitions {
		m.Totals.TableBytes += p.Table.Bytes
		m.Totals.BloomBytes += p.Bloom.Bytes
	}
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(root, "events", manifest.ManifestName(m.Version)), b)
}

// TestVerifyFindsForgeries: objects whose sha256 is right but which lie.
func TestVerifyFindsForgeries(t *testing.T) {
	rows := eventRows(t, 40)
	write := func() (store.Store, string, *manifest.Manifest) {
		s, root := openDirectory(t)
		return s, root, viewtest.Write(t, s, eventVersion(1, codec.None, rows))
	}
	t.Run("filter without its keys", func(t *testing.T) {
		s, root, m := write()
		p := &m.Partitions[2]
		empty, err := bloom.New(uint64(p.Keys), m.Bloom.FalsePositivePPM)
		if err != nil {
			t.Fatal(err)
		}
		forge(t, root, m, &p.Bloom, empty.Bytes())
		expectFault(t, s, p.Bloom.Name, fmt.Sprintf("denies %d of %d keys", p.Keys, p.Keys))
	})
	t.Run("filter that takes everything", func(t *testing.T) {
		s, root, m := write()
		p := &m.Partitions[2]
		full, err := bloom.New(uint64(p.Keys), m.Bloom.FalsePositivePPM)
		if err != nil {
			t.Fatal(err)
		}
		for i := range uint64(10_000) {
			full.Add(i*0x9e3779b97f4a7c15, i*0xbf58476d1ce4e5b9)
		}
		forge(t, root, m, &p.Bloom, full.Bytes())
		expectFault(t, s, p.Bloom.Name, "absent keys for present")
	})
	t.Run("filter for another number of keys", func(t *testing.T) {
		s, root, m := write()
		p := &m.Partitions[2]
		other, err := bloom.New(uint64(p.Keys)+1, m.Bloom.FalsePositivePPM)
		if err != nil {
			t.Fatal(err)
		}
		forge(t, root, m, &p.Bloom, other.Bytes())
		expectFault(t, s, p.Bloom.Name, "made for")
	})
	t.Run("table of another partition", func(t *testing.T) {
		s, root, m := write()
		b, err := os.ReadFile(filepath.Join(root, "events", filepath.FromSlash(m.Partitions[1].Table.Name)))
		if err != nil {
			t.Fatal(err)
		}
		forge(t, root, m, &m.Partitions[2].Table, b)
		expectFault(t, s, m.Partitions[2].Table.Name, "partition in its header is 1, named is 2")
	})
	t.Run("table of other rows", func(t *testing.T) {
		s, root, m := write()
		other, otherRoot := openDirectory(t)
		changed := append([]row.Row{}, rows...)
		changed[3] = viewtest.Row(t, events, `{"tenant":"t0","guest":-5,"day":"2026-11-04","n":0,"note":"changed","price":"0.00"}`)
		n := viewtest.Write(t, other, eventVersion(1, codec.None, changed))
		at, _ := partitioner.Slices{R: m.R}.Locate(changed[3].Token)
		b, err := os.ReadFile(filepath.Join(otherRoot, "events", filepath.FromSlash(n.Partitions[at].Table.Name)))
		if err != nil {
			t.Fatal(err)
		}
		forge(t, root, m, &m.Partitions[at].Table, b)
		expectFault(t, s, m.Partitions[at].Table.Name, "fingerprint in its header")
	})
}

// TestVerifyReportsWhatItCannotRead: an object that cannot be read just now is an error, not a fault.
func TestVerifyReportsWhatItCannotRead(t *testing.T) {
	s, _ := openDirectory(t)
	m := viewtest.Write(t, s, eventVersion(1, codec.None, eventRows(t, 10)))
	broken := errors.New("the line is dead")
	for _, name := range []string{m.Partitions[0].Table.Name, m.Partitions[3].Bloom.Name} {
		v := view.New(t.Context(), m, view.Options{Files: failing{view.Objects(store.Under(s, "events")), name, broken}})
		if report, err := v.Verify(t.Context(), view.VerifyOptions{}); !errors.Is(err, broken) || report != nil {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
}

// failing fails the reads of one object.
type failing struct {
	view.Files
	name string
	err  error
}

func (f failing) Open(ctx context.Context, name string) (view.File, int64, error) {
	file, size, err := f.Files.Open(ctx, name)
	if err == nil && name == f.name {
		file = failingFile{file, f.err}
	}
	return file, size, err
}

type failingFile struct {
	view.File
	err error
}

func (f failingFile) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// TestFailedOpenIsTriedAgain: a table that could not be opened once is opened by the next who asks.
func TestFailedOpenIsTriedAgain(t *testing.T) {
	rows := eventRows(t, 5)
	s, _ := openDirectory(t)
	m := viewtest.Write(t, s, eventVersion(1, codec.None, rows))
	index, _ := partitioner.Slices{R: m.R}.Locate(rows[0].Token)
	files := &once{Files: view.Objects(store.Under(s, "events")), name: m.Partitions[index].Table.Name}
	v := view.New(t.Context(), m, view.Options{Files: files})
	defer v.Close()
	if _, err := v.Get(t.Context(), row.Key(rows[0].Rec), table.Slice{}); err == nil {
		t.Error("no error")
	}
	if _, found := cellsOf(t, v, row.Key(rows[0].Rec), table.Slice{}); !found {
		t.Error("the key is not found")
	}
}

// once fails the first opening of one object.
type once struct {
	view.Files
	name   string
	failed bool
}

func (o *once) Open(ctx context.Context, name string) (view.File, int64, error) {
	if name == o.name && !o.failed {
		o.failed = true
		return nil, 0, errors.New("not now")
	}
	return o.Files.Open(ctx, name)
}

// TestReplacedObject: a table that changes while it is open is not read on.
func TestReplacedObject(t *testing.T) {
	s, root := openDirectory(t)
	m := viewtest.Write(t, s, eventVersion(1, codec.None, eventRows(t, 10)))
	name := m.Partitions[0].Table.Name
	f, size, err := view.Objects(store.Under(s, "events")).Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 8)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	if n, err := f.ReadAt(b, size-4); n != 4 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if n, err := f.ReadAt(b, size); n != 0 || err != io.EOF {
		t.Errorf("behind the end: %d, %v", n, err)
	}
	replace(t, filepath.Join(root, "events", filepath.FromSlash(name)), make([]byte, size+1))
	if _, err := f.ReadAt(b, 0); !errors.Is(err, store.ErrPrecondition) || !view.IsCorruption(err) {
		t.Errorf("after a change: %v", err)
	}
}

func BenchmarkVerify(b *testing.B) {
	s, _ := openDirectory(b)
	m := viewtest.Write(b, s, eventVersion(1, codec.Default, eventRows(b, 5000)))
	b.SetBytes(m.Totals.TableBytes)
	for b.Loop() {
		if report := verify(b, s, view.VerifyOptions{}); !report.Whole() {
			b.Fatal(report.Faults)
		}
	}
}

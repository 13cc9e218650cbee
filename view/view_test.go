package view_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/table"
	"github.com/verdigris-db/verdigris/view"
	"github.com/verdigris-db/verdigris/view/viewtest"
)

// cellsOf reads what Get finds to its end, as copies.
func cellsOf(t testing.TB, v *view.View, key []byte, want table.Slice) (cells [][]byte, found bool) {
	t.Helper()
	rows, err := v.Get(t.Context(), key, want)
	if err != nil {
		t.Fatal(err)
	}
	found = rows.Found()
	for {
		c, err := rows.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		cells = append(cells, bytes.Clone(c))
	}
	if err := errors.Join(rows.Close(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	return cells, found
}

// scanned reads a scan to its end, as copies.
func scanned(t testing.TB, s *view.Scan) []row.Row {
	t.Helper()
	var out []row.Row
	buf := make([]row.Row, 7)
	for {
		n, err := s.Next(buf)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range buf[:n] {
			out = append(out, row.Row{Token: r.Token, Rec: bytes.Clone(r.Rec)})
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

func sameRow(a, b row.Row) bool { return a.Token == b.Token && bytes.Equal(a.Rec, b.Rec) }

// TestRead compares gets and scans of every codec with the rows that were written, by ranged reads and from files.
func TestRead(t *testing.T) {
	rows := viewtest.Sort(events, eventRows(t, 100))
	for _, name := range codec.Names() {
		s, root := openDirectory(t)
		viewtest.Write(t, s, eventVersion(7, name, rows))
		for how, files := range map[string]view.Files{"objects": nil, "files": view.Directory(filepath.Join(root, "events"))} {
			t.Run(fmt.Sprint(name, " ", how), func(t *testing.T) {
				v, err := view.Open(t.Context(), s, "events", 0, view.Options{Files: files, OpenTables: 1})
				if err != nil {
					t.Fatal(err)
				}
				if got := scanned(t, v.Scan(t.Context(), partitioner.MinToken, math.MaxInt64)); !slices.EqualFunc(got, rows, sameRow) {
					t.Errorf("scan gives %d rows, not the %d written", len(got), len(rows))
				}
				checkRanges(t, v, rows)
				checkGets(t, v, rows)
				if err := v.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// checkRanges scans token ranges that begin and end at rows and at the bounds of partitions.
func checkRanges(t *testing.T, v *view.View, rows []row.Row) {
	ends := []int64{partitioner.MinToken, math.MaxInt64, rows[0].Token, rows[len(rows)/2].Token, rows[len(rows)-1].Token}
	for i := range v.Manifest().R {
		lo, _ := partitioner.Slices{R: v.Manifest().R}.Bounds(i)
		ends = append(ends, lo)
	}
	for _, from := range ends {
		for _, to := range ends {
			var want []row.Row
			for _, r := range rows {
				if from < r.Token && r.Token <= to {
					want = append(want, r)
				}
			}
			if got := scanned(t, v.Scan(t.Context(), from, to)); !slices.EqualFunc(got, want, sameRow) {
				t.Errorf("(%d, %d]: %d rows, want %d", from, to, len(got), len(want))
			}
		}
	}
}

func checkGets(t *testing.T, v *view.View, rows []row.Row) {
	byKey := map[string][][]byte{}
	for _, r := range rows {
		k := string(row.Key(r.Rec))
		byKey[k] = append(byKey[k], row.Cells(r.Rec))
	}
	for key, want := range byKey {
		got, found := cellsOf(t, v, []byte(key), table.Slice{})
		if !found || !slices.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("key %x: found %v, %d rows, want %d", key, found, len(got), len(want))
		}
		// From the second day on, at most 3.
		day, _, _ := row.Next(want[0])
		slice := table.Slice{Upper: &table.Bound{Value: day, Exclusive: true}, Limit: 3}
		var part [][]byte
		for _, cells := range want {
			if d, _, _ := row.Next(cells); !bytes.Equal(d, day) && len(part) < 3 {
				part = append(part, cells)
			}
		}
		if got, found = cellsOf(t, v, []byte(key), slice); !found || !slices.EqualFunc(got, part, bytes.Equal) {
			t.Errorf("key %x, a part: found %v, %d rows, want %d", key, found, len(got), len(part))
		}
	}
	for i := range 200 {
		key, err := cql.CompositeKey(nil, []byte("nobody"), cql.AppendBigInt(nil, int64(i)))
		if err != nil {
			t.Fatal(err)
		}
		if cells, found := cellsOf(t, v, key, table.Slice{}); found || len(cells) != 0 {
			t.Errorf("key %x was never written and has %d rows", key, len(cells))
		}
	}
}

func TestEmptyView(t *testing.T) {
	s, _ := openDirectory(t)
	viewtest.Write(t, s, eventVersion(1, codec.Default, nil))
	v, err := view.Open(t.Context(), s, "events", 1, view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if got := scanned(t, v.Scan(t.Context(), partitioner.MinToken, math.MaxInt64)); len(got) != 0 {
		t.Errorf("%d rows", len(got))
	}
	if _, found := cellsOf(t, v, []byte("\x00\x01a\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"), table.Slice{}); found {
		t.Error("a key was found")
	}
	report, err := v.Verify(t.Context(), view.VerifyOptions{})
	if err != nil || !report.Whole() || report.Rows != 0 || report.Objects < 8 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestVersions(t *testing.T) {
	s, _ := openDirectory(t)
	if all, err := view.Versions(t.Context(), s, "events"); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := view.Open(t.Context(), s, "events", 0, view.Options{}); !errors.Is(err, view.ErrNoVersion) {
		t.Errorf("no version: %v", err)
	}
	rows := eventRows(t, 10)
	for _, n := range []uint64{1, 2, 10} {
		viewtest.Write(t, s, eventVersion(n, codec.None, rows[:n]))
	}
	for _, stray := range []string{".DS_Store", "v00000000000000000010.json~", "v11.json", "old/v00000000000000000012.json"} { // no versions
		if err := s.Write(t.Context(), "events/manifests/"+stray, store.Bytes([]byte("x")), store.CreateOnly); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := view.Versions(t.Context(), s, "events"); err != nil || !slices.Equal(all, []uint64{1, 2, 10}) {
		t.Errorf("%v, %v", all, err)
	}
	for asked, want := range map[uint64]uint64{0: 10, 1: 1, 10: 10} {
		v, err := view.Open(t.Context(), s, "events", asked, view.Options{})
		if err != nil || v.Manifest().Version != want {
			t.Fatalf("version %d: %v", asked, err)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
	for name, version := range map[string]uint64{"events": 3, "event": 1} {
		if _, err := view.Open(t.Context(), s, name, version, view.Options{}); !errors.Is(err, view.ErrNoVersion) {
			t.Errorf("%s %d: %v", name, version, err)
		}
	}
	if _, err := view.Versions(t.Context(), s, "../events"); err == nil {
		t.Error("a view above the store is listed")
	}
}

// TestLoadChecksItsName: a manifest under another name or in another view's folder is refused.
func TestLoadChecksItsName(t *testing.T) {
	s, _ := openDirectory(t)
	viewtest.Write(t, s, eventVersion(1, codec.None, nil))
	b, err := store.ReadAll(t.Context(), s, manifest.Path("events", manifest.ManifestName(1)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for name, version := range map[string]uint64{"events": 2, "guests": 1} {
		if err := s.Write(t.Context(), manifest.Path(name, manifest.ManifestName(version)), store.Bytes(b), store.CreateOnly); err != nil {
			t.Fatal(err)
		}
		if _, err := view.Load(t.Context(), s, name, version); !errors.Is(err, manifest.ErrInvalid) {
			t.Errorf("%s %d: %v", name, version, err)
		}
	}
}

// TestManyReaders gets and scans from several goroutines with room for one idle table.
func TestManyReaders(t *testing.T) {
	rows := viewtest.Sort(events, eventRows(t, 60))
	s, _ := openDirectory(t)
	viewtest.Write(t, s, eventVersion(1, codec.Default, rows))
	v, err := view.Open(t.Context(), s, "events", 1, view.Options{OpenTables: 1})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			if g%2 == 0 {
				if got := scanned(t, v.Scan(t.Context(), partitioner.MinToken, math.MaxInt64)); len(got) != len(rows) {
					t.Errorf("%d rows, want %d", len(got), len(rows))
				}
				return
			}
			for i := g; i < len(rows); i += 5 {
				if _, found := cellsOf(t, v, row.Key(rows[i].Rec), table.Slice{Limit: 2}); !found {
					t.Errorf("row %d is not found", i)
				}
			}
		})
	}
	wg.Wait()
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	if _, err := v.Get(t.Context(), row.Key(rows[0].Rec), table.Slice{}); err == nil {
		t.Error("a closed view answers")
	}
}

// TestCloseUnderReaders: who reads when the view is closed closes the table himself.
func TestCloseUnderReaders(t *testing.T) {
	rows := eventRows(t, 10)
	s, _ := openDirectory(t)
	viewtest.Write(t, s, eventVersion(1, codec.None, rows))
	files := &countedFiles{Files: view.Objects(store.Under(s, "events"))}
	v, err := view.Open(t.Context(), s, "events", 1, view.Options{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Get(t.Context(), row.Key(rows[0].Rec), table.Slice{})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if files.count() != 1 {
		t.Errorf("%d files open under a reader", files.count())
	}
	if err := got.Close(); err != nil || files.count() != 0 {
		t.Errorf("%d files open in the end, %v", files.count(), err)
	}
}

// countedFiles counts the files that are open.
type countedFiles struct {
	view.Files
	mu   sync.Mutex
	open int
}

func (c *countedFiles) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open += n
}

func (c *countedFiles) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

func (c *countedFiles) Open(ctx context.Context, name string) (view.File, int64, error) {
	f, size, err := c.Files.Open(ctx, name)
	if err == nil {
		c.add(1)
		f = countedFile{f, c}
	}
	return f, size, err
}

type countedFile struct {
	view.File
	files *countedFiles
}

func (f countedFile) Close() error {
	f.files.add(-1)
	return f.File.Close()
}

// TestOpenTablesAreBounded: idle tables beyond the limit are closed.
func TestOpenTablesAreBounded(t *testing.T) {
	rows := eventRows(t, 60)
	s, _ := openDirectory(t)
	viewtest.Write(t, s, eventVersion(1, codec.None, rows))
	files := &countedFiles{Files: view.Objects(store.Under(s, "events"))}
	v, err := view.Open(t.Context(), s, "events", 1, view.Options{Files: files, OpenTables: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		cellsOf(t, v, row.Key(r.Rec), table.Slice{})
		if files.count() > 2 {
			t.Fatalf("%d files are open", files.count())
		}
	}
	if files.count() != 2 {
		t.Errorf("%d files are open", files.count())
	}
	if err := v.Close(); err != nil || files.count() != 0 {
		t.Errorf("%d files open in the end, %v", files.count(), err)
	}
}

func TestCancel(t *testing.T) {
	rows := eventRows(t, 10)
	s, _ := openDirectory(t)
	viewtest.Write(t, s, eventVersion(1, codec.None, rows))
	v, err := view.Open(t.Context(), s, "events", 1, view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	scan := v.Scan(ctx, partitioner.MinToken, math.MaxInt64)
	for range 2 {
		if n, err := scan.Next(make([]row.Row, 1)); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("scan: %d, %v", n, err)
		}
	}
	if report, err := v.Verify(ctx, view.VerifyOptions{}); report != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("verify: %v", err)
	}
}

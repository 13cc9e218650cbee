package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"github.com/verdigris-db/verdigris/cql"
)

func TestSourceChanges(t *testing.T) {
	wants := []Want{{Name: "k", Type: cql.Of(cql.BigInt)}}
	s := NewStorage()
	defer s.Close()
	for _, c := range []struct {
		name   string
		change func(t *testing.T, path string)
	}{
		{"longer", func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			ok(t, err)
			_, err = f.WriteString("x")
			ok(t, err)
			ok(t, f.Close())
		}},
		{"touched", func(t *testing.T, path string) { ok(t, os.Chtimes(path, time.Time{}, time.Unix(1, 0))) }},
		{"replaced by its like", func(t *testing.T, path string) {
			info, err := os.Stat(path)
			ok(t, err)
			b, err := os.ReadFile(path)
			ok(t, err)
			ok(t, os.WriteFile(path+"2", b, 0o644))
			ok(t, os.Chtimes(path+"2", time.Time{}, info.ModTime()))
			ok(t, os.Rename(path+"2", path))
		}},
		{"overwritten by nothing", func(t *testing.T, path string) { ok(t, os.Truncate(path, 0)) }},
		{"gone", func(t *testing.T, path string) { ok(t, os.Remove(path)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := writeFile(t, t.TempDir(), "x.parquet", pairs(0, 50_000), parquet.PageBufferSize(1000))
			files, err := s.List(t.Context(), []string{path})
			ok(t, err)
			in, err := s.Open(t.Context(), files[0])
			ok(t, err)
			r, err := in.Read(t.Context(), 0, wants)
			ok(t, err)
			_, err = r.Next()
			ok(t, err)
			c.change(t, path)
			for err == nil {
				_, err = r.Next()
			}
			if !errors.Is(err, ErrSourceChanged) || !strings.Contains(err.Error(), `"x.parquet"`) {
				t.Errorf("read on: %v", err)
			}
			if _, again := r.Next(); again == nil || again == io.EOF {
				t.Errorf("after the error: %v", again)
			}
			ok(t, r.Close())
			ok(t, in.Close())
			if _, err := s.Open(t.Context(), files[0]); !errors.Is(err, ErrSourceChanged) {
				t.Errorf("opened again: %v", err)
			}
			if _, err := s.Footers(t.Context(), files, 1); !errors.Is(err, ErrSourceChanged) {
				t.Errorf("footers: %v", err)
			}
		})
	}
}

// TestNotParquet: what is no Parquet file is named with its file, and all such files at once.
func TestNotParquet(t *testing.T) {
	dir := t.TempDir()
	long := "PAR1" + strings.Repeat("x", 100)
	for name, content := range map[string]string{
		"empty": "", "short": "PAR1", "csv": strings.Repeat("a,b\n", 100), "encrypted": long + "\x04\x00\x00\x00PARE",
		"footer": long + "\xff\xff\xff\x7fPAR1", "garbage": long + "\x10\x00\x00\x00PAR1",
	} {
		ok(t, os.WriteFile(dir+"/"+name, []byte(content), 0o644))
	}
	_, _, _, err := openAll(dir)
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{
		`"empty": damaged Parquet file: a file of 0 bytes is too short`, `"short": damaged`, `"csv": damaged Parquet file: the file ends with "a,b\n"`,
		`"encrypted": unsupported Parquet feature: encrypted footer`, `"footer": damaged Parquet file: a footer of 2147483647 bytes`, `"garbage": damaged`,
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("no %s in:\n%v", part, err)
		}
	}
}

// TestEmptyFiles: no rows, no row groups, or no columns wanted.
func TestEmptyFiles(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "a.parquet", []pair{})
	writeFile(t, dir, "b.parquet", pairs(0, 5000), parquet.MaxRowsPerRowGroup(4999))
	files, schema, footers, err := openAll(dir)
	ok(t, err)
	if footers[0].Rows != 0 || len(footers[0].Splits()) != 0 || len(footers[1].Splits()) != 2 || footers[1].Splits()[1].First != 4999 {
		t.Errorf("splits %+v, %+v", footers[0].Splits(), footers[1].Splits())
	}
	ok(t, schema.Check(Want{Name: "v", Type: cql.Of(cql.Text)}))
	for _, wants := range [][]Want{nil, {{Name: PseudoRow, Type: cql.Of(cql.BigInt)}}, {{Name: "k", Type: cql.Of(cql.BigInt)}}} {
		rows, err := readJSON(files, wants)
		ok(t, err)
		if len(rows) != 5000 {
			t.Errorf("%d rows", len(rows))
		}
	}
	s := NewStorage()
	defer s.Close()
	in, err := s.Open(t.Context(), files[1])
	ok(t, err)
	defer in.Close()
	var place *PlaceError
	if _, err := in.Read(t.Context(), 2, nil); !errors.As(err, &place) || place.Group != 2 {
		t.Errorf("row group 2: %v", err)
	}
}

// TestFlippedBytes: with page checksums, a byte that changed in a page is an error or harmless, never other rows; anywhere
// else it is an error or as many rows.
func TestFlippedBytes(t *testing.T) {
	dir := t.TempDir()
	var rows []nestedRow
	for i := range 40 {
		tag := fmt.Sprint("tag", i%3)
		rows = append(rows, nestedRow{ID: int64(i), List: []int64{1, int64(i)}, Home: &address{Street: &tag, Zip: 3, Tags: []string{tag}},
			Counts: map[string]int64{"a": 1}})
	}
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Zstd} {
		path := writeFile(t, dir, "x.parquet", rows, parquet.Compression(codec), parquet.PageBufferSize(100))
		good, err := os.ReadFile(path)
		ok(t, err)
		want, err := readBytes(t, good)
		ok(t, err)
		footer := len(good) - 8 - int(uint32(good[len(good)-8])|uint32(good[len(good)-7])<<8)
		seen := 0
		for at := range good {
			bad := bytes.Clone(good)
			bad[at] ^= byte(1 << (at % 8))
			got, err := readBytes(t, bad)
			switch {
			case err != nil:
				seen++
				if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrSchema) && !isValueError(err) {
					t.Fatalf("%s, byte %d: %v", codec, at, err)
				}
			case at < footer && strings.Join(got, "\n") != strings.Join(want, "\n") || len(got) != len(want):
				t.Fatalf("%s, byte %d of %d: other rows and no error", codec, at, len(good))
			}
		}
		if seen < len(good)/2 {
			t.Errorf("%s: %d errors for %d bytes", codec, seen, len(good))
		}
	}
}

func isValueError(err error) bool {
	var v *ValueError
	return errors.As(err, &v)
}

// readBytes reads all columns that a file in memory has.
func readBytes(t *testing.T, b []byte) ([]string, error) {
	f := File{Name: "x.parquet", Size: int64(len(b))}
	in, err := newInput(t.Context(), inMemory{bytes.NewReader(b)}, f)
	if err != nil {
		return nil, err
	}
	if err := in.walkChunks(bytes.NewReader(b)); err != nil {
		return nil, err
	}
	schema, err := Unify(nil, []*Footer{in.Footer}, nil)
	if err != nil {
		return nil, err
	}
	var wants []Want
	for _, c := range schema.Columns {
		if w := (Want{Name: c.Name, Type: c.Type}); c.Err == nil && schema.Check(w) == nil {
			wants = append(wants, w)
		}
	}
	var out []string
	for g := range in.groups {
		rows, err := readGroup(in, g, wants)
		if out = append(out, rows...); err != nil {
			return out, err
		}
	}
	return out, nil
}

// inMemory is a file in memory.
type inMemory struct{ *bytes.Reader }

func (o inMemory) ReadAt(_ context.Context, b []byte, off int64) (int, error) {
	return o.Reader.ReadAt(b, off)
}
func (o inMemory) Unchanged(context.Context) error { return nil }
func (o inMemory) Reach() reach                    { return near }
func (o inMemory) Close() error                    { return nil }

// TestMemory compares what a Reader holds with the formula.
func TestMemory(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1000)
	type wide struct {
		K    int64    `parquet:"k"`
		D    string   `parquet:"d,dict"`
		P    string   `parquet:"p,plain"`
		Zip  string   `parquet:"z,zstd"`
		Pre  string   `parquet:"pre,delta"`
		List []string `parquet:"l,list"`
	}
	var rows []wide
	for i := range 4000 {
		rows = append(rows, wide{int64(i), long[:i%3000] + fmt.Sprint(i), long[i%100:][:2000], fmt.Sprint(long[:i%500], i), fmt.Sprint(long[:100], i),
			[]string{long[:i%700], long[:i%11]}})
	}
	for _, page := range []int{1 << 10, 1 << 18, 1 << 26} {
		dir := t.TempDir()
		writeFile(t, dir, "x.parquet", rows, parquet.PageBufferSize(page))
		files, schema, footers, err := openAll(dir)
		ok(t, err)
		var all []Want
		for _, c := range schema.Columns {
			all = append(all, Want{Name: c.Name, Type: c.Type})
		}
		for i, w := range all {
			checkMemory(t, files[0], footers[0], all[i:i+1], fmt.Sprintf("%s with pages of %d", w.Name, page))
		}
		checkMemory(t, files[0], footers[0], all, fmt.Sprintf("all with pages of %d", page))
	}
}

func checkMemory(t *testing.T, file File, footer *Footer, wants []Want, what string) {
	t.Helper()
	s := NewStorage()
	defer s.Close()
	in, err := s.Open(t.Context(), file)
	ok(t, err)
	defer in.Close()
	allowed, base, most := footer.Memory(0, wants), heap(), int64(0)
	r, err := in.Read(t.Context(), 0, wants)
	ok(t, err)
	for {
		b, err := r.Next()
		if err == io.EOF {
			break
		}
		ok(t, err)
		most = max(most, heap()-base)
		runtime.KeepAlive(b)
	}
	ok(t, r.Close())
	if most > allowed {
		t.Errorf("%s: %d bytes held, %d foreseen", what, most, allowed)
	}
	if conservative := in.Footer.Memory(0, wants); conservative < most {
		t.Errorf("%s: %d bytes held, the footer alone foresees %d", what, most, conservative)
	}
	t.Logf("%s: %d held of %d", what, most, allowed)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// FuzzThrift: whatever checkThrift lets pass is a struct within its bytes.
func FuzzThrift(f *testing.F) {
	f.Add([]byte{0x15, 0x02, 0x19, 0x1c, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, err := checkThrift(b); err == nil && (n < 1 || n > len(b) || b[n-1]&15 != thriftStop) {
			t.Errorf("%d of %d bytes", n, len(b))
		}
	})
}

// FuzzLevels: runs of any bytes give an error or as many levels or indexes as asked, each in range.
func FuzzLevels(f *testing.F) {
	f.Add([]byte{0x03, 0xaa}, uint16(8), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, n uint16, most uint8) {
		if levels, err := decodeLevels(nil, b, int(n), most); err == nil {
			for _, l := range levels {
				if l > most {
					t.Errorf("level %d of %d", l, most)
				}
			}
			if len(levels) != int(n) {
				t.Errorf("%d levels of %d", len(levels), n)
			}
		}
		if idx, err := decodeIndexes(nil, b, int(n), int(most)+1); err == nil {
			for _, i := range idx {
				if i < 0 || i > int32(most) {
					t.Errorf("index %d of %d", i, most)
				}
			}
			if len(idx) != int(n) {
				t.Errorf("%d indexes of %d", len(idx), n)
			}
		}
	})
}

// TestCancelled: a Reader whose context ends gives that as its error, and a cause where there is one.
func TestCancelled(t *testing.T) {
	path := writeFile(t, t.TempDir(), "x.parquet", pairs(0, 10_000))
	s := NewStorage()
	defer s.Close()
	files, err := s.List(t.Context(), []string{path})
	ok(t, err)
	in, err := s.Open(t.Context(), files[0])
	ok(t, err)
	defer in.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	r, err := in.Read(ctx, 0, []Want{{Name: "k", Type: cql.Of(cql.BigInt)}})
	ok(t, err)
	defer r.Close()
	_, err = r.Next()
	ok(t, err)
	enough := errors.New("enough")
	cancel(enough)
	if _, err := r.Next(); !errors.Is(err, enough) {
		t.Error(err)
	}
	if _, err := s.Footers(ctx, files, 1); !errors.Is(err, enough) {
		t.Error(err)
	}
	if _, err := s.List(ctx, []string{parent(path)}); !errors.Is(err, enough) {
		t.Error(err)
	}
}

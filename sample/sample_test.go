package sample

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func small() Options {
	o := Default()
	o.Rows, o.RowGroupRows, o.Codec = 600, 140, Snappy // quicker than zstd under the race detector
	return o
}

// file is what Write gives, and its rows read back.
func file(t *testing.T, o Options) ([]byte, []profile, Stats) {
	t.Helper()
	var b bytes.Buffer
	s, err := Write(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), rowsOf(t, b.Bytes()), s
}

func rowsOf(t *testing.T, b []byte) []profile {
	t.Helper()
	rows, err := parquet.Read[profile](bytes.NewReader(b), int64(len(b)))
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return rows
}

func TestSameOptionsSameBytes(t *testing.T) {
	o := small()
	o.Rows = 200
	first, _, _ := file(t, o)
	again, _, _ := file(t, o)
	if !bytes.Equal(first, again) {
		t.Fatal("the same options gave other bytes")
	}
	o.Seed = 2
	if other, _, _ := file(t, o); bytes.Equal(first, other) {
		t.Fatal("another seed gave the same bytes")
	}
}

// TestGolden pins the rows of seed 1: the numbers in benchmark reports are about these.
func TestGolden(t *testing.T) {
	h := sha256.New()
	for i := range int64(500) {
		p, _ := profileOf(1, i)
		if err := json.NewEncoder(h).Encode(p); err != nil {
			t.Fatal(err)
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)[:8]); got != "71ebdaa2aea8dcdf" {
		t.Fatalf("the first 500 rows of seed 1 have the digest %s", got)
	}
}

func TestRows(t *testing.T) {
	for _, codec := range []Codec{Zstd, Snappy} {
		o := small()
		o.Codec = codec
		b, rows, s := file(t, o)
		if int64(len(rows)) != o.Rows || s.Rows != o.Rows || s.Bytes != int64(len(b)) || s.Files != 1 {
			t.Fatalf("%d rows, %d bytes, %+v", len(rows), len(b), s)
		}
		f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(f.RowGroups()); n != 5 {
			t.Errorf("%d row groups", n)
		}
		if got := f.Metadata().RowGroups[0].Columns[0].MetaData.Codec.String(); !strings.EqualFold(got, string(codec)) {
			t.Errorf("%s, want %s", got, codec)
		}
		for i, p := range rows {
			if want, _ := profileOf(o.Seed, int64(i)); !same(p, want) {
				t.Fatalf("row %d is %+v, want %+v", i, p, want)
			}
		}
	}
}

// same compares two rows; an empty list comes back as nil or not.
func same(a, b profile) bool {
	if !slices.Equal(a.Segments, b.Segments) {
		return false
	}
	a.Segments, b.Segments = nil, nil
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// TestShape checks the promises of the package comment.
func TestShape(t *testing.T) {
	const n = 5_000
	newest, rowsOfKey := map[string]int64{}, map[string]int{}
	firstOf := map[string]int64{}
	var lengths []int
	var repeats, nulls, beyondASCII int
	for i := range int64(n) {
		p, repeated := profileOf(7, i)
		if !json.Valid([]byte(p.Context)) {
			t.Fatalf("row %d: %s", i, p.Context)
		}
		lengths = append(lengths, len(p.Context))
		if p.Country == nil {
			nulls++
		}
		if strings.ContainsFunc(p.GuestID, func(r rune) bool { return r > 127 }) {
			beyondASCII++
		}
		rowsOfKey[p.GuestID]++
		first, known := firstOf[p.GuestID]
		if known != repeated {
			t.Fatalf("row %d: key %s was seen before: %v, the generator says %v", i, p.GuestID, known, repeated)
		}
		if !known {
			firstOf[p.GuestID], newest[p.GuestID] = i, p.UpdatedAt
			continue
		}
		repeats++
		if p.UpdatedAt >= newest[p.GuestID] {
			t.Fatalf("row %d is not older than row %d of the same guest", i, first)
		}
	}
	if repeats < n*2/100 || repeats > n*4/100 {
		t.Errorf("%d of %d rows repeat a guest", repeats, n)
	}
	if most := slices.Max(slices.Collect(maps.Values(rowsOfKey))); most < 3 {
		t.Errorf("no guest has more than %d rows", most)
	}
	if nulls == 0 || beyondASCII == 0 {
		t.Errorf("%d nulls, %d keys beyond ASCII", nulls, beyondASCII)
	}
	slices.Sort(lengths)
	median, low, high := lengths[n/2], lengths[0], lengths[n-1]
	if median < 2300 || median > 2900 || low < 150 || low > 300 || high < 25_000 || high > 60_200 {
		t.Errorf("contexts have %d to %d bytes, median %d", low, high, median)
	}
}

// TestFilesHoldTheSameRows: the number of files divides the rows, and changes none.
func TestFilesHoldTheSameRows(t *testing.T) {
	o := small()
	o.Rows = 200
	_, want, whole := file(t, o)
	for _, files := range []int{1, 3, 7} {
		o.Files = files
		dir := filepath.Join(t.TempDir(), "new", "folder")
		s, err := WriteFiles(t.Context(), dir, o)
		if err != nil {
			t.Fatal(err)
		}
		names, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(names) != files || s.Files != files {
			t.Fatalf("%d files: %v, %v, %+v", files, names, err, s)
		}
		if s.Guests != whole.Guests || s.Repeated != whole.Repeated || s.ContextBytes != whole.ContextBytes || s.Guests+s.Repeated != s.Rows {
			t.Errorf("%d files: %+v, one file: %+v", files, s, whole)
		}
		var got []profile
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rowsOf(t, b)...)
		}
		if !slices.EqualFunc(got, want, same) {
			t.Errorf("%d files hold other rows", files)
		}
	}
}

func TestWriteFilesRefusesAFullFolder(t *testing.T) {
	dir := t.TempDir()
	o := small()
	o.Rows, o.Files = 10, 2
	if _, err := WriteFiles(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	if _, err := WriteFiles(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "guests-00000.parquet already") {
		t.Fatal(err)
	}
}

func TestNoRows(t *testing.T) {
	o := small()
	o.Rows = 0
	if _, rows, s := file(t, o); len(rows) != 0 || s.Rows != 0 {
		t.Fatal(rows, s)
	}
}

func TestOptions(t *testing.T) {
	err := Options{Rows: -1, Files: 0, RowGroupRows: 0, Codec: "gzip"}.Validate()
	for _, want := range []string{"-1 rows", "0 files", "0 rows a row group", `codec "gzip"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not have %q", err, want)
		}
	}
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	if _, err := Write(io.Discard, Options{}); err == nil {
		t.Error("empty options were accepted")
	}
}

// failing gives an error after n bytes.
type failing struct{ n int }

var errFull = errors.New("no space")

func (f *failing) Write(b []byte) (int, error) {
	if f.n -= len(b); f.n < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// TestWriteErrors: a full disk surfaces wherever it happens.
func TestWriteErrors(t *testing.T) {
	o := small()
	o.Rows = 100
	whole, _, _ := file(t, o)
	for _, n := range []int{0, 3, len(whole) / 2, len(whole) - 1} {
		if _, err := Write(&failing{n}, o); !errors.Is(err, errFull) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	if _, err := Write(&failing{len(whole)}, o); err != nil {
		t.Error(err)
	}
}

// TestScramble: ids do not meet.
func TestScramble(t *testing.T) {
	seen := map[uint64]bool{}
	for g := range int64(50_000) {
		seen[scramble(3, g)] = true
		seen[scramble(3, MaxRows-1-g)] = true
	}
	if len(seen) != 100_000 {
		t.Fatalf("%d ids of 100000", len(seen))
	}
}

// TestStoppedSampleLeavesNothing: half a sample would be taken for a whole one.
func TestStoppedSampleLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	o := Default()
	o.Rows, o.Files = 1<<40, 3
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := WriteFiles(ctx, dir, o)
		done <- err
	}()
	for { // until it is at work
		if left, err := os.ReadDir(dir); err != nil {
			t.Fatal(err)
		} else if len(left) > 0 {
			break
		}
		runtime.Gosched()
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v: left behind are %v", err, left)
	}
}

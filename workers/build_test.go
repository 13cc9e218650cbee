package workers_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/spec"
	"github.com/verdigris-db/verdigris/workers"
)

func mustBuild(t *testing.T, s setting) *workers.Report {
	t.Helper()
	r, err := s.build(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBuildGivesTheSameBytesHoweverItRuns(t *testing.T) {
	s := newSetting(t)
	r := mustBuild(t, s)
	if r.Totals.Read != 1100 || r.Totals.Folded != 100 || r.Totals.Rows != 1000 || r.Mode != "memory" {
		t.Fatalf("report %+v", r)
	}
	verify(t, s.Dir, "out", 1)
	want := content(load(t, s.Dir, "out", 1))
	for name, change := range map[string]func(*setting){
		"two workers": func(s *setting) { s.Workers = 2 },
		"five":        func(s *setting) { s.Workers = 5 },
		"other file names": func(s *setting) {
			s.Spec = strings.Replace(s.Spec, `["data"]`, `["swapped"]`, 1)
			writeGuests(t, filepath.Join(s.Dir, "swapped", "z.parquet"), guests(0, 600))
			writeGuests(t, filepath.Join(s.Dir, "swapped", "x", "c.parquet"), guests(600, 1000))
		},
	} {
		t.Run(name, func(t *testing.T) {
			other := s.into(strings.ReplaceAll(name, " ", "-"))
			change(&other)
			r := mustBuild(t, other)
			if other.Workers > 1 && r.Mode != "spill" {
				t.Errorf("mode is %s", r.Mode)
			}
			if got := content(load(t, s.Dir, strings.ReplaceAll(name, " ", "-"), 1)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestUnchangedInputIsAnswered(t *testing.T) {
	s := newSetting(t)
	first := mustBuild(t, s)
	again := mustBuild(t, s)
	if again.Result != workers.Already || again.Version != 1 || again.Newest != 1 || again.Build != first.Build {
		t.Fatalf("second build: %+v", again)
	}
	s.NewVersion = true
	third := mustBuild(t, s)
	if third.Result != workers.Built || third.Version != 2 || third.Reused != third.Partitions {
		t.Fatalf("with a new version: %+v", third)
	}
	if a, b := content(load(t, s.Dir, "out", 1)), content(load(t, s.Dir, "out", 2)); a != b {
		t.Errorf("version 1\n%s\nversion 2\n%s", a, b)
	}
	s.NewVersion = false
	if r := mustBuild(t, s); r.Result != workers.Already || r.Version != 1 || r.Newest != 2 {
		t.Errorf("the first build again: %+v", r)
	}
}

// TestFindingsAreNeverHidden: what is wrong with the spec is said, and said once, whatever else is wrong.
func TestFindingsAreNeverHidden(t *testing.T) {
	s := newSetting(t)
	for name, c := range map[string]struct{ change, want []string }{
		"no store":     {[]string{"view: ", "nonsense: 1\nview: "}, []string{"nonsense: unknown field", "no store: name one"}},
		"wrong source": {[]string{`["data"]`, `["http://data"]`}, []string{`source[0]: "http://data" is not allowed`}},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := s.options()
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Replace(s.Spec, c.change[0], c.change[1], 1)
			if o.Spec, o.Findings = spec.Parse([]byte(text), "spec.yaml"); o.Findings == nil {
				t.Fatal("the spec is right")
			}
			if name == "no store" {
				o.Store, o.Spec.Store = "", ""
			}
			_, err = workers.Build(context.Background(), o)
			if err == nil {
				t.Fatal("it was built")
			}
			for _, want := range c.want {
				if strings.Count(err.Error(), want) != 1 {
					t.Errorf("%q stands not once in\n%v", want, err)
				}
			}
			if n := strings.Count(err.Error(), "\n") + 1; n != len(c.want) {
				t.Errorf("%d lines:\n%v", n, err)
			}
		})
	}
}

func TestSmallChangeRewritesOnlyWhatItTouches(t *testing.T) {
	s := newSetting(t)
	mustBuild(t, s)
	rows := guests(600, 1000)
	rows[5].Score++
	writeGuests(t, filepath.Join(s.Dir, "data", "b.parquet"), rows)
	r := mustBuild(t, s)
	if r.Version != 2 || r.Reused != r.Partitions-1 {
		t.Fatalf("%d of %d partitions reused: %s", r.Reused, r.Partitions, r.Dictionary)
	}
	verify(t, s.Dir, "out", 2)
}

func TestDuplicatesAreRefusedByDefault(t *testing.T) {
	s := newSetting(t)
	s.Spec = strings.Replace(s.Spec, "duplicates: {rule: latest, by: updated}\n", "", 1)
	for _, n := range []int{1, 2} {
		s.Workers = n
		_, err := s.build(context.Background())
		if err == nil || !strings.Contains(err.Error(), "two rows have the key id=") {
			t.Errorf("%d workers: %v", n, err)
		}
	}
	if _, err := tryLoad(s.Dir, "out", 1); err == nil {
		t.Error("a version was published")
	}
}

func TestRequirements(t *testing.T) {
	for name, c := range map[string]struct{ require, want string }{
		"rows":   {"{min_rows: 1001}", "min_rows is 1001, the build has 1000"},
		"marker": {"{success_file: _SUCCESS}", "_SUCCESS"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSetting(t)
			s.Spec += "require: " + c.require + "\n"
			_, err := s.build(context.Background())
			if !errors.Is(err, workers.ErrRequired) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestLargeDropIsRefused(t *testing.T) {
	s := newSetting(t)
	s.Spec += "require: {max_drop: 0.2}\n"
	mustBuild(t, s)
	if err := os.Remove(filepath.Join(s.Dir, "data", "b.parquet")); err != nil {
		t.Fatal(err)
	}
	_, err := s.build(context.Background())
	if !errors.Is(err, workers.ErrRequired) || !strings.Contains(err.Error(), "max_drop is 0.2") {
		t.Fatalf("got %v", err)
	}
}

func TestOlderSourceIsRefused(t *testing.T) {
	s := newSetting(t)
	s.Spec += "watermark: {column: updated}\n"
	mustBuild(t, s)
	if err := os.Remove(filepath.Join(s.Dir, "data", "b.parquet")); err != nil {
		t.Fatal(err)
	}
	_, err := s.build(context.Background())
	var stale *workers.StaleError
	if !errors.As(err, &stale) || stale.Version != 1 || stale.Have == stale.Want {
		t.Fatalf("got %v", err)
	}
	if _, err := time.Parse(time.RFC3339, stale.Want); err != nil {
		t.Errorf("the watermark is a time, and not shown as one: %v", stale)
	}
}

func TestTwoBuildsAtOnce(t *testing.T) {
	s := newSetting(t)
	other := s
	other.Spec = strings.Replace(s.Spec, "partitions: 4", "partitions: 3", 1)
	var wg sync.WaitGroup
	versions := make([]uint64, 2)
	for i, s := range []setting{s, other} {
		wg.Go(func() {
			r, err := s.build(context.Background())
			if err != nil {
				t.Error(err)
				return
			}
			versions[i] = r.Version
		})
	}
	wg.Wait()
	if versions[0]+versions[1] != 3 || versions[0] == 0 || versions[1] == 0 {
		t.Fatalf("versions %v", versions)
	}
	verify(t, s.Dir, "out", 1)
	verify(t, s.Dir, "out", 2)
}

func TestTheSameBuildTwiceAtOnce(t *testing.T) {
	s := newSetting(t)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if r, err := s.build(context.Background()); err != nil || r.Version != 1 {
				t.Errorf("%v, %+v", err, r)
			}
		})
	}
	wg.Wait()
	if _, err := tryLoad(s.Dir, "out", 2); err == nil {
		t.Error("the same build made two versions")
	}
	verify(t, s.Dir, "out", 1)
}

func TestCancelledBuildGoesOn(t *testing.T) {
	s := newSetting(t)
	s.Workers = 2
	o, err := s.options()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	o.Observer = func(st workers.Status) {
		if st.Phase == workers.Reducing && st.Tasks > 0 {
			cancel()
		}
	}
	if _, err := workers.Build(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	r := mustBuild(t, s)
	if r.Version != 1 || r.Resumed == 0 {
		t.Errorf("report %+v", r)
	}
	mustBuild(t, s.into("clean"))
	if a, b := content(load(t, s.Dir, "out", 1)), content(load(t, s.Dir, "clean", 1)); a != b {
		t.Errorf("resumed\n%s\nclean\n%s", a, b)
	}
}

func TestTooLittleMemoryIsRefusedWithTheFigure(t *testing.T) {
	s := newSetting(t)
	s.Memory = 64 << 20
	_, err := s.build(context.Background())
	if !errors.Is(err, workers.ErrBudget) || !strings.Contains(err.Error(), "at least") {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(s.Dir, "out", "guests", "manifests")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was published: %v", err)
	}
}

func TestDryRunTouchesNothing(t *testing.T) {
	s := newSetting(t)
	o, err := s.options()
	if err != nil {
		t.Fatal(err)
	}
	out, err := workers.DryRun(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if out.Files != 2 || out.Rows != 1100 || out.Partitions != 4 || out.RowGroups != 4 || out.Mode != "memory" || out.RowBytes < 50 {
		t.Errorf("outline %+v", out)
	}
	if _, err := os.Stat(filepath.Join(s.Dir, "out")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the store exists: %v", err)
	}
	mustBuild(t, s)
	if out, err = workers.DryRun(context.Background(), o); err != nil || out.Already != 1 || out.Parent != 1 {
		t.Errorf("after a build: %v %+v", err, out)
	}
}

func TestWhereOnFoldersSkipsFiles(t *testing.T) {
	s := newSetting(t)
	for _, region := range []string{"eu", "us"} {
		writeGuests(t, filepath.Join(s.Dir, "hive", "region="+region, "a.parquet"), guests(0, 100))
	}
	// A file that cannot be read, but need not be.
	if err := os.WriteFile(filepath.Join(s.Dir, "hive", "region=us", "b.parquet"), []byte("nonsense"), 0o666); err != nil {
		t.Fatal(err)
	}
	s.Spec = strings.Replace(s.Spec, `["data"]`, `["hive"]`, 1) + "where: [{column: region, op: \"=\", value: eu}]\n"
	r := mustBuild(t, s)
	if r.Files != 1 || r.Skipped != 2 || r.Totals.Rows != 100 {
		t.Fatalf("report %+v", r)
	}
	if m := load(t, s.Dir, "out", 1); fmt.Sprint(m.Source.Skipped) != "[region=us/a.parquet region=us/b.parquet]" {
		t.Errorf("skipped %v", m.Source.Skipped)
	}
}

// TestFolderColumnsHaveTheTypeOfAllFolders: which folders a condition keeps does not decide a column's type.
func TestFolderColumnsHaveTheTypeOfAllFolders(t *testing.T) {
	s := newSetting(t)
	for _, region := range []string{"01", "eu"} {
		writeGuests(t, filepath.Join(s.Dir, "hive", "region="+region, "a.parquet"), guests(0, 10))
	}
	s.Spec = strings.Replace(s.Spec, `["data"]`, `["hive"]`, 1) + "where: [{column: region, op: \"=\", value: \"01\"}]\n"
	if r := mustBuild(t, s); r.Files != 1 || r.Skipped != 1 || r.Totals.Rows != 10 {
		t.Fatalf("report %+v", r)
	}
	m := load(t, s.Dir, "out", 1)
	i := slices.IndexFunc(m.Schema.Values, func(c cql.Column) bool { return c.Name == "region" })
	if i < 0 || m.Schema.Values[i].Type.Kind != cql.Text {
		t.Errorf("schema %+v, want region as text", m.Schema)
	}
}

func TestOverridesReachTheSource(t *testing.T) {
	s := newSetting(t)
	type event struct {
		ID int64 `parquet:"id"`
		At int64 `parquet:"at,timestamp(microsecond)"`
	}
	path := filepath.Join(s.Dir, "events", "a.parquet")
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := parquet.WriteFile(path, []event{{1, 1_500_001}, {2, 2_000_000}}); err != nil {
		t.Fatal(err)
	}
	s.Spec = "view: guests\nsource: [events]\nstore: out\nkey: [id]\n"
	_, err := s.build(context.Background())
	if err == nil || !strings.Contains(err.Error(), "at: timestamp(truncate)") {
		t.Fatalf("without an override: %v", err)
	}
	s.Spec += "types: {at: timestamp(truncate)}\n"
	if r := mustBuild(t, s); r.Totals.Rows != 2 {
		t.Fatalf("report %+v", r)
	}
	if m := load(t, s.Dir, "out", 1); m.Schema.Values[0].Type.Kind != cql.Timestamp {
		t.Errorf("schema %+v", m.Schema)
	}
}

package plan

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/source"
	"github.com/verdigris-db/verdigris/spec"
)

// resolved is the spec of a view with one key and one value column.
func resolved() *spec.Resolved {
	id, name := cql.Column{Name: "id", Type: cql.Of(cql.BigInt)}, cql.Column{Name: "name", Type: cql.Of(cql.Text)}
	return &spec.Resolved{
		View: "guests", Schema: cql.Schema{Key: []cql.Column{id}, Values: []cql.Column{name}},
		Key: []spec.Want{{Name: "id", Type: id.Type}}, Values: []spec.Want{{Name: "name", Type: name.Type}},
		Duplicates: spec.Duplicates{Rule: spec.RuleError}, BloomPPM: 1000, Codec: spec.CodecCells,
	}
}

// footers are n files of groups row groups with rows rows of size bytes each.
func footers(n, groups int, rows, size int64) []*source.Footer {
	var out []*source.Footer
	for i := range n {
		f := &source.Footer{File: source.File{Name: fmt.Sprintf("part-%06d.parquet", i), Size: size * int64(groups), Modified: 1, Inode: uint64(i)}}
		for range groups {
			f.RowGroups = append(f.RowGroups, source.RowGroup{First: f.Rows, Rows: rows, Bytes: size})
			f.Rows += rows
		}
		out = append(out, f)
	}
	return out
}

func mustPlan(t *testing.T, in Input) *Plan {
	t.Helper()
	p, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func input() Input {
	return Input{Canonical: []byte(`{"view":"guests"}`), Resolved: resolved(), Footers: footers(3, 4, 1000, 1<<20), RowBytes: 100}
}

func TestEveryRowIsInOneTask(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := input()
		in.Footers = footers(rapid.IntRange(0, 20).Draw(t, "files"), rapid.IntRange(0, 5).Draw(t, "groups"),
			rapid.Int64Range(0, 5_000_000).Draw(t, "rows"), 1<<20)
		in.RowBytes = rapid.Int64Range(1, 10_000).Draw(t, "row bytes")
		p, err := New(in)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int64{}
		for i, task := range p.Tasks {
			if task.ID != fmt.Sprintf("m%05d", i) || len(task.Splits) == 0 {
				t.Fatalf("task %d is %q with %d row groups", i, task.ID, len(task.Splits))
			}
			if before := task.Rows - task.Splits[len(task.Splits)-1].Rows; before*p.RowBytes >= maxTaskBytes {
				t.Fatalf("task %s is full without its last row group", task.ID)
			}
			for _, s := range task.Splits {
				seen[fmt.Sprint(p.Files[s.File].Name, s.RowGroup)] += s.Rows
				if got := p.SourceSplit(s); got.First != s.First || got.File.Name != p.Files[s.File].Name {
					t.Fatalf("split %+v is %+v", s, got)
				}
			}
		}
		for _, f := range in.Footers {
			for g, group := range f.RowGroups {
				if seen[fmt.Sprint(f.File.Name, g)] != group.Rows {
					t.Fatalf("row group %d of %s has %d rows in tasks, %d in its file", g, f.File.Name, seen[fmt.Sprint(f.File.Name, g)], group.Rows)
				}
			}
		}
	})
}

func TestPartitionsBySize(t *testing.T) {
	for _, c := range []struct {
		rows, rowBytes int64
		want           int
	}{
		{0, 100, 16},
		{1_000_000, 100, 16},
		{100_000_000, 200, 128},
		{1_000_000_000, 200, 1024},
		{10_000_000_000, 1000, 4096},
	} {
		in := input()
		in.Footers, in.RowBytes = footers(1, 1, c.rows, 1<<30), c.rowBytes
		if p := mustPlan(t, in); p.R != c.want {
			t.Errorf("%d rows of %d bytes: %d partitions, want %d", c.rows, c.rowBytes, p.R, c.want)
		}
	}
}

func TestPartitionsFollowTheParent(t *testing.T) {
	for _, c := range []struct {
		before int64 // bytes of the parent's files; the input has 12 MiB
		fixed  int
		want   int
	}{
		{12 << 20, 0, 100}, {3 << 20, 0, 100}, {48 << 20, 0, 100}, {3<<20 - 1, 0, 16}, {48<<20 + 1, 0, 16}, {12 << 20, 7, 7},
	} {
		in := input()
		in.Resolved.Partitions = c.fixed
		in.Parent = &manifest.Manifest{Version: 3, R: 100, Source: manifest.Source{Files: []manifest.File{{Bytes: c.before}}}}
		p := mustPlan(t, in)
		if p.R != c.want || p.Parent != 3 {
			t.Errorf("parent of %d bytes, %d in the spec: %d partitions after version %d, want %d", c.before, c.fixed, p.R, p.Parent, c.want)
		}
	}
}

func TestDictionaryIsInheritedFromTheSameCodec(t *testing.T) {
	in := input()
	in.Parent = &manifest.Manifest{Version: 1, R: 16, Codec: manifest.Codec{Name: "cells", Dictionary: &manifest.Object{Name: "dictionaries/x.dict"}}}
	if p := mustPlan(t, in); p.Dictionary == nil || p.Dictionary.Name != "dictionaries/x.dict" {
		t.Errorf("dictionary %v", p.Dictionary)
	}
	in.Resolved.Codec = spec.CodecZstd
	if p := mustPlan(t, in); p.Dictionary != nil {
		t.Errorf("another codec inherits %v", p.Dictionary)
	}
}

// TestBuildIDIsOfTheInput changes one thing at a time.
func TestBuildIDIsOfTheInput(t *testing.T) {
	base := mustPlan(t, input()).Build
	parent := &manifest.Manifest{Version: 5, R: 16}
	for name, c := range map[string]struct {
		change func(*Input)
		same   bool
	}{
		"nothing":             {func(*Input) {}, true},
		"the estimate":        {func(in *Input) { in.RowBytes = 5 }, true},
		"a parent":            {func(in *Input) { in.Parent = parent }, true},
		"a new version":       {func(in *Input) { in.NewVersion = Publish }, false},
		"the spec":            {func(in *Input) { in.Canonical = []byte(`{"view":"guest"}`) }, false},
		"the codec's version": {func(in *Input) { in.Resolved.Codec = spec.CodecZstd; in.Canonical = []byte(`{"codec":"zstd"}`) }, false},
		"a file's time":       {func(in *Input) { in.Footers[0].File.Modified++ }, false},
		"a file's size":       {func(in *Input) { in.Footers[0].File.Size++ }, false},
		"a file's etag":       {func(in *Input) { in.Footers[0].File.ETag = "x" }, false},
		"one file less":       {func(in *Input) { in.Footers = in.Footers[1:] }, false},
		"a skipped file":      {func(in *Input) { in.Skipped = []string{"x"} }, false},
		"the generation":      {func(in *Input) { in.Generation++ }, false},
	} {
		in := input()
		c.change(&in)
		if got := mustPlan(t, in).Build; (got == base) != c.same {
			t.Errorf("changing %s: build %s, before %s", name, got, base)
		}
	}
	one, two := input(), input()
	one.NewVersion, two.NewVersion = Publish, Publish
	one.Parent, two.Parent = parent, &manifest.Manifest{Version: 6, R: 16}
	if mustPlan(t, one).Build == mustPlan(t, two).Build {
		t.Error("new versions after 5 and after 6 are one build")
	}
}

func TestEncodeDecode(t *testing.T) {
	in := input()
	in.Skipped = []string{"old.parquet"}
	in.Resolved.Filters = []spec.Filter{{Want: in.Resolved.Key[0], Origin: spec.FromFile, Op: spec.Equal, Values: [][]byte{{0, 1, 0xff}}}}
	in.Resolved.Recency = &spec.Want{Name: "at", Type: cql.Of(cql.Timestamp), Lossy: cql.Truncate}
	p := mustPlan(t, in)
	b, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, p) {
		t.Errorf("got\n%+v\nwant\n%+v", got, p)
	}
}

func TestDecodeRefuses(t *testing.T) {
	b, err := mustPlan(t, input()).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"format":  {`"format":1`, `"format":2`, "format version 2"},
		"rows":    {`"rows":12000,"splits"`, `"rows":12001,"splits"`, "12001 rows"},
		"file":    {`"file":2,`, `"file":3,`, "file 3 of 3"},
		"r":       {`"r":16`, `"r":0`, "0 partitions"},
		"no JSON": {`{`, `[`, "reading a plan"},
	} {
		text := strings.Replace(string(b), c.old, c.new, 1)
		if text == string(b) {
			t.Fatalf("%s: %q is not in the plan %s", name, c.old, b)
		}
		if _, err := Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	p, err := New(input())
	if err != nil {
		f.Fatal(err)
	}
	b, err := p.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := Decode(b); err == nil {
			for _, task := range p.Tasks {
				for _, s := range task.Splits {
					_ = p.SourceSplit(s)
				}
			}
		}
	})
}

// TestTenBillionRows is the size of a large night: the plan stays a document that is read in one piece.
func TestTenBillionRows(t *testing.T) {
	in := input()
	in.Footers, in.RowBytes = footers(2000, 10, 500_000, 64<<20), 200
	p := mustPlan(t, in)
	if p.Totals.Rows != 10_000_000_000 || p.R != 4096 || len(p.Tasks) > 700 || len(p.Tasks) < 400 {
		t.Errorf("%d rows, %d partitions, %d tasks", p.Totals.Rows, p.R, len(p.Tasks))
	}
	b, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 4<<20 {
		t.Errorf("plan of %d bytes", len(b))
	}
	if _, err := Decode(b); err != nil {
		t.Error(err)
	}
}

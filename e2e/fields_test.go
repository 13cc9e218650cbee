package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// baseSpec is the spec of the version that is there before; each case changes one of its fields.
var baseSpec = []string{
	"view: v",
	"source: source",
	"key: [id]",
	"clustering: [{column: line}]",
	"columns: [note, score]",
	"duplicates: {rule: latest, by: updated}",
	"partitions: 4",
	"codec: none",
}

// identicalSpec is over rows that may be built under both rules.
var identicalSpec = []string{"view: v", "source: identical", "key: [id]", "clustering: [{column: line}]", "partitions: 4", "codec: none"}

// with is the spec with the field of that line replaced, or added.
func with(spec []string, line string) []string {
	spec = slices.Clone(spec)
	field, _, _ := strings.Cut(line, ":")
	for i := range spec {
		if strings.HasPrefix(spec[i], field+":") {
			spec[i] = line
			return spec
		}
	}
	return append(spec, line)
}

func text(spec []string) string { return strings.Join(spec, "\n") + "\n" }

func TestEachFieldChangedAlone(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("duplicates", "source")
	s.make("identical", "identical")
	s.make("one_more", "more")
	cases := []struct {
		name   string
		base   []string
		line   string
		reused int // tables of the old version that stand in the new one too
	}{
		{"view", baseSpec, "view: w", 0},
		{"source, less", baseSpec, `source: "source/dt=2026-11-2[02]/*.parquet"`, 0},
		{"source, more", baseSpec, `source: [source, more]`, 3},
		{"key, another", baseSpec, "key: [dt]", 0},
		{"key, wider", baseSpec, "key: [id, tenant]", 0},
		{"clustering, none", baseSpec, "clustering: []", 0},
		{"clustering, more", baseSpec, "clustering: [{column: line}, {column: tenant}]", 0},
		{"clustering, flipped", baseSpec, "clustering: [{column: line, order: desc}]", 0},
		{"columns, less", baseSpec, "columns: [note]", 0},
		{"columns, more", baseSpec, "columns: [note, score, rank, dt]", 0},
		{"columns, other order", baseSpec, "columns: [score, note]", 0},
		{"types", baseSpec, "types: {score: text}", 0},
		{"types, another name", baseSpec, "types: {note: {name: remark}}", 0},
		{"types, without effect", baseSpec, "types: {note: text}", 4},
		{"duplicates by", baseSpec, "duplicates: {rule: latest, by: score}", 0},
		{"duplicates rule", identicalSpec, "duplicates: {rule: latest, by: note}", 0},
		{"duplicates rule back", with(identicalSpec, "duplicates: {rule: latest, by: note}"), "duplicates: {rule: error}", 0},
		{"where", baseSpec, `where: [{column: id, op: ">", value: 0}]`, 0},
		{"where, loosened", with(baseSpec, `where: [{column: id, op: ">", value: 0}]`), "where: []", 0},
		{"partitions", baseSpec, "partitions: 7", 0},
		{"bloom", baseSpec, "bloom: {false_positive: 0.01}", 0},
		{"codec, zstd", baseSpec, "codec: zstd", 0},
		{"codec, default", baseSpec, "codec: default", 0},
		{"watermark", baseSpec, "watermark: {column: updated}", 4},
		{"require", baseSpec, "require: {min_rows: 1, max_drop: 0}", 4},
		{"where, packed", with(baseSpec, "codec: cells"), `where: [{column: note, op: "<", value: n5}]`, 0},
		{"source, packed", with(baseSpec, "codec: zstd"), `source: "source/dt=2026-11-22"`, 0},
		{"duplicates by, packed", with(baseSpec, "codec: cells"), "duplicates: {rule: latest, by: rank}", 0},
	}
	bases := map[string]string{} // store by spec
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			base := bases[text(c.base)]
			if base == "" {
				base = fmt.Sprint("base", i)
				bases[text(c.base)] = base
				if r := s.build(text(c.base), base); r.Version != 1 {
					t.Fatalf("the base is version %d", r.Version)
				}
			}
			used, clean := fmt.Sprint("used", i), fmt.Sprint("clean", i)
			if err := os.CopyFS(s.path(used), os.DirFS(s.path(base))); err != nil {
				t.Fatal(err)
			}
			changed := text(with(c.base, c.line))
			s.compareWithClean(changed, used, clean, c.reused)
		})
	}
}

// compareWithClean builds a spec in a store that holds another version, and in a new one.
func (s sandbox) compareWithClean(spec, used, clean string, reused int) {
	s.t.Helper()
	view := strings.TrimPrefix(lines(spec)[0], "view: ")
	second, first := s.build(spec, used), s.build(spec, clean)
	if second.Result != "built" || first.Result != "built" || first.Version != 1 || first.Reused != 0 {
		s.t.Fatalf("the builds end with %+v and %+v", second, first)
	}
	if second.Reused != reused {
		s.t.Errorf("%d tables were used again, want %d", second.Reused, reused)
	}
	if second.Totals != first.Totals {
		s.t.Errorf("beside an old version the totals are %+v, else %+v", second.Totals, first.Totals)
	}
	got, want := s.export(used, view), s.export(clean, view)
	if len(want) == 0 || !slices.Equal(got, want) {
		s.t.Errorf("beside an old version %d rows are exported, else %d, or others", len(got), len(want))
	}
	s.verify(used, view)
	after, alone := s.manifest(used, view, second.Version), s.manifest(clean, view, 1)
	if string(after.Source.Watermark) != string(alone.Source.Watermark) {
		s.t.Errorf("beside an old version the watermark is %s, else %s", after.Source.Watermark, alone.Source.Watermark)
	}
	if after.tables() == alone.tables() {
		return
	}
	if string(after.Codec.Dictionary) == string(alone.Codec.Dictionary) {
		s.t.Errorf("beside an old version the tables are\n%s\nelse\n%s", after.tables(), alone.tables())
		return
	}
	parent := s.manifest(used, view, second.Version-1)
	if string(after.Codec.Dictionary) != string(parent.Codec.Dictionary) {
		s.t.Errorf("the dictionary is neither the parent's nor that of a clean build: %s", second.Dictionary)
	}
}

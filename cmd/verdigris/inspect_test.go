package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/plan"
	"github.com/verdigris-db/verdigris/spec"
)

// inspected runs inspect and reads its JSON.
func inspected(t *testing.T, code int, args ...string) inspection {
	t.Helper()
	got := execute(t, append([]string{"inspect", "-o", "json"}, args...)...)
	var i inspection
	if err := json.Unmarshal([]byte(got.out), &i); err != nil || got.code != code {
		t.Fatalf("%s: %+v, %v", args, got, err)
	}
	if text := execute(t, append([]string{"inspect"}, args...)...); text.code != code || !strings.Contains(text.out, "\nresult ") {
		t.Errorf("%s: %+v", args, text)
	}
	return i
}

func TestInspect(t *testing.T) {
	s := openShop(t)
	p := &s.lines.Partitions[2]
	local := func(name string) []string {
		return []string{filepath.Join(s.folder, "lines", filepath.FromSlash(name))}
	}
	stored := func(name string) []string { return []string{"--store", s.folder, "--view", "lines", name} }
	rooted := func(name string) []string { return []string{"--store", s.folder, "lines/" + name} }
	for how, at := range map[string]func(string) []string{"local": local, "stored": stored, "rooted": rooted} {
		t.Run(how, func(t *testing.T) {
			i := inspected(t, exitDone, at(p.Table.Name)...)
			if i.Kind != "table" || i.SHA256 != p.Table.SHA256 || i.Bytes != p.Table.Bytes || i.Fault != "" {
				t.Errorf("%+v", i)
			}
			if d := i.Table; d.Header.Partition != 2 || d.Header.Rows != uint64(p.Rows) || d.Checked.Keys != uint64(p.Keys) || d.Checked.StoredSum != p.StoredSum || d.Buckets.Count < 1 {
				t.Errorf("%+v", d)
			}
			i = inspected(t, exitDone, at(p.Bloom.Name)...)
			if i.Kind != "bloom" || i.SHA256 != p.Bloom.SHA256 || i.Bloom.Header.Keys != uint64(p.Keys) || i.Bloom.Header.PPM != 1000 || i.Bloom.Probes == 0 {
				t.Errorf("%+v", i)
			}
			dictionary := s.lines.Codec.Dictionary
			i = inspected(t, exitDone, at(dictionary.Name)...)
			if i.Kind != "dictionary" || i.SHA256 != dictionary.SHA256 || i.Dictionary.Codec != s.lines.Codec.Name ||
				!strings.Contains(dictionary.Name, i.Dictionary.Fingerprint) {
				t.Errorf("%+v, %+v", i, i.Dictionary)
			}
			i = inspected(t, exitDone, at(manifest.ManifestName(7))...)
			if i.Kind != "manifest" || i.Manifest.Document.Digest != s.lines.Digest || i.Manifest.Spread.MostRows < p.Rows {
				t.Errorf("%+v, %+v", i, i.Manifest)
			}
		})
	}
}

// TestInspectElsewhere: a table outside of a view's folder needs its dictionary by a flag.
func TestInspectElsewhere(t *testing.T) {
	s := openShop(t)
	at := func(name string) string { return filepath.Join(s.folder, "lines", filepath.FromSlash(name)) }
	b, err := os.ReadFile(at(s.lines.Partitions[0].Table.Name))
	if err != nil {
		t.Fatal(err)
	}
	lost := filepath.Join(t.TempDir(), "lost")
	if err := os.WriteFile(lost, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := execute(t, "inspect", lost); got.code != exitUsage || !strings.Contains(got.messages, "--dictionary FILE") {
		t.Errorf("%+v", got)
	}
	i := inspected(t, exitDone, lost, "--dictionary", at(s.lines.Codec.Dictionary.Name))
	if i.Kind != "table" || i.Table.Checked.Rows != uint64(s.lines.Partitions[0].Rows) {
		t.Errorf("%+v", i)
	}
	// In its folder, but without the dictionary there.
	if err := os.Remove(at(s.lines.Codec.Dictionary.Name)); err != nil {
		t.Fatal(err)
	}
	if got := execute(t, "inspect", at(s.lines.Partitions[0].Table.Name)); got.code != exitFailed || !strings.Contains(got.messages, "--dictionary FILE") {
		t.Errorf("%+v", got)
	}
}

func TestInspectDamage(t *testing.T) {
	s := openShop(t)
	p := &s.lines.Partitions[1]
	for _, name := range []string{p.Table.Name, p.Bloom.Name, s.lines.Codec.Dictionary.Name, manifest.ManifestName(7)} {
		path := filepath.Join(s.folder, "lines", filepath.FromSlash(name))
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for what, damaged := range map[string][]byte{
			"first byte":  flip(whole, 0),
			"middle byte": flip(whole, len(whole)/2),
			"last byte":   flip(whole, len(whole)-1),
			"cut":         whole[:len(whole)-3],
			"empty":       {},
		} {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damaged, 0o644); err != nil {
				t.Fatal(err)
			}
			if i := inspected(t, exitDifference, path); i.Fault == "" || i.Bytes != int64(len(damaged)) {
				t.Errorf("%s, %s: %+v", name, what, i)
			}
		}
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// flip is b with one bit of byte at flipped.
func flip(b []byte, at int) []byte {
	out := bytes.Clone(b)
	out[at] ^= 0x10
	return out
}

// TestInspectRun reads the run that package shuffle keeps as its golden file, laid out by the plan of a build.
func TestInspectRun(t *testing.T) {
	run, err := os.ReadFile("../../shuffle/testdata/v1-example.run")
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string, k cql.Kind) cql.Column { return cql.Column{Name: name, Type: cql.Of(k)} }
	p := plan.Plan{Format: plan.FormatVersion, View: "people", Build: strings.Repeat("0", 32), R: 2, Spec: spec.Resolved{
		Schema:  cql.Schema{Key: []cql.Column{column("id", cql.BigInt)}, Values: []cql.Column{column("name", cql.Text)}},
		Recency: &spec.Want{Name: "at", Type: cql.Of(cql.Int)},
	}}
	document, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "people")
	name := manifest.BuildName(p.Build, manifest.RunObject(manifest.RunFile{Task: "m00000", Attempt: "0123456789abcdef"}))
	put := func(name string, b []byte) string {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	planPath, runPath := put(manifest.BuildName(p.Build, manifest.PlanObject), document), put(name, run)
	alone := filepath.Join(t.TempDir(), "a.run")
	if err := os.WriteFile(alone, run, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{runPath}, {alone, "--plan", planPath}} {
		i := inspected(t, exitDone, args...)
		if i.Kind != "run" || i.Run.R != 2 || i.Run.Rows != 2 || i.Run.Checked != 2 {
			t.Errorf("%+v, %+v", i, i.Run)
		}
	}
	if got := execute(t, "inspect", alone); got.code != exitUsage || !strings.Contains(got.messages, "--plan FILE") {
		t.Errorf("%+v", got)
	}
	for _, at := range []int{40, len(run) - 100, len(run) - 1} {
		put(name, flip(run, at))
		if i := inspected(t, exitDifference, runPath); i.Fault == "" {
			t.Errorf("byte %d: %+v", at, i)
		}
	}
}

func TestInspectUsageErrors(t *testing.T) {
	s := openShop(t)
	other := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(other, []byte("no table"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"inspect"}, {"inspect", "--view", "lines", "x"}, {"inspect", other}, {"inspect", "--store", s.folder, "--view", "a/b", "x"},
		{"inspect", other, "--store", "ftp://x"},
	} {
		if got := execute(t, args...); got.code != exitUsage || got.out != "" || got.messages == "" {
			t.Errorf("%s: %+v", args, got)
		}
	}
	for _, args := range [][]string{
		{"inspect", other + ".gone"}, {"inspect", "--store", s.folder, "--view", "lines", "tables/00/gone.table"},
	} {
		if got := execute(t, args...); got.code != exitFailed || got.out != "" || !strings.Contains(got.messages, "gone") {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

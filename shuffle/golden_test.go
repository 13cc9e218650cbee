package shuffle

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
)

var update = flag.Bool("update", false, "write the golden files anew")

// exampleCase is the run of docs/format/run.md: key id bigint, value name text, R = 2, three rows, of which two have one
// key.
func exampleCase(t testing.TB) (*testCase, partitioner.Slices) {
	t.Helper()
	column := func(name string, k cql.Kind) cql.Column { return cql.Column{Name: name, Type: cql.Of(k)} }
	schema := &cql.Schema{
		Key:    []cql.Column{column("id", cql.BigInt)},
		Values: []cql.Column{column("name", cql.Text)},
	}
	l, err := NewLayout(schema, RuleLatest, cql.Of(cql.Int))
	if err != nil {
		t.Fatal(err)
	}
	c := &testCase{layout: l, types: []cql.Type{cql.Of(cql.BigInt), cql.Of(cql.Text), cql.Of(cql.Int)}, keys: 1}
	for _, r := range []struct {
		id    int64
		name  string
		stamp int32
	}{{1, "ada", 10}, {2, "bob", 11}, {1, "eve", 12}} {
		c.rows = append(c.rows, []cell{cql.AppendBigInt(nil, r.id), []byte(r.name), cql.AppendInt(nil, r.stamp)})
	}
	return c, partitioner.Slices{R: 2}
}

func (c *testCase) run(t testing.TB, s partitioner.Slices, o RunOptions) []byte {
	t.Helper()
	arenas := newArenas(t, 1, c.layout, s, 1<<20, 16<<10)
	b := c.batch(rand.New(rand.NewPCG(1, 1)), c.rows, 0)
	if _, err := arenas[0].Append(b, nil, 0); err != nil {
		t.Fatal(err)
	}
	run, _ := writeRun(t, c.layout, s, arenas, o)
	return run
}

// TestGoldenRun holds the bytes of version 1: they are compared and read.
func TestGoldenRun(t *testing.T) {
	c, s := exampleCase(t)
	got := c.run(t, s, RunOptions{Compression: PackNone, BlockBytes: 1 << 10, Workers: 2})
	path := filepath.Join("testdata", "v1-example.run")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("the run differs from %s:\n%s", path, hex.Dump(got))
	}
	rows, err := readRun(want, c.layout, s, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	model := c.model(s)
	var all []row.Row
	for _, part := range model.rows {
		all = append(all, part...)
	}
	if fmt.Sprint(rows) != fmt.Sprint(all) {
		t.Fatalf("rows %v, want %v", rows, all)
	}
}

// TestGoldenPacked reads a checked-in run with S2 blocks; the bytes that S2 makes may change, what they mean may not.
func TestGoldenPacked(t *testing.T) {
	c, s := exampleCase(t)
	for i := range 300 {
		c.rows = append(c.rows, []cell{cql.AppendBigInt(nil, int64(100+i%200)), bytes.Repeat([]byte("verdigris "), 1+i%7), cql.AppendInt(nil, int32(i))})
	}
	path := filepath.Join("testdata", "v1-packed.run")
	if *update {
		if err := os.WriteFile(path, c.run(t, s, RunOptions{BlockBytes: 1 << 10}), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	run := openRun(t, c.layout, b)
	model := c.model(s)
	for p := range s.R {
		m, err := NewMerge(c.layout, s, p, []*Run{run}, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		rows, stats := drain(t, m)
		model.check(t, p, rows, stats)
		info, err := run.Partition(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Length >= info.RecordBytes || info.Stats != stats {
			t.Fatalf("partition %d: %+v", p, info)
		}
	}
}

// TestDocumentedRun compares the dump in docs/format/run.md with the golden run.
func TestDocumentedRun(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "format", "run.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "v1-example.run"))
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	for line := range strings.Lines(string(page)) {
		offset, rest, ok := strings.Cut(line, ": ")
		var at int
		if n, err := fmt.Sscanf(offset, "    %04x", &at); !ok || n != 1 || err != nil {
			continue
		}
		bytes, _, _ := strings.Cut(rest, "  ")
		b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(bytes), " ", ""))
		if err != nil || at != len(got) {
			t.Fatalf("line %q: at %#x after %#x bytes, %v", line, at, len(got), err)
		}
		got = append(got, b...)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("the page has\n%swant\n%s", hex.Dump(got), hex.Dump(want))
	}
}

package e2e

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
)

const ordersSpec = "view: v\nsource: %s\nkey: o_orderkey\nduplicates: {rule: latest, by: updated}\npartitions: 16\n"

// little is memory that a hundred thousand orders do not fit in.
const little = "124MiB"

// TestOneResult builds a hundred thousand rows in every way, with processes killed on the way: the tables are always the same.
func TestOneResult(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("orders", "source")
	spec := fmt.Sprintf(ordersSpec, "source")
	if r := s.build(spec, "memory"); r.Mode != "memory" || r.Totals.Read < 100_000 || r.Totals.Folded < 3000 {
		t.Fatalf("the build in memory reports %+v", r)
	}
	want := s.manifest("memory", "v", 1).tables()
	same := func(t *testing.T, store string) {
		t.Helper()
		s := s.in(t)
		if got := s.manifest(store, "v", 1).tables(); got != want {
			t.Errorf("the tables are\n%s\nin memory\n%s", got, want)
		}
		var versions []struct{ Version uint64 }
		if s.decode(&versions, "versions", "--store", store, "--view", "v"); len(versions) != 1 {
			t.Errorf("there are %d versions", len(versions))
		}
	}

	t.Run("beside DuckDB", func(t *testing.T) {
		s := s.in(t)
		q := query{Root: "source", Key: []string{"o_orderkey"}, Columns: []string{"o_custkey", "o_status", "o_price", "o_date", "o_comment", "updated"},
			SQL: "SELECT * FROM files QUALIFY row_number() OVER (PARTITION BY o_orderkey ORDER BY updated DESC) = 1"}
		compareRows(t, s.export("memory", "v"), s.expected(q)[0], q.Key)
		s.checkOrder("memory", "v", s.export("memory", "v", "--partition", "5"), q.Key)
		s.verify("memory", "v")
	})
	t.Run("spill", func(t *testing.T) {
		r := s.in(t).build(spec, "spill", "--memory", little, "--scratch", "elsewhere")
		if r.Mode != "spill" || r.RunBytes == 0 {
			t.Fatalf("the build with little memory reports %+v", r)
		}
		same(t, "spill")
	})
	t.Run("files in another order", func(t *testing.T) {
		s := s.in(t)
		s.build(fmt.Sprintf(ordersSpec, `["source/[23]*", "source/1.parquet", "source/0.parquet"]`), "order")
		same(t, "order")
	})
	t.Run("three workers", func(t *testing.T) {
		if r := s.in(t).build(spec, "three", "--workers", "3"); r.Workers != 3 {
			t.Fatalf("%d workers were started", r.Workers)
		}
		same(t, "three")
	})
	t.Run("workers killed", func(t *testing.T) {
		s := s.in(t)
		b := s.startBuild(spec, "hurt", "--workers", "2")
		for _, phase := range []string{"plan", "map"} { // and so in the phase behind it
			b.passed(phase)
			var pids []int
			if !b.until(func() bool { pids = children(t, b.cmd.Process.Pid); return len(pids) == 2 }) {
				o := b.wait()
				t.Fatalf("the build ended with code %d: %s", o.code, o.messages)
			}
			if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		if r := b.finish(); r.Workers < 3 {
			t.Errorf("%d workers were started, two of which were killed", r.Workers)
		}
		same(t, "hurt")
	})
	for _, c := range []struct {
		name, after string
		flags       []string
		tables      int // that are there before the kill
	}{
		{"killed in map", "plan", []string{"--workers", "2"}, 0},
		{"killed in reduce", "map", []string{"--workers", "2"}, 3},
		{"killed in reduce, memory", "map", nil, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			store := specName(c.name)
			b := s.startBuild(spec, store, c.flags...)
			b.passed(c.after)
			b.until(func() bool { return len(s.files(store+"/v/tables/*/*.table")) >= c.tables })
			b.kill()
			if n := len(s.files(store + "/v/manifests/*")); n != 0 {
				t.Fatalf("there are %d versions", n)
			}
			r := s.build(spec, store, c.flags...)
			if r.Result != "built" || c.tables > 0 && r.Resumed == 0 {
				t.Errorf("the second build reports %+v", r)
			}
			same(t, store)
		})
	}
}

// files are the names in the sandbox that match.
func (s sandbox) files(pattern string) []string {
	s.t.Helper()
	names, err := filepath.Glob(s.path(pattern))
	if err != nil {
		s.t.Fatal(err)
	}
	return names
}

package workers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/parquet-go/parquet-go"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/plan"
	"github.com/verdigris-db/verdigris/spec"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/store/faulty"
	"github.com/verdigris-db/verdigris/view"
	"github.com/verdigris-db/verdigris/workers"
	"github.com/verdigris-db/verdigris/workers/queue"
)

// The test binary is its own worker and its own coordinator when these variables say so.
const (
	roleVar  = "VERDIGRIS_TEST_ROLE"  // worker or coordinator
	buildVar = "VERDIGRIS_TEST_BUILD" // a setting, for a coordinator
	faultVar = "VERDIGRIS_TEST_FAULT" // a faulty.Plan, for a worker
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVar) {
	case "worker":
		workers.Serve(opener(os.Getenv(faultVar)))
		os.Exit(0)
	case "coordinator":
		os.Exit(coordinate())
	}
	os.Exit(m.Run())
}

// opener opens stores that go wrong as the plan says; "" is a plan without faults.
func opener(plan string) workers.OpenStore {
	return func(ctx context.Context, url string) (store.Store, error) {
		s, err := store.Open(ctx, url)
		if err != nil || plan == "" {
			return s, err
		}
		p, err := faulty.Parse(plan)
		if err != nil {
			return nil, err
		}
		return faulty.New(s, p), nil
	}
}

// setting is one build, in a form that goes to another process.
type setting struct {
	Spec        string `json:"spec"` // text
	Dir         string `json:"dir"`
	Workers     int    `json:"workers"`
	Memory      int64  `json:"memory"`
	NewVersion  bool   `json:"new_version"`
	CoordFault  string `json:"coord_fault"`  // a faulty.Plan for the coordinator's store
	WorkerFault string `json:"worker_fault"` // and for the workers'
}

// coordinate runs the build of buildVar and prints its report.
func coordinate() int {
	var s setting
	if err := json.Unmarshal([]byte(os.Getenv(buildVar)), &s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	report, err := s.build(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// options are the setting's as Build takes them.
func (s setting) options() (workers.Options, error) {
	parsed, err := spec.Parse([]byte(s.Spec), filepath.Join(s.Dir, "spec.yaml"))
	if err != nil {
		return workers.Options{}, err
	}
	return workers.Options{
		Spec: parsed, Dir: s.Dir, Workers: max(s.Workers, 1), Cores: 2, Memory: s.memory(), Again: plan.Again(s.NewVersion),
		Timing: workers.DefaultTiming(), Software: "test", Open: opener(s.CoordFault),
		Retry: store.Retry{Tries: 5, Initial: time.Millisecond, Max: 10 * time.Millisecond},
		Queue: queue.Options{Lease: 15 * time.Second, Attempts: 4, Backoff: func(int) time.Duration { return time.Millisecond }},
		Log:   slog.New(slog.DiscardHandler), Clock: clockwork.NewRealClock(),
		Command: func() *exec.Cmd {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), roleVar+"=worker", faultVar+"="+s.WorkerFault)
			return cmd
		},
	}, nil
}

func (s setting) memory() int64 {
	if s.Memory > 0 {
		return s.Memory
	}
	return 2 << 30
}

func (s setting) build(ctx context.Context) (*workers.Report, error) {
	o, err := s.options()
	if err != nil {
		return nil, err
	}
	return workers.Build(ctx, o)
}

// child runs the build in a process of its own, which may not survive, and reports whether it succeeded.
func (s setting) child(t *testing.T) (*workers.Report, error) {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVar+"=coordinator", buildVar+"="+string(raw))
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, messages.String())
	}
	report := new(workers.Report)
	if err := json.Unmarshal(out.Bytes(), report); err != nil {
		t.Fatalf("reading the report %q: %v", out.String(), err)
	}
	return report, nil
}

// guest is a row of the test data.
type guest struct {
	ID      int64    `parquet:"id"`
	Name    string   `parquet:"name,dict"`
	Note    *string  `parquet:"note,optional"`
	Tags    []string `parquet:"tags,list"`
	Score   float64  `parquet:"score"`
	Updated int64    `parquet:"updated,timestamp(millisecond)"`
}

// guests makes rows from..to; every tenth is there twice, the later time with another note.
func guests(from, to int) []guest {
	var rows []guest
	for i := from; i < to; i++ {
		note := fmt.Sprintf("note %d of a guest who writes %s", i, strings.Repeat("more ", i%17))
		g := guest{ID: int64(i) * 7919, Name: fmt.Sprintf("guest-%d", i%97), Tags: []string{"a", fmt.Sprint(i % 5)}, Score: float64(i) / 3, Updated: int64(i) * 1000}
		if i%3 > 0 {
			g.Note = &note
		}
		rows = append(rows, g)
		if i%10 == 0 {
			again := "again"
			g.Note, g.Updated = &again, g.Updated+1
			rows = append(rows, g)
		}
	}
	return rows
}

// writeGuests makes a Parquet file of several row groups.
func writeGuests(t *testing.T, path string, rows []guest) {
	t.Helper()
	writeGroups(t, path, rows, 400)
}

// writeGroups makes a Parquet file with so many rows in a row group.
func writeGroups(t *testing.T, path string, rows []guest, perGroup int64) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[guest](f, parquet.MaxRowsPerRowGroup(perGroup), parquet.Compression(&parquet.Zstd),
		parquet.DataPageStatistics(false)) // values of megabytes make page headers of megabytes
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// guestSpec is the spec of the test data, with the store in the folder out.
const guestSpec = `view: guests
source: ["data"]
store: %s
key: [id]
duplicates: {rule: latest, by: updated}
partitions: 4
`

// newSetting makes test data of a thousand guests in two files, in a folder of its own.
func newSetting(t *testing.T) setting {
	t.Helper()
	dir := t.TempDir()
	writeGuests(t, filepath.Join(dir, "data", "a.parquet"), guests(0, 600))
	writeGuests(t, filepath.Join(dir, "data", "b.parquet"), guests(600, 1000))
	return setting{Spec: fmt.Sprintf(guestSpec, "out"), Dir: dir}
}

// into is the setting with another store, below the same folder.
func (s setting) into(name string) setting {
	s.Spec = strings.Replace(s.Spec, "store: out\n", "store: "+name+"\n", 1)
	return s
}

// load reads one version of the setting's store.
func load(t *testing.T, dir, out string, version uint64) *manifest.Manifest {
	t.Helper()
	m, err := tryLoad(dir, out, version)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func tryLoad(dir, out string, version uint64) (*manifest.Manifest, error) {
	url, err := store.DirectoryURL(filepath.Join(dir, out))
	if err != nil {
		return nil, err
	}
	s, err := store.Open(context.Background(), url)
	if err != nil {
		return nil, err
	}
	if version == 0 {
		if version, err = view.Newest(context.Background(), s, "guests"); err != nil {
			return nil, err
		}
	}
	return view.Load(context.Background(), s, "guests", version)
}

// verify checks every byte of a version.
func verify(t *testing.T, dir, out string, version uint64) {
	t.Helper()
	url, err := store.DirectoryURL(filepath.Join(dir, out))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	v, err := view.Open(context.Background(), s, "guests", version, view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	report, err := v.Verify(context.Background(), view.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !report.Whole() {
		t.Fatalf("version %d is not whole: %+v", version, report.Faults)
	}
}

// content is what must be equal in two builds of the same rows: all files by name and digest.
func content(m *manifest.Manifest) string {
	var b strings.Builder
	for _, p := range m.Partitions {
		fmt.Fprintln(&b, p.Index, p.Table, p.Bloom, p.Rows, p.Folded, p.InputSum, p.StoredSum)
	}
	if m.Codec.Dictionary != nil {
		fmt.Fprintln(&b, *m.Codec.Dictionary)
	}
	return b.String()
}

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sandbox is a folder in which the binary runs.
type sandbox struct {
	t   *testing.T
	dir string
}

func newSandbox(t *testing.T) sandbox {
	t.Helper()
	return sandbox{t: t, dir: t.TempDir()}
}

// path is a name in the sandbox as an absolute path.
func (s sandbox) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

// in is the sandbox for a subtest.
func (s sandbox) in(t *testing.T) sandbox { return sandbox{t: t, dir: s.dir} }

// outcome is what one command printed, and its exit code.
type outcome struct {
	code     int
	out      string
	messages string
}

// command is the binary with arguments, not started yet.
func (s sandbox) command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Getenv(binaryVar), args...)
	cmd.Dir = s.dir
	return cmd
}

// try runs a command to its end, well or not.
func (s sandbox) try(args ...string) outcome {
	s.t.Helper()
	cmd := s.command(args...)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		s.t.Fatalf("running verdigris %q: %v", args, err)
	}
	return outcome{code: cmd.ProcessState.ExitCode(), out: out.String(), messages: messages.String()}
}

// run runs a command that has to succeed, and gives what it printed.
func (s sandbox) run(args ...string) string {
	s.t.Helper()
	o := s.try(args...)
	if o.code != 0 {
		s.t.Fatalf("verdigris %.300q ends with code %d: %s\n%.2000s", args, o.code, o.messages, o.out)
	}
	return o.out
}

// decode runs a command that has to succeed and prints JSON.
func (s sandbox) decode(result any, args ...string) {
	s.t.Helper()
	out := s.run(append([]string{"-o", "json"}, args...)...) // in front of any --
	if err := json.Unmarshal([]byte(out), result); err != nil {
		s.t.Fatalf("reading what verdigris %.300q prints: %v\n%.2000s", args, err, out)
	}
}

// write makes a file, and the folders it needs.
func (s sandbox) write(name, text string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o777); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.path(name), []byte(text), 0o666); err != nil {
		s.t.Fatal(err)
	}
}

// report is what the tests look at in the report of a build.
type report struct {
	Result     string `json:"result"`
	Version    uint64 `json:"version"`
	Mode       string `json:"mode"`
	Reused     int    `json:"reused"`
	Resumed    int    `json:"resumed"`
	Partitions int    `json:"partitions"`
	Skipped    int    `json:"skipped"`
	RunBytes   int64  `json:"run_bytes"`
	Dictionary string `json:"dictionary"`
	Workers    int    `json:"workers"`
	Totals     totals `json:"totals"`
}

type totals struct {
	Read     int64 `json:"read"`
	Filtered int64 `json:"filtered"`
	Input    int64 `json:"input"`
	Folded   int64 `json:"folded"`
	Rows     int64 `json:"rows"`
	Keys     int64 `json:"keys"`
}

// build builds a spec into a store; flags come behind.
func (s sandbox) build(spec, store string, flags ...string) report {
	s.t.Helper()
	s.write(specName(store), spec)
	var r report
	s.decode(&r, append([]string{"build", specName(store), "--store", store}, flags...)...)
	return r
}

// specName is a spec file of its own for each store, so that builds side by side do not meet.
func specName(store string) string {
	return strings.NewReplacer("/", "-", ":", "-", "?", "-", "&", "-", "=", "-").Replace(store) + ".yaml"
}

// export is all rows of the newest version, in table order.
func (s sandbox) export(store, view string, flags ...string) []string {
	s.t.Helper()
	out := s.run(append([]string{"export", "--store", store, "--view", view, "--format", "jsonl"}, flags...)...)
	return lines(out)
}

// lines are the lines of a text, all of which end.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// verify checks every byte of the newest version.
func (s sandbox) verify(store, view string) {
	s.t.Helper()
	var r struct {
		Rows   int64 `json:"rows"`
		Faults []any `json:"faults"`
	}
	s.decode(&r, "verify", "--store", store, "--view", view)
	if len(r.Faults) != 0 {
		s.t.Errorf("%s/%s has faults: %v", store, view, r.Faults)
	}
}

// version is what decides whether two versions are alike.
type version struct {
	Version    uint64 `json:"version"`
	R          int    `json:"r"`
	Codec      codec  `json:"codec"`
	Partitions []struct {
		Table struct {
			Name   string `json:"name"`
			SHA256 string `json:"sha256"`
		} `json:"table"`
		Bloom struct {
			Name   string `json:"name"`
			SHA256 string `json:"sha256"`
		} `json:"bloom"`
		Rows int64 `json:"rows"`
	} `json:"partitions"`
	Source struct {
		Watermark json.RawMessage `json:"watermark"`
		Skipped   []string        `json:"skipped"`
	} `json:"source"`
}

type codec struct {
	Name       string          `json:"name"`
	Dictionary json.RawMessage `json:"dictionary"`
}

// manifest reads the manifest of a version by its documented name, as any program could.
func (s sandbox) manifest(store, view string, number uint64) version {
	s.t.Helper()
	text, err := os.ReadFile(s.path(fmt.Sprintf("%s/%s/manifests/v%020d.json", store, view, number)))
	if err != nil {
		s.t.Fatal(err)
	}
	var v version
	if err := json.Unmarshal(text, &v); err != nil {
		s.t.Fatalf("reading the manifest of version %d: %v", number, err)
	}
	if len(v.Partitions) == 0 || len(v.Partitions) != v.R {
		s.t.Fatalf("the manifest of version %d has %d partitions of %d", number, len(v.Partitions), v.R)
	}
	return v
}

// tables are the names and digests of everything that a version stores.
func (v version) tables() string {
	var b strings.Builder
	for i, p := range v.Partitions {
		fmt.Fprintln(&b, i, p.Table, p.Bloom)
	}
	return b.String() + string(v.Codec.Dictionary)
}

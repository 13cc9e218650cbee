package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// pythonVar names another Python than that of `make tools`.
const pythonVar = "VERDIGRIS_PYTHON"

// python is the interpreter of the oracles.
func python(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the oracles want Python with DuckDB and pyarrow")
	}
	path := os.Getenv(pythonVar)
	if path == "" {
		root, err := filepath.Abs("..")
		if err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(root, ".venv", "bin", "python")
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("looking for the oracles' Python: %v; run `make tools`, or set %s to a Python with duckdb and pyarrow", err, pythonVar)
	}
	return path
}

// ask runs a script of testdata/oracle with JSON on its standard input, and reads JSON from its standard output.
func (s sandbox) ask(script string, question, answer any) {
	s.t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", "oracle", script))
	if err != nil {
		s.t.Fatal(err)
	}
	input, err := json.Marshal(question)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(python(s.t), "-B", path)
	cmd.Dir, cmd.Stdin = s.dir, bytes.NewReader(input)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("asking %s: %v\n%s", script, err, messages.String())
	}
	if err := json.Unmarshal(out.Bytes(), answer); err != nil {
		s.t.Fatalf("reading the answer of %s: %v\n%.2000s", script, err, out.String())
	}
}

// make has Python write Parquet files below folder.
func (s sandbox) make(what, folder string) {
	s.t.Helper()
	var done []string
	s.ask("make.py", map[string]string{"what": what, "folder": s.path(folder)}, &done)
	if len(done) == 0 {
		s.t.Fatalf("make.py wrote no files for %q", what)
	}
}

// query is a view as Python has to compute it. Without SQL the rows are those of all files below Root; in SQL these are the relation
// files, which has the columns of folders, filename and file_row_number too.
type query struct {
	Root       string   `json:"root"`
	SQL        string   `json:"sql,omitempty"`
	Columns    []string `json:"columns,omitempty"` // of the view, in its order; none: all
	Key        []string `json:"key"`
	Clustering []order  `json:"clustering,omitempty"`
}

type order struct {
	Column string `json:"column"`
	Desc   bool   `json:"desc"`
}

// expected are the rows of each query, those of one key next to each other in clustering order.
func (s sandbox) expected(queries ...query) [][]string {
	s.t.Helper()
	for i := range queries {
		queries[i].Root = s.path(queries[i].Root)
	}
	var answers [][]string
	s.ask("rows.py", queries, &answers)
	if len(answers) != len(queries) {
		s.t.Fatalf("rows.py answers %d of %d queries", len(answers), len(queries))
	}
	return answers
}

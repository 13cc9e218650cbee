package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
)

// touch makes empty files below a new folder.
func touch(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, n := range names {
		path := filepath.Join(dir, filepath.FromSlash(n))
		ok(t, os.MkdirAll(filepath.Dir(path), 0o755))
		ok(t, os.WriteFile(path, nil, 0o644))
	}
	return dir
}

func list(t *testing.T, sources ...string) ([]File, error) {
	t.Helper()
	s := NewStorage()
	defer s.Close()
	return s.List(t.Context(), sources)
}

func TestList(t *testing.T) {
	dir := touch(t, "b.parquet", "a.parquet", "_SUCCESS", ".a.parquet.crc", "_temporary/x.parquet", "dt=1/r=eu/p.parquet",
		"dt=1/r=us/p.parquet", "dt=2/r=eu/p.parquet", "dt=2/r=eu/_x", "deep/er/still/q.csv", "odd[1]/o.parquet")
	for source, want := range map[string]string{
		"":                     "a.parquet b.parquet deep/er/still/q.csv dt=1/r=eu/p.parquet dt=1/r=us/p.parquet dt=2/r=eu/p.parquet odd[1]/o.parquet",
		"/":                    "a.parquet b.parquet deep/er/still/q.csv dt=1/r=eu/p.parquet dt=1/r=us/p.parquet dt=2/r=eu/p.parquet odd[1]/o.parquet",
		"/a.parquet":           "a.parquet",
		"/_temporary":          "x.parquet",
		"/_SUCCESS":            "_SUCCESS",
		"/*.parquet":           "a.parquet b.parquet",
		"/[ab].parquet":        "a.parquet b.parquet",
		"/?.parquet":           "a.parquet b.parquet",
		"/dt=*":                "dt=1/r=eu/p.parquet dt=1/r=us/p.parquet dt=2/r=eu/p.parquet",
		"/dt=*/r=eu":           "dt=1/r=eu/p.parquet dt=2/r=eu/p.parquet",
		"/dt=1/*":              "r=eu/p.parquet r=us/p.parquet",
		"/**/p.parquet":        "dt=1/r=eu/p.parquet dt=1/r=us/p.parquet dt=2/r=eu/p.parquet",
		"/**/*.parquet":        "a.parquet b.parquet dt=1/r=eu/p.parquet dt=1/r=us/p.parquet dt=2/r=eu/p.parquet odd[1]/o.parquet",
		"/deep/**":             "er/still/q.csv",
		"/deep/**/still/*.csv": "er/still/q.csv",
		"/_*/x.parquet":        "_temporary/x.parquet",
		"/odd[1]":              "o.parquet",
		"/*.nothing":           "!no file matches",
		"/gone":                "!no such file",
		"/[a":                  "!syntax error in pattern",
		"/deep/er/still/*/*":   "!no file matches",
	} {
		files, err := list(t, dir+source)
		if part, refused := strings.CutPrefix(want, "!"); refused {
			if err == nil || !strings.Contains(err.Error(), part) || !strings.Contains(err.Error(), "listing source") {
				t.Errorf("%s: %s, %v", source, names(files), err)
			}
			continue
		}
		ok(t, err)
		if got := names(files); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}

func TestListRefuses(t *testing.T) {
	dir := touch(t, "a/p.parquet", "b/p.parquet", "dt=1/dt=2/p.parquet", "dt=%ff/p.parquet")
	ok(t, os.Symlink(filepath.Join(dir, "a"), filepath.Join(dir, "b", "link")))
	for _, c := range []struct {
		sources []string
		want    string
	}{
		{[]string{dir + "/a", dir + "/a/p.parquet"}, "is in two sources"},
		{[]string{dir + "/a", dir + "/b/p.parquet"}, `have the same name "p.parquet"`},
		{[]string{dir + "/b"}, "is a link to a folder"},
		{[]string{dir + "/dt=1", dir + "/**/dt=1/**"}, `two folders give a value of "dt"`},
		{[]string{dir + "/dt=[%]*"}, "not UTF-8"},
		{[]string{dir + "/a/[!x]*"}, "a set begins with [!"},
		{[]string{dir + "/a/[x"}, "syntax error in pattern"},
		{[]string{"/dev/null"}, "is not a regular file"},
		{[]string{""}, "it is empty"},
	} {
		files, err := list(t, c.sources...)
		var unfit *ListError
		if !errors.As(err, &unfit) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %s, %v, want %s", c.sources, names(files), err, c.want)
		}
	}
}

func TestListRefusesNamesThatAreNotUTF8(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "caf\xe9.parquet")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Skip("this file system has no such names: ", err)
	}
	for _, source := range []string{dir, path, dir + "/*"} {
		_, err := list(t, source)
		var unfit *ListError
		if !errors.As(err, &unfit) || !strings.Contains(err.Error(), `caf\xe9.parquet" is not UTF-8`) {
			t.Errorf("%q: %v", source, err)
		}
	}
}

func TestFolders(t *testing.T) {
	dir := touch(t, "n=01/d=2026-11-21/s=x%2Fy%%2z/m=1/z=__HIVE_DEFAULT_PARTITION__/p", "n=-2/d=2024-02-29/s=5/m=__HIVE_DEFAULT_PARTITION__/z=__HIVE_DEFAULT_PARTITION__/p")
	files, err := list(t, dir)
	ok(t, err)
	columns, err := FolderColumns(files)
	ok(t, err)
	var got []string
	for _, c := range columns {
		s := c.Name + " " + c.Type.String()
		if c.Nullable {
			s += " null"
		}
		for _, f := range files {
			b, null, err := f.FolderCell(c.Name, c.Type)
			ok(t, err)
			if null {
				s += " -"
				continue
			}
			json, err := cql.AppendJSON(nil, c.Type, b)
			ok(t, err)
			s += " " + string(json)
		}
		got = append(got, s)
	}
	const want = `n bigint -2 1|d date "2024-02-29" "2026-11-21"|s text "5" "x/y%%2z"|m bigint null - 1|z text null - -`
	if line := strings.Join(got, "|"); line != want {
		t.Errorf("got  %s\nwant %s", line, want)
	}
	for _, c := range []struct{ name, kind, want string }{
		{"n", "text", `"01"`}, {"n", "int", "1"}, {"n", "tinyint", "1"}, {"n", "varint", "1"}, {"d", "text", `"2026-11-21"`},
		{"s", "blob", `"0x782f792525327a"`}, {"d", "int", "!"}, {"s", "bigint", "!"}, {"s", "list<text>", "!"}, {"no", "text", "!"},
	} {
		kind, err := cql.ParseType(c.kind)
		ok(t, err)
		b, _, err := files[1].FolderCell(c.name, kind)
		if c.want == "!" {
			if err == nil {
				t.Errorf("%s as %s: %x", c.name, c.kind, b)
			}
			continue
		}
		ok(t, err)
		if json, err := cql.AppendJSON(nil, kind, b); err != nil || string(json) != c.want {
			t.Errorf("%s as %s: %s, %v, want %s", c.name, c.kind, json, err, c.want)
		}
	}
	uneven := append(files, File{Name: "n=1/p", Folders: []Folder{{Name: "n", Value: "1"}}})
	if _, err := FolderColumns(uneven); err == nil || !strings.Contains(err.Error(), `"n=1/p" has [n=]`) {
		t.Error(err)
	}
}

func TestMarkers(t *testing.T) {
	dir := touch(t, "all/_SUCCESS", "all/dt=1/p", "all/dt=2/p", "each/dt=1/_SUCCESS", "each/dt=1/p", "each/dt=2/p", "each/dt=2/_DONE")
	s := NewStorage()
	defer s.Close()
	for source, want := range map[string]string{"all": "", "each": "each/dt=2", "all/dt=1": "all/dt=1", "each/dt=1/p": ""} {
		sources := []string{filepath.Join(dir, source)}
		files, err := s.List(t.Context(), sources)
		ok(t, err)
		missing, err := s.Markers(t.Context(), sources, files, "_SUCCESS")
		ok(t, err)
		if want != "" {
			want = filepath.Join(dir, want)
		}
		if got := strings.Join(missing, " "); got != want {
			t.Errorf("%s: missing %q, want %q", source, got, want)
		}
	}
	if _, err := s.Markers(t.Context(), nil, nil, "../x"); err == nil {
		t.Error("a name with a slash is taken")
	}
}

package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the module's folder.
const root = "../.."

// generated are folders that a checkout does not have.
var generated = []string{"bin", "demo", "data", "node_modules", "venv", "bench/out"}

// walk calls visit for every file of the tree, by its name from the root. Hidden folders and generated ones are left out.
func walk(t *testing.T, visit func(name string)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(p, root+string(filepath.Separator)))
		switch {
		case p == root:
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") || slices.Contains(generated, name)):
			return fs.SkipDir
		case d.Type().IsRegular():
			files++
			visit(name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Fatalf("the tree has %d files only", files)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inTestdata reports whether name is a fixture, which may be as wrong as its test wants.
func inTestdata(name string) bool { return strings.Contains("/"+name, "/testdata/") }

// modules are the folders of other modules inside this one: their code has its own rules.
func modules(t *testing.T) []string {
	var out []string
	walk(t, func(name string) {
		if path.Base(name) == "go.mod" && name != "go.mod" && !inTestdata(name) {
			out = append(out, path.Dir(name)+"/")
		}
	})
	return out
}

// source is one Go file of this module.
type source struct {
	name    string // from the root
	folder  string
	pkg     string // the package clause, without _test
	imports []string
	test    bool
}

// sources parses the imports of all Go files of this module, whatever their build tags are.
func sources(t *testing.T) []source {
	t.Helper()
	others := modules(t)
	var out []source
	walk(t, func(name string) {
		if path.Ext(name) != ".go" || inTestdata(name) || slices.ContainsFunc(others, func(m string) bool { return strings.HasPrefix(name, m) }) {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, read(t, name), parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			return
		}
		s := source{
			name: name, folder: path.Dir(name), pkg: strings.TrimSuffix(f.Name.Name, "_test"), test: strings.HasSuffix(name, "_test.go"),
		}
		for _, i := range f.Imports {
			s.imports = append(s.imports, importPath(i))
		}
		out = append(out, s)
	})
	return out
}

func importPath(i *ast.ImportSpec) string { return strings.Trim(i.Path.Value, "\"`") }

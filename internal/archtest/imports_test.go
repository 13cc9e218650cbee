package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestImports: imports of this module's packages go downward, along the lists only.
func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, i := range s.imports {
			if fault := checkImport(s, i); fault != "" {
				t.Error(fault)
			}
		}
	}
}

// checkImport says what is wrong with one import, "" if nothing is.
func checkImport(s source, imported string) string {
	to, inside := strings.CutPrefix(imported, module+"/")
	if !inside {
		return checkOutside(s, imported)
	}
	from, isSupport := find(s.folder)
	if from == nil {
		return fmt.Sprintf("%s: package %s is in no list of internal/archtest/rules_test.go: add it with what it may import", s.name, s.folder)
	}
	target, targetIsSupport := find(to)
	switch {
	case target == nil:
		return fmt.Sprintf("%s imports %s, which is in no list of internal/archtest/rules_test.go", s.name, to)
	case s.test && to == s.folder, slices.Contains(from.imports, to):
		return ""
	case targetIsSupport && (s.test || isSupport):
		return ""
	case targetIsSupport:
		return fmt.Sprintf("%s imports %s, which is for tests only", s.name, to)
	}
	allowed := strings.Join(from.imports, ", ")
	if allowed == "" {
		allowed = "none of this module"
	}
	return fmt.Sprintf("%s imports %s; package %s may import: %s. Instead: %s", s.name, to, s.folder, allowed, from.instead)
}

// find is the list's entry of a package.
func find(name string) (l *layer, isSupport bool) {
	for i := range layers {
		if layers[i].name == name {
			return &layers[i], false
		}
	}
	for i := range support {
		if support[i].name == name {
			return &support[i], true
		}
	}
	return nil, false
}

// checkOutside judges an import of the standard library or of another module. Tests may use any.
func checkOutside(s source, imported string) string {
	if s.test && imported != "unsafe" && imported != "C" {
		return ""
	}
	first, _, _ := strings.Cut(imported, "/")
	if strings.Contains(first, ".") || imported == "unsafe" || imported == "C" {
		for _, l := range libraries {
			if imported != l.path && !strings.HasPrefix(imported, strings.TrimSuffix(l.path, "/")+"/") {
				continue
			}
			if slices.Contains(l.users, s.folder) {
				return ""
			}
			return fmt.Sprintf("%s imports %q, which is for %s. Instead: %s", s.name, imported, strings.Join(l.users, ", "), l.instead)
		}
		return fmt.Sprintf("%s imports %q, which is in no list of internal/archtest/rules_test.go: add it with the packages that need it", s.name, imported)
	}
	from, isSupport := find(s.folder)
	if from == nil || isSupport || !slices.Contains(impure[from.pure], imported) {
		return ""
	}
	return fmt.Sprintf("%s imports %q; package %s depends on its arguments alone. Instead: %s", s.name, imported, s.folder, from.instead)
}

// TestLists: the lists themselves go downward.
func TestLists(t *testing.T) {
	var seen []string
	for _, l := range layers {
		for _, i := range l.imports {
			if !slices.Contains(seen, i) {
				t.Errorf("the list lets %s import %s, which does not stand above it", l.name, i)
			}
		}
		if slices.Contains(seen, l.name) {
			t.Errorf("%s is listed twice", l.name)
		}
		if l.instead == "" {
			t.Errorf("%s has no advice", l.name)
		}
		seen = append(seen, l.name)
	}
	for _, s := range support {
		for _, i := range s.imports {
			if !slices.Contains(seen, i) {
				t.Errorf("the list lets %s import %s, which is no layer", s.name, i)
			}
		}
	}
}

// TestImportFaults shows that each rule can fail, and what it says.
func TestImportFaults(t *testing.T) {
	for _, c := range []struct {
		file, folder, imported, want string
		test                         bool
	}{
		{"table/get.go", "table", module + "/store", "table may import: codec, cql, partitioner, row. Instead: table reads from", false},
		{"cql/x.go", "cql", module + "/row", "may import: none of this module", false},
		{"view/x.go", "view", module + "/workers", "Instead: view only reads", false},
		{"view/x_test.go", "view", module + "/workers", "Instead: view only reads", true},
		{"view/x.go", "view", module + "/store/faulty", "for tests only", false},
		{"newly/x.go", "newly", module + "/row", "package newly is in no list", false},
		{"view/x.go", "view", module + "/newly", "newly, which is in no list", false},
		{"cql/x.go", "cql", "os", "depends on its arguments alone", false},
		{"shuffle/x.go", "shuffle", "time", "depends on its arguments alone", false},
		{"table/x.go", "table", "github.com/klauspost/compress/s2", "only runs may use it", false},
		{"view/x.go", "view", "github.com/spf13/cobra", "take options as a struct", false},
		{"view/x.go", "view", "github.com/pkg/errors", "in no list", false},
		{"view/x.go", "view", "unsafe", "for codec/phrase, shuffle", false},
		{"view/x_test.go", "view", "unsafe", "for codec/phrase, shuffle", true},

		{"view/x_test.go", "view", module + "/store/faulty", "", true},
		{"view/x_test.go", "view", module + "/view", "", true},
		{"view/x.go", "view", module + "/table", "", false},
		{"view/x.go", "view", "os", "", false},
		{"view/x_test.go", "view", "github.com/pkg/errors", "", true},
		{"shuffle/x.go", "shuffle", "os", "", false},
		{"shuffle/x.go", "shuffle", "github.com/klauspost/compress/s2", "", false},
		{"source/x.go", "source", "github.com/apache/arrow-go/v18/parquet", "", false},
		{"store/x.go", "store", "gocloud.dev/blob", "", false},
	} {
		got := checkImport(source{name: c.file, folder: c.folder, test: c.test}, c.imported)
		if got == "" != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s importing %s: %q, want %q", c.file, c.imported, got, c.want)
		}
	}
}

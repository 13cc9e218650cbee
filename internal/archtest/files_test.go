package archtest

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFormat: every Go file is as gofmt writes it.
func TestFormat(t *testing.T) {
	for _, s := range sources(t) {
		text := read(t, s.name)
		want, err := format.Source(text)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
		} else if !bytes.Equal(text, want) {
			t.Errorf("%s is not formatted; run gofmt -w %s", s.name, s.name)
		}
	}
}

// TestLengths: one concept a file.
func TestLengths(t *testing.T) {
	for _, s := range sources(t) {
		_, listed := longFiles[s.name]
		lines := bytes.Count(read(t, s.name), []byte("\n"))
		if lines > maxLines && !listed {
			t.Errorf("%s has %d lines, over %d: split it by concept, or list it in internal/archtest/rules_test.go with a reason", s.name, lines, maxLines)
		}
	}
}

// TestPackageNames: a package is named by what is inside, and as its folder is.
func TestPackageNames(t *testing.T) {
	for _, s := range sources(t) {
		if fault := checkPackage(s); fault != "" {
			t.Error(fault)
		}
	}
}

func checkPackage(s source) string {
	base := path.Base(s.folder)
	switch {
	case slices.Contains(badPackages, base), slices.Contains(badPackages, s.pkg):
		return fmt.Sprintf("%s: package %s is named by nothing that is inside; name it by its noun", s.name, s.pkg)
	case s.pkg != base && s.pkg != "main":
		return fmt.Sprintf("%s: package %s stands in folder %s", s.name, s.pkg, base)
	}
	return ""
}

func TestPackageNameFaults(t *testing.T) {
	for folder, pkg := range map[string]string{"internal/util": "util", "common": "common", "view": "table", "view/helpers": "view"} {
		if checkPackage(source{name: "x.go", folder: folder, pkg: pkg}) == "" {
			t.Errorf("package %s in %s is accepted", pkg, folder)
		}
	}
	if fault := checkPackage(source{name: "x.go", folder: "view", pkg: "view"}); fault != "" {
		t.Error(fault)
	}
}

// machinePaths are places that only one machine has: absolute paths of homes and mounts, and folders beside this one. The words
// are put together here so that this file does not name them.
var machinePaths = regexp.MustCompile(`(?m)` + strings.Join([]string{
	`(^|[\s"'` + "`" + `(=,:])(\.\./)*` + "sha" + `red/[a-z]`,
	`(^|[\s"'` + "`" + `(=,:])/` + `(work|root|Users|mnt|workspace)/`,
	`/tmp/` + `[a-z0-9]`,
}, "|"))

// machineWords are parts of all that machinePaths finds.
var machineWords = []string{"sha" + "red/", "/wo" + "rk", "/ro" + "ot/", "/Us" + "ers/", "/mn" + "t/", "/tm" + "p/"}

// pathsAllowed are files that have to name such a place.
var pathsAllowed = map[string]string{}

// TestNoMachinePaths: the tree can be used where it is checked out.
func TestNoMachinePaths(t *testing.T) {
	walk(t, func(name string) {
		if pathsAllowed[name] != "" || inTestdata(name) && path.Ext(name) == ".parquet" {
			return
		}
		text := read(t, name)
		if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
			return // not text
		}
		if !slices.ContainsFunc(machineWords, func(w string) bool { return bytes.Contains(text, []byte(w)) }) {
			return // most files, and the pattern is slow
		}
		number := 0
		for line := range bytes.Lines(text) {
			number++
			if found := machinePaths.Find(line); found != nil {
				t.Errorf("%s:%d names %q, which only one machine has; copy what a test needs into testdata", name, number, found)
			}
		}
	})
}

func TestMachinePathFaults(t *testing.T) {
	for _, line := range []string{
		"see sha" + "red/design.md", `open("/wo` + `rk/main/x")`, "`../../sha" + "red/vectors`", "cd /ro" + "ot/x", "/tm" + "p/vd/x", "path=/Us" + "ers/me/x",
	} {
		if !machinePaths.MatchString(line) || !slices.ContainsFunc(machineWords, func(w string) bool { return strings.Contains(line, w) }) {
			t.Errorf("%q is accepted", line)
		}
	}
	for _, line := range []string{"memory shared by all", "builds/<b>/work/x", "/var/lib/views", "$TMPDIR/x", "network/x"} {
		if machinePaths.MatchString(line) {
			t.Errorf("%q is refused", line)
		}
	}
}

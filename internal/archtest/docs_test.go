package archtest

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\[[^\]\n]*\]\(([^)\s]+)\)`)
	fence   = regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```[ \t]*$")
	code    = regexp.MustCompile("`[^`\n]*`")
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	mention = regexp.MustCompile(`\bdocs/[a-z0-9/-]+\.md\b`)
)

// TestLinks: every link of every page leads to a file of the tree, and to a heading of it where it names one.
func TestLinks(t *testing.T) {
	pages := 0
	walk(t, func(name string) {
		if path.Ext(name) != ".md" || inTestdata(name) {
			return
		}
		pages++
		for _, fault := range brokenLinks(name, string(read(t, name)), func(file string) (string, error) {
			b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
			if err != nil {
				if info, statErr := os.Stat(filepath.Join(root, filepath.FromSlash(file))); statErr == nil && info.IsDir() {
					return "", nil
				}
			}
			return string(b), err
		}) {
			t.Error(fault)
		}
	})
	if pages < 5 {
		t.Errorf("%d pages only", pages)
	}
}

// brokenLinks lists the links of page name that lead nowhere; open gives a file's text by its name from the root.
func brokenLinks(name, text string, open func(file string) (string, error)) []string {
	var faults []string
	plain := code.ReplaceAllString(fence.ReplaceAllString(text, ""), "")
	for _, m := range link.FindAllStringSubmatch(plain, -1) {
		u, err := url.Parse(m[1])
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s: link %q: %v", name, m[1], err))
			continue
		}
		if u.Scheme != "" {
			continue // another site
		}
		file, target := name, text
		if path.IsAbs(u.Path) {
			faults = append(faults, fmt.Sprintf("%s: link %q is absolute; write it relative to the page", name, m[1]))
			continue
		}
		if u.Path != "" {
			file = path.Join(path.Dir(name), u.Path)
			if target, err = open(file); err != nil {
				faults = append(faults, fmt.Sprintf("%s: link %q leads to %s, which is not there", name, m[1], file))
				continue
			}
		}
		if u.Fragment != "" && !slices.Contains(anchors(target), u.Fragment) {
			faults = append(faults, fmt.Sprintf("%s: link %q: %s has no heading #%s; it has %s", name, m[1], file, u.Fragment, strings.Join(anchors(target), ", ")))
		}
	}
	return faults
}

// anchors are the headings of a page as links name them.
func anchors(text string) []string {
	var out []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		out = append(out, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return out
}

func TestLinkFaults(t *testing.T) {
	files := map[string]string{"docs/b.md": "# The b\n\n## Size & shape\n```\n# not a heading\n```\n", "README.md": ""}
	open := func(file string) (string, error) {
		text, ok := files[file]
		if !ok {
			return "", fs.ErrNotExist
		}
		return text, nil
	}
	for text, want := range map[string]int{
		"[b](b.md)":                        0,
		"[b](b.md#size--shape)":            0,
		"[top](../README.md)":              0,
		"[here](#own)\n# Own\n":            0,
		"[site](https://example.org/x)":    0,
		"```\n[b](c.md)\n```\n":            0,
		"`[b](c.md)`":                      0,
		"[c](c.md)":                        1,
		"[b](b.md#none)":                   1,
		"[b](b.md#not-a-heading)":          1,
		"[b](/b.md)\n[d](d.md)\n[e](e.md)": 3,
		"[here](#none)":                    1,
	} {
		if got := brokenLinks("docs/a.md", text, open); len(got) != want {
			t.Errorf("%q has %d faults, want %d: %v", text, len(got), want, got)
		}
	}
}

// TestMentions: a page that code names in a comment or a message is there.
func TestMentions(t *testing.T) {
	for _, s := range sources(t) {
		if s.folder == "internal/archtest" {
			continue
		}
		for _, page := range mention.FindAllString(string(read(t, s.name)), -1) {
			if slices.Contains(pagesToCome, page) {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(page))); errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s names %s, which is not there", s.name, page)
			}
		}
	}
}

// pagesToCome are pages whose packages are being written; take a line out with the page's commit.
var pagesToCome []string

const dependencies = "docs/decisions/0001-dependencies.md"

// TestDependencies: every direct dependency has a line with its reason, and no line is left of one that went away.
func TestDependencies(t *testing.T) {
	for _, fault := range checkDependencies(string(read(t, "go.mod")), string(read(t, dependencies))) {
		t.Error(fault)
	}
}

var (
	required = regexp.MustCompile(`(?m)^(?:require )?\t?([a-z0-9.-]+\.[a-z]+/?\S*) v\S+$`) // without a // indirect behind
	reason   = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| *(\\S.*?) *\\|")
)

func checkDependencies(gomod, record string) []string {
	var faults []string
	var direct []string
	for _, m := range required.FindAllStringSubmatch(gomod, -1) {
		direct = append(direct, m[1])
	}
	if len(direct) == 0 {
		return []string{"go.mod has no direct dependency; the test does not read it rightly"}
	}
	reasons := map[string]bool{}
	for _, m := range reason.FindAllStringSubmatch(record, -1) {
		if reasons[m[1]] {
			faults = append(faults, fmt.Sprintf("%s has two lines for %s", dependencies, m[1]))
		}
		reasons[m[1]] = true
		if !slices.Contains(direct, m[1]) {
			faults = append(faults, fmt.Sprintf("%s has a line for %s, which is no direct dependency; delete it", dependencies, m[1]))
		}
	}
	for _, d := range direct {
		if !reasons[d] {
			faults = append(faults, fmt.Sprintf("go.mod requires %s; %s has no line for it: say what it does for us and what else was looked at", d, dependencies))
		}
	}
	return faults
}

func TestDependencyFaults(t *testing.T) {
	const gomod = "module x\n\nrequire (\n\texample.org/a v1.0.0\n\tgopkg.in/b.v2 v2.0.0\n)\n\nrequire (\n\texample.org/c v1.0.0 // indirect\n)\n"
	for record, want := range map[string]int{
		"| `example.org/a` | why |\n| `gopkg.in/b.v2` | why |\n":                            0,
		"| `example.org/a` | why |\n":                                                       1,
		"| `example.org/a` | why |\n| `gopkg.in/b.v2` |  |\n":                               1,
		"| `example.org/a` | why |\n| `gopkg.in/b.v2` | why |\n| `example.org/c` | why |":   1,
		"| `example.org/a` | why |\n| `example.org/a` | why |\n| `gopkg.in/b.v2` | why |\n": 1,
		"": 2,
	} {
		if got := checkDependencies(gomod, record); len(got) != want {
			t.Errorf("%q has %d faults, want %d: %v", record, len(got), want, got)
		}
	}
}

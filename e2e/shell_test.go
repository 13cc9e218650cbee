package e2e

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// checkout is a copy of the files that git knows or would add, without what building has left beside them.
type checkout struct {
	t   *testing.T
	dir string
}

func newCheckout(t *testing.T) checkout {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: a copy of the checkout builds the binary once more")
	}
	c := checkout{t: t, dir: t.TempDir()}
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("asking git for the files of the checkout: %v", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if strings.Contains(name, "/testdata/") {
			continue // large, and no part of a build
		}
		if err := c.copy(name); err != nil && !errors.Is(err, os.ErrNotExist) { // deleted, and git has not heard of it
			t.Fatal(err)
		}
	}
	return c
}

func (c checkout) copy(name string) error {
	from, err := os.Open(filepath.Join("..", name))
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Join(c.dir, name)), 0o777); err != nil {
		return err
	}
	to, err := os.OpenFile(filepath.Join(c.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode())
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// sh runs a script in the checkout, and gives what it printed.
func (c checkout) sh(script string) string {
	c.t.Helper()
	cmd := exec.Command("sh", "-eu", "-c", script)
	cmd.Dir = c.dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { // of a make that runs this test
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"}, name)
	})
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("running %q: %v\n%s", script, err, out)
	}
	return string(out)
}

// top are the names in the checkout's folder.
func (c checkout) top() []string {
	c.t.Helper()
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		c.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// runsTests is the one command of the pages that is not run by a test: it would run itself.
const runsTests = "make test"

// TestShellBlocks runs every sh block of the pages, those of one page one after the other in one fresh checkout.
func TestShellBlocks(t *testing.T) {
	t.Parallel()
	ran, left := 0, 0
	for _, page := range pages(t) {
		blocks, _ := readPage(t, page)
		var scripts []block
		for _, b := range blocks {
			switch {
			case b.language != "sh":
			case strings.Join(b.lines, "\n") == runsTests:
				left++
			default:
				scripts = append(scripts, b)
			}
		}
		if len(scripts) == 0 {
			continue
		}
		t.Run(page, func(t *testing.T) {
			c := newCheckout(t)
			for _, b := range scripts {
				t.Logf("%v prints\n%s", b, c.sh(strings.Join(b.lines, "\n")))
				ran++
			}
			if page == "README.md" {
				c.demoAgain()
			}
		})
	}
	if !testing.Short() && ran == 0 || left != 1 {
		t.Errorf("%d blocks were run, %d say %q", ran, left, runsTests)
	}
}

// demoAgain runs the demonstration where it has run before, and what it says may be tried next.
func (c checkout) demoAgain() {
	c.t.Helper()
	before := c.top()
	out := c.sh("make demo")
	for _, part := range []string{"profiles: already version 1", `{"version": 1, "rows": [`, `{"guest_id":"`, "result      whole", "To try next:\n"} {
		if !strings.Contains(out, part) {
			c.t.Errorf("the second demonstration does not print %q:\n%s", part, out)
		}
	}
	if after := c.top(); !slices.Equal(before, after) {
		c.t.Errorf("the second demonstration leaves %v, the first %v", after, before)
	}
	if !slices.Contains(before, "demo") {
		c.t.Errorf("the demonstration has no folder of its own among %v", before)
	}
	_, next, _ := strings.Cut(out, "To try next:\n")
	tried := 0
	for line := range strings.Lines(next) {
		if command, indented := strings.CutPrefix(line, "  "); indented {
			if out := c.sh(command); strings.TrimSpace(out) == "" {
				c.t.Errorf("%q prints nothing", command)
			}
			tried++
		}
	}
	if tried < 3 {
		c.t.Errorf("%d commands are there to try next", tried)
	}
}

// TestTestCommand: the README's other command is what CI runs, and runs all tests with the race detector.
func TestTestCommand(t *testing.T) {
	t.Parallel()
	lines, found := recipe(t, "test")
	if all := strings.Join(lines, "\n"); !found || !strings.Contains(all, "test -race ") || !strings.Contains(all, "./...") {
		t.Errorf("the recipe of test is %q", lines)
	}
	ci, err := os.ReadFile(filepath.Join("..", ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(strings.TrimSpace(string(ci)), "exec "+runsTests) {
		t.Errorf("CI does not end in %q:\n%s", "exec "+runsTests, ci)
	}
}

package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// block is one fenced block of a page.
type block struct {
	page     string // from the root of the checkout
	line     int    // of its first line
	language string // the info string's first word, "" without one
	lines    []string
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// pages are README.md and all pages of docs.
func pages(t *testing.T) []string {
	t.Helper()
	found := []string{"README.md", "CONTRIBUTING.md"}
	err := filepath.WalkDir(filepath.Join("..", "docs"), func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Ext(name) == ".md" {
			found = append(found, filepath.ToSlash(strings.TrimPrefix(name, ".."+string(filepath.Separator))))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// readPage gives the blocks of a page, and its text without them.
func readPage(t *testing.T, page string) (blocks []block, prose string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", page))
	if err != nil {
		t.Fatal(err)
	}
	open := -1
	for i, line := range strings.Split(string(text), "\n") {
		marker, fenced := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fenced && open < 0:
			language, _, _ := strings.Cut(marker, " ")
			blocks, open = append(blocks, block{page: page, line: i + 2, language: language}), i
		case fenced:
			open = -1
		case open >= 0:
			blocks[len(blocks)-1].lines = append(blocks[len(blocks)-1].lines, line)
		default:
			prose += line + "\n"
		}
	}
	if open >= 0 {
		t.Fatalf("%s:%d: the block has no end", page, open+1)
	}
	return blocks, prose
}

// words splits a command line as a shell would, up to a comment, a pipe or a redirection.
func words(line string) []string {
	var out []string
	word, started, quote := "", false, rune(0)
	end := func() {
		if started {
			out = append(out, word)
		}
		word, started = "", false
	}
	for _, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word += string(c)
		case c == '\'' || c == '"':
			quote, started = c, true
		case c == ' ' || c == '\t':
			end()
		case c == '|' || c == '>' || c == ';' || c == '#' && !started:
			end()
			return out
		default:
			word, started = word+string(c), true
		}
	}
	end()
	return out
}

func TestWords(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"":                                   nil,
		"a  b\tc":                            {"a", "b", "c"},
		`get '["eu",7]' "x y" ''`:            {"get", `["eu",7]`, "x y", ""},
		"spec a.parquet > b.yaml  # comment": {"spec", "a.parquet"},
		"export a#b | head":                  {"export", "a#b"},
	} {
		if got := words(line); !slices.Equal(got, want) {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

var (
	inline      = regexp.MustCompile("`(verdigris [^`\n]+)`")
	placeholder = regexp.MustCompile(`^[A-Z]{1,}$`)
)

// shown are the commands that a page shows: the lines with a prompt of console blocks, the lines that begin with the program's
// name in blocks without a language, and code in the text that begins so.
func shown(blocks []block, prose string) []string {
	var out []string
	for _, b := range blocks {
		for _, line := range b.lines {
			command, prompt := strings.CutPrefix(line, "$ ")
			if b.language == "console" && prompt || b.language == "" && strings.HasPrefix(line, "verdigris ") {
				out = append(out, command)
			}
		}
	}
	for _, m := range inline.FindAllStringSubmatch(prose, -1) {
		out = append(out, m[1])
	}
	return out
}

// TestCommandsInDocs: each command that a page shows is there, and has the flags it is shown with.
func TestCommandsInDocs(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	checked := 0
	for _, page := range pages(t) {
		blocks, prose := readPage(t, page)
		for _, command := range shown(blocks, prose) {
			checked++
			if fault := s.checkCommand(words(command)); fault != "" {
				t.Errorf("%s shows %q: %s", page, command, fault)
			}
		}
	}
	if checked < 10 {
		t.Errorf("the pages show %d commands only; the test does not read them rightly", checked)
	}
}

func TestCommandFaults(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	for _, line := range []string{"verdigris bild x", "verdigris get --stroe x", "verdigris build --workers many x.yaml", "make cake", "verdigris", "cake"} {
		if s.checkCommand(words(line)) == "" {
			t.Errorf("%q is accepted", line)
		}
	}
	if fault := s.checkCommand(words("verdigris get --store x --view v --version N -- -17")); fault != "" {
		t.Error(fault)
	}
}

// checkCommand lets the binary read a command line without doing what it says.
func (s sandbox) checkCommand(command []string) string {
	s.t.Helper()
	switch program := filepath.Base(append(command, "nothing")[0]); {
	case program == "make" && len(command) == 2:
		if _, found := recipe(s.t, command[1]); !found {
			return "the Makefile has no such target"
		}
		return ""
	case program != "verdigris" || len(command) < 2:
		return "a console block shows commands of verdigris and make; mark another kind of block as text"
	}
	args := []string{command[1], "--help"}
	for _, word := range command[2:] {
		if placeholder.MatchString(word) {
			word = "1"
		}
		args = append(args, word)
	}
	o := s.try(args...)
	if o.code != 0 {
		return o.messages
	}
	if !strings.Contains(o.out, "verdigris "+command[1]) {
		return "there is no such command"
	}
	return ""
}

// recipe gives the lines of a target of the Makefile.
func recipe(t *testing.T, target string) (recipe []string, found bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, target+":"):
			found = true
		case found && strings.HasPrefix(line, "\t"):
			recipe = append(recipe, strings.TrimSpace(line))
		case found:
			return recipe, true
		}
	}
	return recipe, found
}

package source

import (
	"path"
	"strings"
)

// anyDepth is the pattern component that stands for any number of folders, none included.
const anyDepth = "**"

func hasWildcard(s string) bool { return strings.ContainsAny(s, "*?[") }

// splitPattern cuts a path with slashes before its first component with a wildcard.
func splitPattern(p string) (dir string, pattern []string) {
	parts := strings.Split(p, "/")
	for i, c := range parts {
		if hasWildcard(c) {
			return strings.Join(parts[:i], "/") + "/", trimEmpty(parts[i:])
		}
	}
	return p, nil
}

// trimEmpty drops what doubled and closing slashes leave.
func trimEmpty(parts []string) []string {
	out := parts[:0]
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

func checkPattern(pattern []string) error {
	for _, p := range pattern {
		if _, err := path.Match(p, ""); err != nil {
			return unfit("pattern %q: %v", p, err)
		}
		if strings.Contains(strings.ReplaceAll(p, `\[`, ""), "[!") { // a shell's, which path.Match takes for a set with a ! in it
			return unfit("pattern %q: a set begins with [!; allowed: [^ab] for a character that is neither, [ab!] for one of three", p)
		}
	}
	return nil
}

// takes reports whether the file with these name components belongs to the source: the pattern matches it or a folder
// above it, and none of its components is hidden.
func (r root) takes(parts []string) bool { return match(r.pattern, parts, wholeName) }

// enters reports whether the folder with these name components can hold files of the source.
func (r root) enters(parts []string) bool { return match(r.pattern, parts, folderAbove) }

// matchGoal says what match is asked.
type matchGoal uint8

const (
	wholeName   matchGoal = iota // does the pattern match the name or a folder above it?
	folderAbove                  // could it match something below the name?
)

func match(pattern, parts []string, goal matchGoal) bool {
	if len(pattern) == 0 { // everything below a matched folder
		for _, p := range parts {
			if hidden(p) {
				return false
			}
		}
		return true
	}
	if len(parts) == 0 {
		return goal == folderAbove || len(pattern) == 1 && pattern[0] == anyDepth
	}
	if pattern[0] == anyDepth {
		return match(pattern[1:], parts, goal) || !hidden(parts[0]) && match(pattern, parts[1:], goal)
	}
	if hidden(parts[0]) && !hidden(pattern[0]) { // a wildcard does not match the hidden, as in a shell
		return false
	}
	ok, _ := path.Match(pattern[0], parts[0]) // checkPattern has seen the pattern
	return ok && match(pattern[1:], parts[1:], goal)
}

// hidden names are those of markers, checksums and unfinished files.
func hidden(name string) bool { return strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") }

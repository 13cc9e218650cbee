package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Error is one finding in a spec file.
type Error struct {
	Path  string
	Pos   Pos
	Field string // as in `clustering[0].order`, "" for the file as a whole
	Msg   string // what is wrong and what is allowed
}

// Error is `orders.yaml:7: clustering[0].order: "up" is not allowed; allowed: asc, desc`.
func (e Error) Error() string {
	if e.Field == "" {
		return printable(fmt.Sprintf("%s:%d: %s", e.Path, e.Pos.Line, e.Msg))
	}
	return printable(fmt.Sprintf("%s:%d: %s: %s", e.Path, e.Pos.Line, e.Field, e.Msg))
}

// printable keeps a finding on its line, and a terminal from obeying it: names of columns may hold anything.
func printable(s string) string {
	if !strings.ContainsFunc(s, breaks) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if breaks(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// breaks reports whether r moves the cursor, or may.
func breaks(r rune) bool { return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 }

// Errors is everything that is wrong with a spec, in the order of the file; it holds at least one Error.
type Errors struct{ List []Error }

// Error prints one finding a line.
func (e *Errors) Error() string {
	lines := make([]string, len(e.List))
	for i, f := range e.List {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the findings to errors.As.
func (e *Errors) Unwrap() []error {
	out := make([]error, len(e.List))
	for i, f := range e.List {
		out[i] = f
	}
	return out
}

// findings collects errors while a spec is walked.
type findings struct {
	path string
	list []Error
}

func (f *findings) add(p Pos, field, format string, args ...any) {
	f.list = append(f.list, Error{Path: f.path, Pos: p, Field: field, Msg: fmt.Sprintf(format, args...)})
}

// err is nil when nothing was found.
func (f *findings) err() error {
	if len(f.list) == 0 {
		return nil
	}
	slices.SortStableFunc(f.list, func(a, b Error) int {
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Column - b.Pos.Column
	})
	return &Errors{List: f.list}
}

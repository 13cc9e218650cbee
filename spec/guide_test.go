package spec

import (
	"os"
	"strings"
	"testing"
)

const guide = "../docs/guide/spec.md"

// blocks gives the code blocks of the guide whose info string is language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	rest := string(text)
	for {
		_, after, found := strings.Cut(rest, "\n```"+language+"\n")
		if !found {
			return out
		}
		block, next, closed := strings.Cut(after, "```")
		if !closed {
			t.Fatalf("%s: a block is not closed", guide)
		}
		out = append(out, block)
		rest = next
	}
}

// TestGuideExamples: every example of the page is a valid spec.
func TestGuideExamples(t *testing.T) {
	examples := blocks(t, "yaml")
	if len(examples) < 8 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, text := range examples {
		if _, err := Parse([]byte(text), guide); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	}
}

// TestGuideErrors: the page shows the errors of its wrong spec to the byte.
func TestGuideErrors(t *testing.T) {
	wrong, want := blocks(t, "yaml invalid"), blocks(t, "text")
	if len(wrong) != 1 || len(want) != 1 {
		t.Fatalf("%d wrong specs, %d lists of errors", len(wrong), len(want))
	}
	s, err := Parse([]byte(wrong[0]), "orders.yaml")
	if s == nil {
		t.Fatal(err)
	}
	_, err = s.Resolve(offeredBy(t, []byte("o_orderkey bigint\no_tags list<text>\norder text\nl_linenumber int\nupdated_at timestamp unit=us\n")), nil)
	if err == nil || err.Error()+"\n" != want[0] {
		t.Fatalf("the errors are\n%v", err)
	}
}

// TestGuideNamesEveryField keeps the table complete: it has a row for each field that the parser knows.
func TestGuideNamesEveryField(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse([]byte("nonsense: 1\nbloom: {x: 1}\nwatermark: {x: 1}\nrequire: {x: 1}\n"), "x.yaml")
	checked := 0
	for _, line := range strings.Split(err.Error(), "\n") {
		field, allowed, unknown := strings.Cut(line, ": unknown field; allowed: ")
		if !unknown {
			continue
		}
		prefix := ""
		if i := strings.LastIndex(field, "."); strings.HasSuffix(field, ".x") {
			prefix = field[strings.LastIndex(field, " ")+1:i] + "."
		}
		for _, name := range strings.Split(allowed, ", ") {
			if name == "bloom" || name == "watermark" || name == "require" {
				continue // its own fields are listed
			}
			checked++
			if !strings.Contains(string(text), "\n| `"+prefix+name+"` |") {
				t.Errorf("the table has no row for %s%s", prefix, name)
			}
		}
	}
	if checked != 11+1+1+3 {
		t.Errorf("%d fields were looked for", checked)
	}
}

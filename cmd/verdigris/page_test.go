package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestReadingPage runs the examples of docs/guide/reading.md on the shop.
func TestReadingPage(t *testing.T) {
	b, err := os.ReadFile("../../docs/guide/reading.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	// fenced is what stands in a fence behind the line that begins with start, and that line.
	fenced := func(start string) (line, body string) {
		_, rest, ok := strings.Cut(page, "\n```\n"+start)
		body, _, ok2 := strings.Cut(rest, "```")
		line, body, ok3 := strings.Cut(body, "\n")
		if !ok || !ok2 || !ok3 {
			t.Fatalf("the page has no example that begins with %q", start)
		}
		return line, body
	}
	s := openShop(t)

	flags, want := fenced("verdigris get --store views --view lines ")
	expect(t, s.on(t, "lines", "get "+strings.ReplaceAll(flags, "'", "")), exitDone, want)

	_, rest, ok := strings.Cut(page, "```yaml\n")
	ring, _, _ := strings.Cut(rest, "```")
	file := filepath.Join(t.TempDir(), "ring.yaml")
	if err := os.WriteFile(file, []byte(ring), 0o644); !ok || err != nil {
		t.Fatal(err)
	}
	flags, want = fenced("verdigris where --store views --view lines --ring ring.yaml ")
	got := s.on(t, "lines", "where --ring "+file+" "+strings.ReplaceAll(flags, "'", ""))
	var printed, example []location
	if err := json.Unmarshal([]byte(got.out), &printed); err != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &example); err != nil {
		t.Fatal(err)
	}
	example[0].Table = printed[0].Table // shortened on the page
	if !reflect.DeepEqual(printed, example) {
		t.Errorf("prints %s, the page says %s", got.out, want)
	}
}

// TestExitCodePage: every code has a row on the page, and no other.
func TestExitCodePage(t *testing.T) {
	b, err := os.ReadFile("../../docs/guide/exit-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for line := range strings.Lines(string(b)) {
		if cells := strings.Split(line, "|"); len(cells) > 2 && len(strings.TrimSpace(cells[1])) == 1 {
			codes = append(codes, strings.TrimSpace(cells[1]))
		}
	}
	if got := strings.Join(codes, " "); got != "0 1 2 3 4 5 6" {
		t.Errorf("the page has the codes %s", got)
	}
}

package source

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/format"
)

// TestGuideListsWhatIsRead compares the table of docs/guide/input.md with the allow-list.
func TestGuideListsWhatIsRead(t *testing.T) {
	b, err := os.ReadFile("../docs/guide/input.md")
	ok(t, err)
	_, table, found := strings.Cut(string(b), "## What is read")
	if !found {
		t.Fatal("the section is gone")
	}
	table, _, _ = strings.Cut(table, "| limit |")
	rows := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 {
			continue
		}
		words := strings.FieldsFunc(cells[2], func(r rune) bool { return strings.ContainsRune(" ,;()", r) })
		for kind := range strings.SplitSeq(cells[1], ",") {
			rows[strings.TrimSpace(kind)] = words
		}
	}
	var codecs []string
	for c := format.Uncompressed; c <= format.Lz4Raw; c++ {
		if _, err := decoderOf(&leafColumn{Physical: format.Int32}, c, []format.Encoding{format.Plain}); err == nil {
			codecs = append(codecs, c.String())
		}
	}
	for _, c := range codecs {
		if !slices.Contains(rows["codecs"], c) {
			t.Errorf("codec %s is read, the page has %v", c, rows["codecs"])
		}
	}
	if slices.Contains(codecs, "LZO") || len(codecs) != 7 {
		t.Errorf("codecs %v", codecs)
	}
	for kind := format.Boolean; kind <= format.FixedLenByteArray; kind++ {
		var read []string
		for e := format.Plain; e <= format.ByteStreamSplit; e++ {
			if e == format.PlainDictionary || e == format.RLEDictionary || e == 1 {
				continue
			}
			leaf := &leafColumn{Physical: kind}
			which, err := decoderOf(leaf, format.Snappy, []format.Encoding{e})
			if err == nil && pageEncodings(which, leaf).has(e) {
				read = append(read, e.String())
			}
		}
		slices.Sort(read)
		want := slices.Clone(rows[kind.String()])
		slices.Sort(want)
		if !slices.Equal(read, want) {
			t.Errorf("%s: %v are read, the page has %v", kind, read, want)
		}
	}
}

package e2e

import (
	"fmt"
	"testing"
)

// codecs are all ways in which a table may pack its rows.
var codecs = []string{"none", "cells", "zstd"}

func TestEveryTypeAgainstPyarrow(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("types", "types")
	want := s.expected(query{Root: "types", Key: []string{"id"}})[0]
	if len(want) != 7*120 {
		t.Fatalf("Python has %d rows", len(want))
	}
	for _, codec := range codecs {
		t.Run(codec, func(t *testing.T) {
			s := s.in(t)
			s.build(fmt.Sprintf("view: v\nsource: types\nkey: id\npartitions: 8\ncodec: %s\n", codec), codec)
			s.checkView(codec, "v", want, []string{"id"})
		})
	}
}

func TestInt96AgainstPyarrow(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("int96", "int96")
	want := s.expected(query{Root: "int96", Key: []string{"id"}})[0]
	s.build("view: v\nsource: int96\nkey: id\npartitions: 3\n", "out")
	s.checkView("out", "v", want, []string{"id"})
}

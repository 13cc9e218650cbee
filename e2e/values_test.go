package e2e

import (
	"fmt"
	"testing"
)

func TestAllOfUnicode(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("unicode", "source")
	want := s.expected(query{Root: "source/values", Key: []string{"id"}}, query{Root: "source/keys", Key: []string{"name"}})
	for _, codec := range codecs {
		t.Run(codec, func(t *testing.T) {
			s := s.in(t)
			s.build(fmt.Sprintf("view: v\nsource: source/values\nkey: id\npartitions: 2\ncodec: %s\n", codec), codec)
			compareRows(t, s.export(codec, "v"), want[0], []string{"id"})
			s.verify(codec, "v")
		})
	}
	t.Run("keys", func(t *testing.T) {
		s := s.in(t)
		s.build("view: v\nsource: source/keys\nkey: name\npartitions: 2\n", "keys")
		s.checkView("keys", "v", want[1], []string{"name"})
	})
}

func TestValuesOfAllSizes(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("large", "source")
	want := s.expected(query{Root: "source", Key: []string{"id"}, Clustering: []order{{Column: "line"}}})[0]
	for _, codec := range codecs {
		t.Run(codec, func(t *testing.T) {
			s := s.in(t)
			s.build(fmt.Sprintf("view: v\nsource: source\nkey: id\nclustering: [{column: line}]\npartitions: 2\ncodec: %s\n", codec), codec)
			s.checkView(codec, "v", want, []string{"id"})
		})
	}
}

func TestFewRowsOrNone(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("edges", "source")
	names := []string{"none", "one", "mixed"}
	var queries []query
	for _, n := range names {
		queries = append(queries, query{Root: "source/" + n, Key: []string{"id"}})
	}
	want := s.expected(queries...)
	for i, n := range names {
		for _, codec := range codecs {
			t.Run(n+" "+codec, func(t *testing.T) {
				s := s.in(t)
				store := n + codec
				r := s.build(fmt.Sprintf("view: v\nsource: source/%s\nkey: id\ncodec: %s\n", n, codec), store)
				if r.Version != 1 || int(r.Totals.Rows) != len(want[i]) || len(want[i]) != []int{0, 1, 3}[i] {
					t.Errorf("version %d has %d rows, Python %d", r.Version, r.Totals.Rows, len(want[i]))
				}
				s.checkView(store, "v", want[i], []string{"id"})
			})
		}
	}
}

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

func TestClusteringOrderAgainstPython(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("clustering", "source")
	groups := []string{"integers", "numbers", "bytes", "times", "others"}
	var queries []query
	for _, g := range groups {
		for flip := range 2 {
			q := query{Root: "source/" + g, Key: []string{"key"}}
			for c := range 4 {
				q.Clustering = append(q.Clustering, order{Column: fmt.Sprint("c", c), Desc: c%2 == flip})
			}
			queries = append(queries, q)
		}
	}
	want := s.expected(queries...)
	for i, q := range queries {
		t.Run(fmt.Sprint(groups[i/2], i%2), func(t *testing.T) {
			s := s.in(t)
			store := fmt.Sprint("out", i)
			s.build(fmt.Sprintf("view: v\nsource: source/%s\nkey: key\nclustering: [%s]\npartitions: 2\n", groups[i/2], spell(q.Clustering)), store)
			if len(want[i]) < 128 {
				t.Fatalf("Python has %d rows", len(want[i]))
			}
			s.checkView(store, "v", want[i], q.Key)
		})
	}
}

// spell writes clustering columns as a spec has them.
func spell(clustering []order) string {
	var parts []string
	for _, c := range clustering {
		direction := "asc"
		if c.Desc {
			direction = "desc"
		}
		parts = append(parts, fmt.Sprintf("{column: %s, order: %s}", c.Column, direction))
	}
	return strings.Join(parts, ", ")
}

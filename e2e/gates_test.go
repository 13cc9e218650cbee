package e2e

import (
	"strings"
	"testing"
)

// TestGates: what a spec demands of a version before it is published.
func TestGates(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.make("duplicates", "source")
	base := with(baseSpec, "watermark: {column: dt}")
	s.build(text(base), "out")
	for _, c := range []struct {
		name, line string
		code       int
		says       string
	}{
		{"marker", "require: {success_file: _SUCCESS}", 4, "_SUCCESS"},
		{"rows", "require: {min_rows: 1000000}", 4, "1000000"},
		{"loss", "require: {max_drop: 0.1}\nwhere: [{column: line, op: \"=\", value: 1}]", 4, "max_drop"},
		{"behind", `where: [{column: dt, op: "<", value: 2026-11-22}]`, 6, "watermark"},
		{"no column", "key: [none]", 2, `no column "none"`},
		{"key that is null", "key: [updated]\ntypes: {updated: timestamp(truncate)}", 3, "updated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			name := c.name + ".yaml"
			s.write(name, text(with(base, c.line)))
			if o := s.try("build", name, "--store", "out"); o.code != c.code || !strings.Contains(o.messages, c.says) {
				t.Errorf("code %d, messages %s; want %d, and %q", o.code, o.messages, c.code, c.says)
			}
			if n := len(s.files("out/v/manifests/*")); n != 1 {
				t.Errorf("there are %d versions", n)
			}
		})
	}
	s.write("source/dt=2026-11-22/_SUCCESS", "")
	s.write("marked.yaml", text(with(base, "require: {success_file: _SUCCESS}")))
	if o := s.try("build", "marked.yaml", "--store", "out"); o.code != 4 || !strings.Contains(o.messages, "2 source folders") {
		t.Errorf("with one marker of three: code %d, messages %s", o.code, o.messages)
	}
	s.write("source/dt=2026-11-20/_SUCCESS", "")
	s.write("source/dt=2026-11-21/_SUCCESS", "")
	var r report
	if s.decode(&r, "build", "marked.yaml", "--store", "out"); r.Version != 2 {
		t.Errorf("with all markers the build reports %+v", r)
	}
}

package manifest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/partitioner"
)

// Bounds of the bloom filters' false-positive rate, in parts per million.
const (
	minPPM = 1
	maxPPM = 500_000
)

// Validate reports everything in m that contradicts its format or another part of m. The digest is not part of it: Encode
// computes it and Decode compares it. The error wraps ErrFormat or ErrInvalid.
func (m *Manifest) Validate() error {
	if m.Format != FormatVersion {
		return fmt.Errorf("%w: %d; this program writes %d", ErrFormat, m.Format, FormatVersion)
	}
	f := new(faults)
	m.checkHead(f)
	m.checkSchema(f)
	m.checkSettings(f)
	m.checkSource(f)
	m.checkPartitions(f)
	m.checkTotals(f)
	return f.err()
}

// faults collects what is wrong; a document of a thousand damaged partitions prints the first few.
type faults struct{ list []string }

const maxFaults = 8

func (f *faults) add(format string, args ...any) {
	f.list = append(f.list, fmt.Sprintf(format, args...))
}

// check adds the fault unless ok.
func (f *faults) check(ok bool, format string, args ...any) {
	if !ok {
		f.add(format, args...)
	}
}

func (f *faults) err() error {
	switch n := len(f.list); {
	case n == 0:
		return nil
	case n > maxFaults:
		return invalid("%s; and %d more", strings.Join(f.list[:maxFaults], "; "), n-maxFaults)
	}
	return invalid("%s", strings.Join(f.list, "; "))
}

func (m *Manifest) checkHead(f *faults) {
	if err := CheckView(m.View); err != nil {
		f.add("%v", err)
	}
	f.check(m.Version > 0, "version is 0; versions count from 1")
	f.check(m.Parent < m.Version, "parent %d is not below version %d", m.Parent, m.Version)
	f.check(isHex(m.Build, 32), "build %.80q is not 32 lower-case hex digits", m.Build)
}

func (m *Manifest) checkSchema(f *faults) {
	f.check(len(m.Schema.Key) > 0, "the schema has no key")
	taken := map[string]bool{}
	column := func(part string, i int, c cql.Column) {
		f.check(c.Name != "" && utf8.ValidString(c.Name), "%s[%d] has the name %.80q", part, i, c.Name)
		f.check(!taken[c.Name], "%s[%d] has the name %.80q, which another column has", part, i, c.Name)
		taken[c.Name] = true
		f.check(c.Type.Kind != cql.Invalid, "%s[%d] has no type", part, i)
	}
	key := func(part string, i int, c cql.Column) {
		column(part, i, c)
		if err := cql.KeyType(c.Type); err != nil {
			f.add("%s[%d]: %v", part, i, err)
		}
	}
	for i, c := range m.Schema.Key {
		key("key", i, c)
	}
	for i, c := range m.Schema.Clustering {
		key("clustering", i, c.Column)
		f.check(c.Order == cql.Ascending || c.Order == cql.Descending, "clustering[%d] has the order %.80q", i, c.Order)
	}
	for i, c := range m.Schema.Values {
		column("values", i, c)
	}
}

func (m *Manifest) checkSettings(f *faults) {
	if err := m.slices().Validate(); err != nil {
		f.add("r: %v", err)
	}
	d := m.Duplicates
	switch d.Rule {
	case "error":
		f.check(d.Recency == nil, "rule error has a recency column")
	case "latest":
		if d.Recency == nil {
			f.add("rule latest has no recency column")
			break
		}
		f.check(d.Recency.Name != "" && utf8.ValidString(d.Recency.Name), "recency has the name %.80q", d.Recency.Name)
		f.check(ordered(d.Recency.Type), "recency has the type %s", d.Recency.Type)
	default:
		f.add("duplicate rule is %.80q; allowed: error, latest", d.Rule)
	}
	f.check(m.Table.Format > 0, "table format is %d", m.Table.Format)
	f.check(m.Bloom.Format > 0, "bloom format is %d", m.Bloom.Format)
	f.check(m.Bloom.FalsePositivePPM >= minPPM && m.Bloom.FalsePositivePPM <= maxPPM,
		"false_positive_ppm is %d; allowed: %d to %d", m.Bloom.FalsePositivePPM, minPPM, maxPPM)
	f.check(ValidTask(m.Codec.Name), "codec has the name %.80q", m.Codec.Name)
	f.check(m.Codec.Version > 0, "codec version is %d", m.Codec.Version)
	if o := m.Codec.Dictionary; o != nil {
		name := o.check(f, "dictionary", CodecDictionary)
		f.check(name.Fingerprint == "" || strings.HasPrefix(o.SHA256, name.Fingerprint),
			"dictionary %q is not named by its sha256 %.80q", o.Name, o.SHA256)
	}
}

// ordered reports whether values of t may decide something: t is known and not a list, map or struct.
func ordered(t cql.Type) bool { return t.Kind != cql.Invalid && len(t.Elem) == 0 }

func (m *Manifest) checkSource(f *faults) {
	s := m.Source
	for i, file := range s.Files {
		f.check(file.Name != "" && utf8.ValidString(file.Name), "source file %d has the name %.200q", i, file.Name)
		f.check(file.Bytes >= 0 && file.Rows >= 0, "source file %.200q has %d bytes and %d rows", file.Name, file.Bytes, file.Rows)
		f.check(validIdentity(file.Identity), "source file %.200q has the identity %.200q", file.Name, file.Identity)
		f.check(i == 0 || s.Files[i-1].Name < file.Name, "source file %.200q does not stand in order", file.Name)
	}
	for i, name := range s.Skipped {
		f.check(name != "" && utf8.ValidString(name), "skipped file %d has the name %.200q", i, name)
		f.check(i == 0 || s.Skipped[i-1] < name, "skipped file %.200q does not stand in order", name)
		_, read := slices.BinarySearchFunc(s.Files, name, func(file File, n string) int { return strings.Compare(file.Name, n) })
		f.check(!read, "file %.200q was both read and skipped", name)
	}
	if w := s.Watermark; w != nil {
		f.check(w.Column != "" && utf8.ValidString(w.Column), "watermark has the column %.80q", w.Column)
		if !ordered(w.Type) {
			f.add("watermark has the type %s", w.Type)
		} else if err := w.check(); err != nil {
			f.add("watermark: %v", err)
		}
	}
}

// validIdentity reports whether id is kind:value of a known kind, or empty: nothing but name and size is known.
func validIdentity(id string) bool {
	if id == "" {
		return true
	}
	kind, value, _ := strings.Cut(id, ":")
	switch kind {
	case "etag":
		return value != "" && utf8.ValidString(value)
	case "sha256", "footer-sha256":
		return isHex(value, 64)
	}
	return false
}

// check reports a fault of the stored file that stands at place, and gives its name, zero if that is not one of kind.
func (o Object) check(f *faults, place string, kind Kind) FileName {
	f.check(o.Bytes > 0, "%s %.200q has %d bytes", place, o.Name, o.Bytes)
	f.check(isHex(o.SHA256, 64), "%s %.200q has the sha256 %.80q", place, o.Name, o.SHA256)
	name, err := ParseFileName(o.Name)
	if err != nil || name.Kind != kind {
		f.add("%s has the name %.200q, which is not that of a .%s", place, o.Name, kind)
		return FileName{}
	}
	return name
}

func (m *Manifest) slices() partitioner.Slices { return partitioner.Slices{R: m.R} }

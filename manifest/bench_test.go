package manifest

import "testing"

// BenchmarkDecode reads the manifest of a large view: every command and node does it first.
func BenchmarkDecode(b *testing.B) {
	m := orders(b)
	m.R, m.Partitions = 4096, nil
	for i := range m.R {
		m.Partitions = append(m.Partitions, part(m, i, 10, 0, 10))
	}
	total(m)
	m.Source.Files = m.Source.Files[:1]
	m.Source.Files[0].Rows, m.Totals.Read = m.Totals.Input, m.Totals.Input
	rename(b, m)
	document := encode(b, m)
	b.SetBytes(int64(len(document)))
	for b.Loop() {
		if _, err := Decode(document); err != nil {
			b.Fatal(err)
		}
	}
}

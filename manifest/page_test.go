package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
)

const page = "../docs/format/manifest.md"

// block finds the page's code block with that info string, and where it is.
func block(t *testing.T, text []byte, info string) (from, to int) {
	t.Helper()
	start := []byte("\n```" + info + "\n")
	if bytes.Count(text, start) != 1 {
		t.Fatalf("%s has %d blocks %q", page, bytes.Count(text, start), info)
	}
	from = bytes.Index(text, start) + len(start)
	return from, from + bytes.Index(text[from:], []byte("```"))
}

// small is the worked example of the page: three rows in two partitions.
func small(t *testing.T) *Manifest {
	m := &Manifest{
		Format: FormatVersion, View: "orders", Version: 1, Build: "00112233445566778899aabbccddeeff",
		Schema: cql.Schema{
			Key:    []cql.Column{{Name: "o_orderkey", Type: cql.Of(cql.BigInt)}},
			Values: []cql.Column{{Name: "o_comment", Type: cql.Of(cql.Text)}},
		},
		R: 2, Duplicates: Duplicates{Rule: "error"}, Table: TableFormat{1}, Codec: Codec{Name: "none", Version: 1},
		Bloom:  Bloom{Format: 1, FalsePositivePPM: 1000},
		Source: Source{Files: []File{{Name: "orders.parquet", Bytes: 1024, Rows: 3, Identity: "footer-sha256:" + hash("footer")}}},
		Provenance: Provenance{
			BuiltAt: "2026-11-23T02:00:00Z", Host: "night-1", Software: "verdigris 0.1.0", Spec: "orders.yaml", Sources: []string{"/data/orders"},
		},
	}
	m.Partitions = []Partition{part(m, 0, 2, 0, 2), part(m, 1, 1, 0, 1)}
	total(m)
	rename(t, m)
	return m
}

// TestPageExample compares the page's document with what Encode writes; -update puts it there.
func TestPageExample(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := encode(t, small(t))
	from, to := block(t, text, "json example")
	if *update {
		text = append(append(bytes.Clone(text[:from]), want...), text[to:]...)
		if err := os.WriteFile(page, text, 0o644); err != nil {
			t.Fatal(err)
		}
		from, to = block(t, text, "json example")
	}
	if !bytes.Equal(text[from:to], want) {
		t.Fatalf("the page's example should be\n%s", want)
	}
	if _, err := Decode(text[from:to]); err != nil {
		t.Fatal(err)
	}
	// the digest as the page explains it, without this package
	hashed, _, _ := strings.Cut(string(want), "  \"digest\": ")
	if sum := sha256.Sum256([]byte(hashed)); !strings.Contains(string(want), `"digest": "`+hex.EncodeToString(sum[:])+`"`) {
		t.Fatal("the digest is not that of the bytes before its line")
	}
}

// TestPageFingerprint hashes the page's text and compares it with what Inputs gives.
func TestPageFingerprint(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	from, to := block(t, text, "json fingerprint")
	sum := sha256.Sum256(bytes.TrimSuffix(text[from:to], []byte("\n")))
	got, err := inputs().Fingerprint()
	if err != nil || got != hex.EncodeToString(sum[:16]) {
		t.Fatalf("Fingerprint is %s, %v; the page's text has %x", got, err, sum[:16])
	}
	if !strings.Contains(string(text), "tables/"+got[:2]+"/"+got+".table") {
		t.Fatal("the page names another table")
	}
}

// TestPageNamesEveryField keeps the page complete.
func TestPageNamesEveryField(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := marshal(orders(t))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(compact), `":`)
	for i, part := range parts[:len(parts)-1] {
		name := part[strings.LastIndexByte(part, '"')+1:]
		if !strings.Contains(string(text), "`"+name) && !strings.Contains(string(text), "."+name+"`") {
			t.Errorf("member %d, %q, is not on the page", i, name)
		}
	}
}

package manifest

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden pins the bytes of format version 1.
func TestGolden(t *testing.T) {
	const file = "testdata/v1.json"
	got := encode(t, orders(t))
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("Encode gives\n%s", got)
	}
	m, err := Decode(want)
	if err != nil {
		t.Fatal(err)
	}
	if expected := orders(t); !reflect.DeepEqual(withDigest(m, ""), expected) {
		t.Fatalf("Decode gives %+v", m)
	}
}

func withDigest(m *Manifest, digest string) *Manifest {
	m.Digest = digest
	return m
}

// TestDigest changes every byte in turn: the hashed part must notice, provenance must not.
func TestDigest(t *testing.T) {
	document := encode(t, orders(t))
	at := bytes.Index(document, []byte(digestLine))
	want, err := digest(document)
	if err != nil {
		t.Fatal(err)
	}
	for i := range document {
		changed := bytes.Clone(document)
		changed[i] ^= 1
		got, err := digest(changed)
		switch {
		case i <= at: // the newline before the digest's line included
			if err == nil && got == want {
				t.Fatalf("byte %d changed and the digest did not", i)
			}
			if i%17 == 0 { // to be quick
				if _, err := Decode(changed); err == nil {
					t.Fatalf("byte %d changed and the document is accepted", i)
				}
			}
		case i > at+len(digestLine):
			if err != nil || got != want {
				t.Fatalf("byte %d of the part without hash changed the digest", i)
			}
		}
	}
}

func TestProvenanceIsNotHashed(t *testing.T) {
	a, b := orders(t), orders(t)
	b.Provenance = Provenance{BuiltAt: "2027-01-01T00:00:00Z", Host: `other "digest": `, Software: "\n  \"digest\": ", Sources: nil}
	first, second := encode(t, a), encode(t, b)
	if a.Digest != b.Digest {
		t.Fatal("provenance changed the digest")
	}
	if bytes.Equal(first, second) {
		t.Fatal("provenance is not written")
	}
	if _, err := Decode(second); err != nil {
		t.Fatal(err)
	}
}

// TestOneForm refuses documents that say the same in other bytes.
func TestOneForm(t *testing.T) {
	good := string(encode(t, orders(t)))
	for _, c := range []struct{ name, from, to, want string }{
		{"space behind", "}\n", "} \n", "not in the one form"},
		{"more text", "}\n", "}\n{}", "after top-level value"},
		{"unknown member", `"provenance"`, `"author": "x", "provenance"`, "unknown field"},
		{"member twice", `"host": "night-1"`, `"host": "x", "host": "night-1"`, "not in the one form"},
		{"space in provenance", `"host": "night-1"`, `"host":  "night-1"`, "not in the one form"},
		{"no digest", "\n  \"digest\"", "\n  \"digets\"", "unknown field"},
		{"other digest", "\n  \"digest\": \"", "\n  \"digest\": \"0", "digest is"},
		{"name in capitals", "\n  \"digest\"", "\n  \"Digest\"", "no digest"},
		{"no format", `"format": 1,`, "", "no format version"},
		{"format is text", `"format": 1`, `"format": "1"`, "invalid manifest"},
	} {
		changed := replaceLast(good, c.from, c.to)
		if c.from == `"format": 1,` || strings.HasPrefix(c.from, `"format"`) {
			changed = strings.Replace(good, c.from, c.to, 1)
		}
		if changed == good {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		_, err := Decode([]byte(changed))
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func replaceLast(s, from, to string) string {
	i := strings.LastIndex(s, from)
	if i < 0 {
		return s
	}
	return s[:i] + to + s[i+len(from):]
}

func TestUnknownFormat(t *testing.T) {
	// a later version may have any members; its number alone must be enough for the message
	_, err := Decode([]byte(`{"format": 2, "shards": []}`))
	if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "2") {
		t.Fatal(err)
	}
	m := orders(t)
	m.Format = 2
	if _, err := m.Encode(); !errors.Is(err, ErrFormat) {
		t.Fatal(err)
	}
}

// TestSameManifest makes sure that a nil list and an empty one give the same bytes.
func TestSameManifest(t *testing.T) {
	a, b := orders(t), orders(t)
	a.Source.Skipped, b.Source.Skipped = nil, []string{}
	a.Provenance.Sources, b.Provenance.Sources = nil, []string{}
	if !bytes.Equal(encode(t, a), encode(t, b)) {
		t.Fatal("nil and empty differ")
	}
	if a.Source.Skipped != nil {
		t.Fatal("Encode changed its argument")
	}
}

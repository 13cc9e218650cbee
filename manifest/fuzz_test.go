package manifest

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzDecode: bad bytes give one of the two errors; what is accepted is valid and encodes to the same bytes.
func FuzzDecode(f *testing.F) {
	good := encode(f, orders(f))
	f.Add(good)
	f.Add([]byte(`{"format": 1}`))
	f.Add([]byte(`{"format": 99999999999999999999}`))
	f.Add([]byte(`{"format": 1, "r": 1048576, "partitions": [{}]` + digestLine + `""}`))
	f.Add(bytes.Replace(good, []byte(`"rows":4`), []byte(`"rows":-4`), 1))
	f.Add(bytes.Replace(good, []byte(`"type":"bigint"`), []byte(`"type":"list<bigint>"`), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrInvalid) {
				t.Fatalf("neither of the two errors: %v", err)
			}
			// the digest hides the checks behind it from damaged documents: look at them as well
			if again, ok := sealed(b); ok {
				if m, err := Decode(again); err == nil && m.Validate() != nil {
					t.Fatal("an invalid manifest was accepted")
				}
			}
			return
		}
		if again, err := m.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("accepted, but written as\n%s\n%v", again, err)
		}
	})
}

// sealed puts the right digest into a document.
func sealed(b []byte) ([]byte, bool) {
	d, err := digest(b)
	if err != nil {
		return nil, false
	}
	at := bytes.Index(b, []byte(digestLine)) + len(digestLine)
	rest := b[at:]
	if len(rest) < 2 || rest[0] != '"' {
		return nil, false
	}
	end := bytes.IndexByte(rest[1:], '"')
	if end < 0 {
		return nil, false
	}
	out := append(bytes.Clone(b[:at+1]), d...)
	return append(out, rest[1+end:]...), true
}

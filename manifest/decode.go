package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Decode reads and validates a document. It accepts exactly the bytes that Encode writes: what is valid has one form, so that
// the digest of a document is the digest of what it says.
func Decode(b []byte) (*Manifest, error) {
	m, err := decode(b)
	if err != nil {
		return nil, fmt.Errorf("decoding manifest: %w", err)
	}
	return m, nil
}

func decode(b []byte) (*Manifest, error) {
	var head struct {
		Format *int `json:"format"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, invalid("%v", err)
	}
	if head.Format == nil {
		return nil, invalid("it has no format version")
	}
	if *head.Format != FormatVersion {
		return nil, fmt.Errorf("%w: %d; this program reads %d", ErrFormat, *head.Format, FormatVersion)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	m := new(Manifest)
	if err := d.Decode(m); err != nil {
		return nil, invalid("%v", err)
	}
	stored := m.Digest
	computed, err := digest(b)
	if err != nil {
		return nil, err
	}
	if stored != computed {
		return nil, invalid("digest is %.80q, the content has %s", stored, computed)
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	again, err := m.encode()
	if err != nil {
		return nil, invalid("%v", err)
	}
	if !bytes.Equal(again, b) {
		return nil, invalid("not in the one form that is written, from byte %d on", differ(again, b))
	}
	return m, nil
}

// differ is the first position at which a and b differ.
func differ(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// MarshalText writes the token as a decimal number.
func (t Token) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(t), 10), nil }

// UnmarshalText reads a decimal number.
func (t *Token) UnmarshalText(b []byte) error {
	v, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return fmt.Errorf("token %q is not a number from %d to %d", b, math.MinInt64, math.MaxInt64)
	}
	*t = Token(v)
	return nil
}

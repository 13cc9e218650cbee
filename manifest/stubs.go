package manifest

import "errors"

// ErrFormat is wrapped by the error about a document of an unknown format version.
var ErrFormat = errors.New("unknown manifest format version")

// ErrInvalid is wrapped by every other error of Decode.
var ErrInvalid = errors.New("invalid manifest")

var errNotYet = errors.New("not yet")

// Encode validates m, fills in its Digest and gives the document's bytes.
func (m *Manifest) Encode() ([]byte, error) { return nil, errNotYet }

// Decode reads and validates a document; it accepts exactly the bytes that Encode writes.
func Decode(b []byte) (*Manifest, error) { return nil, errNotYet }

// Inputs is everything that decides the bytes of one partition's table and bloom filter.
type Inputs struct{}

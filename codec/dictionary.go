package codec

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/verdigris-db/verdigris/cql"
)

// The envelope of a dictionary; docs/format/codec.md draws it.
const (
	dictionaryMagic   = "VDGRDICT"
	dictionaryVersion = 1
	digestLen         = 16
	checksumLen       = 4
)

// MaxDictionary bounds a dictionary, in bytes; a larger one is refused unread.
const MaxDictionary = 16 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// schemaDigest is the first 16 bytes of the SHA-256 over every column: its role, then name and type, each with a
// length before it.
func schemaDigest(s *cql.Schema) [digestLen]byte {
	var b []byte
	column := func(role byte, c cql.Column) {
		b = append(b, role)
		for _, text := range []string{c.Name, c.Type.String()} {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
			b = append(b, text...)
		}
	}
	for _, c := range s.Key {
		column('k', c)
	}
	for _, c := range s.Clustering {
		role := byte('a')
		if c.Order == cql.Descending {
			role = 'd'
		}
		column(role, c.Column)
	}
	for _, c := range s.Values {
		column('v', c)
	}
	sum := sha256.Sum256(b)
	return [digestLen]byte(sum[:digestLen])
}

// sealDictionary puts the envelope around a codec's dictionary body.
func sealDictionary(n Name, s *cql.Schema, body []byte) []byte {
	b := []byte(dictionaryMagic)
	b = binary.LittleEndian.AppendUint16(b, dictionaryVersion)
	b = binary.LittleEndian.AppendUint16(b, uint16(n.version()))
	b = append(b, byte(len(n)))
	b = append(b, n...)
	digest := schemaDigest(s)
	b = append(b, digest[:]...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
	b = append(b, body...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// openDictionary checks the envelope of dict and gives the body, which aliases dict.
func openDictionary(n Name, s *cql.Schema, dict []byte) ([]byte, error) {
	if len(dict) > MaxDictionary {
		return nil, fmt.Errorf("%d bytes, at most %d allowed: %w", len(dict), MaxDictionary, ErrCorrupt)
	}
	if len(dict) < len(dictionaryMagic)+checksumLen || !bytes.HasPrefix(dict, []byte(dictionaryMagic)) {
		return nil, fmt.Errorf("%d bytes without the magic %q: %w", len(dict), dictionaryMagic, ErrCorrupt)
	}
	content := dict[:len(dict)-checksumLen]
	want := binary.LittleEndian.Uint32(dict[len(content):])
	if got := crc32.Checksum(content, castagnoli); got != want {
		return nil, fmt.Errorf("checksum is %08x, its bytes give %08x: %w", want, got, ErrCorrupt)
	}
	r := &bodyReader{rest: content[len(dictionaryMagic):]}
	if v := r.uint16(); r.err == nil && v != dictionaryVersion {
		return nil, fmt.Errorf("dictionary format %d, this build reads %d: %w", v, dictionaryVersion, ErrUnknown)
	}
	version := int(r.uint16())
	name := Name(r.take(int(r.byte())))
	digest := r.take(digestLen)
	body := r.take(int(r.uint32()))
	switch wantDigest := schemaDigest(s); {
	case r.err != nil:
		return nil, fmt.Errorf("reading header: %w", r.err)
	case len(r.rest) != 0:
		return nil, fmt.Errorf("%d bytes behind the body: %w", len(r.rest), ErrCorrupt)
	case name != n:
		return nil, fmt.Errorf("made for codec %q: %w", name, ErrCorrupt)
	case version != n.version():
		return nil, fmt.Errorf("version %d, this build reads %d: %w", version, n.version(), ErrUnknown)
	case !bytes.Equal(digest, wantDigest[:]):
		return nil, fmt.Errorf("made for another schema (digest %x, want %x): %w", digest, wantDigest, ErrCorrupt)
	}
	return body, nil
}

// bodyReader takes little-endian fields off the front of untrusted bytes; after the first shortage it gives zeros and
// keeps the error.
type bodyReader struct {
	rest []byte
	err  error
}

// take is the next n bytes, aliased; nil after an error.
func (r *bodyReader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > len(r.rest) {
		r.err = fmt.Errorf("%d bytes needed, %d left: %w", n, len(r.rest), ErrCorrupt)
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *bodyReader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *bodyReader) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *bodyReader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// uvarint is 7 bits a byte, least significant first, the top bit set on all but the last byte.
func (r *bodyReader) uvarint() uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.err = fmt.Errorf("no variable-length number in %d bytes: %w", len(r.rest), ErrCorrupt)
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *bodyReader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/manifest"
)

// dictionaryDetails is the envelope of a dictionary; its body is the codec's affair.
type dictionaryDetails struct {
	Format       int    `json:"format"`
	Codec        string `json:"codec"`
	CodecVersion int    `json:"codec_version"`
	SchemaDigest string `json:"schema_digest"`
	BodyBytes    int    `json:"body_bytes"`
	Checksum     string `json:"checksum"`
	Fingerprint  string `json:"fingerprint"` // its name by its content
}

// read checks the envelope: magic | format u16 | codec version u16 | name length u8 | name | schema digest, 16 bytes |
// body length u32 | body | CRC-32C u32, little-endian.
func (d *dictionaryDetails) read(s *subject) (fault, err error) {
	if s.size > codec.MaxDictionary {
		return fmt.Errorf("%d bytes, at most %d allowed", s.size, codec.MaxDictionary), nil
	}
	b, err := s.all()
	if err != nil {
		return nil, err
	}
	d.Fingerprint = manifest.DictionaryFingerprint(b)
	const fixed = len(dictionaryMagic) + 2 + 2 + 1 + 16 + 4 + 4
	if len(b) < fixed {
		return fmt.Errorf("%d bytes, at least %d needed", len(b), fixed), nil
	}
	le := binary.LittleEndian
	content, stored := b[:len(b)-4], le.Uint32(b[len(b)-4:])
	d.Checksum = fmt.Sprintf("%08x", stored)
	if sum := crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli)); sum != stored {
		return fmt.Errorf("checksum is %08x, its bytes give %08x", stored, sum), nil
	}
	if string(b[:len(dictionaryMagic)]) != dictionaryMagic {
		return fmt.Errorf("it begins with %q, not %q", b[:len(dictionaryMagic)], dictionaryMagic), nil
	}
	rest := content[len(dictionaryMagic):]
	d.Format, d.CodecVersion = int(le.Uint16(rest)), int(le.Uint16(rest[2:]))
	name := int(rest[4])
	if rest = rest[5:]; len(rest) < name+16+4 {
		return fmt.Errorf("a codec's name of %d bytes does not fit", name), nil
	}
	d.Codec, d.SchemaDigest = string(rest[:name]), hex.EncodeToString(rest[name:name+16])
	d.BodyBytes = int(le.Uint32(rest[name+16:]))
	if have := len(rest) - name - 20; d.BodyBytes != have {
		return fmt.Errorf("the body has %d bytes, its header says %d", have, d.BodyBytes), nil
	}
	return nil, nil
}

func (d *dictionaryDetails) text(w io.Writer) {
	fmt.Fprintf(w, "fingerprint\t%s\n", d.Fingerprint)
	fmt.Fprintf(w, "format\t%d\n", d.Format)
	fmt.Fprintf(w, "codec\t%s, version %d\n", d.Codec, d.CodecVersion)
	fmt.Fprintf(w, "schema digest\t%s\n", d.SchemaDigest)
	fmt.Fprintf(w, "body\t%d bytes\n", d.BodyBytes)
	fmt.Fprintf(w, "checksum\t%s\n", d.Checksum)
}

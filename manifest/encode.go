package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrFormat is wrapped by the error about a document of a format version that this package does not know.
var ErrFormat = errors.New("unknown manifest format version")

// ErrInvalid is wrapped by every other error about a document's content.
var ErrInvalid = errors.New("invalid manifest")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// digestLine begins the first byte that the digest does not cover. JSON text holds no bare newline and Encode indents by two
// only the members of the document itself, so it stands once.
const digestLine = "\n  \"digest\": "

// Encode validates m, fills in its Digest and gives the document's bytes, ending in a newline. Members stand one a line, elements
// and members of these one a line as well, and the rest is compact, so that a partition is a line.
func (m *Manifest) Encode() ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("encoding manifest: %w", err)
	}
	b, err := m.encode()
	if err != nil {
		return nil, fmt.Errorf("encoding manifest: %w", err)
	}
	return b, nil
}

func (m *Manifest) encode() ([]byte, error) {
	doc := *m
	doc.Source.Files = orEmpty(doc.Source.Files)
	doc.Source.Skipped = orEmpty(doc.Source.Skipped)
	doc.Provenance.Sources = orEmpty(doc.Provenance.Sources)
	doc.Digest = ""
	compact, err := marshal(&doc)
	if err != nil {
		return nil, err
	}
	b := layout(compact)
	m.Digest, err = digest(b)
	if err != nil {
		return nil, err
	}
	return bytes.Replace(b, []byte(digestLine+`""`), []byte(digestLine+`"`+m.Digest+`"`), 1), nil
}

// orEmpty keeps null out of the document where a list is empty.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// marshal is json.Marshal that leaves <, > and & alone.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// digest is the sha256 in hex of a document's hashed part: its bytes up to and with the newline before the digest's line.
func digest(document []byte) (string, error) {
	i := bytes.Index(document, []byte(digestLine))
	if i < 0 {
		return "", invalid("it has no digest")
	}
	sum := sha256.Sum256(document[:i+1])
	return hex.EncodeToString(sum[:]), nil
}

// layout breaks compact JSON into lines down to two levels.
func layout(compact []byte) []byte {
	const deepest = 2
	out := make([]byte, 0, len(compact)+len(compact)/8)
	depth, inString := 0, false
	newline := func() {
		out = append(out, '\n')
		for range depth {
			out = append(out, "  "...)
		}
	}
	for i := 0; i < len(compact); i++ {
		c := compact[i]
		if inString {
			out = append(out, c)
			switch c {
			case '\\':
				i++
				out = append(out, compact[i])
			case '"':
				inString = false
			}
			continue
		}
		switch c {
		case '"':
			inString = true
			out = append(out, c)
		case '{', '[':
			out = append(out, c)
			depth++
			if depth <= deepest && compact[i+1] != c+2 { // '}' is '{' + 2 and ']' is '[' + 2
				newline()
			}
		case '}', ']':
			depth--
			if depth < deepest && compact[i-1] != c-2 {
				newline()
			}
			out = append(out, c)
		case ',':
			out = append(out, c)
			if depth <= deepest {
				newline()
			}
		case ':':
			out = append(out, c)
			if depth <= deepest {
				out = append(out, ' ')
			}
		default:
			out = append(out, c)
		}
	}
	return append(out, '\n')
}

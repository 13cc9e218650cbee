package store

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of names, the narrowest of S3 and of common file systems, with room for a store's own prefix.
const (
	MaxName = 900 // bytes of a name
	maxPart = 240 // bytes between two slashes
)

// tempFolder is where a directory store keeps unfinished files; no object lives there, in any store.
const tempFolder = ".tmp"

// ValidateName fails with ErrName unless name may be written to every store: relative, slashes between parts that are
// neither empty nor "." or ".." and do not end in "..", valid UTF-8 without control characters, not below ".tmp", and
// without "__0x", by which the S3 library marks its own escapes.
func ValidateName(name string) error {
	refuse := func(why string) error { return fmt.Errorf("%w: %q %s", ErrName, name, why) }
	switch {
	case name == "":
		return refuse("is empty")
	case len(name) > MaxName:
		return refuse(fmt.Sprintf("is longer than %d bytes", MaxName))
	case !utf8.ValidString(name):
		return refuse("is not valid UTF-8")
	case strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return refuse("has a control character")
	case strings.Contains(name, "__0x"):
		return refuse(`contains "__0x", which marks escapes in S3`)
	}
	for part, rest, more := strings.Cut(name, "/"); ; part, rest, more = strings.Cut(rest, "/") {
		switch {
		case part == "":
			return refuse("starts or ends with a slash or has two in a row")
		case part == "." || strings.HasSuffix(part, ".."):
			return refuse(fmt.Sprintf("has the part %q", part))
		case len(part) > maxPart:
			return refuse(fmt.Sprintf("has a part longer than %d bytes", maxPart))
		}
		if !more {
			break
		}
	}
	if name == tempFolder || strings.HasPrefix(name, tempFolder+"/") {
		return refuse("is kept for unfinished files")
	}
	return nil
}

// validatePrefix is ValidateName for the start of a name, which may be empty or end in a slash.
func validatePrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	return ValidateName(strings.TrimSuffix(prefix, "/"))
}

package manifest

import (
	"fmt"
	"strconv"
	"strings"
)

// Names are below the view's folder: the object is <root>/<view>/<name>.
//
//	manifests/v00000000000000000042.json
//	tables/<hh>/<fingerprint>.table   .bloom        <hh> = the first two digits
//	dictionaries/<fingerprint>.dict
//	builds/<build>/..                               see BuildName
//
// A file that repair made anew has <fingerprint>.<n> for <fingerprint>, n from 1.

// Prefixes for listing.
const (
	ManifestPrefix   = "manifests/"
	TablePrefix      = "tables/" // bloom filters too
	DictionaryPrefix = "dictionaries/"
	BuildPrefix      = "builds/"
)

// CheckView reports a view name that is not fit for a folder and an object key.
func CheckView(view string) error {
	ok := view != "" && len(view) <= 100 && !strings.ContainsRune("_.-", rune(view[0]))
	for _, c := range view {
		ok = ok && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.ContainsRune("_.-", c))
	}
	if !ok {
		return fmt.Errorf("view name %.120q is not allowed; allowed: up to 100 letters, digits, _ . -, the first a letter or digit", view)
	}
	return nil
}

// Path is the object's name in the store: view/name.
func Path(view, name string) string { return view + "/" + name }

// ManifestName is manifests/v<version in 20 digits>.json, so that byte order is version order.
func ManifestName(version uint64) string {
	return fmt.Sprintf("%sv%020d.json", ManifestPrefix, version)
}

// ParseManifestName is the inverse of ManifestName.
func ParseManifestName(name string) (version uint64, err error) {
	digits, ok := strings.CutPrefix(name, ManifestPrefix+"v")
	digits, ok2 := strings.CutSuffix(digits, ".json")
	if ok && ok2 && len(digits) == 20 {
		if version, err = strconv.ParseUint(digits, 10, 64); err == nil && ManifestName(version) == name {
			return version, nil
		}
	}
	return 0, badName(name, "a manifest")
}

// Kind is the ending of a content-named file.
type Kind string

// The kinds of content-named files.
const (
	Table           Kind = "table"
	BloomFilter     Kind = "bloom"
	CodecDictionary Kind = "dict"
)

// FileName is the name of a table, a bloom filter or a dictionary.
type FileName struct {
	Kind        Kind
	Fingerprint string // 32 hex digits
	Repair      int    // 0, or the n of the n-th repair
}

// ID is <fingerprint>, or <fingerprint>.<n> of a repaired file.
func (f FileName) ID() string {
	if f.Repair == 0 {
		return f.Fingerprint
	}
	return f.Fingerprint + "." + strconv.Itoa(f.Repair)
}

// String is the object's name; the fingerprint has at least two digits.
func (f FileName) String() string {
	if f.Kind == CodecDictionary {
		return DictionaryPrefix + f.ID() + "." + string(f.Kind)
	}
	return TablePrefix + f.Fingerprint[:2] + "/" + f.ID() + "." + string(f.Kind)
}

// ParseFileName is the inverse of FileName.String.
func ParseFileName(name string) (FileName, error) {
	base := name[strings.LastIndexByte(name, '/')+1:]
	dot := strings.LastIndexByte(base, '.')
	if dot > 0 {
		f := FileName{Kind: Kind(base[dot+1:])}
		var err error
		f.Fingerprint, f.Repair, err = parseID(base[:dot])
		known := f.Kind == Table || f.Kind == BloomFilter || f.Kind == CodecDictionary
		if err == nil && known && f.String() == name {
			return f, nil
		}
	}
	return FileName{}, badName(name, "a table, bloom filter or dictionary")
}

// parseID reads <fingerprint> or <fingerprint>.<n>.
func parseID(id string) (fingerprint string, repair int, err error) {
	fingerprint, n, repaired := strings.Cut(id, ".")
	if !isHex(fingerprint, 32) {
		return "", 0, fmt.Errorf("%.80q is not 32 lower-case hex digits", fingerprint)
	}
	if repaired {
		if repair, err = parseCount(n); err != nil || repair == 0 {
			return "", 0, fmt.Errorf("%.80q is not the number of a repair, from 1", n)
		}
	}
	return fingerprint, repair, nil
}

// parseCount reads a number of at most 9 digits without leading zeros.
func parseCount(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || len(s) > 9 || strconv.Itoa(n) != s {
		return 0, fmt.Errorf("%.80q is not a number of at most 9 digits", s)
	}
	return n, nil
}

// isHex reports whether s is n lower-case hex digits.
func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}

func badName(name, kind string) error {
	return fmt.Errorf("object %.200q has not the name of %s", name, kind)
}

package spec

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

const (
	storeAllowed  = "a folder, file:///folder, s3://bucket/prefix?region=..&endpoint=.."
	sourceAllowed = "a file, a folder, a glob, file:///path, s3://bucket/prefix"
)

// Locate gives the sources and the store as the source and store packages take them: relative paths are relative to dir, the
// spec's folder, and the store is a URL. dir is absolute. A spec without a store has store "".
func (s *Spec) Locate(dir string) (sources []string, store string, err error) {
	for i, src := range s.Source {
		abs, err := locateSource(dir, src)
		if err != nil {
			return nil, "", fmt.Errorf("locating source[%d]: %w", i, err)
		}
		sources = append(sources, abs)
	}
	if s.Store != "" {
		if store, err = StoreURL(dir, s.Store); err != nil {
			return nil, "", fmt.Errorf("locating store: %w", err)
		}
	}
	return sources, store, nil
}

// locateSource leaves s3 URLs as they are and makes the rest a path.
func locateSource(dir, src string) (string, error) {
	scheme, rest, ok := strings.Cut(src, "://")
	switch {
	case !ok:
		return under(dir, src), nil
	case scheme == "s3":
		if strings.Trim(rest, "/") == "" || rest[0] == '/' || rest[0] == '?' {
			return "", fmt.Errorf("%q names no bucket; allowed: s3://bucket/prefix", src)
		}
		return src, nil
	case scheme == "file":
		if !strings.HasPrefix(rest, "/") {
			return "", fmt.Errorf("%q is a file URL without an absolute path; allowed: file:///path, or the path alone", src)
		}
		return filepath.Clean(rest), nil // not unescaped: the rest may be a glob
	}
	return "", fmt.Errorf("%q is not allowed; allowed: %s", src, sourceAllowed)
}

// under makes path relative to dir unless it is absolute.
func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// StoreURL normalises a store's address to file:///folder or s3://bucket/prefix?sorted=parameters; a path, and only a path, may
// be relative, to dir, which is absolute.
func StoreURL(dir, raw string) (string, error) {
	scheme, _, isURL := strings.Cut(raw, "://")
	if !isURL {
		if raw == "" {
			return "", fmt.Errorf("is empty; allowed: %s", storeAllowed)
		}
		return (&url.URL{Scheme: "file", Path: under(dir, raw)}).String(), nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("%q is not a URL: %w; allowed: %s", raw, err, storeAllowed)
	}
	switch {
	case u.User != nil:
		return "", fmt.Errorf("credentials do not belong in a URL; allowed: the environment, a profile or an instance role")
	case u.Fragment != "":
		return "", fmt.Errorf("%q has a fragment, #%s; allowed: %s", raw, u.Fragment, storeAllowed)
	case scheme == "file":
		if u.Host != "" || u.Path == "" || u.RawQuery != "" {
			return "", fmt.Errorf("%q is a file URL with a host, with parameters or without an absolute path; allowed: file:///folder, or the path alone", raw)
		}
		return (&url.URL{Scheme: "file", Path: filepath.Clean(u.Path)}).String(), nil
	case scheme == "s3":
		if u.Host == "" {
			return "", fmt.Errorf("%q names no bucket; allowed: s3://bucket/prefix", raw)
		}
		query, err := url.ParseQuery(u.RawQuery)
		if err != nil {
			return "", fmt.Errorf("%q has parameters that cannot be read: %w", raw, err)
		}
		return (&url.URL{Scheme: "s3", Host: u.Host, Path: strings.TrimRight(u.Path, "/"), RawQuery: query.Encode()}).String(), nil
	}
	return "", fmt.Errorf("%q is not allowed; allowed: %s", raw, storeAllowed)
}

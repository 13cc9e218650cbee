package codec

import "fmt"

// VersionOf is the version of codec n's packed bytes, at least 1.
func VersionOf(n Name) (int, error) {
	if v := n.version(); v > 0 {
		return v, nil
	}
	return 0, fmt.Errorf("codec %q: %w", n, ErrUnknown)
}

package cql

import (
	"errors"
	"fmt"
	"slices"
)

// ErrDuplicateKey is wrapped by the error about a map that holds one key twice.
var ErrDuplicateKey = errors.New("map holds a key twice")

// CanonicalMap puts the entries of the map payload b of type t in ascending typed order of their keys, in place; two
// equal keys are an error. The parts themselves must be canonical already.
func CanonicalMap(t Type, b []byte) error {
	n, rest, err := count(t, b, 2)
	if err != nil {
		return err
	}
	type entry struct{ key, both []byte }
	entries := make([]entry, 0, n)
	sorted := true
	compare := Comparator(t.Elem[0])
	for i := range n {
		key, null, behind, err := element(rest)
		if err == nil && null {
			err = invalid("null key")
		}
		if err == nil {
			_, _, behind, err = element(behind)
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		sorted = sorted && (i == 0 || compare(entries[i-1].key, key) < 0)
		entries = append(entries, entry{key, rest[:len(rest)-len(behind)]})
		rest = behind
	}
	if err := end(t, rest); err != nil || sorted {
		return err
	}
	slices.SortStableFunc(entries, func(x, y entry) int { return compare(x.key, y.key) })
	out := make([]byte, 0, len(b)-4)
	for i, e := range entries {
		if i > 0 && compare(entries[i-1].key, e.key) == 0 {
			return fmt.Errorf("%s: key %s: %w", t, keyText(t.Elem[0], e.key), ErrDuplicateKey)
		}
		out = append(out, e.both...)
	}
	copy(b[4:], out)
	return nil
}

// keyText shows a key in an error, whatever its bytes are.
func keyText(t Type, key []byte) string {
	text, err := AppendJSON(nil, t, key)
	if err != nil {
		return abbreviate(fmt.Sprintf("0x%x", key))
	}
	return abbreviate(string(text))
}

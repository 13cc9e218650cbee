// Package bloom is the filter that answers "this key is not in the table" without reading the table.
//
// It takes a key as its 128-bit token hash, so nobody hashes a key twice, and it is sized with integer arithmetic, so
// the same keys give the same bytes on any machine. A filter file, little-endian:
//
//	magic "VDGBLOOM" | version u32 | k u32 | bits u64 | keys u64 | ppm u32 | 0 u32 | bits/64 words of u64 | CRC-32C u32
//
// The nouns: a Builder collects the keys of one table and writes the file; a Filter is a decoded file, read-only and
// shared by goroutines; Header is a filter's size and what it was made for. Files are not trusted: a damaged one gives an error that wraps ErrCorrupt,
// because a filter with wrong bits or a wrong length would hide keys silently. See docs/format/bloom.md.
package bloom

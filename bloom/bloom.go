// Package bloom is the filter that answers "this key is not in the table" without reading the table.
package bloom

import "errors"

var errPending = errors.New("pending")

// Builder fills a filter.
type Builder struct{}

// New is a builder for a filter of the given number of keys and rate of false positives per million, 1 .. 500,000.
func New(keys uint64, ppm uint32) (*Builder, error) { return nil, errPending }

// Add puts in a key by its partitioner.Hash128.
func (b *Builder) Add(h1, h2 uint64) {}

// Bytes is the finished filter file.
func (b *Builder) Bytes() []byte { return nil }

// Filter is a decoded filter: read-only, shared by goroutines.
type Filter struct{ header Header }

// Header is what a filter says about itself.
type Header struct {
	Keys uint64 `json:"keys"`
	PPM  uint32 `json:"false_positives_per_million"`
	Bits uint64 `json:"bits"`
	K    uint32 `json:"k"`
}

// Decode checks a filter file and makes it ready; b is not kept.
func Decode(b []byte) (*Filter, error) { return nil, errPending }

// Has reports whether the key with this partitioner.Hash128 may be in the table; false is certain.
func (f *Filter) Has(h1, h2 uint64) bool { return false }

// Header is what the filter says about itself.
func (f *Filter) Header() Header { return f.header }

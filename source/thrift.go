package source

import "encoding/binary"

// Compact-protocol type codes; see checkThrift.
const (
	thriftStop   = 0
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
	thriftUUID   = 13
)

// maxThriftDepth bounds the nesting of structs, lists and maps; Parquet's own metadata nests 8 deep.
const maxThriftDepth = 32

// skimmer walks a struct of Thrift's compact protocol without building it. Decoders allocate a list by the length that
// the bytes claim; walking first proves that the elements are there, so a damaged length cannot ask for memory.
type skimmer struct {
	b []byte
	n int
}

// checkThrift walks the one struct at the start of b and returns its length in bytes.
func checkThrift(b []byte) (int, error) {
	s := &skimmer{b: b}
	err := s.structure(0)
	return s.n, err
}

func (s *skimmer) skip(n int) error {
	if n < 0 || n > len(s.b)-s.n {
		return damaged("metadata ends at byte %d inside a value of %d bytes", len(s.b), n)
	}
	s.n += n
	return nil
}

func (s *skimmer) byte() (byte, error) {
	if s.n >= len(s.b) {
		return 0, damaged("metadata ends at byte %d inside a struct", len(s.b))
	}
	s.n++
	return s.b[s.n-1], nil
}

func (s *skimmer) uvarint() (uint64, error) {
	v, n := binary.Uvarint(s.b[s.n:])
	if n <= 0 {
		return 0, damaged("metadata has a broken number at byte %d", s.n)
	}
	s.n += n
	return v, nil
}

func (s *skimmer) structure(depth int) error {
	if depth > maxThriftDepth {
		return damaged("metadata nests deeper than %d", maxThriftDepth)
	}
	for {
		b, err := s.byte()
		if err != nil {
			return err
		}
		kind := b & 15
		if kind == thriftStop {
			return nil
		}
		if b>>4 == 0 { // the field's number follows
			if _, err := s.uvarint(); err != nil {
				return err
			}
		}
		if kind == thriftTrue || kind == thriftFalse { // the value is in the type
			continue
		}
		if err := s.value(kind, depth+1); err != nil {
			return err
		}
	}
}

// value skips one value; booleans here are elements of a list or map and have a byte of their own.
func (s *skimmer) value(kind byte, depth int) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return s.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := s.uvarint()
		return err
	case thriftDouble:
		return s.skip(8)
	case thriftUUID:
		return s.skip(16)
	case thriftBinary:
		n, err := s.uvarint()
		if err != nil {
			return err
		}
		return s.skip(int(min(n, 1<<40)))
	case thriftList, thriftSet:
		return s.list(depth)
	case thriftMap:
		return s.mapping(depth)
	case thriftStruct:
		return s.structure(depth)
	}
	return damaged("metadata has a value of unknown type %d at byte %d", kind, s.n)
}

func (s *skimmer) list(depth int) error {
	b, err := s.byte()
	if err != nil {
		return err
	}
	n := uint64(b >> 4)
	if n == 15 {
		if n, err = s.uvarint(); err != nil {
			return err
		}
	}
	return s.elements(n, depth, b&15)
}

func (s *skimmer) mapping(depth int) error {
	n, err := s.uvarint()
	if err != nil || n == 0 {
		return err
	}
	b, err := s.byte()
	if err != nil {
		return err
	}
	return s.elements(n, depth, b>>4, b&15)
}

// elements skips n times one value of each kind. Every element has at least one byte, which bounds n.
func (s *skimmer) elements(n uint64, depth int, kinds ...byte) error {
	if depth > maxThriftDepth {
		return damaged("metadata nests deeper than %d", maxThriftDepth)
	}
	if n > uint64(len(s.b)-s.n) {
		return damaged("metadata has a list of %d at byte %d of %d", n, s.n, len(s.b))
	}
	for range n {
		for _, kind := range kinds {
			if err := s.value(kind, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

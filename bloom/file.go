package bloom

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Version is the format version that this build writes, and the only one that it reads.
const Version = 1

const (
	magic     = "VDGBLOOM"
	headerLen = 40
	crcLen    = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrCorrupt is wrapped by every error about a filter file that no Builder wrote. Reads can go on without the filter.
var ErrCorrupt = errors.New("damaged bloom filter")

// ErrVersion is wrapped by the error about a filter file of a format version that this build does not know.
var ErrVersion = errors.New("unknown bloom filter version")

// Size is the length of the filter's file in bytes.
func (f *Filter) Size() int64 { return headerLen + int64(len(f.words))*8 + crcLen }

// WriteTo writes the filter's file.
func (f *Filter) WriteTo(w io.Writer) (int64, error) {
	buf := make([]byte, 0, 64<<10)
	buf = f.appendHeader(buf)
	sum := uint32(0)
	total := int64(0)
	flush := func() error {
		sum = crc32.Update(sum, castagnoli, buf)
		n, err := w.Write(buf)
		total += int64(n)
		buf = buf[:0]
		return err
	}
	for _, word := range f.words {
		if len(buf)+8 > cap(buf) {
			if err := flush(); err != nil {
				return total, fmt.Errorf("writing bloom filter: %w", err)
			}
		}
		buf = binary.LittleEndian.AppendUint64(buf, word)
	}
	sum = crc32.Update(sum, castagnoli, buf)
	n, err := w.Write(binary.LittleEndian.AppendUint32(buf, sum))
	total += int64(n)
	if err != nil {
		return total, fmt.Errorf("writing bloom filter: %w", err)
	}
	return total, nil
}

func (f *Filter) appendHeader(b []byte) []byte {
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, Version)
	b = binary.LittleEndian.AppendUint32(b, f.header.K)
	b = binary.LittleEndian.AppendUint64(b, f.header.Bits)
	b = binary.LittleEndian.AppendUint64(b, f.header.Keys)
	b = binary.LittleEndian.AppendUint32(b, f.header.PPM)
	return binary.LittleEndian.AppendUint32(b, 0)
}

// Decode checks a filter file and makes it ready; b is not kept.
func Decode(b []byte) (*Filter, error) {
	if len(b) < headerLen+crcLen {
		return nil, fmt.Errorf("%w: %d bytes, at least %d needed", ErrCorrupt, len(b), headerLen+crcLen)
	}
	if string(b[:8]) != magic {
		return nil, fmt.Errorf("%w: it begins with %q, not %q", ErrCorrupt, b[:8], magic)
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != Version {
		return nil, fmt.Errorf("%w %d: this build reads %d", ErrVersion, v, Version)
	}
	p := Header{
		K:    binary.LittleEndian.Uint32(b[12:]),
		Bits: binary.LittleEndian.Uint64(b[16:]),
		Keys: binary.LittleEndian.Uint64(b[24:]),
		PPM:  binary.LittleEndian.Uint32(b[32:]),
	}
	if err := p.validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if zero := binary.LittleEndian.Uint32(b[36:]); zero != 0 {
		return nil, fmt.Errorf("%w: reserved field is %d", ErrCorrupt, zero)
	}
	if want := headerLen + p.Bits/8 + crcLen; uint64(len(b)) != want {
		return nil, fmt.Errorf("%w: %d bytes, its header says %d", ErrCorrupt, len(b), want)
	}
	body, stored := b[:len(b)-crcLen], binary.LittleEndian.Uint32(b[len(b)-crcLen:])
	if sum := crc32.Checksum(body, castagnoli); sum != stored {
		return nil, fmt.Errorf("%w: checksum is %08x, stored is %08x", ErrCorrupt, sum, stored)
	}
	f := &Filter{header: p, words: make([]uint64, p.Bits/64)}
	for i := range f.words {
		f.words[i] = binary.LittleEndian.Uint64(body[headerLen+8*i:])
	}
	return f, nil
}

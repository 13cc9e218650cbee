package source

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
)

// levelBytes are the encoded levels of a data page, whose lengths the page's reader has checked.
func levelBytes(p *arrowPage, c *leafColumn) (rep, def []byte) {
	if p.Header.Type == format.DataPageV2 {
		h := &p.Header.DataPageHeaderV2.V
		n := int(h.RepetitionLevelsByteLength)
		return p.Data[:n], p.Data[n : n+int(h.DefinitionLevelsByteLength)]
	}
	b := p.Data[:p.Values]
	take := func(most uint8) []byte {
		if most == 0 {
			return nil
		}
		n := 4 + int(binary.LittleEndian.Uint32(b))
		out := b[4:n]
		b = b[n:]
		return out
	}
	rep = take(c.MaxRep)
	return rep, take(c.MaxDef)
}

// decodeLevels reads n levels, each at most most.
func decodeLevels(dst []uint8, src []byte, n int, most uint8) ([]uint8, error) {
	width := bits.Len8(most)
	src, single, err := checkRuns(src, n, width)
	if err != nil {
		return dst, err
	}
	if single >= 0 { // one run, the usual case of columns without nulls
		if single > int(most) {
			return dst, damaged("level %d, the column's largest is %d", single, most)
		}
		dst = resize(dst, n)
		fillLevels(dst, uint8(single))
		return dst, nil
	}
	dst, err = (&rle.Encoding{BitWidth: width}).DecodeLevels(dst, src)
	if err != nil {
		return dst, damaged("decoding %d levels: %v", n, err)
	}
	if len(dst) < n {
		return dst, damaged("%d levels for %d entries", len(dst), n)
	}
	dst = dst[:n]
	var top uint8
	for _, l := range dst {
		top = max(top, l)
	}
	if top > most {
		return dst, damaged("level %d, the column's largest is %d", top, most)
	}
	return dst, nil
}

func fillLevels(dst []uint8, v uint8) {
	if len(dst) == 0 {
		return
	}
	dst[0] = v
	for n := 1; n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}

func countLevel(levels []uint8, level uint8) int { return bytes.Count(levels, []byte{level}) }

// decodeIndexes reads n dictionary indexes, each below size: a byte with their width, then runs.
func decodeIndexes(dst []int32, src []byte, n, size int) ([]int32, error) {
	if n == 0 {
		return dst[:0], nil
	}
	if len(src) == 0 || src[0] > 32 {
		return dst, damaged("dictionary indexes without a width, or one over 32 bits")
	}
	width := int(src[0])
	src, single, err := checkRuns(src[1:], n, width)
	if err != nil {
		return dst, err
	}
	if single >= 0 {
		if cap(dst) < n {
			dst = make([]int32, n)
		}
		dst = dst[:n]
		for i := range dst {
			dst[i] = int32(single)
		}
	} else if dst, err = (&rle.Encoding{BitWidth: width}).DecodeInt32(dst, src); err != nil {
		return dst, damaged("decoding %d dictionary indexes: %v", n, err)
	}
	if len(dst) < n {
		return dst, damaged("%d dictionary indexes for %d values", len(dst), n)
	}
	dst = dst[:n]
	var top uint32
	for _, i := range dst {
		top = max(top, uint32(i))
	}
	if int64(top) >= int64(size) {
		return dst, damaged("dictionary index %d, the dictionary has %d values", top, size)
	}
	return dst, nil
}

// maxRunPadding is how many values the last packed run may have too many: a group of 8 for most writers, 64 groups for some.
const maxRunPadding = 64 * 8

// checkRuns walks the run headers of n values of width bits each, so that a damaged count cannot ask for memory, and cuts
// off what stands behind the last run that is needed. single is the value when one run holds them all, else -1.
func checkRuns(src []byte, n, width int) (used []byte, single int, err error) {
	if width == 0 {
		return nil, 0, nil
	}
	valueBytes := (width + 7) / 8
	have, at := 0, 0
	for have < n {
		header, size := binary.Uvarint(src[at:])
		if size <= 0 {
			return nil, -1, damaged("runs end after %d of %d values", have, n)
		}
		at += size
		count := header >> 1
		if header&1 == 1 {
			length := count * uint64(width)
			if count > uint64(len(src)) || length > uint64(len(src)-at) {
				return nil, -1, damaged("a run of %d packed bytes, %d are left", length, len(src)-at)
			}
			if 8*count >= uint64(n-have)+maxRunPadding {
				return nil, -1, damaged("a run of %d values where %d are expected", 8*count, n-have)
			}
			at += int(length)
			have += 8 * int(count)
			continue
		}
		if count > uint64(n-have) || valueBytes > len(src)-at {
			return nil, -1, damaged("a run of %d values where %d are expected", count, n-have)
		}
		if have == 0 && int(count) == n {
			var value [8]byte
			copy(value[:], src[at:at+valueBytes])
			return nil, int(binary.LittleEndian.Uint64(value[:])), nil
		}
		at += valueBytes
		have += int(count)
	}
	return src[:at], -1, nil
}

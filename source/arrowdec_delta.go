package source

import (
	"encoding/binary"
	"math/bits"
)

// deltaSpan walks one DELTA_BINARY_PACKED sequence and returns its number of values and of bytes, so that a damaged
// header is found before arrow-go sizes its buffers by it.
func deltaSpan(b []byte, maxValues int) (values, size int, err error) {
	at := 0
	header := [4]uint64{}
	for i := range header { // values in a block, miniblocks in a block, values, first value
		v, n := binary.Uvarint(b[at:])
		if n <= 0 {
			return 0, 0, damaged("delta header of %d bytes", len(b))
		}
		header[i], at = v, at+n
	}
	block, minis, total := header[0], header[1], header[2]
	switch {
	case block == 0 || block > arrowMaxDeltaBlock || block%128 != 0:
		return 0, 0, damaged("delta blocks of %d values", block)
	case minis == 0 || minis > block || block%minis != 0 || block/minis%32 != 0:
		return 0, 0, damaged("%d miniblocks in a delta block of %d values", minis, block)
	case total > uint64(maxValues):
		return 0, 0, damaged("%d delta values where %d are expected", total, maxValues)
	}
	perMini := int(block / minis)
	for left := int(total) - 1; left > 0; {
		_, n := binary.Uvarint(b[at:])
		if n <= 0 || len(b)-at-n < int(minis) {
			return 0, 0, damaged("delta block is cut short")
		}
		widths := b[at+n : at+n+int(minis)]
		at += n + int(minis)
		for _, w := range widths {
			if left <= 0 {
				break // the last block need not hold the miniblocks that have no values
			}
			n := perMini / 8 * int(w)
			if w > 64 || n > len(b)-at {
				return 0, 0, damaged("delta miniblock is cut short")
			}
			at += n
			left -= perMini
		}
	}
	return int(total), at, nil
}

// indexWidth checks the bit width in front of dictionary indexes; -1 where there is none, and so no index.
func indexWidth(b []byte, dictionary int) (int, error) {
	if len(b) == 0 {
		return -1, nil
	}
	if w := int(b[0]); w <= 32 {
		return w, nil
	}
	return 0, damaged("dictionary indexes of %d bits, the dictionary has %d values (%d bits)", b[0], dictionary, bits.Len(uint(dictionary)))
}

package cql

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// compareVarint orders big-endian two's complement numbers by value, whatever sign bytes they start with.
func compareVarint(a, b []byte) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(a), len(b))
	}
	a, b = minimal(a), minimal(b)
	negative := a[0] >= 0x80
	switch {
	case negative != (b[0] >= 0x80):
		if negative {
			return -1
		}
		return 1
	case len(a) == len(b):
		return bytes.Compare(a, b)
	case negative:
		return cmp.Compare(len(b), len(a))
	}
	return cmp.Compare(len(a), len(b))
}

// compareDecimal orders decimals by value: 1.0 and 1.00 are equal. It never builds a number much longer than the
// longer one given, whatever the scales are.
func compareDecimal(a, b []byte) int {
	if len(a) < 5 || len(b) < 5 {
		if len(a) < 5 && len(b) < 5 {
			return bytes.Compare(a, b)
		}
		return cmp.Compare(len(a), len(b))
	}
	scaleA, scaleB := int32(binary.BigEndian.Uint32(a)), int32(binary.BigEndian.Uint32(b))
	a, b = a[4:], b[4:]
	if scaleA == scaleB {
		return compareVarint(a, b)
	}
	x, y := bigInt(a), bigInt(b)
	if x.Sign() != y.Sign() || x.Sign() == 0 {
		return cmp.Compare(x.Sign(), y.Sign())
	}
	// 2^(n-1) <= |x| < 2^n; log10(2) is between 0.30102 and 0.30103, so these bound the power of ten below and above.
	lowX, highX := digitBounds(x.BitLen(), scaleA)
	lowY, highY := digitBounds(y.BitLen(), scaleB)
	if highX <= lowY {
		return -x.Sign()
	}
	if highY <= lowX {
		return x.Sign()
	}
	if d := int64(scaleB) - int64(scaleA); d > 0 {
		x.Mul(x, powerOfTen(d))
	} else {
		y.Mul(y, powerOfTen(-d))
	}
	return x.Cmp(y)
}

// digitBounds gives low and high with 10^low <= |u| * 10^-scale < 10^high, for every u of that many bits.
func digitBounds(bits int, scale int32) (low, high int64) {
	n := int64(bits)
	return (n-1)*30102/100000 - int64(scale), n*30103/100000 + 1 - int64(scale)
}

func powerOfTen(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }

// bigInt is the value of the big-endian two's complement number b; no bytes are zero.
func bigInt(b []byte) *big.Int {
	v := new(big.Int).SetBytes(b)
	if len(b) != 0 && b[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}

// appendBigInt appends v as a varint.
func appendBigInt(dst []byte, v *big.Int) []byte {
	if v.IsInt64() {
		return AppendVarint(dst, v.Int64())
	}
	n := v.BitLen()/8 + 1
	if v.Sign() > 0 {
		return AppendVarintBytes(dst, v.FillBytes(make([]byte, n)))
	}
	// -v in n bytes of two's complement is 2^(8n) - v.
	w := new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
	return AppendVarintBytes(dst, w.FillBytes(make([]byte, n)))
}

func parseVarint(dst []byte, s string) ([]byte, error) {
	if !integerText(s) {
		return dst, errors.New("allowed: whole numbers")
	}
	return appendInteger(dst, s)
}

// appendInteger appends the digits s, with a sign or none, as a varint.
func appendInteger(dst []byte, s string) ([]byte, error) {
	if len(s) <= 18 {
		v, err := strconv.ParseInt(s, 10, 64)
		return AppendVarint(dst, v), err
	}
	tooLong := fmt.Errorf("it needs more than %d bytes", MaxVarint)
	if len(s) > maxDigits+1 {
		return dst, tooLong
	}
	v, ok := new(big.Int).SetString(s, 10)
	if !ok {
		return dst, errors.New("allowed: whole numbers")
	}
	if v.BitLen()/8+1 > MaxVarint && len(appendBigInt(nil, v)) > MaxVarint {
		return dst, tooLong
	}
	return appendBigInt(dst, v), nil
}

// parseDecimal reads a number as JSON writes it, of which zeros in front are let pass: the digits without the point
// are the unscaled number, and the digits behind the point less the exponent are the scale.
func parseDecimal(dst []byte, s string) ([]byte, error) {
	bad := errors.New("allowed: numbers as in JSON")
	mantissa, exponent, hasExponent := strings.Cut(strings.ToUpper(s), "E")
	var power int64
	if hasExponent {
		var err error
		if power, err = strconv.ParseInt(exponent, 10, 34); err != nil {
			return dst, errors.New("its exponent is no number of 32 bits")
		}
	}
	whole, fraction, hasPoint := strings.Cut(mantissa, ".")
	if hasPoint && fraction == "" || !allDigits(fraction) || !allDigits(strings.TrimPrefix(whole, "-")) ||
		strings.TrimPrefix(whole, "-") == "" {
		return dst, bad
	}
	scale := int64(len(fraction)) - power
	if scale < math.MinInt32 || scale > math.MaxInt32 {
		return dst, fmt.Errorf("its scale %d is no number of 32 bits", scale)
	}
	return appendInteger(AppendInt(dst, int32(scale)), whole+fraction)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return true
}

package cql

import (
	"fmt"
	"math"

	"pgregory.net/rapid"
)

// scalars are the types without parts.
func scalars() []Type {
	var out []Type
	for k := Boolean; k < List; k++ {
		out = append(out, Of(k))
	}
	return out
}

// drawScalar is any type without parts.
func drawScalar(t *rapid.T, label string) Type { return rapid.SampledFrom(scalars()).Draw(t, label) }

// drawType is any type, nested at most depth deep.
func drawType(t *rapid.T, depth int) Type {
	if depth == 0 {
		return drawScalar(t, "scalar")
	}
	switch rapid.IntRange(0, 5).Draw(t, "shape") {
	case 0:
		return ListOf(drawType(t, depth-1))
	case 1:
		return MapOf(drawType(t, depth-1), drawType(t, depth-1))
	case 2:
		n := rapid.IntRange(1, 3).Draw(t, "fields")
		s := Type{Kind: Struct}
		for i := range n {
			name := rapid.SampledFrom([]string{"zip", "Street", `the "No"`, "é", "", "9"}).Draw(t, "field")
			s.Fields = append(s.Fields, fmt.Sprint(name, i))
			s.Elem = append(s.Elem, drawType(t, depth-1))
		}
		return s
	}
	return drawScalar(t, "scalar")
}

// drawPayload is a valid payload of typ.
func drawPayload(t *rapid.T, typ Type) []byte {
	bytes := func(least, most int) []byte { return rapid.SliceOfN(rapid.Byte(), least, most).Draw(t, "bytes") }
	switch typ.Kind {
	case Boolean:
		return AppendBoolean(nil, rapid.Bool().Draw(t, "boolean"))
	case TinyInt:
		return AppendTinyInt(nil, rapid.Int8().Draw(t, "tinyint"))
	case SmallInt:
		return AppendSmallInt(nil, rapid.Int16().Draw(t, "smallint"))
	case Int:
		return AppendInt(nil, rapid.Int32().Draw(t, "int"))
	case BigInt:
		return AppendBigInt(nil, rapid.Int64().Draw(t, "bigint"))
	case VarInt:
		return AppendVarintBytes(nil, bytes(0, 20))
	case Float:
		if rapid.Bool().Draw(t, "bits") {
			return AppendFloatBits(nil, rapid.Uint32().Draw(t, "float"))
		}
		return AppendFloat(nil, rapid.Float32().Draw(t, "float"))
	case Double:
		if rapid.Bool().Draw(t, "bits") {
			return AppendDoubleBits(nil, rapid.Uint64().Draw(t, "double"))
		}
		return AppendDouble(nil, rapid.Float64().Draw(t, "double"))
	case Decimal:
		scale := rapid.OneOf(rapid.Int32Range(-3, 8), rapid.Int32Range(250, 260), rapid.Int32(),
			rapid.SampledFrom([]int32{math.MinInt32, math.MaxInt32})).Draw(t, "scale")
		return AppendDecimalBytes(nil, bytes(0, 12), scale)
	case Text:
		return []byte(rapid.String().Draw(t, "text"))
	case Blob:
		return bytes(0, 20)
	case UUID:
		u := bytes(16, 16)
		u[6] = u[6]&0x0f | rapid.SampledFrom([]byte{0x10, 0x10, 0x40, 0x70, u[6] & 0xf0}).Draw(t, "version")
		return u
	case Date:
		return AppendDate(nil, rapid.Int32().Draw(t, "date"))
	case Time:
		return AppendTime(nil, rapid.Int64Range(0, NanosPerDay-1).Draw(t, "time"))
	case Timestamp:
		return AppendTimestamp(nil, rapid.Int64().Draw(t, "timestamp"))
	case List:
		n := rapid.IntRange(0, 3).Draw(t, "elements")
		out := AppendCount(nil, n)
		for range n {
			out = drawPart(t, out, typ.Elem[0])
		}
		return out
	case Struct:
		out := []byte{}
		for _, e := range typ.Elem {
			out = drawPart(t, out, e)
		}
		return out
	}
	return drawMap(t, typ)
}

// drawPart appends a value of typ or null, with its length.
func drawPart(t *rapid.T, dst []byte, typ Type) []byte {
	if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return AppendNull(dst)
	}
	return AppendElement(dst, drawPayload(t, typ))
}

// drawMap is a map payload in canonical order.
func drawMap(t *rapid.T, typ Type) []byte {
	var keys [][]byte
	for range rapid.IntRange(0, 3).Draw(t, "entries") {
		key := drawPayload(t, typ.Elem[0])
		twice := false
		for _, k := range keys {
			twice = twice || Compare(typ.Elem[0], k, key) == 0
		}
		if !twice {
			keys = append(keys, key)
		}
	}
	out := AppendCount(nil, len(keys))
	for _, k := range keys {
		out = drawPart(t, AppendElement(out, k), typ.Elem[1])
	}
	if err := CanonicalMap(typ, out); err != nil {
		t.Fatalf("%s %x: %v", typ, out, err)
	}
	return out
}

package cql

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestValidateRefuses lists bytes that are no payload, most of them another spelling of one.
func TestValidateRefuses(t *testing.T) {
	for _, c := range []struct{ typ, payload string }{
		{"boolean", ""}, {"boolean", "02"}, {"boolean", "0001"},
		{"tinyint", ""}, {"int", "000000"}, {"int", "0000000000"}, {"bigint", "00000000"},
		{"varint", ""}, {"varint", "0000"}, {"varint", "007f"}, {"varint", "ffff"}, {"varint", "ff80"},
		{"float", "7fc00001"}, {"float", "ffc00000"}, {"float", "7f800001"},
		{"double", "7ff8000000000001"}, {"double", "fff8000000000000"}, {"double", "7ff0000000000001"},
		{"decimal", ""}, {"decimal", "00000000"}, {"decimal", "000000000001"}, {"decimal", "00000000ff80"},
		{"text", "ff"}, {"text", "c3"}, {"text", "eda080"}, {"text", "f4908080"}, {"text", "c080"},
		{"uuid", "00"}, {"date", "0000"}, {"timestamp", "00"},
		{"time", "ffffffffffffffff"}, {"time", "00004e94914f0000"}, {"time", "00"},
		{"list<int>", ""}, {"list<int>", "00000001"}, {"list<int>", "ffffffff"}, {"list<int>", "0000000000"},
		{"list<int>", "0000000100000003000000"}, {"list<int>", "00000001fffffffe"}, {"list<int>", "0000000100000004000000"},
		{"map<int, int>", "00000001ffffffffffffffff"}, {"map<int, int>", "000000010000000400000001"},
		{"map<int, int>", "00000002" + "0000000400000001ffffffff" + "0000000400000001ffffffff"},
		{"map<int, int>", "00000002" + "0000000400000002ffffffff" + "0000000400000001ffffffff"},
		{"struct<a: int>", ""}, {"struct<a: int>", "ffffffffffffffff"}, {"struct<a: int>", "0000000300000000"},
	} {
		typ, err := ParseType(c.typ)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := hex.DecodeString(c.payload)
		if err != nil {
			t.Fatal(err)
		}
		if err := Validate(typ, payload); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s %s: %v", c.typ, c.payload, err)
		}
		if out, err := AppendJSON([]byte("x"), typ, payload); err == nil || string(out) != "x" {
			t.Errorf("%s %s: JSON is %s", c.typ, c.payload, out)
		}
	}
	if err := Validate(Type{}, nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("no type: %v", err)
	}
}

func TestVarintEncoders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, u := rapid.Int64().Draw(t, "v"), rapid.Uint64().Draw(t, "u")
		be := rapid.SliceOfN(rapid.Byte(), 1, 30).Draw(t, "be")
		for _, c := range []struct {
			got  []byte
			want *big.Int
		}{
			{AppendVarint(nil, v), big.NewInt(v)},
			{AppendVarintUint64(nil, u), new(big.Int).SetUint64(u)},
			{AppendVarintBytes(nil, be), signed(be)},
			{appendBigInt(nil, signed(be)), signed(be)},
		} {
			if Validate(Of(VarInt), c.got) != nil || signed(c.got).Cmp(c.want) != 0 {
				t.Fatalf("%x is %s, want %s", c.got, signed(c.got), c.want)
			}
		}
	})
}

// TestLongVarints: numbers end at MaxVarint bytes, in bytes and in text.
func TestLongVarints(t *testing.T) {
	longest := append([]byte{0x7f}, bytes.Repeat([]byte{0xff}, MaxVarint-1)...)
	if err := Validate(Of(VarInt), longest); err != nil {
		t.Error(err)
	}
	if err := Validate(Of(VarInt), append([]byte{0x7f}, longest...)); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	text, err := AppendText(nil, Of(VarInt), longest)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseKeyText(Of(VarInt), string(text)); err != nil || !bytes.Equal(back, longest) {
		t.Errorf("%d bytes back, %v", len(back), err)
	}
	for _, tooLong := range []string{string(text[:len(text)-1]) + "8", string(text) + "0", strings.Repeat("1", 1<<22)} {
		if _, err := ParseKeyText(Of(VarInt), tooLong); err == nil && len(tooLong) > len(text) {
			t.Errorf("%d digits are read", len(tooLong))
		}
	}
	above := new(big.Int).Add(signed(longest), big.NewInt(1))
	if _, err := ParseKeyText(Of(VarInt), above.String()); err == nil {
		t.Error("2^(8*MaxVarint-1) is read")
	}
}

func TestNaNHasOneSpelling(t *testing.T) {
	for _, bits := range []uint32{0x7fc00000, 0xffc00000, 0x7f800001, 0x7fffffff} {
		if got := AppendFloat(nil, math.Float32frombits(bits)); hex.EncodeToString(got) != "7fc00000" {
			t.Errorf("float %08x is %x", bits, got)
		}
	}
	for _, bits := range []uint64{0x7ff8000000000000, 0xfff8000000000000, 0x7ff0000000000001, math.MaxInt64} {
		if got := AppendDouble(nil, math.Float64frombits(bits)); hex.EncodeToString(got) != "7ff8000000000000" {
			t.Errorf("double %016x is %x", bits, got)
		}
	}
}

// TestNoAllocation: checking and comparing cells is in the way of every row.
func TestNoAllocation(t *testing.T) {
	typ := MapOf(Of(Text), ListOf(StructOf([]string{"a"}, []Type{Of(VarInt)})))
	payload, _, err := FromJSON(typ, []byte(`{"a":[{"a":1},null],"b":null}`))
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		if Validate(typ, payload) != nil || Compare(typ, payload, payload) != 0 {
			t.Error("payload is not valid or differs from itself")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

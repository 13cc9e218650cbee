package source

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/cql"
)

// annotated is a physical type with any annotation, for those that parquet-go has no node for.
type annotated struct {
	parquet.Type
	logical   format.LogicalTypeValue
	converted deprecated.ConvertedType
}

func (a annotated) LogicalType() *format.LogicalType {
	if a.logical == nil {
		return nil
	}
	return &format.LogicalType{Value: a.logical}
}

func (a annotated) ConvertedType() *deprecated.ConvertedType {
	if a.logical != nil {
		return nil
	}
	return &a.converted
}

// writeColumn writes one column c, dictionary-encoded if so asked.
func writeColumn(t testing.TB, node parquet.Node, values []parquet.Value, options ...parquet.WriterOption) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.parquet")
	f, err := os.Create(path)
	ok(t, err)
	schema := parquet.NewSchema("s", parquet.Group{"c": node})
	w := parquet.NewGenericWriter[any](f, append([]parquet.WriterOption{schema}, options...)...)
	var rows []parquet.Row
	for _, v := range values {
		def := 0
		if node.Optional() && !v.IsNull() {
			def = 1
		}
		rows = append(rows, parquet.Row{v.Level(0, def, 0)})
	}
	_, err = w.WriteRows(rows)
	ok(t, err)
	ok(t, w.Close())
	ok(t, f.Close())
	return path
}

func fixed(n int) parquet.Type { return parquet.FixedLenByteArrayType(n) }

func i32(v ...int32) (out []parquet.Value) {
	for _, n := range v {
		out = append(out, parquet.Int32Value(n))
	}
	return out
}

func i64(v ...int64) (out []parquet.Value) {
	for _, n := range v {
		out = append(out, parquet.Int64Value(n))
	}
	return out
}

func byteArrays(v ...string) (out []parquet.Value) {
	for _, s := range v {
		out = append(out, parquet.ByteArrayValue([]byte(s)))
	}
	return out
}

func fixeds(v ...string) (out []parquet.Value) {
	for _, s := range v {
		out = append(out, parquet.FixedLenByteArrayValue([]byte(s)))
	}
	return out
}

// spark is an INT96 timestamp of so many days and nanoseconds after 1970-01-01.
func spark(days int64, nanos uint64) parquet.Value {
	var b [12]byte
	binary.LittleEndian.PutUint64(b[:], nanos)
	binary.LittleEndian.PutUint32(b[8:], uint32(int32(days+julianEpoch)))
	return parquet.Int96Value(deprecated.Int96{
		binary.LittleEndian.Uint32(b[:]), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])})
}

// typeCases are the rows of the type table and the overrides that have code of their own.
func typeCases() []typeCase {
	ms, us, ns := parquet.Millisecond, parquet.Microsecond, parquet.Nanosecond
	return []typeCase{
		{"boolean", parquet.Leaf(parquet.BooleanType), []parquet.Value{parquet.BooleanValue(true), parquet.BooleanValue(false)}, "boolean", "", "true false"},
		{"int8", parquet.Int(8), i32(-128, 127), "tinyint", "", "-128 127"},
		{"int16", parquet.Int(16), i32(-32768, 32767), "smallint", "", "-32768 32767"},
		{"int32", parquet.Int(32), i32(math.MinInt32, 7), "int", "", "-2147483648 7"},
		{"plain int32", parquet.Leaf(parquet.Int32Type), i32(-1), "int", "", "-1"},
		{"int64", parquet.Int(64), i64(math.MinInt64, math.MaxInt64), "bigint", "", "-9223372036854775808 9223372036854775807"},
		{"uint8", parquet.Uint(8), i32(0, 255), "smallint", "", "0 255"},
		{"uint16", parquet.Uint(16), i32(65535), "int", "", "65535"},
		{"uint32", parquet.Uint(32), i32(-1, 1), "bigint", "", "4294967295 1"},
		{"uint64", parquet.Uint(64), i64(-1, 1), "varint", "", "18446744073709551615 1"},
		{"int8 out of its annotation", parquet.Int(8), i32(1, 128), "tinyint", "", "!row 1: value 128 does not fit the 8 bits of its annotation"},
		{"float16", parquet.Leaf(annotated{fixed(2), &format.Float16Type{}, 0}), fixeds("\x00\x3c", "\x01\x00", "\x00\xfc"), "float", "",
			`1 5.9604645e-08 "-Infinity"`},
		{"float", parquet.Leaf(parquet.FloatType), []parquet.Value{parquet.FloatValue(0.1), parquet.FloatValue(float32(math.NaN()))}, "float", "", `0.1 "NaN"`},
		{"double", parquet.Leaf(parquet.DoubleType), []parquet.Value{parquet.DoubleValue(0.1), parquet.DoubleValue(math.Float64frombits(0x7ff8000000000001))},
			"double", "", `0.1 "NaN"`},
		{"decimal of int32", parquet.Decimal(2, 9, parquet.Int32Type), i32(-150, 7), "decimal", "", `"-1.50" "0.07"`},
		{"decimal of int64", parquet.Decimal(3, 18, parquet.Int64Type), i64(math.MinInt64, 0, 128), "decimal", "", `"-9223372036854775.808" "0.000" "0.128"`},
		{"decimal of 5 bytes", parquet.Decimal(1, 10, fixed(5)), fixeds("\xff\xff\xff\xff\xf1", "\x00\x00\x00\x00\x80"), "decimal", "", `"-1.5" "12.8"`},
		{"decimal of 16 bytes", parquet.Decimal(0, 38, fixed(16)), fixeds("\x80" + strings.Repeat("\x00", 15)), "decimal", "",
			`"-170141183460469231731687303715884105728"`},
		{"decimal of bytes", parquet.Decimal(2, 40, parquet.ByteArrayType), byteArrays("\x00", "\xff\x6a", strings.Repeat("\x01", 17)), "decimal", "",
			`"0.00" "-1.50" "3416168075755303790063682333432653416.97"`},
		{"decimal without bytes", parquet.Decimal(2, 40, parquet.ByteArrayType), byteArrays(""), "decimal", "", "!a decimal of no bytes"},
		{"string", parquet.String(), byteArrays("", "é\n"), "text", "", `"" "é\n"`},
		{"string that is not UTF-8", parquet.String(), byteArrays("a", "b\xff", "c"), "text", "",
			`!row 1: value 0x62ff is not UTF-8; as blob it is kept byte for byte; to accept it put "c: blob" under types: in the spec`},
		{"character over two strings", parquet.String(), byteArrays("a\xc3", "\xa9b"), "text", "", "!row 0: value 0x61c3 is not UTF-8"},
		{"string as blob", parquet.String(), byteArrays("b\xff"), "text", "blob", `"0x62ff"`},
		{"enum", parquet.Enum(), byteArrays("RED"), "text", "", `"RED"`},
		{"json", parquet.JSON(), byteArrays(`{"a":1}`), "text", "", `"{\"a\":1}"`},
		{"bson", parquet.BSON(), byteArrays("\x05"), "blob", "", `"0x05"`},
		{"bytes", parquet.Leaf(parquet.ByteArrayType), byteArrays("", "\x00\xff"), "blob", "", `"0x" "0x00ff"`},
		{"bytes as text", parquet.Leaf(parquet.ByteArrayType), byteArrays("a"), "blob", "text", `"a"`},
		{"fixed", parquet.Leaf(fixed(3)), fixeds("abc"), "blob", "", `"0x616263"`},
		{"uuid", parquet.UUID(), fixeds("\x69\xb5\x63\x49\xe3\x0d\x11\xe1\x89\xd1\x7a\x74\xad\x5f\xb9\x48"), "uuid", "", `"69b56349-e30d-11e1-89d1-7a74ad5fb948"`},
		{"date", parquet.Date(), i32(0, -1, 20778), "date", "", `"1970-01-01" "1969-12-31" "2026-11-21"`},
		{"time ms", parquet.Time(ms), i32(0, 86399999), "time", "", `"00:00:00.000000000" "23:59:59.999000000"`},
		{"time us", parquet.Time(us), i64(1), "time", "", `"00:00:00.000001000"`},
		{"time ns", parquet.Time(ns), i64(54095123456213), "time", "", `"15:01:35.123456213"`},
		{"time behind midnight", parquet.Time(us), i64(86400_000_000), "time", "", "!row 0: value 86400000000 is not within a day"},
		{"timestamp ms", parquet.Timestamp(ms), i64(-1), "timestamp", "", `"1969-12-31T23:59:59.999Z"`},
		{"timestamp without zone", parquet.TimestampAdjusted(ms, false), i64(0), "timestamp", "", `"1970-01-01T00:00:00.000Z"`},
		{"timestamp us", parquet.Timestamp(us), i64(-1000, 1_700_000_000_123_000), "timestamp", "", `"1969-12-31T23:59:59.999Z" "2023-11-14T22:13:20.123Z"`},
		{"timestamp us that is not ms", parquet.Timestamp(us), i64(1000, 1001), "timestamp", "",
			`!row 1: value 1001 us is not whole milliseconds (bigint would keep it); to accept it put "c: timestamp(truncate)" under types: in the spec`},
		{"timestamp us truncated", parquet.Timestamp(us), i64(-1, 1999), "timestamp", "timestamp(truncate)", `"1969-12-31T23:59:59.999Z" "1970-01-01T00:00:00.001Z"`},
		{"timestamp us as bigint", parquet.Timestamp(us), i64(1001), "timestamp", "bigint", "1001"},
		{"timestamp ns", parquet.Timestamp(ns), i64(2_000_000), "timestamp", "", `"1970-01-01T00:00:00.002Z"`},
		{"timestamp ms as date", parquet.Timestamp(ms), i64(86_400_000), "timestamp", "date", `"1970-01-02"`},
		{"timestamp ms as date, at noon", parquet.Timestamp(ms), i64(43_200_000), "timestamp", "date",
			`!row 0: value "1970-01-01T12:00:00.000Z" does not fit date exactly`},
		{"timestamp ms as text", parquet.Timestamp(ms), i64(0), "timestamp", "text", `"1970-01-01T00:00:00.000Z"`},
		{"int96", parquet.Leaf(parquet.Int96Type), []parquet.Value{spark(0, 1_000_000), spark(-1, 0)}, "timestamp", "",
			`"1970-01-01T00:00:00.001Z" "1969-12-31T00:00:00.000Z"`},
		{"int96 that is not ms", parquet.Leaf(parquet.Int96Type), []parquet.Value{spark(0, 1)}, "timestamp", "", "!row 0: value day 0 and 1 ns is not whole milliseconds"},
		{"int96 truncated", parquet.Leaf(parquet.Int96Type), []parquet.Value{spark(0, 1_999_999)}, "timestamp", "timestamp(truncate)", `"1970-01-01T00:00:00.001Z"`},
		{"int96 as bigint", parquet.Leaf(parquet.Int96Type), []parquet.Value{spark(-1, 5)}, "timestamp", "bigint", "-86399999999995"},
		{"int96 as bigint, the first and the last", parquet.Leaf(parquet.Int96Type), []parquet.Value{spark(-106752, 763145224192), spark(106751, 85636854775807)},
			"timestamp", "bigint", "-9223372036854775808 9223372036854775807"},
		{"int96 as bigint, one too early", parquet.Leaf(parquet.Int96Type), []parquet.Value{spark(-106752, 763145224191)}, "timestamp", "bigint", "!does not fit bigint"},
		{"int96 as bigint, one too late", parquet.Leaf(parquet.Int96Type), []parquet.Value{spark(106751, 85636854775808)}, "timestamp", "bigint", "!does not fit bigint"},
		{"int96 as bigint, out of range", parquet.Leaf(parquet.Int96Type), []parquet.Value{spark(2_932_896, 0)}, "timestamp", "bigint", "!does not fit bigint"},
		{"int96 of a far day", parquet.Leaf(parquet.Int96Type), []parquet.Value{spark(2_932_896, 0)}, "timestamp", "", `"9999-12-31T00:00:00.000Z"`},
		{"int96 with 25 hours", parquet.Leaf(parquet.Int96Type), []parquet.Value{spark(0, 90_000_000_000_000)}, "timestamp", "", "!outside the day"},
		{"interval as blob", parquet.Leaf(annotated{fixed(12), nil, deprecated.Interval}), fixeds("abcdefghijkl"), "invalid", "blob", `"0x6162636465666768696a6b6c"`},
		{"int as bigint", parquet.Int(32), i32(-5), "int", "bigint", "-5"},
		{"int as tinyint", parquet.Int(32), i32(5, 300), "int", "tinyint", "!row 1: value 300 does not fit tinyint exactly"},
		{"int as decimal", parquet.Int(32), i32(-5), "int", "decimal", `"-5"`},
		{"int as varint", parquet.Int(64), i64(128), "bigint", "varint", "128"},
		{"uint64 as decimal", parquet.Uint(64), i64(-1), "varint", "decimal", `"18446744073709551615"`},
		{"decimal as int", parquet.Decimal(2, 9, parquet.Int32Type), i32(500, 501), "decimal", "int", `!row 1: value "5.01" does not fit int exactly`},
		{"int as date", parquet.Int(32), i32(1), "int", "date", `"1970-01-02"`},
		{"double as float", parquet.Leaf(parquet.DoubleType), []parquet.Value{parquet.DoubleValue(0.5), parquet.DoubleValue(0.1)}, "double", "float",
			"!row 1: value 0.1 does not fit float exactly"},
		{"float as double", parquet.Leaf(parquet.FloatType), []parquet.Value{parquet.FloatValue(0.5)}, "float", "double", "0.5"},
		{"boolean as text", parquet.Leaf(parquet.BooleanType), []parquet.Value{parquet.BooleanValue(true)}, "boolean", "text", `"true"`},
		{"text as int", parquet.String(), byteArrays("12", "x"), "text", "int", `!row 1: value "x" does not fit int exactly`},
	}
}

type typeCase struct {
	name     string
	node     parquet.Node
	values   []parquet.Value
	natural  string
	override string // "" for the natural type
	want     string // values as JSON between spaces, or behind ! a part of the error
}

// TestTypes reads each case plain and by dictionary, required, and optional with a null in front of each value.
func TestTypes(t *testing.T) {
	for _, c := range typeCases() {
		t.Run(c.name, func(t *testing.T) {
			c.check(t, c.node, c.values, c.want)
			if c.node.Type().Kind() != parquet.Boolean {
				c.check(t, parquet.Encoded(c.node, &parquet.RLEDictionary), c.values, c.want)
			}
			var spaced []parquet.Value
			for _, v := range c.values {
				spaced = append(spaced, parquet.NullValue(), v)
			}
			want := "null " + strings.ReplaceAll(c.want, " ", " null ")
			if strings.HasPrefix(c.want, "!") {
				want = strings.NewReplacer("!row 1:", "!row 3:", "!row 0:", "!row 1:").Replace(c.want)
			}
			c.check(t, parquet.Optional(c.node), spaced, want)
		})
	}
}

func (c typeCase) check(t *testing.T, node parquet.Node, values []parquet.Value, want string) {
	t.Helper()
	files, schema, _, err := openAll(writeColumn(t, node, values))
	ok(t, err)
	column, found := schema.Column("c")
	if !found || column.Type.Kind.String() != c.natural && column.Type.String() != c.natural || column.Nullable != node.Optional() {
		t.Fatalf("column %+v, want %s", column, c.natural)
	}
	w := Want{Name: "c", Type: column.Type}
	if c.override != "" {
		var lossy cql.Lossy
		w.Type, lossy, err = cql.ParseOverride(c.override)
		ok(t, err)
		if lossy == cql.Truncate {
			w.Lossy = Truncate
		}
	}
	ok(t, schema.Check(w))
	got, err := readJSON(files, []Want{w})
	if part, refused := strings.CutPrefix(want, "!"); refused {
		if err == nil || !strings.Contains(err.Error(), part) || !strings.Contains(err.Error(), `row group 0, column "c"`) {
			t.Errorf("got %v, %v, want an error with %q", got, err, part)
		}
		return
	}
	ok(t, err)
	if line := strings.Join(got, " "); line != want {
		t.Errorf("got %s, want %s", line, want)
	}
}

func TestIntervalIsRefused(t *testing.T) {
	path := writeColumn(t, parquet.Leaf(annotated{fixed(12), nil, deprecated.Interval}), fixeds("abcdefghijkl"))
	_, schema, _, err := openAll(path)
	ok(t, err)
	c, _ := schema.Column("c")
	if !errors.Is(c.Err, ErrUnsupported) || !strings.Contains(c.Err.Error(), `put "c: blob" under types:`) {
		t.Error(c.Err)
	}
	if err := schema.Check(Want{Name: "c", Type: cql.Of(cql.Text)}); !errors.Is(err, ErrSchema) {
		t.Error(err)
	}
}

// TestUnusedDictionaryValue: a dictionary value that does not fit is no error while no row uses it.
func TestUnusedDictionaryValue(t *testing.T) {
	dict := &values{N: 3, Int64: []int64{1000, 1001, 2000}}
	leaf := &leafColumn{Physical: format.Int64}
	page := &leafPage{Entries: 2, Dict: dict, Index: []int32{2, 0}}
	s := &stream{leaf: leaf, page: page}
	f, err := newFlatColumn(Want{Name: "c", Type: cql.Of(cql.Timestamp)}, s, logical{kind: logicalTimestamp, per: 1_000_000})
	ok(t, err)
	s.advance(2)
	var c Column
	ok(t, f.fill(&c, 2, 0))
	if b, _ := c.Cell(0); string(b) != "\x00\x00\x00\x00\x00\x00\x00\x02" {
		t.Errorf("%x", b)
	}
	page.Index, s.at, s.value = []int32{0, 1}, 0, 0
	s.advance(2)
	var bad *ValueError
	if err := f.fill(&c, 2, 10); !errors.As(err, &bad) || bad.Row != 11 {
		t.Error(err)
	}
}

// TestBulkIsPlain compares the bulk forms with the plain ones, value by value.
func TestBulkIsPlain(t *testing.T) {
	shapes := []struct {
		physical format.Type
		logical  logical
		want     cql.Kind
		lossy    Lossy
	}{
		{format.Boolean, logical{kind: logicalBool}, cql.Boolean, Exact},
		{format.Int32, logical{kind: logicalInt, bits: 32}, cql.Int, Exact},
		{format.Int32, logical{kind: logicalInt, bits: 32}, cql.BigInt, Exact},
		{format.Int64, logical{kind: logicalInt, bits: 64}, cql.BigInt, Exact},
		{format.Int32, logical{kind: logicalDate}, cql.Date, Exact},
		{format.Float, logical{kind: logicalFloat}, cql.Float, Exact},
		{format.Double, logical{kind: logicalDouble}, cql.Double, Exact},
		{format.Int32, logical{kind: logicalDecimal, scale: 2}, cql.Decimal, Exact},
		{format.Int64, logical{kind: logicalDecimal, scale: -3}, cql.Decimal, Exact},
		{format.Int64, logical{kind: logicalTimestamp, per: 1000}, cql.Timestamp, Exact},
		{format.Int64, logical{kind: logicalTimestamp, per: 1_000_000}, cql.Timestamp, Exact},
		{format.Int64, logical{kind: logicalTimestamp, per: 1_000_000_000}, cql.Timestamp, Truncate},
		{format.Int64, logical{kind: logicalTimestamp, per: 1_000_000}, cql.BigInt, Exact},
	}
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.SampledFrom(shapes).Draw(r, "shape")
		n := rapid.IntRange(0, 20).Draw(r, "n")
		v := &values{N: n}
		for range n {
			x := rapid.Int64().Draw(r, "x") >> rapid.IntRange(0, 63).Draw(r, "shift")
			v.Bool = append(v.Bool, x&1 == 1)
			v.Int32, v.Int64 = append(v.Int32, int32(x)), append(v.Int64, x)
			v.Float, v.Double = append(v.Float, math.Float32frombits(uint32(x))), append(v.Double, math.Float64frombits(uint64(x)))
		}
		leaf, want := &leafColumn{Physical: s.physical}, cql.Of(s.want)
		bulk, plain := slotsOf(leaf, s.logical, want, s.lossy), naturalOr(r, leaf, s.logical, want, s.lossy)
		if bulk == nil || !slotted(leaf, s.logical, want) {
			r.Fatalf("no bulk form for %+v", s)
		}
		from := rapid.IntRange(0, n).Draw(r, "from")
		got := make([][16]byte, n-from)
		done := bulk(got, v, from)
		for i := range got {
			b, err := plain(nil, v, from+i)
			if (err != nil) != (i == done) {
				r.Fatalf("value %d: the bulk form wrote %d, the plain one says %v", i, done, err)
			}
			if err != nil {
				return
			}
			var slot [16]byte
			putSlot(&slot, b)
			if got[i] != slot {
				r.Fatalf("value %d: %x, want %x", i, got[i], slot)
			}
		}
	})
}

func naturalOr(r *rapid.T, leaf *leafColumn, l logical, want cql.Type, lossy Lossy) payloadFunc {
	f, err := payloadOf(leaf, l, want, lossy)
	if err != nil {
		r.Fatal(err)
	}
	return f
}

// TestHalfFloats compares all half-precision numbers with their definition.
func TestHalfFloats(t *testing.T) {
	for h := range 1 << 16 {
		got := halfFloat(uint16(h))
		exponent, fraction := h>>10&31, float64(h&1023)
		want := math.Ldexp(1+fraction/1024, exponent-15)
		switch {
		case exponent == 0:
			want = math.Ldexp(fraction/1024, -14)
		case exponent == 31 && fraction == 0:
			want = math.Inf(1)
		case exponent == 31:
			want = math.NaN()
		}
		if h>>15 == 1 {
			want = -want
		}
		if want != want && got == got || want == want && (float64(got) != want || math.Signbit(float64(got)) != math.Signbit(want)) {
			t.Fatalf("%04x is %v, want %v", h, got, want)
		}
	}
}

package cql

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTypeRoundTrip: ParseType reads what String writes, also with frozen and in another case.
func TestTypeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := drawType(t, 3)
		text := typ.String()
		for _, form := range []string{text, "frozen<" + text + ">", " \t" + strings.ReplaceAll(text, "list<", "LIST < ") + "\n"} {
			back, err := ParseType(form)
			if err != nil || !back.Equal(typ) {
				t.Fatalf("%s is read as %s (%v)", form, back, err)
			}
		}
		b, err := json.Marshal(struct{ T Type }{typ})
		if err != nil {
			t.Fatal(err)
		}
		var back struct{ T Type }
		if err := json.Unmarshal(b, &back); err != nil || !back.T.Equal(typ) {
			t.Fatalf("JSON %s is read as %s (%v)", b, back.T, err)
		}
		for _, lossy := range []Lossy{Exact, Truncate} {
			text := OverrideText(typ, lossy)
			back, got, err := ParseOverride(text)
			if want := strings.Contains(text, "(truncate)"); err != nil || !back.Equal(typ) || (got == Truncate) != want {
				t.Fatalf("override %s is read as %s, %v (%v)", text, back, got, err)
			}
		}
	})
}

func TestParseTypeErrors(t *testing.T) {
	for _, c := range []struct{ text, message string }{
		{"", "position 0: found the end, allowed: boolean, "},
		{"varchar", `position 0: found "varchar"`},
		{"int int", `position 4: found "int", allowed: the end`},
		{"int\xff", "is not UTF-8"},
		{"list", `position 4: found the end, allowed: "<"`},
		{"list<int", `position 8: found the end, allowed: ">"`},
		{"list<int, int>", `position 8: found ", int>", allowed: ">"`},
		{"map<int>", `position 7: found ">", allowed: ","`},
		{"struct<>", `position 7: found ">", allowed: a field name`},
		{"struct<9a: int>", `position 7: found "9a: int>", allowed: a field name`},
		{"struct<a int>", `position 9: found "int>", allowed: ":"`},
		{"struct<a: int, a: int>", `position 15: field "a" stands twice`},
		{`struct<"a: int>`, "allowed: a closing double quote"},
		{"timestamp(truncate)", `found "(truncate)"`},
		{strings.Repeat("list<", 40) + "int" + strings.Repeat(">", 40), "nested deeper than 32"},
	} {
		_, err := ParseType(c.text)
		if err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v, want %q in it", c.text, err, c.message)
		}
	}
}

func TestParseOverride(t *testing.T) {
	for _, c := range []struct {
		text, want string
		lossy      Lossy
	}{
		{"timestamp", "timestamp", Exact},
		{"timestamp(truncate)", "timestamp", Truncate},
		{"Timestamp ( TRUNCATE )", "timestamp", Truncate},
		{"list<timestamp(truncate)>", "list<timestamp>", Truncate},
		{"map<timestamp(truncate), timestamp(truncate)>", "map<timestamp, timestamp>", Truncate},
		{"int", "int", Exact},
	} {
		typ, lossy, err := ParseOverride(c.text)
		if err != nil || typ.String() != c.want || lossy != c.lossy {
			t.Errorf("%s: %s, %v, %v", c.text, typ, lossy, err)
		}
	}
	for _, bad := range []string{"timestamp()", "timestamp(round)", "timestamp(truncate", "int(truncate)", "map<timestamp, timestamp(truncate)>"} {
		if _, _, err := ParseOverride(bad); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func TestReserved(t *testing.T) {
	for _, word := range []string{"select", "SELECT", "Order", "token", "table", "view", "nan", "infinity"} {
		if !Reserved(word) {
			t.Errorf("%s is not reserved", word)
		}
	}
	for _, word := range []string{"", "key", "value", "date", "timestamp", "text", "type", "user", "role", "o_orderkey", "selects"} {
		if Reserved(word) {
			t.Errorf("%s is reserved", word)
		}
	}
}

func TestKeyType(t *testing.T) {
	for _, typ := range scalars() {
		if err := KeyType(typ); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
	}
	for _, typ := range []Type{{}, ListOf(Of(Int)), MapOf(Of(Int), Of(Int)), StructOf([]string{"a"}, []Type{Of(Int)})} {
		if KeyType(typ) == nil {
			t.Errorf("%s may be a key", typ)
		}
	}
}

func TestSchemaEqual(t *testing.T) {
	schema := func() *Schema {
		return &Schema{
			Key:        []Column{{"a", Of(Int)}},
			Clustering: []ClusteringColumn{{Column{"b", Of(Int)}, Ascending}},
			Values:     []Column{{"c", ListOf(Of(Int))}, {"d", Of(Int)}},
		}
	}
	if !schema().Equal(schema()) {
		t.Error("a schema differs from itself")
	}
	for i, change := range []func(*Schema){
		func(s *Schema) { s.Key[0].Name = "x" },
		func(s *Schema) { s.Key[0].Type = Of(BigInt) },
		func(s *Schema) { s.Key = append(s.Key, s.Values[1]) },
		func(s *Schema) { s.Clustering[0].Order = Descending },
		func(s *Schema) { s.Clustering[0].Name = "x" },
		func(s *Schema) { s.Clustering = nil },
		func(s *Schema) { s.Values[0].Type = ListOf(Of(Text)) },
		func(s *Schema) { s.Values[0], s.Values[1] = s.Values[1], s.Values[0] },
	} {
		s := schema()
		if change(s); s.Equal(schema()) || schema().Equal(s) {
			t.Errorf("change %d is not seen", i)
		}
	}
}

func TestFixedWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := drawType(t, 1)
		if w := typ.FixedWidth(); w != 0 && len(drawPayload(t, typ)) != w {
			t.Fatalf("%s has not %d bytes", typ, w)
		}
	})
}

package spec

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/verdigris-db/verdigris/cql"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a checked-in file.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got\n%s", file, got)
	}
}

func TestStarter(t *testing.T) {
	columns := []Offered{
		{Name: "o_custkey", Type: cql.Of(cql.BigInt), Nullable: true, Origin: FromFile},
		{Name: "o_orderkey", Type: cql.Of(cql.BigInt), Nullable: true, Origin: FromFile},
		{Name: "o_totalprice", Type: cql.Of(cql.Decimal), Origin: FromFile},
		{Name: "order", Type: cql.Of(cql.Int), Origin: FromFile},
		{Name: "order_", Type: cql.Of(cql.Int), Origin: FromFile},
		{Name: "token", Type: cql.Of(cql.Timestamp), Origin: FromFile, Unit: Nanoseconds},
		{Name: "last updated", Type: cql.Of(cql.Timestamp), Origin: FromFile, Unit: Microseconds},
		{Name: "wait", Origin: FromFile, Refused: "Parquet type INTERVAL has no CQL type"},
		{Name: "seen", Type: cql.Of(cql.Timestamp), Nullable: true, Origin: FromFile, Unit: Microseconds},
		{Name: "dt", Type: cql.Of(cql.Date), Origin: FromFolder},
		{Name: FileColumn, Type: cql.Of(cql.Text), Origin: FromPseudo},
	}
	got := Starter("data/orders.parquet", columns, map[string]string{"last updated": "timestamp(truncate)", "token": "bigint"})
	golden(t, "testdata/starter.yaml", got)
	s, err := Parse(got, "starter.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(columns, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Schema.Key[0].Name != "o_orderkey" || r.View != "orders" {
		t.Fatalf("key %v of view %s", r.Schema.Key, r.View)
	}
}

// TestStarterKey shows what is guessed.
func TestStarterKey(t *testing.T) {
	text, bigint, ts := cql.Of(cql.Text), cql.Of(cql.BigInt), cql.Of(cql.Timestamp)
	for _, c := range []struct {
		path string
		cols []Offered
		want string
	}{
		{"guests.parquet", []Offered{{Name: "context", Type: text}, {Name: "guest_id", Type: text}, {Name: "account_id", Type: text}}, "guest_id"},
		{"x.parquet", []Offered{{Name: "at", Type: ts}, {Name: "userId", Type: bigint}}, "userId"},
		{"x.parquet", []Offered{{Name: "paid", Type: cql.Of(cql.Boolean)}, {Name: "name", Type: text}}, "name"},
		{"x.parquet", []Offered{{Name: "region_id", Type: text, Origin: FromFolder}, {Name: "v", Type: cql.Of(cql.Double)}}, "v"},
		{"x.parquet", []Offered{{Name: "ids", Type: cql.ListOf(text)}}, FileColumn},
		{"x.parquet", nil, FileColumn},
	} {
		s, err := Parse(Starter(c.path, c.cols, nil), "s.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if s.Key[0] != c.want {
			t.Errorf("of %v the key is %s, want %s", c.cols, s.Key, c.want)
		}
	}
}

// TestStarterIsValid gives the writer any path, names and types: what it writes must parse and fit the columns.
func TestStarterIsValid(t *testing.T) {
	names := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"order", "Order", "order_", "null", "~", "1", "1e3", "0x1", "- a", "a: b", "#", "'", `"`, "", " ", "\n", "\u2028", "*a", "&a", "!a", "no", "<<", "a.b", "_1", "_",
		"\ufeff", "\u0085", "a]", "é", "\x7f", "???",
	}))
	kinds := rapid.SampledFrom([]cql.Type{
		{}, cql.Of(cql.BigInt), cql.Of(cql.Text), cql.Of(cql.Timestamp), cql.ListOf(cql.Of(cql.Int)),
		cql.StructOf([]string{"a\nb", "c d"}, []cql.Type{cql.Of(cql.Int), cql.Of(cql.Timestamp)}),
	})
	rapid.Check(t, func(t *rapid.T) {
		var offered []Offered
		seen := map[string]bool{FileColumn: true, RowColumn: true}
		overrides := map[string]string{}
		for range rapid.IntRange(0, 6).Draw(t, "columns") {
			o := Offered{Name: names.Draw(t, "name"), Type: kinds.Draw(t, "type"), Origin: FromFile, Nullable: rapid.Bool().Draw(t, "nullable")}
			if seen[o.Name] {
				continue
			}
			seen[o.Name] = true
			if o.Type.Kind == cql.Invalid {
				o.Refused = names.Draw(t, "why")
			} else if rapid.Bool().Draw(t, "override") {
				overrides[o.Name] = cql.OverrideText(o.Type, cql.Truncate)
			}
			offered = append(offered, o)
		}
		file := names.Draw(t, "path")
		if file == "" {
			file = "x"
		}
		offered = append(offered, Offered{Name: FileColumn, Type: cql.Of(cql.Text), Origin: FromPseudo}, Offered{Name: RowColumn, Type: cql.Of(cql.BigInt), Origin: FromPseudo})
		text := Starter(file, offered, overrides)
		s, err := Parse(text, "starter.yaml")
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if s.Source[0] != file {
			t.Fatalf("source %q, want %q", s.Source[0], file)
		}
		r, err := s.Resolve(offered, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		readable := 0
		for _, o := range offered {
			if o.Origin != FromPseudo && o.Type.Kind != cql.Invalid && o.Name != "" {
				readable++
			}
		}
		if stored := r.Schema.Cells() + len(r.Schema.Key); stored != readable && r.Key[0].Name != FileColumn {
			t.Fatalf("%d columns are stored of %d\n%s", stored, readable, text)
		}
	})
}

package manifest

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// TestValidate damages one thing at a time; the message must name it.
func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(m *Manifest)
		want   string
	}{
		{"view", func(m *Manifest) { m.View = "a/b" }, `view name "a/b"`},
		{"version", func(m *Manifest) { m.Version, m.Parent = 0, 0 }, "versions count from 1"},
		{"parent", func(m *Manifest) { m.Parent = 42 }, "parent 42 is not below version 42"},
		{"build", func(m *Manifest) { m.Build = "xyz" }, `build "xyz"`},
		{"no key", func(m *Manifest) { m.Schema.Key = nil }, "no key"},
		{"key type", func(m *Manifest) { m.Schema.Key[0].Type = cql.ListOf(cql.Of(cql.Int)) }, "key[0]: list<int>"},
		{"no type", func(m *Manifest) { m.Schema.Values[0].Type = cql.Type{} }, "values[0] has no type"},
		{"name twice", func(m *Manifest) { m.Schema.Values[0].Name = "o_orderkey" }, `"o_orderkey", which another column has`},
		{"no name", func(m *Manifest) { m.Schema.Values[0].Name = "" }, `values[0] has the name ""`},
		{"name not UTF-8", func(m *Manifest) { m.Schema.Values[0].Name = "\xff" }, "values[0] has the name"},
		{"order", func(m *Manifest) { m.Schema.Clustering[0].Order = "up" }, `order "up"`},
		{"r", func(m *Manifest) { m.R = 3 }, "4 partitions are listed, r is 3"},
		{"r is 0", func(m *Manifest) { m.R, m.Partitions = 0, nil }, "r: 0 partitions"},
		{"r is huge", func(m *Manifest) { m.R = math.MaxInt }, "r: 9223372036854775807 partitions"},
		{"rule", func(m *Manifest) { m.Duplicates.Rule = "newest" }, `"newest"; allowed: error, latest`},
		{"recency of error", func(m *Manifest) { m.Duplicates.Rule = "error" }, "rule error has a recency column"},
		{"no recency", func(m *Manifest) { m.Duplicates.Recency = nil }, "no recency column"},
		{"recency type", func(m *Manifest) { m.Duplicates.Recency.Type = cql.ListOf(cql.Of(cql.Int)) }, "recency has the type list<int>"},
		{"table format", func(m *Manifest) { m.Table.Format = 0 }, "table format is 0"},
		{"bloom format", func(m *Manifest) { m.Bloom.Format = 0 }, "bloom format is 0"},
		{"bloom rate", func(m *Manifest) { m.Bloom.FalsePositivePPM = 500_001 }, "false_positive_ppm is 500001"},
		{"codec", func(m *Manifest) { m.Codec.Name = "" }, "codec has the name"},
		{"codec version", func(m *Manifest) { m.Codec.Version = 0 }, "codec version is 0"},
		{"dictionary name", func(m *Manifest) { m.Codec.Dictionary.Name = "x.dict" }, `dictionary has the name "x.dict"`},
		{"dictionary content", func(m *Manifest) { m.Codec.Dictionary.SHA256 = hash("other") }, "not named by its sha256"},
		{"another dictionary", func(m *Manifest) { m.Codec.Dictionary = nil }, "its content's fingerprint is"},
		{"files in disorder", func(m *Manifest) { f := m.Source.Files; f[0], f[1] = f[1], f[0] }, "does not stand in order"},
		{"file twice", func(m *Manifest) { m.Source.Files[1].Name = m.Source.Files[0].Name }, "does not stand in order"},
		{"file with negative rows", func(m *Manifest) { m.Source.Files[0].Rows = -1 }, "-1 rows"},
		{"mtime as identity", func(m *Manifest) { m.Source.Files[0].Identity = "mtime:17" }, `identity "mtime:17"`},
		{"short digest as identity", func(m *Manifest) { m.Source.Files[0].Identity = "sha256:00" }, "identity"},
		{"read and skipped", func(m *Manifest) { m.Source.Skipped = []string{m.Source.Files[0].Name} }, "both read and skipped"},
		{"skipped in disorder", func(m *Manifest) { m.Source.Skipped = []string{"b", "a"} }, `skipped file "a" does not stand in order`},
		{"watermark unit", func(m *Manifest) { m.Source.Watermark.Unit = "d" }, `unit is "d" of a bigint`},
		{"watermark unit of a text", func(m *Manifest) {
			*m.Source.Watermark = Watermark{Column: "x", Type: cql.Of(cql.Text), Unit: "s", Value: json.RawMessage("null")}
		}, "allowed: s, ms, us or ns of a bigint"},
		{"watermark value", func(m *Manifest) { m.Source.Watermark.Value = json.RawMessage("1") }, "watermark: value is 1"},
		{"watermark payload", func(m *Manifest) { m.Source.Watermark.Hex = "00" }, "watermark: "},
		{"watermark hex", func(m *Manifest) { m.Source.Watermark.Hex = "xy" }, "is not lower-case hex"},
		{"watermark half null", func(m *Manifest) { m.Source.Watermark.Value = json.RawMessage("null") }, "watermark: value is null"},
		{"watermark type", func(m *Manifest) { m.Source.Watermark.Type = cql.Type{} }, "watermark has the type"},
		{"index", func(m *Manifest) { m.Partitions[2].Index = 1 }, "partition 2 has the index 1"},
		{"partitions in disorder", func(m *Manifest) { p := m.Partitions; p[0], p[1] = p[1], p[0] }, "partition 0 has the index 1"},
		{"lo", func(m *Manifest) { m.Partitions[1].Lo++ }, "partition 1 has the tokens"},
		{"hi", func(m *Manifest) { m.Partitions[1].Hi++ }, "partition 1 has the tokens"},
		{"negative", func(m *Manifest) { m.Partitions[0].Keys = -1 }, "partition 0 has a negative count"},
		{"rows lost", func(m *Manifest) { m.Partitions[0].Rows-- }, "partition 0: 5 rows in, 1 folded, 3 stored"},
		{"all rows folded", func(m *Manifest) { p := &m.Partitions[3]; p.Input, p.Folded = 2, 2 }, "partition 3: of 2 rows in none is stored"},
		{"more keys than rows", func(m *Manifest) { m.Partitions[2].Keys = 4 }, "4 keys in 3 rows"},
		{"no keys", func(m *Manifest) { m.Partitions[2].Keys = 0 }, "0 keys in 3 rows"},
		{"keys without clustering", func(m *Manifest) { m.Schema.Clustering = nil }, "without clustering"},
		{"sum without rows", func(m *Manifest) { m.Partitions[3].StoredSum.Lo = 1 }, "partition 3 has no rows, but a sum"},
		{"tokens without rows", func(m *Manifest) { m.Partitions[3].Min = new(Token) }, "partition 3 has no rows, but tokens"},
		{"rows without tokens", func(m *Manifest) { m.Partitions[0].Max = nil }, "partition 0 has rows, but no tokens"},
		{"token outside", func(m *Manifest) { *m.Partitions[0].Min = m.Partitions[0].Lo }, "partition 0 has rows from token"},
		{"token above", func(m *Manifest) { *m.Partitions[0].Max++ }, "partition 0 has rows from token"},
		{"tokens crossed", func(m *Manifest) { p := m.Partitions[0]; *p.Min, *p.Max = *p.Max, *p.Min }, "partition 0 has rows from token"},
		{"one key", func(m *Manifest) { *m.Partitions[1].Max++ }, "one key and two tokens"},
		{"table name", func(m *Manifest) { m.Partitions[0].Table.Name = "tables/x.table" }, `table has the name "tables/x.table"`},
		{"bloom as table", func(m *Manifest) { p := &m.Partitions[0]; p.Table.Name = p.Bloom.Name }, "not that of a .table"},
		{"other table", func(m *Manifest) { m.Partitions[0].Table.Name = m.Partitions[1].Table.Name }, "partition 0 has the table"},
		{"other bloom filter", func(m *Manifest) { m.Partitions[0].Bloom.Name = m.Partitions[1].Bloom.Name }, "partition 0 has the bloom filter"},
		{"sha256", func(m *Manifest) { m.Partitions[0].Bloom.SHA256 = "AB" }, `has the sha256 "AB"`},
		{"empty file", func(m *Manifest) { m.Partitions[0].Table.Bytes = 0 }, "has 0 bytes"},
		{"input sum", func(m *Manifest) { m.Partitions[0].InputSum = row.Sum{} }, "partition 0 has the table"},
		{"stored sum", func(m *Manifest) { m.Partitions[0].StoredSum.Lo++ }, "totals: stored_sum"},
		{"total read", func(m *Manifest) { m.Totals.Read++ }, "totals: read is 13, the parts have 12"},
		{"total filtered", func(m *Manifest) { m.Totals.Filtered = 0 }, "12 rows read, 0 filtered, 11 in"},
		{"total input", func(m *Manifest) { m.Totals.Input++ }, "totals: input is 12"},
		{"total folded", func(m *Manifest) { m.Totals.Folded++ }, "totals: folded is 3"},
		{"total rows", func(m *Manifest) { m.Totals.Rows++ }, "totals: rows is 10"},
		{"total keys", func(m *Manifest) { m.Totals.Keys++ }, "totals: keys is 7"},
		{"total input sum", func(m *Manifest) { m.Totals.InputSum.Hi++ }, "totals: input_sum"},
		{"total table bytes", func(m *Manifest) { m.Totals.TableBytes++ }, "totals: table_bytes"},
		{"total bloom bytes", func(m *Manifest) { m.Totals.BloomBytes++ }, "totals: bloom_bytes"},
		{"sums that overflow", func(m *Manifest) {
			for i := range m.Partitions {
				m.Partitions[i].Table.Bytes = math.MaxInt64
			}
		}, "totals: table_bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := orders(t)
			c.damage(m)
			err := m.Validate()
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if b, err := m.Encode(); err == nil {
				t.Fatalf("Encode wrote %s", b)
			}
		})
	}
}

// TestValidateReportsAll: several findings stand in one error, but not thousands.
func TestValidateReportsAll(t *testing.T) {
	m := orders(t)
	m.View, m.Build, m.Codec.Version = "", "", 0
	err := m.Validate().Error()
	for _, want := range []string{"view name", "build", "codec version"} {
		if !strings.Contains(err, want) {
			t.Errorf("%s does not have %q", err, want)
		}
	}
	for i := range m.Partitions {
		m.Partitions[i] = Partition{Index: -1}
	}
	if err := m.Validate().Error(); !strings.Contains(err, "more") || len(err) > 4000 {
		t.Errorf("%d bytes: %s", len(err), err)
	}
}

// TestValidShapes: what is unusual and right.
func TestValidShapes(t *testing.T) {
	for name, change := range map[string]func(m *Manifest){
		"no source at all": func(m *Manifest) {
			m.Source.Files, m.Source.Skipped = nil, nil
			for i := range m.Partitions {
				m.Partitions[i] = part(m, i, 0, 0, 0)
			}
		},
		"watermark without a value": func(m *Manifest) {
			m.Source.Watermark.Value, m.Source.Watermark.Hex = json.RawMessage("null"), ""
		},
		"watermark of empty text": func(m *Manifest) {
			*m.Source.Watermark = Watermark{Column: "x", Type: cql.Of(cql.Text), Value: json.RawMessage(`""`), Hex: ""}
		},
		"no codec dictionary": func(m *Manifest) { m.Codec = Codec{Name: "none", Version: 1} },
		"no parent":           func(m *Manifest) { m.Version, m.Parent = 1, 0 },
		"rule error":          func(m *Manifest) { m.Duplicates = Duplicates{Rule: "error"} },
		"one partition": func(m *Manifest) {
			m.R = 1
			m.Partitions = []Partition{part(m, 0, 12, 1, 5)}
		},
		"identity unknown": func(m *Manifest) { m.Source.Files[0].Identity = "" },
	} {
		t.Run(name, func(t *testing.T) {
			m := orders(t)
			change(m)
			total(m)
			var rows int64
			for _, f := range m.Source.Files {
				rows += f.Rows
			}
			m.Totals.Read, m.Totals.Filtered = rows, rows-m.Totals.Input
			rename(t, m)
			back, err := Decode(encode(t, m))
			if err != nil {
				t.Fatal(err)
			}
			if back.Digest != m.Digest {
				t.Fatal("another digest after decoding")
			}
		})
	}
}

// TestRepaired: a file that was made anew keeps the fingerprint and has a number.
func TestRepaired(t *testing.T) {
	m := orders(t)
	name, err := ParseFileName(m.Partitions[1].Table.Name)
	if err != nil {
		t.Fatal(err)
	}
	name.Repair = 3
	m.Partitions[1].Table.Name = name.String()
	if _, err := Decode(encode(t, m)); err != nil {
		t.Fatal(err)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/partitioner"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/view"
	"github.com/verdigris-db/verdigris/view/viewtest"
)

// shop is a store with two views: guests has a text key, lines two key columns and clustering.
type shop struct {
	folder string
	guests *manifest.Manifest // version 2 of it; version 1 has one row less
	lines  *manifest.Manifest
	rows   []row.Row // of lines, in table order
}

var guestSchema = &cql.Schema{
	Key:    []cql.Column{{Name: "id", Type: cql.Of(cql.Text)}},
	Values: []cql.Column{{Name: "Visits", Type: cql.Of(cql.Int)}, {Name: "tags", Type: cql.ListOf(cql.Of(cql.Text))}},
}

var lineSchema = &cql.Schema{
	Key: []cql.Column{{Name: "tenant", Type: cql.Of(cql.Text)}, {Name: "order", Type: cql.Of(cql.BigInt)}},
	Clustering: []cql.ClusteringColumn{
		{Column: cql.Column{Name: "day", Type: cql.Of(cql.Date)}, Order: cql.Descending},
		{Column: cql.Column{Name: "line", Type: cql.Of(cql.Int)}, Order: cql.Ascending},
	},
	Values: []cql.Column{{Name: "price", Type: cql.Of(cql.Decimal)}},
}

func openShop(t *testing.T) shop {
	t.Helper()
	s := shop{folder: filepath.Join(t.TempDir(), "views")}
	address, err := store.DirectoryURL(s.folder)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var guests []row.Row
	for i, text := range []string{
		`{"id":"ann","Visits":3,"tags":["a","b"]}`, `{"id":"bob","Visits":null,"tags":[]}`, `{"id":"-1","Visits":0,"tags":null}`,
	} {
		guests = append(guests, viewtest.Row(t, guestSchema, text))
		if i > 0 {
			s.guests = viewtest.Write(t, st, viewtest.Version{View: "guests", Version: uint64(i), Schema: guestSchema, R: 2, Codec: codec.None,
				BloomPPM: 1000, Rows: guests})
		}
	}
	for order := range 20 {
		for i := range 6 {
			s.rows = append(s.rows, viewtest.Row(t, lineSchema, fmt.Sprintf(`{"tenant":"eu","order":%d,"day":"2026-11-%02d","line":%d,"price":"%d.50"}`,
				order-1, 20+i/3, i%3, i)))
		}
	}
	s.rows = viewtest.Sort(lineSchema, s.rows)
	s.lines = viewtest.Write(t, st, viewtest.Version{View: "lines", Version: 7, Schema: lineSchema, R: 4, Codec: codec.Default, BloomPPM: 1000, Rows: s.rows})
	return s
}

// on runs a command on a view of the shop; words of line are separated by spaces.
func (s shop) on(t *testing.T, view, line string) outcome {
	t.Helper()
	words := strings.Fields(line)
	return execute(t, append([]string{words[0], "--store", s.folder, "--view", view}, words[1:]...)...)
}

func expect(t *testing.T, got outcome, code int, out string) {
	t.Helper()
	if got.code != code || got.out != out {
		t.Errorf("code %d, messages %s, printed\n%s, want code %d,\n%s", got.code, got.messages, got.out, code, out)
	}
}

func TestGet(t *testing.T) {
	s := openShop(t)
	ann, bob := `{"id":"ann","Visits":3,"tags":["a","b"]}`, `{"id":"bob","Visits":null,"tags":[]}`
	minus := `{"id":"-1","Visits":0,"tags":null}`
	for line, want := range map[string]string{
		"get ann":               "{\"version\": 2, \"rows\": [\n" + ann + "\n]}\n",
		"get bob nobody ann":    "{\"version\": 2, \"rows\": [\n" + bob + ",\n" + ann + "\n]}\n",
		"get nobody":            "{\"version\": 2, \"rows\": []}\n",
		"get -o json nobody":    "{\"version\": 2, \"rows\": []}\n",
		"get --version 1 bob":   "{\"version\": 1, \"rows\": [\n" + bob + "\n]}\n",
		"get --version 1 -- -1": "{\"version\": 1, \"rows\": []}\n",
		"get -- -1":             "{\"version\": 2, \"rows\": [\n" + minus + "\n]}\n",
	} {
		t.Run(line, func(t *testing.T) {
			got := s.on(t, "guests", line)
			expect(t, got, exitDone, want)
			if !json.Valid([]byte(got.out)) || got.messages != "" {
				t.Errorf("prints %s, says %s", got.out, got.messages)
			}
		})
	}
}

func TestGetSlices(t *testing.T) {
	s := openShop(t)
	line := func(day, n, price int) string {
		return fmt.Sprintf(`{"tenant":"eu","order":7,"day":"2026-11-%d","line":%d,"price":"%d.50"}`, day, n, price)
	}
	for flags, want := range map[string][]string{
		"":                                       {line(21, 0, 3), line(21, 1, 4), line(21, 2, 5), line(20, 0, 0), line(20, 1, 1), line(20, 2, 2)},
		"--limit 1":                              {line(21, 0, 3)},
		"--clustering 2026-11-20":                {line(20, 0, 0), line(20, 1, 1), line(20, 2, 2)},
		"--clustering 2026-11-20 --gt 0":         {line(20, 1, 1), line(20, 2, 2)},
		"--clustering 2026-11-20 --ge 1 --lt 2":  {line(20, 1, 1)},
		"--clustering 2026-11-20 --clustering 1": {line(20, 1, 1)},
		"--lt 2026-11-21":                        {line(20, 0, 0), line(20, 1, 1), line(20, 2, 2)},
		"--le 2026-11-20 --limit 2":              {line(20, 0, 0), line(20, 1, 1)},
		"--ge 2026-11-22":                        nil,
	} {
		t.Run(flags, func(t *testing.T) {
			rows := "[]"
			if len(want) > 0 {
				rows = "[\n" + strings.Join(want, ",\n") + "\n]"
			}
			expect(t, s.on(t, "lines", "get "+flags+` ["eu",7]`), exitDone, `{"version": 7, "rows": `+rows+"}\n")
		})
	}
}

func TestReadingUsageErrors(t *testing.T) {
	s := openShop(t)
	for _, c := range []struct{ view, line, message string }{
		{"guests", "get", "requires at least 1 arg"},
		{"guests", "get -1", "stands behind --"},
		{"guests", "get --clustering 1 ann", "the view has 0 clustering columns"},
		{"guests", "get --ge 1 ann", "no clustering column behind the 0 given"},
		{"guests", "get --limit -1 ann", "--limit -1"},
		{"guests", "export all", "unknown command"},
		{"lines", "get 7", `allowed: a JSON array of tenant text, order bigint`},
		{"lines", `get ["eu"]`, "allowed: a JSON array"},
		{"lines", `get ["eu",null]`, "a key column is never null"},
		{"lines", `get ["eu","7"] ["eu",7.5]`, `"7"`},
		{"lines", `get ["eu","7"] ["eu",7.5]`, "7.5"},
		{"lines", `get --clustering x ["eu",7]`, `--clustering for column "day"`},
		{"lines", `get --ge 2026-11-20 --gt 2026-11-20 ["eu",7]`, "exclude each other"},
		{"lines", `get --lt 5 ["eu",7]`, `--lt for column "day"`},
		{"lines", "export --format csv", "allowed: jsonl"},
		{"lines", "export --partition 4", "the version has 0 to 3"},
		{"lines", "export --partition 1 --from-token 0", "exclude each other"},
		{"lines", "export --from-token x", "allowed: whole numbers"},
		{"lines", "export --from-token 1 --to-token 0", "is above"},
		{"lines", "verify --parallel -1", "--parallel -1"},
		{"lines", `where --ring nowhere.yaml ["eu",7]`, "--ring"},
	} {
		got := s.on(t, c.view, c.line)
		if got.code != exitUsage || got.out != "" || !strings.Contains(got.messages, c.message) {
			t.Errorf("%s: %+v, want code 2 and %q among the messages", c.line, got, c.message)
		}
	}
	for _, args := range [][]string{{"get", "x"}, {"get", "x", "--store", s.folder}, {"versions", "--view", "x"}, {"versions", "--view", "x", "--store", "ftp://x"}} {
		if got := execute(t, args...); got.code != exitUsage || got.out != "" || !strings.Contains(got.messages, "--") {
			t.Errorf("%s: %+v", args, got)
		}
	}
	if got := s.on(t, "guests", "get --version 3 ann"); got.code != exitFailed || !strings.Contains(got.messages, "no such version") {
		t.Errorf("%+v", got)
	}
	if got := s.on(t, "nobody", "get ann"); got.code != exitFailed || !strings.Contains(got.messages, "no such version") {
		t.Errorf("%+v", got)
	}
	if got := s.on(t, "no/body", "get ann"); got.code != exitUsage {
		t.Errorf("%+v", got)
	}
}

// jsonl is rows as export prints them.
func jsonl(t *testing.T, s *cql.Schema, rows []row.Row) string {
	t.Helper()
	var out []byte
	for _, r := range rows {
		var err error
		if out, err = cql.AppendRowJSON(out, s, row.Key(r.Rec), row.Cells(r.Rec)); err != nil {
			t.Fatal(err)
		}
		out = append(out, '\n')
	}
	return string(out)
}

func TestExport(t *testing.T) {
	s := openShop(t)
	expect(t, s.on(t, "lines", "export"), exitDone, jsonl(t, lineSchema, s.rows))
	expect(t, s.on(t, "lines", "export --format jsonl --version 7"), exitDone, jsonl(t, lineSchema, s.rows))
	for p := range 4 {
		var want []row.Row
		for _, r := range s.rows {
			if at, _ := (partitioner.Slices{R: 4}).Locate(r.Token); at == p {
				want = append(want, r)
			}
		}
		expect(t, s.on(t, "lines", fmt.Sprint("export --partition ", p)), exitDone, jsonl(t, lineSchema, want))
	}
	from, to := s.rows[10].Token, s.rows[60].Token
	var want []row.Row
	for _, r := range s.rows {
		if from < r.Token && r.Token <= to {
			want = append(want, r)
		}
	}
	expect(t, s.on(t, "lines", fmt.Sprintf("export --from-token %d --to-token %d", from, to)), exitDone, jsonl(t, lineSchema, want))
}

func TestVersionsCommand(t *testing.T) {
	s := openShop(t)
	got := s.on(t, "guests", "versions -o json")
	var list []versionSummary
	if err := json.Unmarshal([]byte(got.out), &list); err != nil || got.code != exitDone || got.messages != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if len(list) != 2 || list[0].Version != 1 || list[1].Version != 2 || list[1].Rows != 3 || list[1].Partitions != 2 || list[1].Codec != "none" {
		t.Errorf("%+v", list)
	}
	text := s.on(t, "guests", "versions")
	if lines := strings.Split(text.out, "\n"); len(lines) != 4 || !strings.HasPrefix(lines[0], "VERSION") || !strings.HasPrefix(lines[2], "2 ") {
		t.Errorf("%s", text.out)
	}
	expect(t, s.on(t, "nobody", "versions -o json"), exitDone, "[]\n")

	// Where nothing could be listed there is no list.
	if err := errors.Join(os.Mkdir(filepath.Join(s.folder, "loop"), 0o777), os.Symlink("manifests", filepath.Join(s.folder, "loop", "manifests"))); err != nil {
		t.Fatal(err)
	}
	if got := s.on(t, "loop", "versions -o json"); got.code != exitFailed || got.out != "" {
		t.Errorf("%+v", got)
	}

	// A damaged manifest does not hide the other version, and is no success.
	path := filepath.Join(s.folder, "guests", manifest.ManifestName(1))
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	got = s.on(t, "guests", "versions -o json")
	if err := json.Unmarshal([]byte(got.out), &list); err != nil || len(list) != 1 || got.code != exitFailed || !strings.Contains(got.messages, "version 1") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhere(t *testing.T) {
	s := openShop(t)
	ring := filepath.Join(t.TempDir(), "ring.yaml")
	text := `
group: blue
rf: 2
nodes:
  - {name: n0, address: "127.0.0.1:7400", token: "-9223372036854775808"}
  - {name: n1, address: "127.0.0.1:7401", token: "-4611686018427387904"}
  - {name: n2, address: "127.0.0.1:7402", token: "0"}
  - {name: n3, address: "127.0.0.1:7403", token: "4611686018427387904"}
`
	if err := os.WriteFile(ring, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	got := s.on(t, "lines", "where -o json --ring "+ring+` ["eu",7] ["us",-1]`)
	var list []location
	if err := json.Unmarshal([]byte(got.out), &list); err != nil || got.code != exitDone || len(list) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, key := range []string{`["eu",7]`, `["us",-1]`} {
		l := list[i]
		var compact bytes.Buffer
		if err := json.Compact(&compact, l.Key); err != nil || compact.String() != key {
			t.Errorf("key is %s", l.Key)
		}
		parsed, err := parseKey(lineSchema, key)
		if err != nil {
			t.Fatal(err)
		}
		token := partitioner.Token(parsed)
		at, _ := partitioner.Slices{R: 4}.Locate(token)
		if l.KeyHex != fmt.Sprintf("%x", parsed) || int64(l.Token) != token || l.Partition != at || l.Table != s.lines.Partitions[at].Table.Name {
			t.Errorf("%+v, want token %d, partition %d", l, token, at)
		}
		if want := [][]string{{"n1", "n2"}, {"n2", "n3"}, {"n3", "n0"}, {"n0", "n1"}}[at]; fmt.Sprint(l.Owners) != fmt.Sprint(want) {
			t.Errorf("partition %d is owned by %s, want %s", at, l.Owners, want)
		}
	}
	if !strings.Contains(got.out, fmt.Sprintf(`"token": "%d"`, list[0].Token)) {
		t.Errorf("the token is no string: %s", got.out)
	}
	got = s.on(t, "guests", "where -o json ann")
	if got.code != exitDone || !strings.Contains(got.out, `"owners": []`) || !strings.Contains(got.out, `"key": "ann"`) {
		t.Errorf("%+v", got)
	}
	got = s.on(t, "guests", "where ann bob")
	if lines := strings.Split(got.out, "\n"); got.code != exitDone || len(lines) != 4 || !strings.HasPrefix(lines[1], `"ann"  0x616e6e  `) {
		t.Errorf("%+v", got)
	}
}

func TestVerifyCommand(t *testing.T) {
	s := openShop(t)
	got := s.on(t, "lines", "verify -o json --parallel 2")
	var report map[string]any
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || got.code != exitDone || got.messages != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if report["rows"] != float64(len(s.rows)) || report["keys"] != 20.0 || len(report["faults"].([]any)) != 0 {
		t.Errorf("%s", got.out)
	}
	if got := s.on(t, "lines", "verify"); got.code != exitDone || !strings.Contains(got.out, "result      whole\n") {
		t.Errorf("%+v", got)
	}
	name := s.lines.Partitions[1].Table.Name
	path := filepath.Join(s.folder, "lines", filepath.FromSlash(name))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	got = s.on(t, "lines", "verify")
	if got.code != exitDifference || !strings.Contains(got.out, "partition 1: "+name) || !strings.Contains(got.out, "result      not whole") ||
		!strings.Contains(got.messages, "not whole: 1 faults") {
		t.Errorf("%+v", got)
	}
	got = s.on(t, "lines", "verify -o json")
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || got.code != exitDifference || len(report["faults"].([]any)) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestVerifyOfADamagedManifest: a version whose manifest cannot be believed is not whole either.
func TestVerifyOfADamagedManifest(t *testing.T) {
	s := openShop(t)
	name := manifest.ManifestName(s.lines.Version)
	path := filepath.Join(s.folder, "lines", filepath.FromSlash(name))
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"verify", fmt.Sprintf("verify --version %d", s.lines.Version)} {
		got := s.on(t, "lines", command)
		if got.code != exitDifference || !strings.Contains(got.out, "fault       "+name+": decoding manifest") {
			t.Errorf("%s: %+v", command, got)
		}
	}
	got := s.on(t, "lines", "verify -o json")
	var report view.Report
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || got.code != exitDifference || report.Faults[0].Object != name {
		t.Errorf("%+v, %v", got, err)
	}
	if got := s.on(t, "lines", "export"); got.code != exitFailed || got.out != "" {
		t.Errorf("%+v", got)
	}
}

func TestSampleCommand(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "guests")
	got := execute(t, "sample", folder, "--rows", "300", "--files", "3", "-o", "json")
	var stats map[string]any
	if err := json.Unmarshal([]byte(got.out), &stats); err != nil || got.code != exitDone || stats["rows"] != 300.0 || stats["files"] != 3.0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if files, err := filepath.Glob(filepath.Join(folder, "*.parquet")); err != nil || len(files) != 3 {
		t.Errorf("%s, %v", files, err)
	}
	for _, bad := range [][]string{{"--rows", "-1"}, {"--files", "0"}, {"--compression", "rar"}} {
		if got := execute(t, append([]string{"sample", folder}, bad...)...); got.code != exitUsage {
			t.Errorf("%s: %+v", bad, got)
		}
	}

	starter := execute(t, "spec", folder)
	if starter.code != exitDone || !strings.Contains(starter.out, "\nkey: [guest_id]") || starter.messages != "" {
		t.Errorf("%+v", starter)
	}
}

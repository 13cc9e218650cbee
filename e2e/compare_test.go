package e2e

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// compareRows compares a view's rows with those expected: the same keys, and for each key the same rows in the same order.
func compareRows(t *testing.T, got, want, key []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("the view has %d rows, want %d", len(got), len(want))
	}
	wanted, faults := byKey(t, want, key), 0
	fault := func(format string, args ...any) {
		if faults++; faults <= 5 {
			t.Errorf(format, args...)
		}
	}
	for k, rows := range byKey(t, got, key) {
		if !slices.Equal(rows, wanted[k]) {
			fault("key %s has the rows\n%s\nwant\n%s", k, shorten(rows), shorten(wanted[k]))
		}
		delete(wanted, k)
	}
	for k, rows := range wanted {
		fault("key %s is missing with the rows\n%s", k, shorten(rows))
	}
	if faults > 5 {
		t.Errorf("%d keys differ in all", faults)
	}
}

func shorten(rows []string) string {
	text := strings.Join(rows, "\n")
	if len(text) > 4000 {
		text = text[:4000] + " .."
	}
	return text
}

// byKey collects rows by the JSON text of their key columns.
func byKey(t *testing.T, rows, key []string) map[string][]string {
	t.Helper()
	m := map[string][]string{}
	for _, r := range rows {
		k := keyText(t, r, key)
		m[k] = append(m[k], r)
	}
	return m
}

// keyText is a row's KEY as the command line takes it.
func keyText(t *testing.T, row string, key []string) string {
	t.Helper()
	// The key's columns stand in front of the others, which may be large.
	d := json.NewDecoder(strings.NewReader(row))
	if _, err := d.Token(); err != nil {
		t.Fatalf("reading the row %.300s: %v", row, err)
	}
	var parts []string
	for _, column := range key {
		name, err := d.Token()
		if err != nil || name != column {
			t.Fatalf("the row %.300s has the column %v where %q belongs: %v", row, name, column, err)
		}
		var cell json.RawMessage
		if err := d.Decode(&cell); err != nil {
			t.Fatalf("reading the row %.300s: %v", row, err)
		}
		parts = append(parts, string(cell))
	}
	if len(parts) > 1 {
		return "[" + strings.Join(parts, ",") + "]"
	}
	var text string
	if err := json.Unmarshal([]byte(parts[0]), &text); err != nil {
		return parts[0]
	}
	return text
}

// place is what `where` says of a key.
type place struct {
	KeyHex    string `json:"key_hex"`
	Token     string `json:"token"`
	Partition int    `json:"partition"`
}

// places asks where keys are, in batches that fit on a command line.
func (s sandbox) places(store, view string, keys []string) []place {
	s.t.Helper()
	var all []place
	for batch := range slices.Chunk(keys, 1000) {
		var places []place
		s.decode(&places, append([]string{"where", "--store", store, "--view", view, "--"}, batch...)...)
		if len(places) != len(batch) {
			s.t.Fatalf("where answers %d of %d keys", len(places), len(batch))
		}
		all = append(all, places...)
	}
	return all
}

// checkOrder checks that rows stand by token, then by key bytes, and that the rows of one key stand together.
func (s sandbox) checkOrder(store, view string, rows, key []string) {
	s.t.Helper()
	var keys []string
	for _, r := range rows {
		if k := keyText(s.t, r, key); len(keys) == 0 || keys[len(keys)-1] != k {
			keys = append(keys, k)
		}
	}
	token, hex, partition := int64(math.MinInt64), "", 0
	for i, p := range s.places(store, view, keys) {
		next, err := strconv.ParseInt(p.Token, 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		if next < token || next == token && p.KeyHex <= hex || p.Partition < partition {
			s.t.Fatalf("key %s with token %d in partition %d stands behind %d in partition %d", keys[i], next, p.Partition, token, partition)
		}
		token, hex, partition = next, p.KeyHex, p.Partition
	}
}

// checkView compares the newest version with rows from Python, and checks its order and every byte of it.
func (s sandbox) checkView(store, view string, want, key []string) {
	s.t.Helper()
	got := s.export(store, view)
	compareRows(s.t, got, want, key)
	s.checkOrder(store, view, got, key)
	s.checkGets(store, view, got, key)
	s.verify(store, view)
}

// checkGets gets some keys, all of them at once, and compares with their rows in the export.
func (s sandbox) checkGets(store, view string, rows, key []string) {
	s.t.Helper()
	var keys []string
	all := byKey(s.t, rows, key)
	for k := range all {
		if len(k) < 10_000 {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	args := []string{"get", "--store", store, "--view", view, "--"}
	var want []string
	for i := 0; i < len(keys); i += len(keys)/20 + 1 {
		args = append(args, keys[i])
		want = append(want, all[keys[i]]...)
	}
	if len(keys) == 0 {
		return
	}
	got := lines(s.run(args...))
	if len(got) != len(want)+2 {
		s.t.Fatalf("get prints %d lines, want %d rows", len(got), len(want))
	}
	for i, row := range want {
		if strings.TrimSuffix(got[i+1], ",") != row {
			s.t.Fatalf("get prints %s, export %s", shorten(got[i+1:i+2]), shorten(want[i:i+1]))
		}
	}
}

package manifest

import (
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/verdigris-db/verdigris/cql"
)

func markOf(t *testing.T, kind cql.Kind, unit, text string) *Watermark {
	t.Helper()
	w := &Watermark{Column: "at", Type: cql.Of(kind), Unit: unit, Value: json.RawMessage("null")}
	if text == "" {
		return w
	}
	payload, err := cql.ParseKeyText(w.Type, text)
	if err != nil {
		t.Fatal(err)
	}
	if w.Value, err = cql.AppendJSON(nil, w.Type, payload); err != nil {
		t.Fatal(err)
	}
	w.Hex = hex.EncodeToString(payload)
	if err := w.check(); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWatermarkBehind(t *testing.T) {
	t.Parallel()
	count := func(unit, n string) *Watermark { return markOf(t, cql.BigInt, unit, n) }
	other := count("", "1")
	other.Column = "seen"
	for name, c := range map[string]struct {
		is, was *Watermark
		want    bool
	}{
		"lower":                  {count("", "1"), count("", "2"), true},
		"equal":                  {count("", "2"), count("", "2"), false},
		"higher":                 {count("", "3"), count("", "2"), false},
		"negative":               {count("", "-3"), count("", "2"), true},
		"text":                   {markOf(t, cql.Text, "", "a"), markOf(t, cql.Text, "", "b"), true},
		"date":                   {markOf(t, cql.Date, "", "2026-11-21"), markOf(t, cql.Date, "", "2026-11-22"), true},
		"lost":                   {count("", ""), count("", "2"), true},
		"none before":            {count("", "-3"), count("", ""), false},
		"never any":              {count("", ""), count("", ""), false},
		"another column":         {other, count("", "2"), false},
		"another type":           {count("", "1"), markOf(t, cql.Int, "", "2"), false},
		"a number, now a time":   {count("us", "1"), count("", "2"), false},
		"finer, the same":        {count("ns", "2000000000"), count("s", "2"), false},
		"finer, behind":          {count("ns", "1999999999"), count("s", "2"), true},
		"coarser, the same":      {count("ms", "1500"), count("us", "1500000"), false},
		"coarser, behind":        {count("ms", "1500"), count("us", "1500001"), true},
		"coarser, before 1970":   {count("ms", "-1500"), count("us", "-1500001"), false},
		"far times":              {count("s", "-9000000000"), count("ns", "-9000000000000000000"), false},
		"the same unit, and far": {count("us", "9223372036854775806"), count("us", "9223372036854775807"), true},
	} {
		if got := c.is.Behind(c.was); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWatermarkString(t *testing.T) {
	t.Parallel()
	for want, w := range map[string]*Watermark{
		"2026-11-22T04:00:00.000001Z": markOf(t, cql.BigInt, "us", "1795320000000001"),
		"1969-12-31T23:59:59.5Z":      markOf(t, cql.BigInt, "ms", "-500"),
		"-292275055-05-16T16:47:05Z":  markOf(t, cql.BigInt, "s", "-9223372036854775"),
		"-9223372036854775808 s":      markOf(t, cql.BigInt, "s", "-9223372036854775808"),
		"17":                          markOf(t, cql.BigInt, "", "17"),
		`"b"`:                         markOf(t, cql.Text, "", "b"),
		"null":                        markOf(t, cql.BigInt, "s", ""),
	} {
		if got := w.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

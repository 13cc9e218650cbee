package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/verdigris-db/verdigris/spec"
)

// visit has timestamps in microseconds; those of At are whole milliseconds.
type visit struct {
	ID    int64     `parquet:"id"`
	At    time.Time `parquet:"at,timestamp(microsecond)"`
	Fine  time.Time `parquet:"fine,timestamp(microsecond)"`
	Order string    `parquet:"order"`
}

func TestSpecCommand(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "visits.parquet")
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	if err := parquet.WriteFile(file, []visit{
		{1, at, at, "a"}, {2, at.Add(time.Millisecond), at.Add(time.Microsecond), "b"},
	}); err != nil {
		t.Fatal(err)
	}
	got := execute(t, "spec", file)
	if got.code != exitDone || got.messages != "" || !strings.Contains(got.out, `  fine: "timestamp(truncate)"`) || strings.Contains(got.out, "  at: ") {
		t.Errorf("%+v", got)
	}
	s, err := spec.Parse([]byte(got.out), "visits.yaml")
	if err != nil || s.View != "visits" || len(s.Key) != 1 || s.Key[0] != "id" || len(s.Source) != 1 || s.Source[0] != file {
		t.Errorf("%+v, %v", s, err)
	}
	var result starterResult
	asJSON := execute(t, "spec", "-o", "json", file)
	if err := json.Unmarshal([]byte(asJSON.out), &result); err != nil || result.Spec != got.out {
		t.Errorf("%+v, %v", asJSON, err)
	}

	damaged := filepath.Join(folder, "damaged.parquet")
	if err := os.WriteFile(damaged, []byte("PAR1 and nothing more"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := execute(t, "spec", damaged); got.code != exitRefused || got.out != "" || !strings.Contains(got.messages, "damaged.parquet") {
		t.Errorf("%+v", got)
	}
	for _, nothing := range []string{filepath.Join(folder, "none.parquet"), t.TempDir()} {
		if got := execute(t, "spec", nothing); got.code == exitDone || got.out != "" || !strings.Contains(got.messages, nothing) {
			t.Errorf("%+v", got)
		}
	}
}

package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/parquet-go/parquet-go"

	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/internal/testkit/s3test"
)

type pair struct {
	K int64  `parquet:"k"`
	V string `parquet:"v"`
}

func pairs(from, n int) []pair {
	out := make([]pair, n)
	for i := range out {
		out[i] = pair{int64(from + i), fmt.Sprint("value ", from+i)}
	}
	return out
}

func put(t *testing.T, client *s3.Client, bucket, key string, body []byte) {
	t.Helper()
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)})
	ok(t, err)
}

func parquetBytes(t *testing.T, rows []pair) []byte {
	t.Helper()
	b, err := os.ReadFile(writeFile(t, t.TempDir(), "x", rows, parquet.MaxRowsPerRowGroup(100)))
	ok(t, err)
	return b
}

func names(files []File) string {
	var out []string
	for _, f := range files {
		out = append(out, f.Name)
	}
	return strings.Join(out, " ")
}

func TestObjects(t *testing.T) {
	server := s3test.Start(t)
	client := server.Client()
	query := server.URL("lake")[len("s3://lake/"):]
	at := func(key string) string { return "s3://lake/" + key + query }
	odd := "day/dt=2026-11-22/a b+c%41#é.parquet"
	put(t, client, "lake", "day/dt=2026-11-21/p.parquet", parquetBytes(t, pairs(0, 250)))
	put(t, client, "lake", odd, parquetBytes(t, pairs(250, 50)))
	put(t, client, "lake", "day/dt=2026-11-22/_SUCCESS", nil)
	put(t, client, "lake", "days/p.parquet", parquetBytes(t, pairs(0, 1)))

	s := NewStorage()
	t.Cleanup(func() { ok(t, s.Close()) })
	for source, want := range map[string]string{
		"day":                       "dt=2026-11-21/p.parquet dt=2026-11-22/a b+c%41#é.parquet",
		"day/":                      "dt=2026-11-21/p.parquet dt=2026-11-22/a b+c%41#é.parquet",
		"day/dt=*-22":               "dt=2026-11-22/a b+c%41#é.parquet",
		"day/**/p.parquet":          "dt=2026-11-21/p.parquet",
		"day*/p.parquet":            "days/p.parquet",
		"day/dt=2026-11-21/p*":      "p.parquet",
		odd:                         "a b+c%41#é.parquet",
		"day/dt=2026-11-2[1]/*.par": "",
		"":                          "day/dt=2026-11-21/p.parquet day/dt=2026-11-22/a b+c%41#é.parquet days/p.parquet",
	} {
		files, err := s.List(t.Context(), []string{at(source)})
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), "no file matches") {
				t.Errorf("%s: %v", source, err)
			}
			continue
		}
		ok(t, err)
		if got := names(files); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}

	files, err := s.List(t.Context(), []string{at("day")})
	ok(t, err)
	missing, err := s.Markers(t.Context(), []string{at("day")}, files, "_SUCCESS")
	ok(t, err)
	if len(missing) != 1 || !strings.HasPrefix(missing[0], "s3://lake/day/dt=2026-11-21?") {
		t.Errorf("missing markers %q", missing)
	}
	wants := []Want{{Name: "k", Type: cql.Of(cql.BigInt)}, {Name: "v", Type: cql.Of(cql.Text)}, {Name: "dt", Type: cql.Of(cql.Date)}}
	rows, err := readJSON(files, wants)
	ok(t, err)
	if len(rows) != 300 || rows[299] != `299|"value 299"|"2026-11-22"` {
		t.Errorf("%d rows, the last %s", len(rows), rows[len(rows)-1])
	}

	t.Run("changed before it is opened", func(t *testing.T) {
		gone := files[0]
		gone.ETag = "0123"
		if _, err := s.Open(t.Context(), gone); !errors.Is(err, ErrSourceChanged) {
			t.Error(err)
		}
	})
	t.Run("changed while it is read", func(t *testing.T) {
		in, err := s.Open(t.Context(), files[0])
		ok(t, err)
		put(t, client, "lake", "day/dt=2026-11-21/p.parquet", parquetBytes(t, pairs(7, 250)))
		_, err = readGroup(in, 1, wants)
		if !errors.Is(err, ErrSourceChanged) || !strings.Contains(err.Error(), "dt=2026-11-21/p.parquet") {
			t.Error(err)
		}
		ok(t, in.Close())
	})
	t.Run("gone", func(t *testing.T) {
		key := odd
		bucket := "lake"
		_, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
		ok(t, err)
		if _, err := s.Footers(t.Context(), files, 4); !errors.Is(err, ErrSourceChanged) || !strings.Contains(err.Error(), "gone") {
			t.Error(err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Open(ctx, files[0]); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

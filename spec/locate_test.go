package spec

import (
	"reflect"
	"testing"
)

func TestLocate(t *testing.T) {
	s := parsed(t, `view: a
key: id
source: [data/*.parquet, ../up, /abs/./x, "file:///abs/a b*.parquet", "s3://bucket/p/*.parquet?region=x", .]
store: views
`)
	sources, store, err := s.Locate("/home/me/specs")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"/home/me/specs/data/*.parquet", "/home/me/up", "/abs/x", "/abs/a b*.parquet", "s3://bucket/p/*.parquet?region=x", "/home/me/specs",
	}
	if !reflect.DeepEqual(sources, want) || store != "file:///home/me/specs/views" {
		t.Fatalf("%q, %q", sources, store)
	}
	s.Store = ""
	if _, store, err := s.Locate("/x"); store != "" || err != nil {
		t.Fatalf("%q, %v", store, err)
	}
}

func TestStoreURL(t *testing.T) {
	for raw, want := range map[string]string{
		"views":                "file:///dir/views",
		"/var/lib/views/":      "file:///var/lib/views",
		"a b#c?d%":             "file:///dir/a%20b%23c%3Fd%25",
		"file:///var//x/../y":  "file:///var/y",
		"file:///with%20space": "file:///with%20space",
		"s3://bucket":          "s3://bucket",
		"s3://bucket/a/b/":     "s3://bucket/a/b",
		"s3://b/p?use_path_style=true&endpoint=http://127.0.0.1:7070&region=us-east-1": "s3://b/p?endpoint=http%3A%2F%2F127.0.0.1%3A7070&region=us-east-1&use_path_style=true",
	} {
		got, err := StoreURL("/dir", raw)
		if err != nil || got != want {
			t.Errorf("%s gives %s, %v; want %s", raw, got, err, want)
		}
		if again, err := StoreURL("/elsewhere", got); err != nil || again != got {
			t.Errorf("%s gives %s, %v when it is normalised again", got, again, err)
		}
	}
	for _, raw := range []string{
		"", "gs://bucket", "s3://", "s3:///prefix", "s3://key:secret@bucket", "s3://b#x", "s3://b?%zz", "file://host/x", "file://x", "file:///x?y=1", "file://", "://x",
	} {
		if got, err := StoreURL("/dir", raw); err == nil {
			t.Errorf("%q gives %s", raw, got)
		}
	}
}

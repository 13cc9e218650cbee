package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/verdigris-db/verdigris/internal/testkit/s3test"
)

// bucket is one bucket of a gateway in a process of its own.
type bucket struct {
	t      *testing.T
	server *s3test.Server
	name   string
}

// upload puts the sandbox's files below folder into the bucket under the same names.
func (b bucket) upload(s sandbox, folder string) {
	b.t.Helper()
	client := b.server.Client()
	err := filepath.WalkDir(s.path(folder), func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		key, err := filepath.Rel(s.dir, name)
		if err != nil {
			return err
		}
		key = filepath.ToSlash(key)
		_, err = client.PutObject(b.t.Context(), &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(content)})
		return err
	})
	if err != nil {
		b.t.Fatalf("uploading %s: %v", folder, err)
	}
}

// names are the objects whose names begin so, as any S3 client sees them.
func (b bucket) names(prefix string) []string {
	b.t.Helper()
	var names []string
	pages := s3.NewListObjectsV2Paginator(b.server.Client(), &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			b.t.Fatalf("listing %q: %v", prefix, err)
		}
		for _, o := range page.Contents {
			names = append(names, *o.Key)
		}
	}
	return names
}

// manifest reads the manifest of a version.
func (b bucket) manifest(store, view string, number uint64) version {
	b.t.Helper()
	key := fmt.Sprintf("%s/%s/manifests/v%020d.json", store, view, number)
	out, err := b.server.Client().GetObject(b.t.Context(), &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		b.t.Fatalf("reading %s: %v", key, err)
	}
	defer out.Body.Close()
	content, err := io.ReadAll(out.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	var v version
	if err := json.Unmarshal(content, &v); err != nil {
		b.t.Fatal(err)
	}
	return v
}

// url is a store or a source in the bucket.
func (b bucket) url(prefix string) string { return b.server.URL(path.Join(b.name, prefix)) }

// TestS3: the source and the store are buckets of a real gateway, and everything is as it is in folders. Its subtests run side by
// side; the environment of an S3 client keeps the test itself from that.
func TestS3(t *testing.T) {
	s := newSandbox(t)
	s.make("duplicates", "source")
	s.make("orders", "orders")
	b := bucket{t: t, server: s3test.Start(t), name: "views"}
	b.url("") // which makes the bucket
	b.upload(s, "source")
	b.upload(s, "orders")
	t.Run("all", func(t *testing.T) { // ends when its subtests do, and before the gateway
		t.Run("commands", func(t *testing.T) {
			t.Parallel()
			b.in(t).commands(s.in(t))
		})
		t.Run("killed", func(t *testing.T) {
			t.Parallel()
			b.in(t).killed(s.in(t))
		})
		t.Run("two at once", func(t *testing.T) {
			t.Parallel()
			b.in(t).twoAtOnce(s.in(t))
		})
	})
}

func (b bucket) in(t *testing.T) bucket { return bucket{t: t, server: b.server, name: b.name} }

// commands compares what every command prints of a store in the bucket and of a folder.
func (b bucket) commands(s sandbox) {
	spec := text(with(with(baseSpec, "codec: default"), "watermark: {column: updated}"))
	remote := strings.Replace(spec, "source: source", "source: "+b.url("source"), 1)
	s.build(spec, "local")
	store := b.url("commands")
	s.write("remote.yaml", remote)
	var first, again, next report
	s.decode(&first, "build", "remote.yaml", "--store", store)
	if first.Result != "built" || first.Version != 1 {
		s.t.Fatalf("the build reports %+v", first)
	}
	if got, want := b.manifest("commands", "v", 1).tables(), s.manifest("local", "v", 1).tables(); got != want {
		s.t.Errorf("the tables are\n%s\nin a folder\n%s", got, want)
	}
	if s.decode(&again, "build", "remote.yaml", "--store", store); again.Result != "already built" || again.Version != 1 {
		s.t.Errorf("the same build again reports %+v", again)
	}
	if s.decode(&next, "build", "remote.yaml", "--store", store, "--new-version"); next.Version != 2 || next.Reused != next.Partitions {
		s.t.Errorf("a new version reports %+v", next)
	}
	var key []string
	for _, row := range s.export("local", "v")[:3] {
		key = append(key, keyText(s.t, row, []string{"id"}))
	}
	table := b.names("commands/v/tables/")[0]
	for _, args := range [][]string{
		{"export"},
		{"export", "--partition", "2"},
		append([]string{"get", "--version", "1", "--"}, key...),
		append([]string{"where", "-o", "json", "--"}, key...),
		{"verify", "--version", "1", "-o", "json"},
		{"inspect", "-o", "json", strings.TrimPrefix(table, "commands/v/")},
	} {
		at := func(store string) string {
			return s.run(append([]string{args[0], "--store", store, "--view", "v"}, args[1:]...)...)
		}
		if got, want := at(store), at("local"); got != want {
			s.t.Errorf("%q prints\n%s\nof a folder\n%s", args, shorten(lines(got)), shorten(lines(want)))
		}
	}
	var versions []struct {
		Version, Parent uint64
		Rows            int64
	}
	if s.decode(&versions, "versions", "--store", store, "--view", "v"); len(versions) != 2 || versions[1].Parent != 1 || versions[1].Rows != first.Totals.Rows {
		s.t.Errorf("the versions are %+v", versions)
	}
}

// killed kills the coordinator when some tables are there, and builds again.
func (b bucket) killed(s sandbox) {
	spec := fmt.Sprintf(ordersSpec, b.url("orders"))
	s.build(fmt.Sprintf(ordersSpec, "orders"), "orders-local")
	s.write("killed.yaml", spec)
	r := s.start("build", "killed.yaml", "--store", b.url("killed"))
	r.passed("map")
	if !r.until(func() bool { return len(b.names("killed/v/tables/")) >= 6 }) {
		s.t.Fatal("the build ended before it was killed")
	}
	r.kill()
	if n := len(b.names("killed/v/manifests/")); n != 0 {
		s.t.Fatalf("there are %d versions", n)
	}
	var done report
	s.decode(&done, "build", "killed.yaml", "--store", b.url("killed"))
	if done.Result != "built" || done.Version != 1 || done.Resumed == 0 {
		s.t.Errorf("the second build reports %+v", done)
	}
	if got, want := b.manifest("killed", "v", 1).tables(), s.manifest("orders-local", "v", 1).tables(); got != want {
		s.t.Errorf("the tables are\n%s\nin a folder\n%s", got, want)
	}
	s.verify(b.url("killed"), "v")
}

// twoAtOnce runs two builds of one view, of different rows, and then two of the same.
func (b bucket) twoAtOnce(s sandbox) {
	store := b.url("two")
	specs := [2]string{text(baseSpec), text(with(baseSpec, `where: [{column: line, op: "<", value: 2}]`))}
	var made [2]report
	var running [2]*running
	for i, spec := range specs {
		s.build(spec, fmt.Sprint("two-local", i))
		s.write(fmt.Sprintf("two%d.yaml", i), strings.Replace(spec, "source: source", "source: "+b.url("source"), 1))
	}
	for i := range specs {
		running[i] = s.start("build", fmt.Sprintf("two%d.yaml", i), "--store", store)
	}
	for i := range specs {
		made[i] = running[i].finish()
	}
	if made[0].Version+made[1].Version != 3 || made[0].Version*made[1].Version != 2 {
		s.t.Fatalf("the versions are %d and %d", made[0].Version, made[1].Version)
	}
	for i := range specs {
		got, want := b.manifest("two", "v", made[i].Version).tables(), s.manifest(fmt.Sprint("two-local", i), "v", 1).tables()
		if got != want {
			s.t.Errorf("the tables of version %d are\n%s\nalone\n%s", made[i].Version, got, want)
		}
	}
	for i := range specs {
		running[i] = s.start("build", "two0.yaml", "--store", b.url("twins"))
	}
	for i := range specs {
		made[i] = running[i].finish()
	}
	if n := len(b.names("twins/v/manifests/")); n != 1 || made[0].Version != 1 || made[1].Version != 1 {
		s.t.Errorf("two equal builds made %d versions; they report %d and %d", n, made[0].Version, made[1].Version)
	}
	if got, want := b.manifest("twins", "v", 1).tables(), s.manifest("two-local0", "v", 1).tables(); got != want {
		s.t.Errorf("the tables of two equal builds are\n%s\nalone\n%s", got, want)
	}
}

package archtest

const module = "github.com/verdigris-db/verdigris"

// layer is a package and the packages of this module that its code may import. The list goes upward: a package imports only
// from above its own line.
type layer struct {
	name    string
	imports []string
	pure    purity
	instead string // what to do where a forbidden import is wanted
}

// purity says what a package may touch besides its arguments.
type purity uint8

const (
	free  purity = iota
	still        // no clock and no chance: its bytes depend on its input alone
	pure         // and no files, processes or network either
)

// layers is the tree. Tests may also import the packages of support, and their own package.
var layers = []layer{
	{"row", nil, pure, "row is the bytes of a row; it knows neither types nor tables"},
	{"cql", nil, pure, "cql knows types only; pass what it needs as arguments"},
	{"partitioner", nil, pure, "partitioner takes key bytes and gives numbers"},
	{"codec/phrase", nil, pure, "phrase packs bytes; types belong to codec"},
	{"codec", []string{"codec/phrase", "cql", "row"}, pure, "codec packs rows; blocks and files belong to table and writer"},
	{"bloom", []string{"partitioner"}, pure, "bloom takes hashes; keys belong to its callers"},
	{"store", nil, free, "store moves bytes; what they mean belongs to its callers"},
	{"spec", []string{"cql"}, pure, "spec describes columns as Offered and Want; cmd and plan translate them for source"},
	{"manifest", []string{"cql", "partitioner", "row"}, pure, "manifest gives names and bytes; workers and view read and write them with store"},
	{"source", []string{"cql", "store"}, still, "source gives columns; what becomes of them belongs to shuffle and workers"},
	{"plan", []string{"codec", "cql", "manifest", "source", "spec"}, pure, "plan decides from footers and a manifest that its caller has read"},
	{"shuffle", []string{"cql", "partitioner", "row", "source"}, still, "shuffle takes readers and writers; workers open them"},
	{"table", []string{"codec", "cql", "partitioner", "row"}, pure, "table reads from an io.ReaderAt; view opens the file"},
	{"writer", []string{"bloom", "codec", "cql", "partitioner", "row", "table"}, still, "writer makes local files; workers upload them"},
	{"view", []string{"bloom", "codec", "cql", "manifest", "partitioner", "row", "store", "table"}, free, "view only reads; what builds belongs to workers"},
	{"workers/queue", nil, free, "a queue moves tasks whose payload it does not read"},
	{"workers/proc", []string{"workers/queue"}, free, "proc starts processes; what they do is given to it as a function"},
	{"workers", []string{
		"bloom", "codec", "cql", "manifest", "partitioner", "plan", "row", "shuffle", "source", "spec", "store", "table", "view", "workers/proc",
		"workers/queue", "writer",
	}, free, "workers stand above all stages; only cmd stands above workers"},
	{"sample", nil, free, "sample makes Parquet files like anybody else; it must not share code with what reads them"},
	{"cmd/verdigris", []string{
		"bloom", "codec", "cql", "manifest", "partitioner", "plan", "row", "sample", "shuffle", "source", "spec", "store", "table", "view",
		"workers", "workers/proc", "workers/queue",
	}, free, "a command is wiring; move the work to the package that it is about"},
	{"bench/stages", []string{
		"bloom", "codec", "cql", "partitioner", "row", "shuffle", "source", "store", "writer",
	}, free, "stages runs each stage alone; whole builds are measured from outside"},
	{"e2e", []string{"cql", "manifest", "partitioner", "row", "sample", "spec", "store", "view"}, free, "e2e starts the binary; it does not link the builder"},
}

// support is the packages that only tests import, and each other.
var support = []layer{
	{name: "store/faulty", imports: []string{"store"}},
	{name: "store/storetest", imports: []string{"store"}},
	{name: "workers/queue/queuetest", imports: []string{"workers/queue"}},
	{name: "writer/writertest", imports: []string{"bloom", "codec", "cql", "partitioner", "row", "table", "writer"}},
	{name: "view/viewtest", imports: []string{"bloom", "codec", "cql", "manifest", "partitioner", "row", "store", "table", "writer"}},
	{name: "internal/testkit", imports: nil},
	{name: "internal/testkit/s3test", imports: nil},
	{name: "internal/archtest", imports: nil},
}

// impure is what packages that are not free may not import.
var impure = map[purity][]string{
	still: {"time", "math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog", "os/exec"},
	pure:  {"time", "math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog", "os/exec", "os", "net", "net/http", "syscall", "io/ioutil", "embed"},
}

// library is a module outside of this one and the packages whose code may import it; tests may import any.
type library struct {
	path    string // prefix of import paths
	users   []string
	instead string
}

var libraries = []library{
	{"github.com/apache/arrow-go/", []string{"source"}, "source.Reader gives columns"},
	{"github.com/parquet-go/parquet-go", []string{"source", "sample"}, "source.Reader gives columns"},
	{"github.com/aws/", []string{"store", "internal/testkit/s3test"}, "store opens s3 URLs"},
	{"gocloud.dev", []string{"store"}, "store.Open gives every kind of store"},
	{"github.com/cenkalti/backoff/", []string{"store", "workers", "workers/queue"}, "store retries by itself"},
	{"github.com/dustin/go-humanize", []string{"cmd/verdigris", "spec", "workers"}, "give numbers; cmd writes them for people"},
	{"github.com/goccy/go-yaml", []string{"spec", "partitioner"}, "spec and partitioner read the two kinds of YAML files"},
	{"github.com/hashicorp/go-hclog", []string{"workers/proc"}, "log/slog"},
	{"github.com/hashicorp/go-plugin", []string{"workers/proc"}, "workers/proc starts processes"},
	{"github.com/jonboulle/clockwork", []string{"cmd/verdigris", "workers", "workers/queue", "workers/proc"}, "take the time as an argument"},
	{"github.com/klauspost/compress/s2", []string{"shuffle"}, "S2 differs between builds for one input, so only runs may use it"},
	{"github.com/klauspost/compress/zstd", []string{"codec", "source"}, "codec packs tables"},
	{"github.com/klauspost/compress/snappy", []string{"source"}, "codec packs tables"},
	{"github.com/schollz/progressbar/", []string{"cmd/verdigris"}, "workers.Observer reports progress"},
	{"github.com/spf13/", []string{"cmd/verdigris"}, "flags belong to cmd; take options as a struct"},
	{"github.com/zeebo/xxh3", []string{"row", "shuffle", "codec"}, "row.Hash"},
	{"golang.org/x/sync/", []string{"sample", "source", "store", "shuffle", "view", "workers", "workers/proc", "cmd/verdigris"}, "start no goroutines below shuffle"},
	{"golang.org/x/sys/", []string{"store", "store/faulty", "source", "shuffle", "workers", "workers/proc", "cmd/verdigris", "internal/testkit/s3test"}, "the operating system belongs to store, workers and the arena's pages"},
	{"golang.org/x/term", []string{"cmd/verdigris"}, "terminals belong to cmd"},
	{"pgregory.net/rapid", []string{"writer/writertest", "view/viewtest", "store/storetest", "workers/queue/queuetest"}, "properties are for tests"},
	{"unsafe", []string{"codec/phrase", "shuffle"}, "the arena takes addresses without following them; else the matcher is the one place where unsafe code is measured, fuzzed and compared with a safe form"},
	{"C", nil, "the binary is built without a C compiler"},
}

// longFiles may have more than maxLines lines.
var longFiles = map[string]string{
	"shuffle/model_test.go":           "one model of the whole shuffle",
	"source/arrowdec.go":              "one leaf reader; the pages, the codec and the columns have their own files",
	"source/differential_gen_test.go": "the generator of every type, encoding, codec and page version",
	"view/verify_test.go":             "one damaged file after another",
}

const maxLines = 400

// badPackages are names that say nothing about what is inside.
var badPackages = []string{"util", "utils", "common", "helper", "helpers", "misc", "shared", "base", "lib"}

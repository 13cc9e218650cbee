package partitioner

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// cassandraRing is one ring of testdata/rings.json, made by Cassandra 5's own TokenMetadata and SimpleStrategy.
type cassandraRing struct {
	Name  string
	Nodes []struct{ ID, Token string }
	RF    map[string]struct {
		Owned    map[string][][2]string // (left, right], "MIN" as right end is the end of the ring
		Replicas []struct {
			Token string
			Nodes []string
		}
	}
}

func cassandraRings(t *testing.T) []cassandraRing {
	t.Helper()
	text, err := os.ReadFile("testdata/rings.json")
	if err != nil {
		t.Fatal(err)
	}
	var rings []cassandraRing
	if err := json.Unmarshal(text, &rings); err != nil {
		t.Fatal(err)
	}
	if len(rings) < 20 {
		t.Fatalf("%d rings", len(rings))
	}
	return rings
}

func TestRingsOfCassandra(t *testing.T) {
	for _, c := range cassandraRings(t) {
		for rf, want := range c.RF {
			nodes := make([]Node, len(c.Nodes))
			for i, n := range c.Nodes {
				nodes[i] = Node{Name: n.ID, Token: number(t, n.Token)}
			}
			ring, err := NewRing(c.Name, int(number(t, rf)), nodes)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range want.Replicas {
				var names []string
				for _, n := range ring.Replicas(number(t, r.Token)) {
					names = append(names, n.Name)
				}
				if !reflect.DeepEqual(names, r.Nodes) {
					t.Errorf("%s rf %s: replicas of %s are %v, want %v", c.Name, rf, r.Token, names, r.Nodes)
				}
			}
			for node, owned := range want.Owned {
				for _, r := range []int{1, 3, 16, 1000} {
					checkPartitions(t, ring, node, Slices{R: r}, owned)
				}
			}
		}
	}
}

// checkPartitions compares Partitions with the ranges that Cassandra says the node holds, partition by partition.
func checkPartitions(t *testing.T, ring Ring, node string, s Slices, owned [][2]string) {
	t.Helper()
	held := map[int]bool{}
	ranges, err := ring.Partitions(node, s)
	if err != nil {
		t.Fatal(err)
	}
	last := -2
	for _, p := range ranges {
		if p.First <= last+1 || p.Last < p.First || p.Last >= s.R {
			t.Fatalf("%s: ranges %v are not ascending and apart", node, ranges)
		}
		last = p.Last
		for i := p.First; i <= p.Last; i++ {
			held[i] = true
		}
	}
	for i := range s.R {
		lo, hi := s.Bounds(i)
		want := false
		for _, o := range owned {
			left, right := number(t, o[0]), int64(math.MaxInt64)
			if o[1] != "MIN" {
				right = number(t, o[1])
			}
			if left < right && max(left, lo) < min(right, hi) {
				want = true
			}
		}
		if held[i] != want {
			t.Errorf("%s: node %s holds partition %d of %d: %v, want %v", ring.Group, node, i, s.R, held[i], want)
		}
	}
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEvenRingOfFour(t *testing.T) {
	ring, err := EvenRing(4, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"[{512 1023}]", "[{0 255} {768 1023}]", "[{0 511}]", "[{256 767}]"}
	for i, w := range want {
		got, err := ring.Partitions("n"+strconv.Itoa(i), Slices{R: 1024})
		if err != nil || fmt.Sprint(got) != w {
			t.Errorf("node %d holds %v (%v), want %v", i, got, err, w)
		}
	}
	if n := ring.Nodes(); n[1].Token != -1<<62 || n[2].Token != 0 {
		t.Errorf("nodes are %v", n)
	}
}

func TestParseRing(t *testing.T) {
	ring, err := ParseRing([]byte(`
group: blue
rf: 2
nodes:
  - {name: n1, address: "127.0.0.1:7401", token: "0"}
  - {name: n0, address: "127.0.0.1:7400", token: "-9223372036854775808"}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Node{{"n0", "127.0.0.1:7400", MinToken}, {"n1", "127.0.0.1:7401", 0}}
	if ring.Group != "blue" || ring.RF != 2 || !reflect.DeepEqual(ring.Nodes(), want) {
		t.Fatalf("got %+v", ring)
	}
}

func TestParseRingErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"rf: 1\nnodes: []", "has no nodes"},
		{"rf: 0\nnodes: [{name: a, token: \"0\"}]", "rf is 0"},
		{"rf: 1\nnodes: [{name: a, token: \"0\"}, {name: a, token: \"1\"}]", `two nodes are named "a"`},
		{"rf: 1\nnodes: [{name: a, token: \"7\"}, {name: b, token: \"7\"}]", `nodes "a" and "b" both have token 7`},
		{"rf: 1\nnodes: [{name: a, token: \"1e3\"}]", `token "1e3" is not a whole number`},
		{"rf: 1\nnodes: [{token: \"1\"}]", "node 0 has no name"},
		{"rf: 1\nreplicas: 2\nnodes: [{name: a, token: \"1\"}]", "replicas"},
	} {
		if _, err := ParseRing([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
	}
	ring, err := EvenRing(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Partitions("n9", Slices{R: 4}); err == nil {
		t.Error("an unknown node has partitions")
	}
}

func FuzzParseRing(f *testing.F) {
	f.Add([]byte("group: blue\nrf: 2\nnodes: [{name: n0, address: \"127.0.0.1:7400\", token: \"-1\"}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		ring, err := ParseRing(text)
		if err != nil {
			return
		}
		if n := len(ring.Replicas(0)); n == 0 || n > len(ring.Nodes()) {
			t.Fatalf("%d replicas on %d nodes", n, len(ring.Nodes()))
		}
	})
}

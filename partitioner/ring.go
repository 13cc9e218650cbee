package partitioner

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml"
)

// Node is one serving node of a ring: it owns the tokens from its predecessor's token, exclusive, to its own.
type Node struct {
	Name    string
	Address string // host:port; empty where only placement matters
	Token   int64
}

// Ring places tokens on nodes as Cassandra's SimpleStrategy does: a token's replicas are the owner and the next nodes
// clockwise, RF distinct ones, or all if there are fewer. The node with the lowest token owns the wrapping range.
type Ring struct {
	Group string
	RF    int
	nodes []Node // ascending token
}

// PartitionRange is the partitions First .. Last, both included.
type PartitionRange struct{ First, Last int }

type ringFile struct {
	Group string     `yaml:"group"`
	RF    int        `yaml:"rf"`
	Nodes []ringNode `yaml:"nodes"`
}

type ringNode struct {
	Name    string `yaml:"name"`
	Address string `yaml:"address"`
	Token   string `yaml:"token"`
}

// ParseRing reads a ring file: `group`, `rf`, and `nodes`, each with `name`, `address` and `token` (a string, because
// YAML and JSON readers round large numbers). All mistakes are reported together.
func ParseRing(text []byte) (Ring, error) {
	var f ringFile
	if err := yaml.UnmarshalWithOptions(text, &f, yaml.Strict()); err != nil {
		return Ring{}, fmt.Errorf("parsing ring file: %w", err)
	}
	var errs []error
	nodes := make([]Node, len(f.Nodes))
	for i, n := range f.Nodes {
		t, err := strconv.ParseInt(n.Token, 10, 64)
		if err != nil {
			errs = append(errs, fmt.Errorf("ring node %d (%q): token %q is not a whole number from -2^63 to 2^63-1", i, n.Name, n.Token))
		}
		nodes[i] = Node{Name: n.Name, Address: n.Address, Token: t}
	}
	if len(errs) > 0 {
		return Ring{}, errors.Join(errs...)
	}
	return NewRing(f.Group, f.RF, nodes)
}

// NewRing is the ring of the given nodes, in any order. Names and tokens must be distinct, rf at least 1.
func NewRing(group string, rf int, nodes []Node) (Ring, error) {
	var errs []error
	if rf < 1 {
		errs = append(errs, fmt.Errorf("ring %q: rf is %d, the least is 1", group, rf))
	}
	if len(nodes) == 0 {
		errs = append(errs, fmt.Errorf("ring %q has no nodes", group))
	}
	names := map[string]bool{}
	for i, n := range nodes {
		if n.Name == "" {
			errs = append(errs, fmt.Errorf("ring %q: node %d has no name", group, i))
		} else if names[n.Name] {
			errs = append(errs, fmt.Errorf("ring %q: two nodes are named %q", group, n.Name))
		}
		names[n.Name] = true
	}
	sorted := slices.SortedStableFunc(slices.Values(nodes), func(a, b Node) int { return cmp.Compare(a.Token, b.Token) })
	for i := 1; i < len(sorted); i++ {
		if sorted[i].Token == sorted[i-1].Token {
			errs = append(errs, fmt.Errorf("ring %q: nodes %q and %q both have token %d", group, sorted[i-1].Name, sorted[i].Name, sorted[i].Token))
		}
	}
	if len(errs) > 0 {
		return Ring{}, errors.Join(errs...)
	}
	return Ring{Group: group, RF: rf, nodes: sorted}, nil
}

// EvenRing is a ring of n >= 1 nodes, n0, n1, .., with evenly spaced tokens from -2^63 on.
func EvenRing(n, rf int) (Ring, error) {
	nodes := make([]Node, n)
	for i := range nodes {
		u, _ := bits.Div64(uint64(i), 0, uint64(n)) // floor(i * 2^64 / n)
		nodes[i] = Node{Name: "n" + strconv.Itoa(i), Token: int64(u ^ 1<<63)}
	}
	return NewRing("", rf, nodes)
}

// Nodes is the ring's nodes by ascending token.
func (r Ring) Nodes() []Node { return slices.Clone(r.nodes) }

// Replicas is the nodes that hold a token, owner first.
func (r Ring) Replicas(token int64) []Node {
	owner := r.owner(token)
	n := r.copies()
	out := make([]Node, n)
	for i := range out {
		out[i] = r.nodes[(owner+i)%len(r.nodes)]
	}
	return out
}

// owner is the first node whose token is not below the given one; behind the last node the ring wraps.
func (r Ring) owner(token int64) int {
	i, _ := slices.BinarySearchFunc(r.nodes, token, func(n Node, t int64) int { return cmp.Compare(n.Token, t) })
	return i % len(r.nodes)
}

func (r Ring) copies() int { return min(r.RF, len(r.nodes)) }

// Partitions is the partitions that hold at least one token of the named node, in ascending order, neighbours joined.
func (r Ring) Partitions(node string, s Slices) ([]PartitionRange, error) {
	at := slices.IndexFunc(r.nodes, func(n Node) bool { return n.Name == node })
	if at < 0 {
		return nil, fmt.Errorf("ring %q has no node %q", r.Group, node)
	}
	var out []PartitionRange
	for i := range r.copies() { // the node holds what it and the copies-1 nodes before it own
		owner := (at - i + len(r.nodes)) % len(r.nodes)
		out = r.appendOwned(out, owner, s)
	}
	return join(out), nil
}

func (r Ring) appendOwned(out []PartitionRange, owner int, s Slices) []PartitionRange {
	if owner > 0 {
		return appendRange(out, r.nodes[owner-1].Token, r.nodes[owner].Token, s)
	}
	out = appendRange(out, MinToken, r.nodes[0].Token, s)
	return appendRange(out, r.nodes[len(r.nodes)-1].Token, math.MaxInt64, s)
}

// appendRange appends the partitions that hold tokens of (lo, hi].
func appendRange(out []PartitionRange, lo, hi int64, s Slices) []PartitionRange {
	if lo >= hi {
		return out
	}
	first, _ := s.Locate(lo + 1)
	last, _ := s.Locate(hi)
	return append(out, PartitionRange{first, last})
}

func join(ranges []PartitionRange) []PartitionRange {
	slices.SortFunc(ranges, func(a, b PartitionRange) int { return a.First - b.First })
	var out []PartitionRange
	for _, p := range ranges {
		if n := len(out); n > 0 && p.First <= out[n-1].Last+1 {
			out[n-1].Last = max(out[n-1].Last, p.Last)
			continue
		}
		out = append(out, p)
	}
	return out
}

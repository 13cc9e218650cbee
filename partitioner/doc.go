// Package partitioner says where a partition key lives: its token, the partition of a view that holds the token, and
// the nodes of a ring that hold the partition. It is pure: bytes and numbers in, numbers out.
//
//	key bytes --Hash128--> 128 bits --first half--> token --Slices--> partition index, position inside it
//	                          |                        `------Ring----> the nodes that hold it
//	                          `--> bloom filter
//
// Tokens are Cassandra's Murmur3Partitioner tokens, bit for bit, so that rings, drivers and tables can be shared with a
// Cassandra cluster. See docs/format/tokens.md.
package partitioner

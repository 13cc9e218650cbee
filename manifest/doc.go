// Package manifest holds the JSON document that makes a version exist, and the names of all objects of a view.
//
// A Manifest names every table and bloom filter of a version with size and sha256, and what they were made from. Its encoding
// is fixed to the byte (Encode); Digest covers everything but `provenance`. Decode accepts only what Encode writes.
package manifest

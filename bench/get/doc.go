// Get measures point gets: a view's tables beside Pebble and RocksDB that hold the same keys and the same values.
//
//	get keys  -store DIR -view NAME -out DIR             keys that the view has, and keys that it has not
//	get load  -store DIR -view NAME -engine E -out DIR   the view's rows into a peer, fully compacted
//	get check -engines LIST -keys DIR                    every engine gives the same bytes
//	get run   -engines LIST -keys DIR -json FILE         rounds over all engines in turn; prints a table
//
// The nouns: an Engine answers gets of one data set; a Place says which engine and where its files are; a Round is what one
// process measured of one engine, warm or cold; a Summary is the medians of an engine's rounds. Every round is a process of
// its own, so that no engine pays for another's heap or finds another's caches.
//
// A peer's value is what a get of the view gives: the row's cells in CQL bytes, each with its length.
package main

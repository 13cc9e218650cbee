// Package shuffle brings the rows of a build from the order of the files into the order of the tables: cut by partition,
// sorted, one row for each key and clustering. It is the stage between source and writer.
//
//	source.Batch --Arena.Append--> slabs of records + entries (token, reference)   one Arena a goroutine
//	arenas --Sorted.Load--> entries cut by range --Sorted.Partition--> Fold        in memory
//	Sorted --WriteRun--> run                                                       when the arenas are full
//	runs --OpenRun--> Run --NewMerge--> Merge                                      one partition of many runs
//	Sorted --SampleSorted--> rows, runs --SampleRuns--> the same rows              the first of the view, for training
//
// Fold and Merge are both Streams: the rows of one partition in table order after the fold of duplicates, with Stats that
// prove that nothing was lost. The same rows give the same records and the same Stats either way, whatever the number and
// order of arenas and runs and whatever the memory.
//
// Partitions are cut into ranges of tokens, up to 256 in all, whose entries are sorted inside the second cache.
//
// A short record is made on a stage in the first cache, beside 63 others, and moves once, into its slab; what is sorted are
// entries of 16 bytes. Table order is by token, key bytes,
// clustering in CQL's typed order and direction, recency newest first (null is oldest), then the cells as unsigned bytes,
// greater first. The fold keeps the first row of each key and clustering.
package shuffle

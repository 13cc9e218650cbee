// Package view opens one version of a view from its files: get, scan, verify. It writes nothing.
//
//	Versions, Load   the versions of a view, and the manifest of one
//	View             an open version; tables and filters are opened when they are asked for, a bounded number at a time
//	Files, File      where a version's objects are read: Objects of a store, or a Directory
//	Rows             what Get found of one key
//	Scan             rows in table order
//	Report, Fault    what Verify found; Counts what CheckTable counted in one table
//
// A damaged object is an error of which IsCorruption says so. The one exception is a bloom filter: Get goes on without
// it and logs a warning, because a filter only saves reads. Verify reports it as a fault.
package view

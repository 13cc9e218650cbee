// Package spec reads the YAML file that says what a view is made of.
//
// The work has two phases, and each reports all of its findings at once, every one with its line:
//
//	Parse    bytes -> *Spec             syntax, unknown fields, wrong types, bad values; touches nothing
//	Resolve  columns -> *Resolved       columns exist, types fit, names are free, filter values become cell bytes
//
// The nouns: a Spec is the file as written; an Offered is one column that the source can give; a Want is one column to be
// read from it, with the CQL type it shall arrive in; a Resolved is everything that the later stages need. Errors is the
// list of findings.
package spec

// Package archtest holds the rules of the tree as tests: which package may import which, and what every file keeps to. Its lists
// are the only place where an import direction or an exception is allowed; a rule that is broken names the way to do it.
//
//	rules_test.go     the lists: layers, libraries, exceptions
//	imports_test.go   imports go downward only; pure packages stay pure; each library has its place
//	files_test.go     formatting, lengths, names of packages, paths of machines
//	docs_test.go      links resolve; every dependency has its reason
package archtest

//go:build race

package writertest

// Race reports whether the race detector runs, which makes everything some ten times slower: the longest tests do less.
const Race = true

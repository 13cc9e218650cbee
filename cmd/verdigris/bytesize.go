package main

import (
	"fmt"

	humanize "github.com/dustin/go-humanize"
)

// byteSize is a flag in bytes, written as 512MiB, 8GiB or 1000000.
type byteSize int64

// String is the size as people write it.
func (s *byteSize) String() string {
	if *s == 0 {
		return ""
	}
	return humanize.IBytes(uint64(*s))
}

// Set reads a size.
func (s *byteSize) Set(text string) error {
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > 1<<50 {
		return fmt.Errorf("allowed: a number of bytes such as 512MiB or 8GiB")
	}
	*s = byteSize(n)
	return nil
}

// Type is the word for the value in the help.
func (s *byteSize) Type() string { return "size" }

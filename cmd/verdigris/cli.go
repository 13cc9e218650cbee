package main

import (
	"io"
	"log/slog"
	"os"
)

// streams is what a command has of its process, so that tests run commands without one.
type streams struct {
	in       io.Reader
	out      io.Writer // results, nothing else
	messages io.Writer // errors, logs, progress
	dir      string    // relative paths on the command line begin here
}

// process is the streams of this process.
func process() streams {
	dir, err := os.Getwd()
	if err != nil {
		dir = "." // removed under our feet: relative paths fail where they are opened, and say so
	}
	return streams{in: os.Stdin, out: os.Stdout, messages: os.Stderr, dir: dir}
}

// cli is what all commands share: the streams and the flags that stand before any command. log is set when a command runs.
type cli struct {
	streams
	output outputFormat
	log    *slog.Logger
}

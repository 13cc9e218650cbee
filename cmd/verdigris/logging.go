package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// logFormat is how log lines are written.
type logFormat string

const (
	logText logFormat = "text"
	logJSON logFormat = "json"
)

// String, Set and Type make a logFormat a flag.
func (f *logFormat) String() string { return string(*f) }

// Set takes one of the two formats.
func (f *logFormat) Set(text string) error {
	switch v := logFormat(strings.ToLower(text)); v {
	case logText, logJSON:
		*f = v
		return nil
	}
	return fmt.Errorf("allowed: %s, %s", logText, logJSON)
}

// Type is the word for the value in the help.
func (f *logFormat) Type() string { return "format" }

// logLevel is the least level that is written.
type logLevel struct{ slog.Level }

// Set takes a level's name.
func (l *logLevel) Set(text string) error {
	switch strings.ToLower(text) {
	case "debug", "info", "warn", "error":
		return l.UnmarshalText([]byte(text))
	}
	return fmt.Errorf("allowed: debug, info, warn, error")
}

// String is the level's name as Set takes it.
func (l *logLevel) String() string { return strings.ToLower(l.Level.String()) }

// Type is the word for the value in the help.
func (l *logLevel) Type() string { return "level" }

func newLogger(w io.Writer, level slog.Level, format logFormat) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if format == logJSON {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

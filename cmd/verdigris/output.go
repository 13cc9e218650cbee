package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// outputFormat is how results are printed.
type outputFormat string

const (
	outputText outputFormat = "text"
	outputJSON outputFormat = "json"
)

// String, Set and Type make an outputFormat a flag.
func (o *outputFormat) String() string { return string(*o) }

// Set takes one of the two formats.
func (o *outputFormat) Set(text string) error {
	switch f := outputFormat(strings.ToLower(text)); f {
	case outputText, outputJSON:
		*o = f
		return nil
	}
	return fmt.Errorf("allowed: %s, %s", outputText, outputJSON)
}

// Type is the word for the value in the help.
func (o *outputFormat) Type() string { return "format" }

// print writes a command's whole result: v as indented JSON, or what text writes.
func (c *cli) print(v any, text func() error) error {
	if c.output != outputJSON {
		return text()
	}
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing result: %w", err)
	}
	return nil
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/cql"
)

// parseKey is the partition key of one KEY: the JSON mapping's text of the key column, or a JSON array for several.
func parseKey(s *cql.Schema, text string) ([]byte, error) {
	parts := make([][]byte, len(s.Key))
	if len(parts) == 1 {
		part, err := cql.ParseKeyText(s.Key[0].Type, text)
		if err == nil && len(part) == 0 {
			err = errors.New("an empty key is never stored")
		}
		if err != nil {
			return nil, usagef("KEY for column %q: %w", s.Key[0].Name, err)
		}
		parts[0] = part
	} else {
		var values []json.RawMessage
		if err := json.Unmarshal([]byte(text), &values); err != nil || len(values) != len(parts) {
			return nil, usagef("KEY %q: the key has %d columns; allowed: a JSON array of %s", text, len(parts), keyColumns(s))
		}
		for i, c := range s.Key {
			part, null, err := cql.FromJSON(c.Type, values[i])
			if err == nil && null {
				err = errors.New("a key column is never null")
			}
			if err != nil {
				return nil, usagef("KEY %q, column %q: %w", text, c.Name, err)
			}
			parts[i] = part
		}
	}
	key, err := cql.CompositeKey(nil, parts...)
	if err != nil {
		return nil, usagef("KEY %.80q: %w", text, err)
	}
	return key, nil
}

// keyColumns lists the key's columns as a message shows them.
func keyColumns(s *cql.Schema) string {
	text := ""
	for i, c := range s.Key {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s %s", c.Name, c.Type)
	}
	return text
}

// parseKeys is parseKey of each.
func parseKeys(s *cql.Schema, texts []string) ([][]byte, error) {
	keys := make([][]byte, len(texts))
	var errs []error
	for i, text := range texts {
		var err error
		if keys[i], err = parseKey(s, text); err != nil {
			errs = append(errs, err)
		}
	}
	return keys, errors.Join(errs...)
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
)

// check asks every engine for the same keys, present and absent, and compares the answers with the first engine's.
func check(list, keysFolder string, n int) error {
	places, err := parsePlaces(list)
	if err != nil {
		return err
	}
	var wanted [][]byte
	for i, p := range places {
		answers, err := answersOf(p, keysFolder, n)
		if err != nil {
			return fmt.Errorf("asking %s: %w", p.Name, err)
		}
		if i == 0 {
			wanted = answers
			continue
		}
		for k := range wanted {
			if !bytes.Equal(answers[k], wanted[k]) {
				return fmt.Errorf("key %d: %s gives %x, %s gives %x", k, p.Name, answers[k], places[0].Name, wanted[k])
			}
		}
	}
	return nil
}

// answersOf are the values of n keys that are there; n that are not must not be found.
func answersOf(p Place, keysFolder string, n int) (out [][]byte, err error) {
	present, err := readKeys(filepath.Join(keysFolder, presentFile))
	if err != nil {
		return nil, err
	}
	absent, err := readKeys(filepath.Join(keysFolder, absentFile))
	if err != nil {
		return nil, err
	}
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	for _, key := range part(&present, n) {
		var value []byte
		found, err := e.Get(key, func(v []byte) { value = append(value, v...) })
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, fmt.Errorf("key 0x%x is not found", key)
		}
		out = append(out, value)
	}
	_, err = loop(e, part(&absent, n), false)
	return out, err
}

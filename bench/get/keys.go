package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Files of keys, in random order: length as u32 LE, then the key.
const (
	presentFile = "present.keys"
	absentFile  = "absent.keys"
)

// makeKeys draws n keys of a view, each as likely as any other, and about as many that look like them and are not there.
func makeKeys(store, view, out string, n int) error {
	random := rand.New(rand.NewPCG(1, 2))
	var present [][]byte
	seen := 0
	var last []byte
	err := scanView(store, view, func(key, _ []byte) error {
		if last != nil && bytes.Equal(key, last) {
			return nil // another row of this key
		}
		last = append(last[:0], key...)
		seen++
		if len(present) < n {
			present = append(present, bytes.Clone(key))
		} else if i := random.IntN(seen); i < n {
			present[i] = bytes.Clone(key)
		}
		return nil
	})
	if err != nil {
		return err
	}
	random.Shuffle(len(present), func(i, j int) { present[i], present[j] = present[j], present[i] })

	// Neighbours of keys that exist, less those that exist themselves.
	candidates := make(map[string]struct{}, len(present))
	for _, key := range present {
		c := bytes.Clone(key)
		c[len(c)-1] ^= byte(1 + random.IntN(31))
		candidates[string(c)] = struct{}{}
	}
	if err := scanView(store, view, func(key, _ []byte) error {
		delete(candidates, string(key))
		return nil
	}); err != nil {
		return err
	}
	var absent [][]byte
	for _, key := range present { // in this order again, so that the file is the same each time
		for x := range byte(31) {
			c := bytes.Clone(key)
			c[len(c)-1] ^= x + 1
			if _, ok := candidates[string(c)]; ok {
				absent = append(absent, c)
				delete(candidates, string(c))
			}
		}
	}
	random.Shuffle(len(absent), func(i, j int) { absent[i], absent[j] = absent[j], absent[i] })

	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return errors.Join(writeKeys(filepath.Join(out, presentFile), present), writeKeys(filepath.Join(out, absentFile), absent))
}

func writeKeys(path string, keys [][]byte) error {
	var b []byte
	for _, k := range keys {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(k))), k...)
	}
	return os.WriteFile(path, b, 0o644)
}

func readKeys(path string) ([][]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	var out [][]byte
	for {
		var length [4]byte
		if _, err := io.ReadFull(r, length[:]); err == io.EOF {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		key := make([]byte, binary.LittleEndian.Uint32(length[:]))
		if _, err := io.ReadFull(r, key); err != nil {
			return nil, err
		}
		out = append(out, key)
	}
}

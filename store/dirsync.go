package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// makeFolder makes a folder of the store with all its parents and forces their entries to the disk, once per store opened.
func (d *directory) makeFolder(folder string) error {
	if _, done := d.durable.Load(folder); done {
		return nil
	}
	if folder == d.root {
		if err := d.makeRoot(folder); err != nil {
			return err
		}
	} else {
		if err := d.makeFolder(filepath.Dir(folder)); err != nil {
			return err
		}
		if err := os.Mkdir(folder, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		d.did("make folder")
		if err := d.syncFolder(filepath.Dir(folder)); err != nil { // also if another writer made it: it may not have got here
			return err
		}
	}
	d.durable.Store(folder, struct{}{})
	return nil
}

// makeRoot makes the root with its parents; those that exist already are not ours to force to the disk.
func (d *directory) makeRoot(root string) error {
	var made []string
	for folder := root; ; folder = filepath.Dir(folder) {
		_, err := os.Stat(folder)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		made = append(made, folder)
	}
	if err := os.MkdirAll(root, 0o777); err != nil {
		return err
	}
	d.did("make folder")
	for _, folder := range made {
		if err := d.syncFolder(filepath.Dir(folder)); err != nil {
			return err
		}
	}
	return nil
}

// syncFolder forces a folder's entries to the disk.
func (d *directory) syncFolder(folder string) error {
	if err := syncFile(folder); err != nil {
		return err
	}
	d.did("sync folder")
	return nil
}

// syncFile forces a file's or folder's content to the disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

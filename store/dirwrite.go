package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Write makes a finished file under a temporary name and publishes it with link(2), which fails if the name is taken, or
// with rename(2) in Replace mode. A create-only body that is a file on the same file system is linked without copying.
func (d *directory) Write(ctx context.Context, name string, body Body, mode Mode) error {
	const op = "writing"
	if err := errors.Join(ValidateName(name), context.Cause(ctx)); err != nil {
		return d.fail(op, name, err)
	}
	if err := d.write(ctx, d.file(name), body, mode); err != nil {
		return d.fail(op, name, err)
	}
	return nil
}

func (d *directory) write(ctx context.Context, final string, body Body, mode Mode) error {
	if err := d.makeFolder(filepath.Dir(final)); err != nil {
		return err
	}
	err := d.publish(ctx, final, body, mode)
	if err == nil || err == ErrExists { // also what another writer has published must survive: the caller builds on it
		if e := d.syncFolder(filepath.Dir(final)); e != nil {
			return e
		}
	}
	return err
}

// publish gives the finished body its name.
func (d *directory) publish(ctx context.Context, final string, body Body, mode Mode) error {
	if mode == CreateOnly { // spares the work where the loss is certain; the link below decides
		if _, err := os.Lstat(final); err == nil {
			return ErrExists
		}
	}
	if mode == CreateOnly && body.path != "" {
		linked, err := d.linkBody(ctx, body, final)
		if linked || err != nil {
			return err
		}
	}
	return d.writeTemp(ctx, final, body, mode)
}

// writeTemp copies the body to a temporary file and publishes that.
func (d *directory) writeTemp(ctx context.Context, final string, body Body, mode Mode) (err error) {
	folder := filepath.Join(d.root, tempFolder)
	if err := d.makeFolder(folder); err != nil {
		return err
	}
	d.clean.Do(func() { d.cleaned = cleanTemp(folder, time.Now().Add(-tempAge)) })
	if d.cleaned != nil {
		return d.cleaned
	}
	temp := filepath.Join(folder, rand.Text())
	defer func() { // gone already after a rename, or when nothing was written
		e := os.Remove(temp)
		if e == nil {
			d.did("remove temporary file")
		} else if !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}()
	if err := d.copyBody(ctx, body, temp); err != nil {
		return err
	}
	if mode == Replace {
		err = os.Rename(temp, final)
	} else {
		err = exclusive(temp, final)
	}
	if err == nil {
		d.did("publish")
	}
	return err
}

// copyBody writes the checked body to a new file and to the disk.
func (d *directory) copyBody(ctx context.Context, body Body, to string) error {
	source, err := body.Open()
	if err != nil {
		return err
	}
	defer source.Close()
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	d.did("make temporary file")
	if _, err := io.Copy(f, &contextReader{ctx: ctx, source: source}); err != nil {
		return errors.Join(err, f.Close())
	}
	d.did("write")
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	d.did("sync file")
	return f.Close()
}

// contextReader ends with the context's error when the context ends.
type contextReader struct {
	ctx    context.Context
	source io.Reader
}

// Read asks the context first.
func (r *contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.source.Read(p)
}

// tempAge is how long a temporary file lies untouched before it is taken for a crashed writer's.
const tempAge = 24 * time.Hour

// cleanTemp removes the temporary files of crashed writers: those not touched since before. The first Write of each opened
// store calls it; nobody else removes them.
func cleanTemp(folder string, before time.Time) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("cleaning up after crashed writers: %w", err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() { // nothing of ours
			continue
		}
		info, err := e.Info()
		if err == nil && info.ModTime().Before(before) {
			err = os.Remove(filepath.Join(folder, e.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // another writer may be cleaning too
			return fmt.Errorf("cleaning up after crashed writers: %w", err)
		}
	}
	return nil
}

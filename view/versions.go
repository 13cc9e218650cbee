package view

import (
	"context"
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/store"
)

// maxManifest bounds the document that is read into memory: about a kilobyte for each of partitioner.MaxR partitions.
const maxManifest = 1 << 30

// Versions lists the versions of a view in ascending order; root is the store that holds the view's folder.
func Versions(ctx context.Context, root store.Store, view string) ([]uint64, error) {
	if err := manifest.CheckView(view); err != nil {
		return nil, err
	}
	var out []uint64
	for info, err := range store.Under(root, view).List(ctx, manifest.ManifestPrefix) {
		if err != nil {
			return nil, fmt.Errorf("listing versions of view %q: %w", view, err)
		}
		// What an editor, a file manager or a console's "new folder" leaves there is no version, and must not end all reading.
		if version, err := manifest.ParseManifestName(info.Name); err == nil {
			out = append(out, version)
		}
	}
	return out, nil
}

// Newest is the highest version of a view.
func Newest(ctx context.Context, root store.Store, view string) (uint64, error) {
	all, err := Versions(ctx, root, view)
	if err != nil {
		return 0, err
	}
	if len(all) == 0 {
		return 0, fmt.Errorf("view %q: %w: it has none", view, ErrNoVersion)
	}
	return all[len(all)-1], nil
}

// Load reads and checks the manifest of one version.
func Load(ctx context.Context, root store.Store, view string, version uint64) (*manifest.Manifest, error) {
	if err := manifest.CheckView(view); err != nil {
		return nil, err
	}
	b, err := store.ReadAll(ctx, root, manifest.Path(view, manifest.ManifestName(version)), maxManifest)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("view %q, version %d: %w", view, version, ErrNoVersion)
	}
	if err != nil {
		return nil, fmt.Errorf("loading version %d of view %q: %w", version, view, err)
	}
	m, err := manifest.Decode(b)
	if err == nil && (m.View != view || m.Version != version) {
		err = fmt.Errorf("%w: it is version %d of view %q", manifest.ErrInvalid, m.Version, m.View)
	}
	if err != nil {
		return nil, &ManifestError{View: view, Version: version, Err: err}
	}
	return m, nil
}

package workers

import (
	"context"
	"errors"
	"fmt"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/store"
)

// readManifest reads one version.
func readManifest(ctx context.Context, view store.Store, version uint64) (*manifest.Manifest, error) {
	name := manifest.ManifestName(version)
	b, err := readObject(ctx, view, name)
	if err != nil {
		return nil, err
	}
	m, err := manifest.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	if m.Version != version {
		return nil, fmt.Errorf("reading %q: it says that it is version %d", name, m.Version)
	}
	return m, nil
}

// versions lists the versions of a view, oldest first.
func versions(ctx context.Context, view store.Store) ([]uint64, error) {
	var all []uint64
	for info, err := range view.List(ctx, manifest.ManifestPrefix) {
		if err != nil {
			return nil, fmt.Errorf("finding versions: %w", err)
		}
		v, err := manifest.ParseManifestName(info.Name)
		if err != nil {
			return nil, fmt.Errorf("finding versions: %w", err)
		}
		all = append(all, v)
	}
	return all, nil
}

// newest is the newest version, or nil when there is none.
func newest(ctx context.Context, view store.Store) (*manifest.Manifest, error) {
	all, err := versions(ctx, view)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return readManifest(ctx, view, all[len(all)-1])
}

// versionOf finds the version that a build made, nil when it made none. from is the newest version. Versions are read
// from the newest down; those that were deleted meanwhile are passed over.
func versionOf(ctx context.Context, view store.Store, build string, from *manifest.Manifest) (*manifest.Manifest, error) {
	if from == nil || from.Build == build {
		return from, nil
	}
	all, err := versions(ctx, view)
	if err != nil {
		return nil, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		m, err := readManifest(ctx, view, all[i])
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if m.Build == build {
			return m, nil
		}
	}
	return nil, nil
}

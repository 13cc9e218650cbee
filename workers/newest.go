package workers

import (
	"context"
	"errors"

	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/view"
)

// newest is the newest version of the view, or nil when there is none.
func (b *build) newest(ctx context.Context) (*manifest.Manifest, error) {
	version, err := view.Newest(ctx, b.root, b.options.Spec.View)
	if errors.Is(err, view.ErrNoVersion) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return view.Load(ctx, b.root, b.options.Spec.View, version)
}

// made finds the version above after that the build made, nil when it made none. from is the newest version. Versions are
// read from the newest down; those that were deleted meanwhile are passed over.
func (b *build) made(ctx context.Context, from *manifest.Manifest, after uint64) (*manifest.Manifest, error) {
	if from == nil || from.Build == b.plan.Build {
		return from, nil
	}
	if from.Version == after {
		return nil, nil
	}
	all, err := view.Versions(ctx, b.root, b.plan.View)
	if err != nil {
		return nil, err
	}
	for i := len(all) - 1; i >= 0 && all[i] > after; i-- {
		m, err := view.Load(ctx, b.root, b.plan.View, all[i])
		if errors.Is(err, view.ErrNoVersion) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if m.Build == b.plan.Build {
			return m, nil
		}
	}
	return nil, nil
}

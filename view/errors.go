package view

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/verdigris-db/verdigris/bloom"
	"github.com/verdigris-db/verdigris/codec"
	"github.com/verdigris-db/verdigris/manifest"
	"github.com/verdigris-db/verdigris/row"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/table"
)

// ErrNoVersion is wrapped when a view has no version at all, or not the one asked for.
var ErrNoVersion = errors.New("no such version")

// ErrDiffers is wrapped by every error about an object that is not the one its manifest names.
var ErrDiffers = errors.New("not what the manifest says")

// ManifestError says that a version's manifest is damaged, or another's.
type ManifestError struct {
	View    string
	Version uint64
	Err     error
}

// Error names the version.
func (e *ManifestError) Error() string {
	return fmt.Sprintf("loading version %d of view %q: %v", e.Version, e.View, e.Err)
}

// Unwrap is what is wrong.
func (e *ManifestError) Unwrap() error { return e.Err }

// IsCorruption reports whether err says that an object of a version is damaged, missing or another than the manifest names,
// rather than that it could not be read just now. Such a version needs a repair.
func IsCorruption(err error) bool {
	if table.IsCorruption(err) {
		return true
	}
	for _, e := range []error{
		ErrDiffers, manifest.ErrInvalid, bloom.ErrCorrupt, bloom.ErrVersion, codec.ErrCorrupt, codec.ErrUnknown, table.ErrVersion,
		row.ErrShort, store.ErrNotFound, store.ErrRange, store.ErrPrecondition, fs.ErrNotExist,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

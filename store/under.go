package store

import (
	"context"
	"iter"
	"strings"
)

// Under is the part of inner whose names begin with folder and a slash, with that left off: what is asked of it as "a" is
// asked of inner as "folder/a". Errors keep the full names. Closing it does not close inner.
func Under(inner Store, folder string) Store { return under{inner, folder + "/"} }

type under struct {
	inner  Store
	prefix string
}

var _ Store = under{}

func (u under) Write(ctx context.Context, name string, body Body, mode Mode) error {
	return u.inner.Write(ctx, u.prefix+name, body, mode)
}

func (u under) Read(ctx context.Context, name string, offset, length int64, conditions ...Condition) (*Reader, error) {
	return u.inner.Read(ctx, u.prefix+name, offset, length, conditions...)
}

func (u under) Stat(ctx context.Context, name string) (Info, error) {
	info, err := u.inner.Stat(ctx, u.prefix+name)
	info.Name = strings.TrimPrefix(info.Name, u.prefix)
	return info, err
}

func (u under) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for info, err := range u.inner.List(ctx, u.prefix+prefix) {
			info.Name = strings.TrimPrefix(info.Name, u.prefix)
			if !yield(info, err) {
				return
			}
		}
	}
}

func (u under) Delete(ctx context.Context, name string) error {
	return u.inner.Delete(ctx, u.prefix+name)
}

func (u under) Close() error { return nil }

//go:build !linux

package shuffle

// wantHugePages does nothing where the system decides by itself.
func wantHugePages([]byte) {}

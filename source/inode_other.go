//go:build !unix

package source

import "io/fs"

// inode is 0 where the platform has none: size and time must do.
func inode(fs.FileInfo) uint64 { return 0 }

//go:build unix

package relay

import (
	"os"
	"syscall"
)

// ours tells that a folder is ours, or the data directory's owner's when root asks,
// and that nobody else may enter it.
func ours(folder string) bool {
	info, err := os.Lstat(folder)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (int(stat.Uid) == os.Getuid() || os.Getuid() == 0)
}

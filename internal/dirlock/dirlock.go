// Package dirlock gives one process the sole use of a directory: the embedded
// engines have one owner, and two would harm each other.
package dirlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"perennial"
)

// Lock is the sole use of a directory.
type Lock struct{ file *os.File }

// errTaken tells that another process holds the lock.
var errTaken = errors.New("taken")

// Acquire takes the lock of dir without waiting. The operating system releases
// it when the process ends, however it ends. If another process holds it, the
// error has code dir.in_use and names that process, unless it has only just begun
// and not said yet which it is.
func Acquire(dir string) (*Lock, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := lockFile(f); err != nil {
		holder, _ := os.ReadFile(path)
		err = errors.Join(err, f.Close())
		if !errors.Is(err, errTaken) {
			return nil, fmt.Errorf("lock %s: %w", dir, err)
		}
		sentence := perennial.Say("数据目录 %s 正被另一个刚刚启动的 perennial 使用。", "The data directory %s is in use by another perennial, which has just been started.", dir)
		if pid := strings.TrimSpace(string(holder)); pid != "" {
			sentence = perennial.Say("数据目录 %s 正被另一个 perennial 使用（进程 %s）。", "The data directory %s is in use by another perennial (process %s).", dir, pid)
		}
		return nil, perennial.NewError(perennial.KindConflict, "dir.in_use", sentence).
			WithHint(perennial.Say("等它结束后再试，或用 --dir 指定另一个目录。", "Try again when it has finished, or name another directory with --dir.")).
			Because(err)
	}
	if err := f.Truncate(0); err == nil {
		// For the message above only; the lock itself is the system's.
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &Lock{f}, nil
}

// Release gives the directory free. It may be called twice.
func (l *Lock) Release() error {
	if l == nil || l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	// The next owner must not be taken for this one while it starts.
	return errors.Join(f.Truncate(0), f.Close())
}

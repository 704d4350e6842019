//go:build unix && !linux

package testengine

import "syscall"

// lend has nothing to give where there are no capabilities.
func lend(*syscall.SysProcAttr) {}

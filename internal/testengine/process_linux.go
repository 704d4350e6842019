package testengine

import (
	"os/exec"
	"runtime"
	"syscall"
)

// startChild starts a program that the kernel ends when this process ends. The
// kernel goes by the thread that started it, so that thread must stay: its
// goroutine is locked to it and waits for ever.
func startChild(cmd *exec.Cmd) error {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			select {}
		}
	}()
	return <-started
}

// capDACOverride is CAP_DAC_OVERRIDE of capabilities(7).
const capDACOverride = 1

// lend gives a program that no longer is root the right to open what is root's,
// where it cannot do without.
func lend(attr *syscall.SysProcAttr) { attr.AmbientCaps = []uintptr{capDACOverride} }

package proc

import (
	"os/exec"
	"syscall"
)

// bindToParent asks the kernel to kill the worker when the coordinator dies, however it dies.
func bindToParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}

package main

import "syscall"

// ownTerminal makes the PTY the controlling terminal of a session of its own, so that Ctrl-C and
// window changes reach the shell.
func ownTerminal() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true}
}

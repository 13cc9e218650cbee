// Package proc runs the workers of a build as processes of their own, so that one that is killed, stopped or out of
// memory takes nothing with it.
//
// The same binary is executed again as a worker; hashicorp/go-plugin carries the calls over a Unix socket. Four traps
// of that library are closed here: a stopped process answers nothing and makes its Kill hang, so a heartbeat has a
// deadline and the pid is killed first; a worker outlives a killed coordinator, so it asks the kernel for a
// signal at the parent's death and watches its parent's pid besides; calls stay small (they name objects); and the
// socket binds coordinator and workers to one host, which is what this package is for.
//
//	Worker    what a worker process does
//	Serve     the worker's side: answers calls until the coordinator is gone
//	Process   the coordinator's side of one worker process
//	Failure   an error that keeps its class across the process border
package proc

// Command verdigris builds read-only views from Parquet files and reads them. Each command is a file of its own here and
// only wires packages together.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	os.Exit(run(ctx, process(), os.Args[1:]))
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/jonboulle/clockwork"
	"github.com/spf13/cobra"

	"github.com/verdigris-db/verdigris/plan"
	"github.com/verdigris-db/verdigris/spec"
	"github.com/verdigris-db/verdigris/store"
	"github.com/verdigris-db/verdigris/workers"
	"github.com/verdigris-db/verdigris/workers/queue"
)

// buildFlags are the flags of build.
type buildFlags struct {
	store      string
	workers    int
	memory     byteSize
	scratch    string
	newVersion bool
	dryRun     bool
}

func newBuildCommand(c *cli) *cobra.Command {
	var f buildFlags
	cmd := &cobra.Command{
		Use:   "build SPEC.yaml",
		Short: "Build the next version of a view",
		Long: `Build reads the Parquet files that the spec names and publishes them as the next version of the view.

The same command goes on where a killed or stopped build was. Unchanged input is answered at once with the version that
there is.`,
		Example: "  verdigris build orders.yaml --store file:///var/lib/views",
		Args:    takes(cobra.ExactArgs(1)),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.build(cmd.Context(), args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.store, "store", "", "store URL or folder, instead of the spec's")
	flags.IntVar(&f.workers, "workers", 1, "worker processes, which share the cores and the memory")
	flags.Var(&f.memory, "memory", "memory for all processes together, such as 8GiB (default 60 % of the machine's)")
	flags.StringVar(&f.scratch, "scratch", "", "local folder for rows that do not fit in memory (default beside a local store, else the user's cache)")
	flags.BoolVar(&f.newVersion, "new-version", false, "publish a new version although nothing has changed")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print what would be done and touch nothing")
	return cmd
}

// build runs or outlines one build.
func (c *cli) build(ctx context.Context, path string, f buildFlags) error {
	o, err := c.buildOptions(path, f)
	if err != nil {
		return err
	}
	if f.dryRun {
		outline, err := workers.DryRun(ctx, o)
		if err != nil {
			return err
		}
		return c.print(outline, func() error { return c.printOutline(outline) })
	}
	show := c.newProgress()
	o.Observer = show.observe
	report, err := workers.Build(ctx, o)
	show.end()
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return fmt.Errorf("stopped; what is finished is kept: run the same command to go on (%w)", err)
		}
		return err
	}
	return c.print(report, func() error { return c.printReport(report) })
}

// buildOptions reads the spec and completes the flags.
func (c *cli) buildOptions(path string, f buildFlags) (workers.Options, error) {
	if f.workers < 1 || f.workers > maxWorkers {
		return workers.Options{}, usagef("--workers is %d; allowed: 1 to %d", f.workers, maxWorkers)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.dir, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return workers.Options{}, &usageError{fmt.Errorf("reading the spec: %w", err)}
	}
	s, findings := spec.Parse(text, path)
	if s == nil {
		return workers.Options{}, findings
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return workers.Options{}, fmt.Errorf("finding the spec's folder: %w", err)
	}
	if f.store != "" {
		if f.store, err = spec.StoreURL(c.dir, f.store); err != nil {
			return workers.Options{}, usagef("--store: %w", err)
		}
	}
	if f.memory == 0 {
		machine, err := machineMemory()
		if err != nil {
			return workers.Options{}, fmt.Errorf("%w; say how much to use with --memory", err)
		}
		f.memory = byteSize(machine / 10 * 6)
	}
	if f.scratch != "" && !filepath.IsAbs(f.scratch) {
		f.scratch = filepath.Join(c.dir, f.scratch)
	}
	binary, err := os.Executable()
	if err != nil {
		return workers.Options{}, fmt.Errorf("finding this binary to start workers: %w", err)
	}
	return workers.Options{
		Spec: s, Findings: findings, Dir: dir, Store: f.store, Workers: f.workers, Cores: runtime.GOMAXPROCS(0), Memory: int64(f.memory),
		Scratch: f.scratch, Again: plan.Again(f.newVersion), Timing: workers.DefaultTiming(),
		Retry: store.DefaultRetry(), Queue: queue.DefaultOptions(), Software: "verdigris " + version(),
		Command: func() *exec.Cmd { return exec.Command(binary, workerCommand) },
		Open:    store.Open, Log: c.log, Clock: clockwork.NewRealClock(),
	}, nil
}

// maxWorkers bounds the processes of one machine.
const maxWorkers = 256

// workerCommand is the hidden command that a coordinator starts.
const workerCommand = "worker"

func newWorkerCommand() *cobra.Command {
	return &cobra.Command{
		Use:    workerCommand,
		Short:  "Work for a build; started by it",
		Hidden: true,
		Args:   takes(cobra.NoArgs),
		Run:    func(*cobra.Command, []string) { workers.Serve(store.Open) },
	}
}

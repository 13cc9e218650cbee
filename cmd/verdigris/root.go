package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands is the one list of what verdigris can do.
func commands(c *cli) []*cobra.Command {
	return []*cobra.Command{
		newBuildCommand(c),
		newExportCommand(c),
		newGetCommand(c),
		newInspectCommand(c),
		newSampleCommand(c),
		newSpecCommand(c),
		newVerifyCommand(c),
		newVersionsCommand(c),
		newWhereCommand(c),
		newWorkerCommand(),
	}
}

// run executes one command line and gives the exit code.
func run(ctx context.Context, s streams, args []string) int {
	root := newRootCommand(&cli{streams: s, output: outputText})
	root.SetArgs(args)
	ran, err := root.ExecuteContextC(ctx)
	if err != nil {
		fmt.Fprintf(s.messages, "verdigris: %v\n", err)
		if is[*usageError](err) {
			fmt.Fprintf(s.messages, "see: %s --help\n", ran.CommandPath())
		}
	}
	return exitCode(err)
}

func newRootCommand(c *cli) *cobra.Command {
	level, format := logLevel{slog.LevelInfo}, logText
	root := &cobra.Command{
		Use:           "verdigris",
		Short:         "Builds read-only key-value views from Parquet files, and reads them",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is no command %q", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRun: func(*cobra.Command, []string) {
			c.log = newLogger(c.messages, level.Level, format)
		},
	}
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.messages)
	root.SetFlagErrorFunc(flagError)
	flags := root.PersistentFlags()
	flags.VarP(&c.output, "output", "o", "how results are printed: text or json")
	flags.Var(&level, "log-level", "least level of log lines: debug, info, warn or error")
	flags.Var(&format, "log-format", "how log lines are written: text or json")
	root.AddCommand(commands(c)...)
	return root
}

// flagError makes a usage error, and helps where a negative number was taken for a flag.
func flagError(_ *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && unknown.GetSpecifiedShortnames() != "" {
		return usagef("%w; a KEY that begins with - stands behind --", err)
	}
	return &usageError{err}
}

// version is the module version that the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}

// takes makes a check of the arguments whose failure is a usage error.
func takes(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &usageError{err}
		}
		return nil
	}
}

package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

func main() {
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "get:", err)
		os.Exit(1)
	}
}

func command(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("want a command: keys, load, check or run")
	}
	f := flag.NewFlagSet("get "+args[0], flag.ExitOnError)
	store := f.String("store", "", "`folder` of the store that has the view")
	view := f.String("view", "", "`name` of the view")
	out := f.String("out", "", "`folder` to write to")
	engine := f.String("engine", "", "peer to load: pebble or rocksdb")
	block := f.Int("block", defaultBlock, "`bytes` of a peer's block, before compression")
	engines := f.String("engines", "", "`list` of NAME=FOLDER (pebble, pebble-get, rocksdb; with -cached a block cache for everything) and NAME=STORE:VIEW")
	keys := f.String("keys", "", "`folder` that `get keys` wrote")
	number := f.Int("n", 1_000_000, "keys to draw, or to check")
	rounds := f.Int("rounds", 5, "rounds over all engines")
	file := f.String("json", "", "`file` for all figures")
	index := f.Int("index", 0, "engine of the list, for one round")
	mode := f.String("mode", "warm", "warm or cold, for one round")
	var c Counts
	f.IntVar(&c.Warm, "warm", 200_000, "gets with a warm page cache")
	f.IntVar(&c.Cold, "cold", 2_000, "gets after the page cache was dropped; 0 for none")
	f.IntVar(&c.Miss, "miss", 100_000, "misses after the page cache was dropped")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "keys":
		return makeKeys(*store, *view, *out, *number)
	case "load":
		return load(*store, *view, *engine, *out, *block)
	case "check":
		return check(*engines, *keys, *number)
	case "run":
		return report(*engines, *keys, c, *rounds, *file)
	case "round":
		places, err := parsePlaces(*engines)
		if err != nil {
			return err
		}
		r, err := measure(places[*index], *keys, c, *mode == "cold")
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	return fmt.Errorf("unknown command %q: keys, load, check or run", args[0])
}

func report(engines, keys string, c Counts, rounds int, file string) error {
	all, err := run(engines, keys, c, rounds, os.Stderr)
	if err != nil {
		return err
	}
	printTables(os.Stdout, all)
	if file == "" {
		return nil
	}
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644)
}

# Short targets that call go; `make` prints them.
GO    ?= go
PYTHON ?= python3
VENV   := .venv
DEMO   := demo

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## the binary, bin/verdigris
	$(GO) build -trimpath -o bin/verdigris ./cmd/verdigris

.PHONY: demo
demo: build ## sample data, a build, a get, a verify, in ./demo
	./scripts/demo.sh bin/verdigris $(DEMO)

.PHONY: test
test: tools check ## all tests, with the race detector
	$(GO) test -race -timeout 20m ./...
	cd internal/gateway && $(GO) vet ./...

.PHONY: quick
quick: ## the tests that need neither a C compiler nor Python
	$(GO) test -short ./...

.PHONY: check
check: ## format, vet, module files
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "not gofmt'ed: $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) mod tidy -diff

.PHONY: tools
tools: ## what the tests want beside Go: a C compiler for the race detector, Python for the oracles
	./scripts/tools.sh $(VENV)

.PHONY: fuzz
fuzz: ## every fuzz target for 30 seconds each
	./scripts/fuzz.sh 30s

.PHONY: bench
bench: build ## the benchmarks beside the peers; long, see bench/README.md
	$(MAKE) -C bench

.PHONY: clean
clean: ## remove what the other targets made
	rm -rf bin $(DEMO) $(VENV) bench/out bench/.venv

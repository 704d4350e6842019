# `make` prints help. `make run` and `make test` are all that a newcomer needs.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

GO   ?= go
TAGS := duckdb_arrow
FUZZTIME  ?= 20s
BENCH     ?= import analyze models state clickhouse engines
# Where make engines listens, on 127.0.0.1; the second shard takes the next port.
POSTGRES_PORT   ?= 15432
CLICKHOUSE_PORT ?= 19000
REAL_DATA := $(or $(PERENNIAL_REAL_DATA),$(abspath ../shared/data))

# DuckDB and SQLite are C. The version comes from git describe, below, so that
# Go need not ask version control itself.
export CGO_ENABLED := 1
export GOFLAGS := $(strip $(GOFLAGS) -buildvcs=false)
export GO TAGS FUZZTIME

# What the binary is made of: every file and folder of the product but tests,
# documents and what is made here. Folders count, so that a removed file does.
OUTSIDE := -name '.?*' -o -name node_modules -o -name testdata -o -path ./bin -o -path ./build \
           -o -path ./docs -o -path ./scripts -o -path ./tools -o -path ./bench -o -path ./e2e
SOURCES := $(shell find . -mindepth 1 \( $(OUTSIDE) \) -prune -o \( -type d -o -type f \
             ! -name '*_test.go' ! -name '*.md' ! -name Makefile ! -name LICENSE \) -print)
CHART   := report/chart
BUNDLE  := $(if $(wildcard $(CHART)/package.json),$(CHART)/dist/chart.js)
CHART_SOURCES := $(shell find $(CHART) \( -name node_modules -o -name dist \) -prune -o -type f -print 2>/dev/null)
WEB     := web
PAGES   := $(WEB)/dist/index.html
WEB_SOURCES := $(shell find $(WEB) \( -name node_modules -o -name dist -o -name placeholder -o -name '*.go' \) -prune -o -type f -print)
VERSION = $(shell git describe --tags --always --dirty 2>/dev/null || cat VERSION 2>/dev/null || echo dev)

.PHONY: help build run engines test test-engines lint vet fuzz bench chaos docs web-types web-test screenshots clean force

help: ## this list
	@echo 'Perennial (常青): a file of orders in, the whole loyalty picture out'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  FUZZTIME=$(FUZZTIME)  BENCH="$(BENCH)"  TEST_PACKAGES=./...'

build: bin/perennial ## bin/perennial; quick and silent when nothing changed
	@:

run: build ## build, fill a simulated shop and open its pages on 127.0.0.1:8080
	@bin/perennial demo --dir build/demo --addr 127.0.0.1:8080 --open

engines: build/go-modules ## PostgreSQL and two shards of ClickHouse on this machine, to try; Ctrl-C stops them
	@mkdir -p build/tools
	@$(GO) build -tags $(TAGS) -o build/tools/engines ./scripts/engines
	@postgres=$$(scripts/postgres) && chdb=$$(scripts/chdb) && \
	  PERENNIAL_POSTGRES=$$postgres PERENNIAL_CHDB=$$chdb exec build/tools/engines \
	    -dir build/engines -postgres $(POSTGRES_PORT) -clickhouse $(CLICKHOUSE_PORT)

test: build/go-modules build/tools/golangci-lint build/tools/testsummary build/web-checked $(BUNDLE) $(PAGES) ## lint, vet, all tests; installs what they need
	@scripts/test

test-engines: build/go-modules build/tools/testsummary ## what every engine must pass alike; a line for each
	@scripts/test-engines

lint: build/tools/golangci-lint ## golangci-lint, as .golangci.yaml says
	@build/tools/golangci-lint run ./...

vet: build/go-modules ## go vet
	@$(GO) vet -tags $(TAGS) ./...

fuzz: build/go-modules ## each fuzz target for FUZZTIME; FUZZ=Name for one
	@scripts/fuzz

bench: build/go-modules $(BUNDLE) ## the measured claims of docs/benchmarks.md; BENCH="import state"
	@mkdir -p build/tools
	@$(GO) build -tags $(TAGS) -o build/tools/bench ./bench
	@scripts/postgres >/dev/null || true # bench says what it cannot measure
	@scripts/chdb >/dev/null || true
	@for measurement in $(BENCH); do \
	  if [ $$measurement = import ] && [ ! -f "$(REAL_DATA)/online_retail/online_retail.csv.gz" ]; then \
	    echo 'import: not measured, the Online Retail file is absent (set PERENNIAL_REAL_DATA)'; continue; fi; \
	  PERENNIAL_REAL_DATA='$(REAL_DATA)' build/tools/bench $$measurement || exit 1; \
	done

chaos: build ## full disks, killed programs, two at once: tests called TestChaos
	@dirs=$$(grep -rlE --include='*_test.go' '^func TestChaos' . | xargs -r -n1 dirname | sort -u); \
	if [ -z "$$dirs" ]; then echo 'there is no TestChaos'; exit 1; fi; \
	PERENNIAL_CHAOS=1 PERENNIAL_BINARY=$(CURDIR)/bin/perennial \
	  $(GO) test -tags $(TAGS) -run '^TestChaos' -count 1 -v -timeout 30m $$dirs

docs: build/go-modules ## check the documents: links lead somewhere, every column is described
	@$(GO) test -count 1 ./docs

web-types: build/go-modules ## the pages' types, from the document that the server gives
	@$(GO) test -tags $(TAGS) -count 1 ./$(WEB) -update
	@cd $(WEB) && npm run --silent types >/dev/null

web-test: build/web-checked build ## the pages: types, lint, tests; axe on every page and walks through them in a browser
	@CHROMIUM=$$(scripts/chromium) && cd $(WEB) && CHROMIUM=$$CHROMIUM node scripts/axe.mjs && CHROMIUM=$$CHROMIUM node scripts/walk.mjs

screenshots: build ## every page, zh and en, light and dark, desktop and phone, into build/screenshots
	@CHROMIUM=$$(scripts/chromium) && cd $(WEB) && CHROMIUM=$$CHROMIUM node scripts/screenshots.mjs

clean: ## remove what was built; the Go and npm caches stay
	@rm -rf bin build $(CHART)/node_modules $(BUNDLE) $(WEB)/node_modules $(WEB)/typegen/node_modules $(PAGES) $(WEB)/dist/assets

# --- how things are made ---

bin/perennial: go.mod go.sum $(SOURCES) $(BUNDLE) $(PAGES) build/version | build/go-modules
	@scripts/need $(GO) cc
	@mkdir -p bin
	@$(GO) build -tags $(TAGS) -trimpath -ldflags "-X main.version=$$(cat build/version)" -o $@ ./cmd/perennial
	@touch $@

# Written only when it changes, so that the binary is linked anew only then.
build/version: force
	@mkdir -p build
	@echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' > $@

build/go-modules: go.mod go.sum
	@scripts/need $(GO) cc
	@mkdir -p build
	@$(GO) mod download
	@touch $@

$(CHART)/dist/chart.js: $(CHART_SOURCES)
	@scripts/need node npm
	@cd $(CHART) && npm ci --no-audit --no-fund --loglevel=error >/dev/null && node build.mjs
	@touch $@

# The pages are built when their sources changed; npm is asked when what they need did.
$(PAGES): $(WEB_SOURCES) $(WEB)/node_modules/.package-lock.json
	@cd $(WEB) && npx tsc --noEmit && npx vite build --logLevel error && node scripts/size.mjs
	@touch $@

$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json
	@scripts/need node npm
	@cd $(WEB) && npm ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

build/web-checked: $(WEB_SOURCES) $(WEB)/node_modules/.package-lock.json
	@cd $(WEB) && npm run --silent check
	@mkdir -p build
	@touch $@

build/tools/golangci-lint: tools/go.mod tools/go.sum
	@scripts/need $(GO)
	@mkdir -p build/tools
	@echo 'building golangci-lint, once; this takes some minutes'
	@$(GO) -C tools build -trimpath -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@

build/tools/testsummary: $(wildcard scripts/testsummary/*.go) go.mod
	@mkdir -p build/tools
	@$(GO) build -o $@ ./scripts/testsummary

force:

# Talian. 'make run' on a fresh machine is all it takes to try it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build web speech test check bench clean

SITE ?= flows
WEB := cti/web
# Tests with real parts: Asterisk, browser, daemons as processes of their own.
REAL := ./test/e2e/... ./test/ariconform/... ./test/bench/...
# Those that mostly listen: they run beside the others, in a network of their own.
LISTEN := ^(TestRules|TestNight|TestReload|TestPublish|TestKillInNodes|TestTransfer)
REAL_FLAGS := -count=1 -parallel 12 -timeout 20m
GO_FILES = $$(find cmd ivr cti test -name node_modules -prune -o -name '*.go' -print)
export CGO_ENABLED := 1

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: ## install what is missing, build, and run; SITE=dir for another bundle
	@deploy/setup.sh run
	@deploy/asterisk/install.sh
	@$(MAKE) --no-print-directory build speech
	@exec deploy/run.sh

build: web ## build bin/ivrd and bin/ctid
	@mkdir -p bin
	go build -o bin/ ./cmd/ivrd ./cmd/ctid

# The web application is built when one of its sources is newer than the last build.
ifneq ($(wildcard $(WEB)/package.json),)
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public -type f) $(wildcard $(WEB)/*.html $(WEB)/*.json $(WEB)/*.ts)

web: $(WEB)/dist/index.html ## build the web application

$(WEB)/dist/index.html: $(WEB)/node_modules/.installed $(WEB_SOURCES)
	cd $(WEB) && npm run build
	@touch $@

$(WEB)/node_modules/.installed: $(WEB)/package-lock.json
	cd $(WEB) && npm ci --no-audit --no-fund
	@touch $@
endif

speech: build ## make the speech that is missing
	bin/ivrd speak $(SITE) --sounds sounds --out $(or $(RUN),run)/speech

test: ## everything, with the real Asterisk and the browser
	@deploy/setup.sh test
	@deploy/asterisk/install.sh
	@$(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory check
	go test $(REAL_FLAGS) -run '$(LISTEN)' ./test/e2e & listeners=$$!; \
	go test $(REAL_FLAGS) -skip '$(LISTEN)' $(REAL) || { wait $$listeners || true; exit 1; }; \
	wait $$listeners

check: web ## the quick part: format, vet, lint, unit tests with the race detector
	@unformatted=$$(gofmt -l $(GO_FILES)); [[ -z $$unformatted ]] || { echo "not formatted, run gofmt -w:" $$unformatted; exit 1; }
	go vet ./...
	@if command -v golangci-lint >/dev/null; then golangci-lint run; fi
	go test -race -timeout 15m $$(go list ./... | grep -vxF "$$(go list $(REAL))")
	@if [[ -e $(WEB)/package.json ]]; then cd $(WEB) && npm run --silent check && npm test --silent; fi

bench: ## benchmarks, Talian beside Asterisk's own dialplan and app_queue, about 9 minutes
	@deploy/setup.sh test
	@deploy/asterisk/install.sh
	go test -run '^$$' -bench . -benchmem ./ivr/...
	go test -run '^$$' -bench . -benchtime 1x -timeout 20m ./test/bench

clean: ## remove what was built; the state in run/ stays
	rm -rf bin $(WEB)/node_modules/.installed
	find $(WEB)/dist -mindepth 1 ! -name .gitkeep -delete

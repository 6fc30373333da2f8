# `make` says what there is. Each target installs what it needs once, and says so.
.DEFAULT_GOAL := help
.PHONY: help demo test bench lint

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run a complete instance with sample people and emulated AWS accounts (ARGS="--listen 127.0.0.1:9000")
	$(if $(findstring --no-directory,$(ARGS)),,@tests/run --install slapd || echo "demo: goes on without a directory")
	cargo build --release --locked --package rolegate
	exec "$${CARGO_TARGET_DIR:-target}/release/rolegate" demo $(ARGS)

test: ## Run every test, against parts that others wrote; ends with `N passed, N failed` (ARGS="--only api")
	@exec tests/run $(ARGS)

bench: ## Measure speed, as ratios to what the machine can do
	@tests/run --install slapd
	@exec bench/run $(ARGS)

lint: ## Run formatting, clippy, layers and cargo-deny (ADVISORIES=1 asks the RustSec database, over the network)
	@tests/run --only lint,deny $(if $(ADVISORIES),--advisories)

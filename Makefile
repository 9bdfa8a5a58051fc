# The commands of the project. `make demo` and `make test` need nothing beforehand but a Rust
# toolchain: scripts/setup installs what the build wants from the system, or says what to install.

.DEFAULT_GOAL := help
.PHONY: help demo run test check setup fmt

PORT ?= 8080
# The demo's settings live apart from those of a real bot.
DEMO_DATABASE ?= sqlite://data/demo.db

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## Build, start the sandbox and the bot in it, and print one address to open
	@scripts/demo $(PORT) "$(DEMO_DATABASE)"

run: setup ## Start the bot alone, for real, with the settings in .env
	cargo run --release --bin uguisu

test: setup ## Everything CI checks: format, lints, all tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace

check: setup ## The quick part of `make test`: format and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

setup:
	@scripts/setup

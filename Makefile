# The commands of the project. They need nothing beforehand but a Rust toolchain: scripts/setup
# installs what the build wants from the system, or says what to install.

.DEFAULT_GOAL := help
.PHONY: help demo run test fuzz test-icecast test-page test-clients check bench bench-sandbox bench-lanyard bench-announce soak chaos sqlx setup

PORT ?= 8080
SECONDS_EACH ?= 60
# The demo's settings live apart from those of a real bot.
DEMO_DATABASE ?= sqlite://data/demo.db

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## Build, start the sandbox and the bot in it, and print one address to open
	@scripts/demo $(PORT) "$(DEMO_DATABASE)"

run: setup ## Start the bot alone, for real, with the settings in .env
	cargo run --release --bin uguisu

test: check ## Format, lints and all tests
	cargo test --workspace

check: setup ## The quick part of `make test`: format and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

test-icecast: setup ## Play a real Icecast's streams in the sandbox, through every kind of trouble
	scripts/test-icecast

test-page: setup ## Try the sandbox's page in headless Chromium, with the real bot behind it
	scripts/test-page

test-clients: setup ## Run bots written with discord.js and discord.py in the sandbox
	scripts/test-clients

sqlx: ## Renew .sqlx after a change of a query or a migration
	scripts/sqlx-prepare

fuzz: setup ## Fuzz each parser of what comes from outside (SECONDS_EACH=60; wants `cargo install cargo-fuzz`)
	scripts/fuzz $(SECONDS_EACH)

bench: setup ## Measure what the radio costs with up to 1,000 calls, everyone's presences, beside others, and announcements (BENCH=--help)
	cargo bench --workspace --bench radio -- $(BENCH)
	cargo bench --workspace --bench lanyard
	cargo bench --workspace --bench announce

bench-announce: setup ## Measure how new songs reach 10,000 channels, and how soon commands are answered meanwhile
	cargo bench --workspace --bench announce -- $(ANNOUNCE)

bench-lanyard: setup ## Measure what 200,000 and 1,000,000 presences cost, beside other ways to hold them
	cargo bench --workspace --bench lanyard

bench-sandbox: setup ## Measure what one sandbox carries: 1,000 voice sessions in 10,000 channels
	cargo bench --workspace --bench carry

soak: setup ## Play in 200 calls for an hour, and show what grows
	cargo bench --workspace --bench radio -- soak $(BENCH)

chaos: setup ## Ten minutes of random faults with 100 calls (CHAOS_SEED=… repeats one)
	cargo test --release --workspace --test e2e -- --ignored --nocapture --exact chaos::ten_minutes_of_faults_leave_a_hundred_calls_playing

setup:
	@scripts/setup

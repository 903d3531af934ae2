# Everything a developer runs; `make help` lists it.
SHELL := bash
.NOTPARALLEL:
.DEFAULT_GOAL := help

PY    := .local/venv/bin/python
STACK := $(PY) infra/local/stack.py
BUILT := $(or $(CARGO_TARGET_DIR),target)/debug
# It calls nothing but this machine, whatever proxy the shell has.
SHOW  := NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 $(BUILT)/calwatch dev
# What runs: five functions, the command line, the simulator.
BINARIES := -p google-webhook -p microsoft-webhook -p sync -p sweeper -p renewal -p management-api -p calwatch -p simulator
FUNCTIONS := google-webhook microsoft-webhook sync sweeper renewal management-api
# An installed cargo-deny is good enough; otherwise it is built once, here.
DENY  := $(or $(shell command -v cargo-deny),.local/bin/cargo-deny)

.PHONY: help run demo up down logs invoke watch test deep restart resume refusals bench lint fmt clippy doc deny unit infra build release deploy

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "make %-8s %s\n", $$1, $$2 }'

run: build .local/venv ## the product on this machine, used by its commands, until Ctrl-C; data stays in .local/state
	@trap '$(STACK) down' EXIT; $(STACK) up --state .local/state && $(SHOW) run

demo: build .local/venv ## changes and trouble on a fresh stack; ends by itself, last line a JSON summary, fails if anything was lost
	@trap '$(STACK) down --file .local/demo.json' EXIT; $(STACK) up --fresh --file .local/demo.json && $(SHOW) demo --stack .local/demo.json

up: build .local/venv ## start the local stack, or deploy the current code to it
	@$(STACK) up

down: .local/venv ## stop the local stack
	@$(STACK) down

logs: .local/venv ## what the functions of the local stack wrote
	@$(STACK) logs

invoke: build .local/venv ## send events/: FN=google-webhook EVENT=exists, or all of them
	@$(PY) infra/local/invoke.py $(FN) $(EVENT)

watch: build .local/venv .local/deploy ## functions of the local stack from source, rebuilt at each change
	@$(PY) infra/local/watch.py

test: lint unit infra demo resume refusals ## what CI runs
	@$(MAKE) restart BRIEF=1
	@echo "make test: all passed"

lint: fmt clippy doc deny ## formatting, clippy, documentation, licences

fmt:
	cargo fmt --all --check

clippy:
	cargo clippy --workspace --all-targets --locked -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked

deny: $(DENY)
	$(DENY) --log-level error check bans licenses sources

unit: ## every Rust test
	cargo test --workspace --locked

infra: .local/venv ## the template, its checks, and the checks of the checks
	$(PY) infra/checks/check.py

refusals: build .local/venv ## take each permission from each function in turn; about a minute
	@$(PY) infra/local/refusals.py --binaries $(BUILT)

resume: build .local/venv ## kill `make run` in the middle and start it again; half a minute
	@$(PY) infra/local/resume.py --binaries $(BUILT)

restart: build .local/venv ## kill functions and providers and stop the stack while people work; six minutes, with BRIEF=1 one and a half
	@$(PY) infra/local/restart.py --binaries $(BUILT) $(if $(BRIEF),--brief)

deep: test ## the rest: the model at larger bounds, measurements, restarts, the bench, the arm64 release build
	cargo run --locked -p model --example deep
	cargo test --locked -p testkit what_a_cloud_costs -- --ignored --nocapture
	cargo test --locked -p domain in_a_year_no_subscription_of_a_million_lapses -- --ignored --nocapture
	$(MAKE) restart
	$(MAKE) bench
	@if rustup target list --installed | grep -q aarch64-unknown-linux-gnu; then $(MAKE) release; \
	else echo "no arm64 build: rustup target add aarch64-unknown-linux-gnu first"; fi

bench: ## ratios against a floor, measured in one run
	cargo build --locked --release $(FUNCTIONS:%=-p %) -p bench
	$(BUILT:debug=release)/bench

build:
	cargo build $(BINARIES)

release: .local/deploy ## arm64 archives in .local/release
	PATH="$(CURDIR)/.local/deploy/bin:$$PATH" cargo lambda build --locked --release --arm64 --output-format zip --lambda-dir .local/release $(FUNCTIONS:%=-p %)
	@ls -l .local/release/*/bootstrap.zip

# CODE_BUCKET=… make deploy [STACK_NAME=calwatch] [PARAMETERS="WebhookDomain=https://… AlarmTopicArn=…"]
STACK_NAME ?= calwatch
PREFIX = $(shell git rev-parse --short=12 HEAD)/
deploy: release ## to AWS, with the credentials of this shell; needs CODE_BUCKET
	@test -n "$(CODE_BUCKET)" || { echo "CODE_BUCKET=<bucket> make deploy"; exit 1; }
	for f in $(FUNCTIONS); do .local/deploy/bin/aws s3 cp .local/release/$$f/bootstrap.zip s3://$(CODE_BUCKET)/$(PREFIX)$$f.zip || exit 1; done
	.local/deploy/bin/aws cloudformation deploy --stack-name $(STACK_NAME) --template-file infra/template.yaml --s3-bucket $(CODE_BUCKET) --s3-prefix $(PREFIX:/=) --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameter-overrides CodeBucket=$(CODE_BUCKET) CodePrefix=$(PREFIX) $(PARAMETERS)

.local/venv: infra/local/requirements.txt
	python3 -m venv $@ && $@/bin/pip install -q --disable-pip-version-check -r $< && touch $@

.local/deploy: infra/local/requirements-deploy.txt
	python3 -m venv $@ && $@/bin/pip install -q --disable-pip-version-check -r $< && touch $@

.local/bin/cargo-deny:
	cargo install --root .local cargo-deny --locked --version 0.20.2

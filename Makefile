# Everything here needs cargo and python3 (3.11 or later), nothing else. Tools come in pinned versions into folders of the
# project: .venv (the local AWS services, the clients of the tests), .venv-lint, .venv-build, .venv-rehearse, .venv-load and target/tools.

# With the example of the tests also where nobody needs it: features of dependencies are chosen for all that is built
# together, and another choice would build most of them a second time.
BUILD_STACK = cargo build --workspace --bin local --examples
# Python that finds the modules of the command-line client and of the sample.
WITH_MODULES = PYTHONPATH="$(CURDIR)/clients:$(CURDIR)" .venv/bin/python
PACKAGES = $(if $(CRATE),--package $(CRATE),--workspace)
# `permissions` is the file tests/e2e/test_permissions.py; a name of a test may follow.
E2E = $(if $(TEST),tests/e2e/test_$(firstword $(subst ::, ,$(TEST:test_%=%))).py$(if $(findstring ::,$(TEST)),::$(lastword $(subst ::, ,$(TEST)))),tests/e2e)
# Two processes run the files of tests, each with a stack of its own: the tests wait for processes more than they compute.
SIDE_BY_SIDE = --numprocesses 2 --dist loadfile
DENY = target/tools/cargo-deny-$(DENY_VERSION)/bin/cargo-deny
DENY_VERSION = 0.20.2
MACHETE = target/tools/cargo-machete-$(MACHETE_VERSION)/bin/cargo-machete
MACHETE_VERSION = 0.9.2
CYCLONEDX = target/tools/cargo-cyclonedx-$(CYCLONEDX_VERSION)/bin/cargo-cyclonedx
CYCLONEDX_VERSION = 0.5.9
# cargo-lambda and the Zig that links for another architecture are found through PATH, by cargo and by sam.
BUILD_PATH = PATH="$(CURDIR)/.venv-build/bin:$(CURDIR)/.venv-lint/bin:$$PATH"
# The fuzz targets compile with the stable toolchain as well. Nothing is linked, so the C++ of libFuzzer need not be built.
CHECK_FUZZ = CUSTOM_LIBFUZZER_PATH=/nowhere/libfuzzer.a
# Without the paths of this machine in them, functions that did not change are the same packages wherever they are built. Without
# tables for unwinding, also those of the C code, they are smaller: nothing unwinds (`panic` in Cargo.toml).
BUILD_FOR_AWS = $(BUILD_PATH) CFLAGS="-fno-asynchronous-unwind-tables -fno-unwind-tables" \
  RUSTFLAGS="-C force-unwind-tables=no --remap-path-prefix=$(CURDIR)=/project --remap-path-prefix=$${CARGO_HOME:-$$HOME/.cargo}=/cargo"

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

run: .venv/ready ## the API on PORT (3000), AWS services on AWS_PORT (3001), DynamoDB on DYNAMODB_PORT (3002)
	@python3 local/check_ports.py
	@$(BUILD_STACK)
	@exec target/debug/local

routes: ## every route with its function
	@cargo run --quiet --package local -- --routes

sample: .venv/ready ## loads a sample account into the running stack and prints three tables that come from it
	@$(WITH_MODULES) -m sample.load

demo: .venv/ready ## every operation once, on the running stack or a temporary one; VERBOSE=1 for everything, WALK for one part
	@$(BUILD_STACK) --quiet
	@$(WITH_MODULES) demo/demo.py $(if $(VERBOSE),-v) $(WALK)

import: .venv/ready ## imports FILE (AS names its kind), or with FROM=iam-collect the folder DIR, for ACCOUNT (111122223333)
	@$(if $(FILE)$(DIR),,echo "name the document: make import FILE=details.json, or make import FROM=iam-collect DIR=folder" >&2; exit 2)
	@bin/access import "$(or $(FILE),$(DIR))" $(if $(FROM),--from "$(FROM)") $(if $(REMOVE),--remove) $(if $(or $(ACCOUNT),$(TENANT)),--account "$(or $(ACCOUNT),$(TENANT))") $(if $(AS),--as "$(AS)")

test: .venv/ready ## unit, property and snapshot tests, then the end-to-end tests on a running stack
	@python3 tests/e2e/chromium.py || [ -z "$$CI" ]
	cargo test --workspace
	$(BUILD_STACK)
	.venv/bin/python -m pytest tests/python tests/e2e -q -p no:cacheprovider $(SIDE_BY_SIDE)

check: ## what is fast: format, clippy, and the unit, property and snapshot tests; CRATE for one crate
	cargo fmt --all --check
	cargo clippy $(PACKAGES) --all-targets -- -D warnings
	cargo test $(PACKAGES)

e2e: .venv/ready ## the end-to-end tests, or one of them: TEST=permissions, TEST=permissions::test_name
	@$(BUILD_STACK) --quiet
	.venv/bin/python -m pytest $(E2E) -q -p no:cacheprovider $(if $(TEST),,$(SIDE_BY_SIDE))

browser: ## finds Chromium or Chrome for the tests of the pages, or installs Debian's package as root
	@python3 tests/e2e/chromium.py

screenshots: .venv/ready ## the pictures of docs/explorer.md anew, from the sample account on a temporary stack
	@$(BUILD_STACK) --quiet
	@$(WITH_MODULES) tests/e2e/explorer_screenshots.py

load: .venv/ready .venv-load/ready ## a load test of the local stack: CONNECTIONS ("2 16 64"), SECONDS and REQUESTS of each stage; PROFILE=release
	@cargo build --workspace --bin local --examples --quiet $(if $(filter release,$(PROFILE)),--release)
	@LOCAL_BINARY=target/$(or $(PROFILE),debug)/local .venv-load/bin/python tests/load/load.py $(if $(SECONDS),--seconds $(SECONDS)) $(if $(REQUESTS),--requests $(REQUESTS)) $(CONNECTIONS)

new-operation: ## makes the places of an operation: NAME=tag-policy LIKE=get-policy METHOD=PUT ROUTE='/policies/{policyId}/tags'
	@python3 -m scaffold.new_operation --name "$(NAME)" --like "$(LIKE)" --method "$(METHOD)" --route "$(ROUTE)"

fuzz: ## each fuzz target for SECONDS (60); needs a nightly toolchain and cargo-fuzz (cargo install --locked cargo-fuzz)
	cd fuzz && for target in $$(cargo +nightly fuzz list); do \
	  mkdir -p target/corpus/$$target && cargo +nightly fuzz run $$target target/corpus/$$target corpus/$$target -- \
	    -max_total_time=$(or $(SECONDS),60) -max_len=8192 || exit 1; done

bench: ## the benchmarks
	cargo bench --workspace --bench '*'

bench-once: ## each benchmark once and small, unoptimised: whether it runs, and not how fast
	cargo test --workspace --bench '*' --locked

coverage: ## which lines of the pure crates their own tests execute; CRATE for one; installs Debian's llvm as root
	python3 tests/coverage.py $(CRATE)

lint: lint-code lint-python lint-dependencies lint-template ## everything that is checked without running; a warning is an error

lint-code:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --lib --bin local --no-deps --locked
	$(CHECK_FUZZ) cargo clippy --manifest-path fuzz/Cargo.toml --locked -- -D warnings

lint-python: .venv-lint/ready
	.venv-lint/bin/ruff check --no-cache

lint-dependencies: $(DENY) $(MACHETE)
	$(DENY) --locked check --deny warnings bans licenses sources
	$(MACHETE)

lint-template: .venv-lint/ready
	.venv-lint/bin/cfn-lint template.yaml
	SAM_CLI_TELEMETRY=0 .venv-lint/bin/sam validate --lint

audit: $(DENY) ## known vulnerabilities of the dependencies; downloads the advisory database
	$(DENY) --locked check advisories

fmt: .venv-lint/ready ## formats the Rust code, and mends what ruff can mend in the Python
	cargo fmt --all
	.venv-lint/bin/ruff check --no-cache --fix

catalog: ## makes the catalogue of IAM actions anew; from AWS, or from the FOLDER of a service reference RETRIEVED on a day
	python3 catalog/build.py $(if $(FOLDER),--service-reference "$(FOLDER)" --retrieved "$(RETRIEVED)")

client-models: .venv/ready ## service models for boto3 and the AWS CLI into client-models; PYTHON, BOTOCORE_DATA: whose
	$(or $(PYTHON),.venv/bin/python) clients/models.py $(if $(BOTOCORE_DATA),--data "$(BOTOCORE_DATA)") client-models

build: .venv-build/ready ## the functions for arm64 and x86_64, or for one ARCHITECTURE of them, into target/lambda
	$(foreach architecture,$(or $(ARCHITECTURE),arm64 x86_64),$(BUILD_FOR_AWS) cargo lambda build --release --$(subst _,-,$(architecture)) --package functions --lambda-dir target/lambda/$(architecture) &&) true

# The functions are built together first: `sam build` starts cargo lambda once for each function, and finds them built.
build-sam: .venv-build/ready .venv-lint/ready ## the functions as the template says, into .aws-sam
	$(BUILD_FOR_AWS) cargo lambda build --release --arm64 --package functions
	$(BUILD_FOR_AWS) SAM_CLI_TELEMETRY=0 sam build

deploy: build-sam ## deploys into the AWS account of the environment; FLAGS for sam deploy
	$(BUILD_PATH) SAM_CLI_TELEMETRY=0 sam deploy $(FLAGS)

delete-tenant: .venv/ready ## counts what STACK stores about the account TENANT, and deletes it with YES=1
	@.venv/bin/python clients/delete_tenant.py --tenant "$(TENANT)" --stack "$(STACK)" $(if $(YES),--yes)

sbom: $(CYCLONEDX) ## what is in the packages, with licences: a bill of materials in CycloneDX form, into target/sbom.json
	$(CYCLONEDX) cyclonedx --manifest-path functions/Cargo.toml --format json --no-build-deps --override-filename sbom
	mv functions/sbom.json target/sbom.json
	@find . -name sbom.json -not -path './target/*' -delete # it writes one for each crate of the workspace

rehearse: .venv-lint/ready .venv-rehearse/ready ## the template as SAM, CloudFormation's quotas, moto and checkov see it; needs no AWS
	.venv-lint/bin/python -m unittest discover --start-directory tests/deployment
	@mkdir -p target
	.venv-lint/bin/python tests/deployment/translate.py > target/translated.json
	.venv-rehearse/bin/python tests/deployment/create_on_moto.py target/translated.json
	.venv-rehearse/bin/checkov --config-file tests/deployment/checkov.yaml --file target/translated.json

sam-local: .venv/ready .venv-lint/ready ## every route in `sam local start-api`, with Docker; BINARIES names a folder of built functions
	$(BUILD_STACK)
	.venv/bin/python -m pytest tests/sam_local -q -p no:cacheprovider

picture: ## the picture of ARCHITECTURE.md, with graphviz
	dot -Tsvg docs/architecture.dot > docs/architecture.svg

clean-local: ## forgets the data of the local stack
	rm -rf "$${LOCAL_DIR:-.local}"

# SAM, moto and checkov want other versions of the same packages: each has an environment of its own.
.venv/ready: local/requirements.txt clients/access/requirements.txt tests/e2e/requirements.txt
.venv-lint/ready: requirements-lint.txt
.venv-build/ready: requirements-build.txt
.venv-rehearse/ready: requirements-rehearse.txt
.venv-load/ready: requirements-load.txt
.venv/ready .venv-lint/ready .venv-build/ready .venv-rehearse/ready .venv-load/ready:
	python3 -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check $(addprefix --requirement ,$^)
	touch $@

# Unoptimised: it is used once or twice, and this way it is there in half the time.
$(DENY):
	cargo install --debug --locked --root target/tools/cargo-deny-$(DENY_VERSION) cargo-deny@$(DENY_VERSION)

$(CYCLONEDX):
	cargo install --debug --locked --root target/tools/cargo-cyclonedx-$(CYCLONEDX_VERSION) cargo-cyclonedx@$(CYCLONEDX_VERSION)

$(MACHETE):
	cargo install --debug --locked --root target/tools/cargo-machete-$(MACHETE_VERSION) cargo-machete@$(MACHETE_VERSION)

.PHONY: help run load coverage routes browser screenshots new-operation fuzz sample demo import test check e2e bench bench-once lint lint-code lint-python lint-dependencies lint-template audit fmt catalog client-models picture build build-sam deploy delete-tenant sbom rehearse sam-local clean-local

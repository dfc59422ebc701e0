# `make` prints what there is. Everything is built with Go and a POSIX shell:
# tools and the control plane are Go modules of their own, pinned by their go.mod.

SHELL = /bin/sh
.SHELLFLAGS = -ec
.DEFAULT_GOAL = help

# One setting for every build but those with -race, which cannot do without cgo:
# compilers' caches are shared between manager, control plane and tools only so.
export CGO_ENABLED = 0

# A person's own kubectl, else the one that make control-plane builds.
KUBECTL ?= $(shell command -v kubectl || echo bin/k8s/kubectl)
IMG ?= ghcr.io/gandi-operator/gandi-operator:latest
ARGS ?=
DEMO_ARGS ?=
FLEET ?= 1000
HISTORIES ?= 10000
SOAK_TIME ?= 4m
SOAK_OBJECTS ?= 200
SOAK_SEED ?= 0
FUZZTIME ?= 30s

KUSTOMIZE = go tool -modfile=hack/tools/kustomize/go.mod kustomize
GOLANGCI_LINT = go tool -modfile=hack/tools/golangci-lint/go.mod golangci-lint

# Packages whose tests start a control plane; all others are unit tests.
SERVER_PACKAGES = ./e2e/... ./internal/controlplane/...
UNIT_PACKAGES = $$(go list ./... | grep -v -e /e2e -e /internal/controlplane)

##@ For a person

.PHONY: help
help: ## Print this help.
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: control-plane ## Show the operator at work: control plane, simulated Gandi, three VMs and a site (DEMO_ARGS=--exit ends by itself).
	go run ./e2e/demo $(DEMO_ARGS)

.PHONY: run
run: ## Run the manager here, against the cluster of the current kubeconfig (ARGS: its flags).
	go run . $(ARGS)

##@ Development

.PHONY: generate
generate: ## Generate deepcopy functions, CRDs and the manager's RBAC role.
	@hack/generate.sh

.PHONY: verify
verify: ## Check that generated files are what `make generate` would write.
	@hack/generate.sh --verify

.PHONY: fmt
fmt: ## Format the code and its imports.
	$(GOLANGCI_LINT) fmt

.PHONY: vet
vet: ## Run go vet.
	go vet ./...

.PHONY: lint
lint: verify vet ## Check generated files, vet, format and style.
	$(GOLANGCI_LINT) run

.PHONY: build
build: ## Build the manager into bin/manager.
	go build -o bin/manager .

.PHONY: control-plane
control-plane: ## Build etcd, kube-apiserver, kubectl and kube-gc into bin/k8s, once.
	@hack/control-plane.sh

.PHONY: clean
clean: ## Remove all that was built, the control plane too.
	rm -rf bin dist

##@ Tests

# One after the other even under make -j: each of them uses all cores by itself.
.NOTPARALLEL:
.PHONY: test
test: DEMO_ARGS = --exit
test: lint unit e2e demo ## Run everything that has to hold before a change lands; CI runs this.

# The enumerations of whole lives (a crash at every write, every switch) run as a
# small sample with the race detector, and as a larger one without it. The tests
# make much garbage and keep little: collecting it seldom saves a quarter.
.PHONY: unit
unit: export GOGC = 300
unit: ## Run the tests that need no API server.
	CGO_ENABLED=1 go test -race -short -shuffle=on -timeout 30m $(UNIT_PACKAGES)
	STRIDE=10 go test -shuffle=on -timeout 20m ./controllers/... ./internal/chaos

.PHONY: lives
lives: ## Run the enumerations of whole lives of every kind in full, without the race detector.
	go test -shuffle=on -timeout 60m ./controllers/...

.PHONY: chaos
chaos: ## Lead HISTORIES random histories of crashes, lost replies and weather in virtual time (docs/reliability.md).
	go test ./internal/chaos -run '^TestHistories$$' -v -count 1 -timeout 120m -histories $(HISTORIES)

# One package at a time: each starts a control plane of its own.
.PHONY: e2e
e2e: control-plane ## Run the tests on a real API server.
	CGO_ENABLED=1 go test -race -shuffle=on -p 1 -timeout 30m $(SERVER_PACKAGES)

.PHONY: soak
soak: control-plane ## Kill managers, API server and etcd for SOAK_TIME while SOAK_OBJECTS come and go (SOAK_SEED: what happens; make e2e has a short form).
	CGO_ENABLED=1 go test -race ./e2e/soak -run '^TestSoak$$' -v -count 1 -timeout 90m -args -weather $(SOAK_TIME) -objects $(SOAK_OBJECTS) -seed $(SOAK_SEED)

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME, one after the other; all tests run their seeds anyway.
	@hack/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: ## Measure the budgets of docs/ARCHITECTURE.md with FLEET VMs, in virtual time.
	go test ./controllers/vm -run '^TestBudgets$$' -v -count 1 -timeout 30m -fleet $(FLEET)

##@ Release and cluster

.PHONY: dist
dist: ## Render the installation into dist/install.yaml (IMG: the manager's image).
	@mkdir -p dist
	$(KUSTOMIZE) build config/default > dist/.install.yaml
	sed 's|image: controller:latest|image: $(IMG)|' dist/.install.yaml > dist/install.yaml
	@rm dist/.install.yaml

.PHONY: install
install: ## Install the CRDs into the cluster of the current kubeconfig.
	$(KUSTOMIZE) build config/crd | $(KUBECTL) apply --server-side -f -

# The definitions go while the manager runs and are waited for: it takes its
# finalizers off the objects, and leaves at Gandi what is there.
.PHONY: uninstall
uninstall: ## Remove the CRDs; refuses while objects exist, unless CONFIRM=release.
	@KUBECTL='$(KUBECTL)' hack/refuse-while-objects-exist.sh
	$(KUSTOMIZE) build config/crd | $(KUBECTL) delete --ignore-not-found -f -

.PHONY: deploy
deploy: dist ## Install CRDs and manager into the cluster of the current kubeconfig (IMG: the manager's image).
	$(KUBECTL) apply --server-side -f dist/install.yaml

.PHONY: undeploy
undeploy: uninstall dist ## Remove CRDs and manager; refuses while objects exist, unless CONFIRM=release.
	$(KUBECTL) delete --ignore-not-found -f dist/install.yaml

# Two commands on a fresh machine: `make demo` and `make test`. `make` alone lists all.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test bundle lock lint format messages docs-check screenshots clean

help: ## この一覧 / this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## 導入だけ行う / install only
	@$(PYTHON) tools/bootstrap.py

setup-dev: ## 開発用の道具も入れる / install with the tools for development
	@$(PYTHON) tools/bootstrap.py --dev

demo: setup ## 見本を動かす（ARGS=--no-serve で画面を出さない）/ run the demonstration
	@$(BIN)/sekisho demo $(ARGS)

test: setup-dev ## すべての試験 / every test, with what it needs
	@$(BIN)/python tools/run_tests.py $(ARGS)

bundle: setup-dev ## オフライン導入媒体を dist/ に作る / make the offline installation medium
	@$(BIN)/python tools/bundle.py $(ARGS)

lock: setup-dev ## 部品の版を固定し直す / lock the components again
	@$(BIN)/python tools/lock.py $(ARGS)

lint: setup-dev ## 書き方の検査 / every check that runs no test
	@$(BIN)/python tools/lint.py $(ARGS)

format: setup-dev ## 書式をそろえる / format the code
	@$(BIN)/ruff check --fix --quiet src tests tools benchmarks; $(BIN)/ruff format src tests tools benchmarks

messages: setup-dev ## 翻訳ファイルを更新する / update the translation files
	@$(BIN)/python tools/messages.py update

docs-check: setup-dev ## 文書のリンクと命令を確かめる / check links and commands in the documents
	@$(BIN)/python tools/check_docs.py

screenshots: setup-dev ## 文書の画面の絵を作り直す / make the documents' pictures of the pages
	@$(BIN)/python tools/screenshots.py $(ARGS)

clean: ## 作ったものを消す（var/ のデータは残す）/ remove what was built (data under var/ stays)
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var/test var/setup
	find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

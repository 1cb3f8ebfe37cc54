"""What other tools read of the project, its citation, hooks and hosted CI, says what the project itself says."""

import re
import tomllib
from typing import Any

import yaml

from jianbao import __version__
from tests.repository.tree import ROOT


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def test_the_citation_has_the_version_licence_authors_and_keywords_of_the_package() -> None:
    cited, project = read("CITATION.cff"), tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert cited["version"] == __version__
    assert [cited[key] for key in ("license", "authors", "keywords")] == [
        project[key] for key in ("license", "authors", "keywords")
    ]


def test_a_hosted_machine_runs_what_every_other_runs() -> None:
    (job,) = read(".github/workflows/test.yml")["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]


def test_before_a_commit_the_same_tools_judge_it_as_in_make_test() -> None:
    rule = (ROOT / "Makefile").read_text("utf-8").partition("\ntest: ")[2].partition("\n\n")[0]
    judges = set(re.findall(r"\$\(BIN\)/(ruff \w+|mypy)", rule)) | ({"pytest"} if "$(PYTEST)" in rule else set())
    (hooks,) = [each["hooks"] for each in read(".pre-commit-config.yaml")["repos"]]
    assert {re.sub(r"^\.venv/bin/| -.*$", "", hook["entry"]) for hook in hooks} == judges
    assert len(judges) == 4

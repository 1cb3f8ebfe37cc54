"""The benchmarks still run. `make bench` measures with them, seldom; here each does its work once, without bounds."""

import re

import pytest

from benchmarks import build_ratios


@pytest.mark.slow
def test_every_ratio_of_builds_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    build_ratios.main(["--quick"])
    ratios = [line for line in capsys.readouterr().out.splitlines() if line.startswith("once")]
    assert set(re.findall(r"\(([a-z])\)", "".join(ratios))) == {"a", "b", "c", "d", "f", "g", "h"}
    assert not [line for line in ratios if re.search(r"\bnan\b|\binf\b", line)]

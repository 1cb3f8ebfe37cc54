"""What the tests of the argument room write with: the repository's vocabulary, a few names, and sections from text."""

from functools import cache
from pathlib import Path

from jianbao.app.workspace import snapshot
from jianbao.app.workspace_files import read_wording
from jianbao.core.documents import Node, Problems
from jianbao.core.snapshot import single_file
from jianbao.data.facts import Fact, Value
from jianbao.data.tables import Name
from jianbao.text.formatter import Writer, writers
from jianbao.text.lint import Linter
from jianbao.text.name_table import Names
from jianbao.text.placeholders import fill_placeholder, read_placeholder
from jianbao.text.vocabulary import Vocabulary, parse_vocabulary
from jianbao.text.wording import SectionText, parse_section

ROOT = Path(__file__).parents[2]
LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
NAMES = Names(
    {
        name.id: name
        for name in (
            Name("Oceania", "continent", {"zh": "大洋洲", "en": "Oceania"}, {}),
            Name("SWE", "country", {"zh": "瑞典", "en": "Sweden"}, {}),
            Name("Linköping", "city", {"zh": "林雪平", "en": "Linköping"}, {}),
            Name("Łódź", "city", {"zh": "罗兹", "en": "Łódź"}, {}),
            Name("San José", "city", {"zh": "圣何塞", "en": "San José"}, {}),
            Name("Auckland", "city", {"zh": "奥克兰", "en": "Auckland"}, {}),
            Name("Sydney", "city", {"zh": "悉尼", "en": "Sydney"}, {}),
            Name("Suva", "city", {"zh": "苏瓦", "en": "Suva"}, {}),
            Name("Hangzhou", "city", {"zh": "杭州", "en": "Hangzhou"}, {}),
            Name("Guangzhou", "city", {"zh": "广州", "en": "Guangzhou"}, {}),
            Name("games", "event", {"zh": "第16届亚运会", "en": "16th Asian Games"}, {}),
            Name("office", "body", {"zh": "市外办", "en": "Foreign Affairs Office"}, {}),
            Name(
                "UCLG",
                "body",
                {"zh": "世界城市和地方政府组织", "en": "United Cities and Local Governments"},
                {"zh": "城地组织", "en": "UCLG"},
            ),
        )
    }
)


@cache
def vocabulary() -> Vocabulary:
    problems: Problems = []
    words = read_wording(snapshot(ROOT), tuple(LOCALES))["vocabulary"]
    found = parse_vocabulary(words, LOCALES, problems)
    assert problems == []
    return found


@cache
def desk() -> dict[str, Writer]:
    return writers(LOCALES, vocabulary(), NAMES)


def fact(value: Value, unit: str = "", fact_id: str = "a.fact", **more: object) -> Fact:
    return Fact(id=fact_id, value=value, unit=unit, **more)  # type: ignore[arg-type]


def printed(hole: str, known: Fact, language: str) -> str:
    """Return what a hole prints of `f`, with ordinary spaces."""
    read = read_placeholder(hole)
    assert not read.fault, read.fault
    return (fill_placeholder(read, desk()[language], {"f": known}).text or "").replace("\u00a0", " ")


def both(hole: str, known: Fact) -> tuple[str, str]:
    """Return what a hole prints in Chinese and in English."""
    return printed(hole, known, "zh"), printed(hole, known, "en")


def document(folder: Path, text: str, name: str = "network.yml") -> Node:
    """Return a document of that text."""
    (folder / name).write_text(text, encoding="utf-8")
    return single_file(folder / name).document(name)


def section(folder: Path, text: str) -> SectionText:
    """Return the section of a wording file without faults of form."""
    problems: Problems = []
    found = parse_section(document(folder, text), LOCALES, problems)
    assert problems == []
    return found


def ledger(*facts: Fact) -> dict[str, Fact]:
    return {each.id: each for each in facts}


CITIES = ledger(
    fact(38.0, "city", "cities.total"),
    fact(2.0, "city", "cities.oceania", of=38),
    fact(22300000000.0, "usd", "trade.fair"),
    fact("2018-11", "", "cities.latest_on", kind="date"),
    fact("Auckland", "", "cities.latest", kind="name"),
    fact(62.45, "point", "score.overall", low=58.1, high=66.9, of=100),
    fact(-1.8, "point", "change.overall", low=-3.1, high=-0.4),
    fact(0.02, "share", "rose.overall"),
)


def say_one(zh: str, en: str) -> str:
    """Return a wording file of one statement."""
    return f"blocks:\n  - paragraph: count\n    say:\n      - zh: {zh!r}\n        en: {en!r}\n"


def faults(folder: Path, text: str, facts: dict[str, Fact] | None = None, known: tuple[str, ...] = ()) -> list[str]:
    """Return the problems of a wording file, as they are printed."""
    problems: Problems = []
    found = parse_section(document(folder, text), LOCALES, problems)
    problems += Linter(CITIES if facts is None else facts, desk(), known).section(found)
    return [str(problem) for problem in problems]

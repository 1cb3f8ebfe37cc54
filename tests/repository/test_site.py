"""The documentation in two languages: a page and its twin have the same parts, and the site of `make docs` works."""

import importlib.util
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from tests.render.browser import Browser, browser
from tests.repository.test_messages import HALF
from tests.repository.tree import ROOT

DOCS, SITE = ROOT / "docs", ROOT / "docs" / "_build"
CHINESE = ".zh-CN"
TWINS = [*sorted(DOCS.glob(f"*{CHINESE}.md")), ROOT / f"SECURITY{CHINESE}.md"]
LINK = re.compile(r"\]\(([\w./-]+\.md)[#)]")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What Chinese punctuation does not apply to: code, addresses of links, what is not shown, and formulas.
CODE = re.compile(r"`[^`\n]*`|\]\([^)]*\)|<!--.*?-->|\|[^|\n]*\bx\b\)? [−/][^|\n]*|\{[^{}]*\}|\[[^\]\[]*, [^\]\[]*\]")
# Typed the same in both languages; what else a page shows, such as names and output, may be in its own.
# The summary is written when all results are shown.
RESULTS = """const done = arguments[0], look = () => {
        const links = [...document.querySelectorAll("#search-results ul.search li a")].map((link) => link.innerText);
        document.querySelector(".search-summary")?.innerText ? done(links) : setTimeout(look, 20);
    }; look();"""
COMMAND = re.compile(r"^(make [\w-]+|jianbao(?: (?:edition|review|studio|user))? [a-z]+)", re.MULTILINE)


def english(page: Path) -> Path:
    """Return the English twin of a Chinese page."""
    return page.with_name(page.name.replace(CHINESE, ""))


def prose(text: str) -> str:
    """Return a page without its blocks of code."""
    return FENCE.sub("", text)


def headings(text: str) -> list[str]:
    """Return the levels of the headings."""
    return re.findall(r"^(#+) ", prose(text), re.MULTILINE)


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """Return the language of each block of code, and the commands in it."""
    return [(language, COMMAND.findall(code)) for language, code in FENCE.findall(text)]


def rows(text: str) -> list[int]:
    """Return the number of cells of each row of the tables."""
    lines = [re.sub(r"`[^`]*`|\\\|", "", line) for line in prose(text).splitlines()]
    return [line.count("|") for line in lines if line.startswith("|")]


def items(text: str) -> int:
    """Return the number of items of all lists."""
    return len(re.findall(r"^ *(?:[-*]|\d+\.) ", prose(text), re.MULTILINE))


def pictures(text: str) -> int:
    """Return the number of pictures."""
    return text.count("![")


def decimals(text: str) -> set[str]:
    """Return the numbers with a decimal point, which both languages write alike."""
    return set(re.findall(r"\d+\.\d+", text))


def unlike(page: str, twin: str) -> list[str]:
    """Return what two pages do not have in common."""
    parts: Sequence[Callable[[str], object]] = (headings, blocks, rows, items, pictures, decimals)
    return [part.__name__ for part in parts if part(page) != part(twin)]


@pytest.mark.parametrize("page", TWINS, ids=lambda page: page.name)
def test_a_page_in_chinese_has_the_parts_of_the_english_one(page: Path) -> None:
    assert english(page).is_file()
    assert unlike(english(page).read_text("utf-8"), page.read_text("utf-8")) == []


@pytest.mark.parametrize("page", TWINS, ids=lambda page: page.name)
def test_each_page_leads_to_its_twin_in_its_first_lines(page: Path) -> None:
    assert page.read_text("utf-8").split("\n\n")[1] == f"[English]({english(page).name})"
    assert english(page).read_text("utf-8").split("\n\n")[1] == f"[中文]({page.name})"


@pytest.mark.parametrize("page", TWINS, ids=lambda page: page.name)
def test_a_page_in_chinese_has_chinese_punctuation(page: Path) -> None:
    assert HALF.findall(CODE.sub("", prose(page.read_text("utf-8")))) == []


@pytest.mark.parametrize("page", [*TWINS, ROOT / f"README{CHINESE}.md"], ids=lambda page: page.name)
def test_a_page_in_chinese_leads_to_pages_in_chinese_where_there_are_any(page: Path) -> None:
    linked = {(page.parent / link).resolve() for link in LINK.findall(page.read_text("utf-8"))} - {english(page)}
    assert [each.name for each in linked if each.with_name(f"{each.stem}{CHINESE}.md").is_file()] == []


def test_a_missing_part_of_a_page_is_found() -> None:
    page = "# A\n\n- b\n\n| c |\n| --- |\n\n```sh\njianbao check\n```\n\n![d](e.png) 0.5\n"
    assert unlike(page, page) == []
    assert unlike(page, "# A\n\n## B\n") == ["headings", "blocks", "rows", "items", "pictures", "decimals"]
    assert unlike(page, page.replace("check", "build")) == ["blocks"]


def checker() -> ModuleType:
    """Return the module that checks the links of the finished site."""
    spec = importlib.util.spec_from_file_location("check_links", DOCS / "site" / "check_links.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_link_without_a_target_and_a_request_to_elsewhere_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<h1 id="top"></h1><a href="#top"></a><a href="a.html#no"></a><a href="b.html"></a><a href="https://example.com"></a>'
        '<script src="https://example.com/x.js"></script>'
    )
    (tmp_path / "a.css").write_text("@font-face { src: url(https://example.com/x.woff2) }")
    assert [*checker().faults(tmp_path)] == [
        "a.html fetches https://example.com/x.js",
        "a.html links to a.html#no",
        "a.html links to b.html",
        "a.css fetches something",
    ]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return a browser that reaches nothing but this machine's files."""
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        opened.driver.set_script_timeout(20)
        yield opened


def built(language: str) -> Iterator[Path]:
    """Yield the pages of the finished site in one language."""
    assert SITE.is_dir(), "run: make docs"
    yield from (page for page in (SITE / language).rglob("*.html") if page.name != "search.html")


@pytest.mark.deep
def test_every_page_of_the_site_with_a_twin_has_the_switch_of_language() -> None:
    for language, other in (("en", "zh"), ("zh", "en")):
        for page in built(language):
            name = page.relative_to(SITE / language).with_suffix("")
            twin = str(name).removesuffix(CHINESE) if language == "zh" else f"{name}{CHINESE}"
            there = (SITE / other / f"{twin}.html").is_file()
            assert ('class="languages"' in page.read_text("utf-8")) == there, name
    assert [*checker().faults(SITE)] == []


@pytest.mark.deep
@pytest.mark.parametrize(
    ("language", "asked", "found"),
    [
        ("en", "lapses approval", "Review"),
        ("zh", "友好城市", "简报（jianbao）"),
        ("zh", "修订记录", "审核"),
        ("zh", "jianbao propose", "修改建议"),
        ("zh", "签", "办理环节"),
    ],
)
def test_the_site_is_searched_without_a_server(shown: Browser, language: str, asked: str, found: str) -> None:
    shown.show(f"{(SITE / language / 'search.html').as_uri()}?q={asked}")
    assert found in shown.driver.execute_async_script(RESULTS)
    assert [address for address in shown.fetched() if not address.startswith("file:")] == []

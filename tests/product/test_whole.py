"""The whole product on the miniature: an invented city with another world, other levels and other tables."""

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from babel import Locale
from openpyxl import Workbook

import jianbao
from jianbao.brief import export
from jianbao.brief.model import Block, Brief
from tests.effort import effort
from tests.pdf_text import attached, pages
from tests.scoring.test_reproducible import older_processor
from tests.workspaces import (
    LAYOUTS,
    MINIATURE,
    QUOTING,
    Edition,
    amend,
    assessed,
    composed,
    copy,
    everything,
    run,
    sections,
    snapshot,
    statements_of,
)

EDITION = "midsummer"
RECORDS = {"approvals.json", "ledger.json", "scores.csv", "manifest.json"}
EFFORT = 10  # for everything before rendering, of tenths of a second of 2020 (see `effort`); measured: 2
DECLARED = {"edition", "method", "scale", "register", "argument", "effective_weight"}  # families without a row
WORDING = Path(jianbao.__file__).parent / "resources/wording"
TYPED = re.compile(r"\d", re.ASCII)


# What a build makes


def test_a_build_makes_three_pdfs_and_the_records_beside_them(miniature: Edition) -> None:
    pdfs = {f"brief.{layout}.pdf" for layout in LAYOUTS}
    assert {path.name for path in miniature.folder.iterdir()} == pdfs | RECORDS
    assert all(miniature.pdf(layout).read_bytes().startswith(b"%PDF-1.") for layout in LAYOUTS)


def test_the_manifest_holds_the_hash_of_every_input_and_output(miniature: Edition) -> None:
    manifest = json.loads((miniature.folder / "manifest.json").read_text("utf-8"))
    inputs = {path.relative_to(MINIATURE).as_posix(): path for path in MINIATURE.rglob("*") if path.is_file()}
    outputs = {path.name: path for path in miniature.folder.iterdir() if path.name != "manifest.json"}
    for kind, files in (("inputs", inputs), ("outputs", outputs)):
        assert manifest[kind] == {name: sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert manifest["edition"] == EDITION and "NotoSansSC-400.otf" in manifest["fonts"]
    assert {"jianbao", "weasyprint"} <= set(manifest["versions"])


def test_the_ledger_beside_the_brief_holds_every_fact_with_where_it_comes_from(miniature: Edition) -> None:
    written = json.loads((miniature.folder / "ledger.json").read_text("utf-8"))
    assert written["as_of"] == "2031-06-30"
    assert set(written["facts"]) == set(miniature.assessment.ledger)
    delta = written["facts"]["ties.grouping.delta"]
    assert (delta["value"], delta["of"], delta["cells"][0]["rows"]) == (1.0, 6.0, [6])
    assert delta["cells"][0]["sources"] == ["almanac", "gazette"]


def test_the_scores_beside_the_brief_are_the_scores_of_the_ledger(miniature: Edition) -> None:
    with (miniature.folder / "scores.csv").open(encoding="utf-8") as file:
        rows = {row["node"]: row for row in csv.DictReader(file)}
    assert list(rows)[:3] == ["standing", "outward", "tie_count"]
    assert float(rows["standing"]["score"]) == pytest.approx(
        miniature.assessment.ledger["score.standing"].number, abs=1e-6
    )
    assert float(rows["boats"]["score"]) == pytest.approx((52 - 20) / (80 - 20) * 100, abs=1e-6)


def test_every_pdf_holds_the_ledger_and_the_tables_that_it_was_made_from(miniature: Edition) -> None:
    ledger = (miniature.folder / "ledger.json").read_bytes()
    for layout in LAYOUTS:
        inside = attached(miniature.pdf(layout))
        assert inside["ledger.json"] == ledger
        assert {path.name for path in (MINIATURE / "data").glob("*.csv")} <= set(inside)


def test_the_same_inputs_give_the_same_bytes_in_another_process_and_on_an_older_processor(
    miniature: Edition, tmp_path: Path
) -> None:
    workspace, out = copy(MINIATURE, tmp_path / "elsewhere"), tmp_path / "out"
    words = [sys.executable, "-m", "jianbao.cli", "build", str(workspace), "--lang", "zh-en", "--output", str(out)]
    world = {"PYTHONHASHSEED": "271828", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "LANGUAGE": "ar", "NO_COLOR": "1"}
    world = {**os.environ, **world, **older_processor()}
    done = subprocess.run(words, cwd=tmp_path, env=world, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made, before = snapshot(out / EDITION), snapshot(miniature.folder)
    assert set(made) == {"brief.zh-en.pdf", *RECORDS}
    assert all(made[name] == before[name] for name in made if name != "manifest.json")


def compose_miniature() -> None:
    composed(assessed(MINIATURE))


@pytest.mark.deep
def test_everything_before_rendering_takes_less_than_a_second() -> None:
    assert effort(compose_miniature) < EFFORT


def test_the_name_of_an_edition_need_not_be_a_year_nor_its_day_the_last_of_one(miniature: Edition) -> None:
    assert miniature.folder.name == EDITION
    assert (miniature.assessment.issue.as_of.isoformat(), miniature.assessment.issue.number) == ("2031-06-30", 2)


# Nothing in the program knows a city


def test_every_chinese_character_of_the_brief_was_written_in_its_workspace(miniature: Edition) -> None:
    han = re.compile("[\u3400-\u9fff]")
    known = {*han.findall(written_in(MINIATURE)), *"年月日"}  # Babel writes dates
    for layout in ("zh", "zh-en"):
        assert set(han.findall("".join(pages(miniature.pdf(layout))))) - known == set()


def test_every_english_word_of_the_brief_was_written_in_its_workspace(miniature: Edition) -> None:
    words = re.compile("[A-Za-z]{2,}")
    months = " ".join(Locale("en").months["format"]["wide"].values())
    known = {word.lower() for word in words.findall(f"{written_in(MINIATURE)} {months}")} | {"st", "nd", "rd", "th"}
    for name in ("labels", "furniture"):
        known |= {word.lower() for word in words.findall((WORDING / f"{name}.yml").read_text("utf-8"))}
    known.add("templates")  # the folder of argument.yml, which the evidence names with its line
    known |= {word for fact in miniature.assessment.ledger for word in words.findall(fact)}
    said = [statement.text("en") for statement in (*everything(miniature.brief), *miniature.brief.words.values())]
    said += [reference.entries["en"] for reference in miniature.brief.references]
    assert {word.lower() for text in said for word in words.findall(text)} - known == set()


def written_in(root: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(root.rglob("*")) if path.is_file())


# What is printed is known, and what is known has a source


def test_every_number_in_the_text_is_what_a_fact_printed(miniature: Edition) -> None:
    assert list(unaccounted(miniature)) == []


def unaccounted(edition: Edition) -> Iterator[str]:
    """Yield what still has a digit once the printed facts and the names are taken out of a statement."""
    named = sorted(
        {
            form
            for name in edition.assessment.project.names.values()
            for form in name.full.values()
            if TYPED.search(form)
        },
        key=len,
        reverse=True,
    )
    for section, blocks in sections(edition.brief):
        if section.role == "annex" and section.id.startswith("annex-"):
            continue
        for block in blocks:
            if block.table and block.table.id in QUOTING:
                continue
            for statement in statements_of(block):
                if not statement.id and statement.text("en").isdecimal():
                    continue  # the number of a row
                for language, sentence in statement.sentences.items():
                    rest = sentence.text
                    for said in sentence.stated:
                        rest = rest.replace(said.printed, " ", 1)
                    for name in named:
                        rest = rest.replace(name, " ")
                    if TYPED.search(rest):
                        yield f"{statement.id} {language}: {sentence.text}"


def test_every_fact_that_is_printed_or_drawn_is_in_the_ledger(miniature: Edition) -> None:
    assert stated(miniature) - set(miniature.assessment.ledger) == set()


def stated(edition: Edition) -> set[str]:
    """Return the ids of all facts that the brief prints or draws."""
    said = {fact for statement in everything(edition.brief) for fact in statement.facts()}
    drawn = {fact for block in edition.brief.blocks() if block.figure for fact in block.figure.facts}
    return said | drawn


def test_every_fact_that_is_used_has_a_source_or_is_declared_by_the_workspace(miniature: Edition) -> None:
    ledger = miniature.assessment.ledger
    loose = {fact for fact in stated(miniature) if not ledger.sources_of(fact)}
    assert {fact.partition(".")[0] for fact in loose} <= DECLARED


def test_every_source_that_is_cited_is_listed_once_and_every_listed_one_is_cited(miniature: Edition) -> None:
    references = miniature.brief.references
    numbers = [reference.number for reference in references]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len({reference.source for reference in references}) == len(references)
    used = {source for fact in stated(miniature) for source in miniature.assessment.ledger.sources_of(fact)}
    assert {reference.source for reference in references} == used


def test_marks_point_to_references_and_to_rows_of_the_evidence(miniature: Edition) -> None:
    rows = len(next(b.table.rows for b in miniature.brief.blocks() if b.table and b.table.id == "evidence"))
    for block in miniature.brief.blocks():
        for marked in (block, block.figure, block.table):
            if marked:
                assert set(marked.references) <= set(range(1, len(miniature.brief.references) + 1))
                assert set(marked.evidence) <= set(range(1, rows + 1))


def test_a_row_that_nobody_verified_becomes_no_fact(miniature: Edition) -> None:
    ledger = miniature.assessment.ledger
    names = ledger["ties.names"].value
    assert isinstance(names, tuple) and "Saltern" not in names and ledger["ties.total"].value == 6.0
    assert all("rumours" not in ledger.sources_of(fact) for fact in ledger)


# Editions


def test_an_earlier_edition_knows_nothing_of_what_came_after_its_day(miniature: Edition) -> None:
    winter = assessed(MINIATURE, "winter")
    assert winter.ledger["ties.total"].value == 5.0 and winter.ledger["regatta.boats"].value == 57.0
    assert winter.ledger["ties.latest"].value == "Mirefoot" and "previous.standing" in winter.ledger
    said = " ".join(statement.text("en") for statement in everything(composed(winter)))
    assert "Uldhaven" in " ".join(pages(miniature.pdf("en"))) and "Uldhaven" not in said
    assert b"2031" in attached(miniature.pdf("en"))["ties.csv"]
    assert b"2031" not in export.tables(winter.project.evidence.tables, winter.issue.as_of)["ties.csv"]


def test_a_row_keeps_its_number_in_the_table_of_an_edition_that_does_not_know_an_earlier_row(workspace: Path) -> None:
    head, *lines, latest = (workspace / "data/ties.csv").read_text("utf-8").splitlines()
    lines = [head, latest, *lines]  # winter does not know the latest one
    (workspace / "data/ties.csv").write_text("\n".join(lines) + "\n", "utf-8")
    winter = assessed(workspace, "winter")
    exported = export.tables(winter.project.evidence.tables, winter.issue.as_of)["ties.csv"].decode("utf-8-sig")
    rows = [row.split(",") for row in exported.splitlines()[1:]]
    numbers = [int(number) for number, *_ in rows]
    assert min(numbers) == 3 and all(lines[int(number) - 1].startswith(f"{town},") for number, town, *_ in rows)


def test_the_same_tables_in_a_workbook_give_the_same_ledger(workspace: Path) -> None:
    from_csv = export.ledger(assessed(workspace, "").ledger)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for path in sorted((workspace / "data").glob("*.csv")):
        page = workbook.create_sheet(path.stem)
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                page.append([float(cell) if cell.isdecimal() else cell or None for cell in row])
        path.unlink()
    workbook.save(workspace / "data" / "tables.xlsx")
    assert export.ledger(assessed(workspace, "").ledger) == from_csv


# Measures follow the data


def test_exported_tables_have_the_columns_that_their_schema_declares_and_no_others(workspace: Path) -> None:
    amend(workspace, "data/sources.yml", "gazette:\n", "gazette:\n  grade: official\n")
    known = assessed(workspace, "")
    for extract in export.extracts(known.project.evidence.tables, known.issue.as_of):
        assert set(extract.head) <= set(extract.schema.columns), extract.schema.name


def close_the_gap(workspace: Path) -> None:
    """Give the Delta two more friendly towns."""
    for town, written in (("Reedbank", "苇岸"), ("Sluice", "闸口")):
        amend(workspace, "data/names.csv", "Windrose,", f"{town},town,{written},{town},,,\nWindrose,")
        amend(workspace, "data/ties.csv", "Uldhaven,", f"{town},SOV,Delta,2031-01-10,gazette,stated\nUldhaven,")
    amend(workspace, "data/tallies.csv", "ties,6,", "ties,8,")


def test_a_gap_that_closes_takes_its_measure_with_it(workspace: Path, miniature: Edition) -> None:
    fired = [each.rule.id for each in miniature.assessment.advice.fired]
    assert fired == ["delta_ties", "more_boats", "fuller_market", "count_visitors"]
    close_the_gap(workspace)
    known = assessed(workspace, "")
    assert [each.rule.id for each in known.advice.fired] == ["more_boats", "fuller_market", "count_visitors"]
    assert {rule.id for rule, _ in known.advice.quiet} == {"delta_ties", "new_lands"}
    brief = composed(known)
    body = [said.text("en") for block in in_the_body(brief) for said in statements_of(block)]
    assert "Seek friends in the Delta" not in body and "Widen the market" in body
    assert brief.title.text("en") == "More friends, and the Delta has its part"


def in_the_body(brief: Brief) -> list[Block]:
    return [block for section, blocks in sections(brief) if section.role != "annex" for block in blocks]


def test_a_rule_that_does_not_fire_is_listed_with_its_distance_from_the_threshold(miniature: Edition) -> None:
    rows = next(b.table.rows for b in miniature.brief.blocks() if b.table and b.table.id == "rules")
    listed = {title.text("en"): [cell.text("en") for cell in rest] for title, *rest in rows}
    assert listed["Friends in more lands"][:3] == ["Lands of the tied towns", "2", "−1"]


def test_measures_come_in_the_order_of_importance_and_what_fires_in_that_of_its_effect(miniature: Edition) -> None:
    effects = [each.effect for each in miniature.assessment.advice.fired]
    assert effects == sorted(effects, reverse=True) and effects[0] > 10
    cards = [block.id for block in miniature.brief.blocks() if block.kind == "measure"]
    assert cards == ["measure.delta_ties", "measure.fuller_market"]


def test_a_good_edition_is_replaced_by_a_better_one(published: Path, unset: None) -> None:
    before = snapshot(published / "output")
    close_the_gap(published)
    done = run("build", published, "--lang", "en", "--drop")
    assert done.code == 0, done.err
    after = snapshot(published / "output")
    names = ("approvals.json", "brief.en.pdf", "ledger.json", "manifest.json", "scores.csv")
    assert set(after) == {EDITION, *(f"{EDITION}/{name}" for name in names)}
    assert all(after[name] != before[name] for name in after if after[name])

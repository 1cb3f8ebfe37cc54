"""A package holds what it says, is the same every time, runs nothing in a spreadsheet, and proves itself anywhere."""

import csv
import io
import json
import re
import shutil
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import openpyxl
import pytest

from jianbao.brief.export import TableExtract, extracts
from jianbao.core.edition_folder import add, hash_files, recorded_pages
from jianbao.core.errors import DeliveryError
from jianbao.core.zip_csv import safe_cell, write_archive
from jianbao.data.facts import Source
from jianbao.data.provenance import citation_columns, field_of
from jianbao.data.schemas import Column, Schema
from jianbao.delivery import verify
from jianbao.delivery.checksums import Trust
from jianbao.delivery.package import (
    INDEX,
    KINDS,
    as_workbook,
    chinese_index,
    describe,
    kind_of,
)
from jianbao.delivery.traces import remark_notes, remarks_sent
from jianbao.delivery.verify import unzip_safely, verify_file
from jianbao.review.quality.pdf_reader import pages_with, read_pdf
from tests.pdf_text import bare, read
from tests.workspaces import amend, assessed, run

DAY = date(2031, 6, 30)
HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1+1")


@pytest.fixture(scope="session")
def packed(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("packed") / "workspace"
    shutil.copytree(finished, root)  # other tests copy what is not packed
    done = run("package", "midsummer", root)
    assert done.code == 0, done.err
    return root / "output" / "midsummer.zip"


@pytest.fixture
def changed(packed: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return what packs the package again with some files replaced (None: left out)."""

    def change(files: dict[str, bytes | None]) -> Path:
        whole = dict(unzip_safely(packed.read_bytes(), "package")) | files
        path = tmp_path / "changed.zip"
        path.write_bytes(write_archive({name: each for name, each in whole.items() if each is not None}, DAY))
        return path

    return change


def test_a_final_with_an_item_that_was_returned_is_not_packed(root: Path) -> None:
    folder = root / "output/midsummer"
    log = json.loads((folder / "approvals.json").read_bytes())
    log["standings"][0] |= {"state": "returned", "by": "Ben", "comment": "why?"}
    (folder / "approvals.json").write_text(json.dumps(log), "utf-8")
    record = json.loads((folder / "manifest.json").read_bytes())
    files = {name: (folder / name).read_bytes() for name in record["outputs"]}
    (folder / "manifest.json").write_text(json.dumps({**record, "outputs": hash_files(files)}), "utf-8")
    done = run("package", "midsummer", root)
    assert done.code == 7 and f"Ben returned '{log['standings'][0]['item']}': why?" in " ".join(done.err.split())
    assert not (root / "output/midsummer.zip").exists()


def table(name: str, packed: Path) -> list[dict[str, str]]:
    with zipfile.ZipFile(packed) as whole:
        return list(csv.DictReader(io.StringIO(whole.read(f"data/{name}.csv").decode())))


def test_a_package_holds_edition_tables_letters_and_manifest(packed: Path) -> None:
    with zipfile.ZipFile(packed) as whole:
        names = set(whole.namelist())
        dates = {entry.date_time[:3] for entry in whole.infolist()}
    tables = {f"data/{name}.csv" for name in ("lands", "ties", "regattas", "tallies", "names", "sources")}
    edition = {
        f"edition/{name}" for name in ("onepage.en.pdf", "ledger.json", "scores.csv", "approvals.json", "manifest.json")
    }
    letters = {"letter.zh.pdf", "letter.en.pdf"}
    others = {"data/datapackage.json", "data/tables.xlsx", "manifest.json", INDEX}
    assert names == tables | edition | letters | others
    assert dates == {(2031, 6, 30)}


def test_a_list_in_chinese_says_what_each_file_of_a_package_is_and_begins_with_what_is_read_first(packed: Path) -> None:
    with zipfile.ZipFile(packed) as whole:
        said = whole.read(INDEX).decode("utf-8-sig").splitlines()
        names = whole.namelist()
    assert said[:4] == [
        "midsummer 版打包文件目录",
        "",
        "成品（先看第一份）",
        "一页纸（英文） · PDF：edition/onepage.en.pdf",
    ]
    assert "送件函（中文）：letter.zh.pdf" in said and "数据工作簿（XLSX）：data/tables.xlsx" in said
    places = [line.rpartition("：")[2] for line in said if "：" in line]
    assert all(name in places or f"{name.rpartition('/')[0]}/" in places for name in names if name != INDEX)


def test_the_list_in_chinese_has_the_brief_in_chinese_first() -> None:
    ranked = ("brief.zh.pdf", "brief.zh.ofd", "onepage.zh.pdf", "brief.en.pdf", "brief.zh-en.pdf")
    files = [f"edition/{name}" for name in reversed(ranked)]
    written = Mock(writers={"zh": None, "en": None})
    (content,) = chinese_index(written, "2031", files).values()
    listed = [line.rpartition("/")[2] for line in content.decode("utf-8-sig").splitlines() if "edition/" in line]
    assert listed == [*ranked] and not chinese_index(Mock(writers={"en": None}), "2031", files)


@pytest.mark.parametrize("name", ["edition/manifest.json.p7s", "edition/manifest.json", "manifest.json", "data/x.csv"])
def test_the_letter_lists_every_file_of_a_package_the_signature_too(name: str) -> None:
    assert kind_of(name) in KINDS


def test_a_package_is_the_same_byte_for_byte(packed: Path, root: Path) -> None:
    done = run("package", "midsummer", root)
    assert done.code == 0 and (root / "output/midsummer.zip").read_bytes() == packed.read_bytes()


def test_a_report_of_changes_goes_along_if_it_is_there(root: Path) -> None:
    add(root / "output/midsummer", {"changes.zh.pdf": next((root / "output/midsummer").glob("*.pdf")).read_bytes()})
    assert run("package", "midsummer", root).code == 0
    with zipfile.ZipFile(root / "output/midsummer.zip") as whole:
        assert "edition/changes.zh.pdf" in whole.namelist()


@pytest.mark.parametrize("name", ["changes.txt", "changes.zh.pdf", "notes.txt", "more.json"])
@pytest.mark.parametrize("link", [True, False])
def test_nothing_is_packed_that_the_manifest_does_not_list(root: Path, tmp_path: Path, name: str, link: bool) -> None:
    (tmp_path / "secret").write_text("the office's own")
    (root / "output/midsummer.zip").unlink(missing_ok=True)
    path = root / "output/midsummer" / name
    if link:
        path.symlink_to(tmp_path / "secret")
    else:
        path.write_text("the office's own")
    done = run("package", "midsummer", root)
    assert done.code == 7 and f"midsummer/{name}: " in done.err and not (root / "output/midsummer.zip").exists()


def test_a_link_in_the_place_of_a_listed_file_is_not_followed(root: Path, tmp_path: Path) -> None:
    path = root / "output/midsummer/scores.csv"
    path.rename(tmp_path / "scores.csv")
    path.symlink_to(tmp_path / "scores.csv")
    done = run("package", "midsummer", root)
    assert done.code == 7 and "this is a link" in done.err


def test_the_records_of_an_edition_have_the_pages_of_each_pdf(finished: Path) -> None:
    folder = finished / "output/midsummer"
    pages = recorded_pages(folder)
    assert pages.keys() == {each.name for each in folder.glob("*.pdf")} and all(count for count, _ in pages.values())


def test_a_text_is_found_on_the_page_of_a_pdf_on_which_it_begins(finished: Path) -> None:
    file = finished / "output/midsummer/onepage.en.pdf"
    text = read_pdf(file).pages[0].bare
    texts = {"first": (text[40:90],), "none": ("Nothing of the kind",), "empty": ("",)}
    assert pages_with(file, texts) == {"first": 1}


def test_what_is_added_to_an_edition_is_listed_and_takes_no_files_place(root: Path) -> None:
    folder = root / "output/midsummer"
    add(folder, {"changes.json": b"{}"})
    add(folder, {"changes.zh.pdf": b"%PDF"})
    assert json.loads((folder / "manifest.json").read_bytes())["added"].keys() == {"changes.json", "changes.zh.pdf"}
    for name in ("scores.csv", "manifest.json"):
        with pytest.raises(DeliveryError, match="has a file of this name"):
            add(folder, {name: b"x"})
    add(root / "elsewhere", {"scores.csv": b"x"})
    assert (root / "elsewhere/scores.csv").read_bytes() == b"x"


@pytest.mark.parametrize("cell", HOSTILE)
def test_a_cell_that_a_spreadsheet_would_run_is_made_inert(cell: str) -> None:
    assert safe_cell(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-12.5", "3", "=", "≈", "a=b", "'quoted", "", "2031-06-30", "no-one"])
def test_an_ordinary_cell_stays_as_it_is(cell: str) -> None:
    assert safe_cell(cell) == cell


def hostile() -> TableExtract:
    columns = {"town": Column(name="town"), "value": Column(name="value", type="number")}
    return TableExtract(
        Schema(name="towns", file="towns.csv", columns=columns),
        ("town", "value"),
        tuple((cell, "-1.5") for cell in HOSTILE),
    )


def test_the_workbook_holds_numbers_and_inert_texts_and_is_the_same_every_time() -> None:
    made = as_workbook([hostile()], DAY)
    assert made == as_workbook([hostile()], DAY)
    rows = list(openpyxl.load_workbook(io.BytesIO(made))["towns"].iter_rows(min_row=2))
    assert {cell.data_type for cell, _ in rows} == {"s"} and all(cell.value[0] == "'" for cell, _ in rows)
    assert {number.value for _, number in rows} == {-1.5}


def test_the_tables_are_as_their_description_says(packed: Path) -> None:
    """A reader of Frictionless descriptors in small: fields, types, constraints, keys and hashes."""
    with zipfile.ZipFile(packed) as whole:
        record = json.loads(whole.read("data/datapackage.json"))
        for resource in record["resources"]:
            content = whole.read(f"data/{resource['path']}")
            assert resource["bytes"] == len(content)
    types: dict[str, Callable[[str], Any]] = {
        "string": str,
        "number": float,
        "integer": int,
        "boolean": {"yes": True, "no": False}.__getitem__,
    }
    for resource in record["resources"]:
        schema, rows = resource["schema"], table(resource["name"], packed)
        assert rows and list(rows[0]) == [field["name"] for field in schema["fields"]]
        for field in schema["fields"]:
            cells = [row[field["name"]] for row in rows]
            limits = field.get("constraints", {})
            assert all(cells) or not limits.get("required")
            assert len(set(cells)) == len(cells) or not limits.get("unique")
            for value in (types[field["type"]](cell) for cell in cells if cell):
                assert value in limits.get("enum", [value])
                assert limits.get("minimum", value) <= value <= limits.get("maximum", value)
                assert re.fullmatch(limits.get("pattern", ".*"), str(value))
        keys = [tuple(row[name] for name in schema["primaryKey"]) for row in rows]
        assert len(set(keys)) == len(keys)
        for key in schema.get("foreignKeys", []):
            known = {row[key["reference"]["fields"]] for row in table(key["reference"]["resource"], packed)}
            assert {row[key["fields"]] for row in rows} - {""} <= known


def test_each_row_that_a_document_cites_is_found_by_its_number_in_the_packed_table(packed: Path) -> None:
    with zipfile.ZipFile(packed) as whole:
        facts = json.loads(whole.read("edition/ledger.json"))["facts"].values()
        names = {name[len("data/") : -len(".csv")] for name in whole.namelist() if name.startswith("data/")}
    cells = [each for fact in facts for each in fact.get("cells", ()) if each["table"] in names]
    cited = [(each["table"], row) for each in cells for row in each["rows"]]
    packed_tables = {name: {int(row["row_number"]) for row in table(name, packed)} for name, _ in cited}
    assert cited and all(row in packed_tables[name] for name, row in cited)


def test_what_refers_to_a_row_that_the_edition_does_not_know_is_no_foreign_key() -> None:
    lands = TableExtract(
        Schema(name="lands", file="lands.csv", columns={"land": Column(name="land", type="integer")}),
        ("land",),
        (("1",),),
    )
    column = Column(name="land", type="reference", to=("lands", "land"))
    ties = TableExtract(Schema(name="ties", file="ties.csv", columns={"land": column}), ("land",), (("1",), ("2",)))
    record = json.loads(describe("2031", DAY, [lands, ties], {"lands": b"", "ties": b""}))
    (field,) = record["resources"][1]["schema"]["fields"]
    assert field["type"] == "integer" and "foreignKeys" not in record["resources"][1]["schema"]


def test_about_and_more_than_go_out_with_the_numbers_that_have_them(workspace: Path) -> None:
    path = workspace / "data" / "regattas.csv"
    path.write_text(path.read_text("utf-8").replace(",41,", ",≈41,").replace(",57,", ",>57,"), "utf-8")
    sent = {each.schema.name: each for each in extracts(assessed(workspace).project.evidence.tables, DAY)}
    boats = sent["regattas"].head.index("boats")
    assert [row[boats] for row in sent["regattas"].rows][:2] == ["≈41", ">57"]
    book = openpyxl.load_workbook(io.BytesIO(as_workbook([*sent.values()], DAY)))
    assert [book["regattas"].cell(line, boats + 1).value for line in (2, 3)] == ["≈41", ">57"]
    record = json.loads(describe("2031", DAY, [sent["regattas"]], {"regattas": b""}))
    field = record["resources"][0]["schema"]["fields"][boats]
    assert field["type"] == "string" and "≈ (about)" in field["description"] and "minimum" not in field["constraints"]


def test_remarks_of_an_internal_column_are_in_nothing_that_is_sent_and_told(workspace: Path) -> None:
    last, messages = "[corroborated, stated, derived, unverified], required: yes}\n", []
    path = workspace / "data" / "ties.csv"
    head, first, *rows = path.read_text("utf-8").splitlines()
    path.write_text("\n".join((f"{head},note", f"{first},to be asked", *(f"{row}," for row in rows), "")), "utf-8")
    amend(workspace, "data/tables.yml", f"{last}regattas", f"{last}    note:       {{type: text}}\nregattas")
    for internal in (False, True):
        known = assessed(workspace).project.evidence.tables
        sent = {each.schema.name: each for each in extracts(known, date(2031, 6, 30))}["ties"]
        assert ("note" in sent.head and "to be asked" in sent.rows[0]) is not internal
        assert remarks_sent([sent]) == ({} if internal else {"ties": [("2", "to be asked")]})
        messages += [str(each.what) for each in remark_notes(known, str)]
        if not internal:
            amend(workspace, "data/tables.yml", "{type: text}\nregattas", "{type: text, internal: yes}\nregattas")
    ends = ", made while working, go out with the data", " stay in the office"
    go, stay = (f"remarks of these tables{each}: " for each in ends)
    assert messages == [f"{go}names, ties", f"internal {stay}ties", f"{go}names"]


def test_the_list_of_sources_that_is_sent_has_all_that_a_reference_needs() -> None:
    bare = Source(id="bare", title="", producer="", published="", accessed="", url="", kind="N", language="zh")
    daily = replace(bare, id="daily", title="新增", fields={"title_en": "Added", "pages": "3", "note": "to be asked"})
    least = ("title", "producer", "published", "accessed", "url", "kind", "language", "confidence", "grade")
    assert citation_columns([bare]) == least
    columns = citation_columns([daily, bare])
    assert columns[:4] == ("title", "title_en", "producer", "pages") and "note" not in columns
    assert [field_of(daily, each) for each in columns[:4]] == ["新增", "Added", "", "3"]


def test_a_package_is_proved_by_a_program_that_sees_no_workspace(packed: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.zip"
    alone.write_bytes(packed.read_bytes())
    command = [sys.executable, "-m", "jianbao.cli", "verify", str(alone)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Whole: edition midsummer, as of 2031-06-30, 17 files" in done.stdout


def test_what_differs_is_named_all_of_it(changed: Callable[..., Path]) -> None:
    path = changed({"edition/ledger.json": b"{}", "edition/scores.csv": None, "edition/new.txt": b"x"})
    done = run("verify", path)
    assert done.code == 7
    for said in (
        "changed.zip edition/ledger.json: the file was changed",
        "changed.zip edition/scores.csv: the file is missing",
        "changed.zip edition/new.txt: the file is not in the inventory",
    ):
        assert said in done.err


def test_a_manifest_that_was_changed_is_refused(changed: Callable[..., Path], packed: Path) -> None:
    with zipfile.ZipFile(packed) as whole:
        stated = whole.read("manifest.json")
    for content in (stated.replace(b"midsummer", b"midwinter"), stated + b"\n", b"{}", b"[" * 100_000):
        assert run("verify", changed({"manifest.json": content})).code == 7
    assert "the inventory is missing" in run("verify", changed({"manifest.json": None})).err


def test_another_whole_package_has_another_digest(packed: Path) -> None:
    digest = verify_file(packed, Trust()).inventory.digest  # type: ignore[union-attr]
    assert run("verify", packed, "--digest", digest).code == 0
    for other in ("0" * 64, ""):
        done = run("verify", packed, "--digest", other)
        assert done.code == 7 and "not the one that was named" in done.err


@pytest.mark.parametrize(
    "name",
    [
        *("../up.txt", "/etc/passwd", "a/../../b", "a\\b", "C:x", "./a", "a//b", "a/", "a\0b"),
        *(".", "..", "a/.", "a\u202ecod.pdf", "a\x1b[2Jb", "a\nb", "a\u200bb", "\ufeffa", "a.", "a /b", "a\u00adb"),
    ],
)
def test_a_path_that_leads_out_is_refused(name: str) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as whole:
        entry = zipfile.ZipInfo("placeholder")
        entry.filename = name
        whole.writestr(entry, b"x")
    with pytest.raises(DeliveryError, match=r"leads out|not a plain file|not a complete archive"):
        list(unzip_safely(written.getvalue(), "package"))


def test_a_link_a_doubled_name_and_a_strange_packing_are_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as whole:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        whole.writestr(link, b"/etc/passwd")
        whole.writestr("Twice", b"1")
        whole.writestr("twice", b"2")
        whole.writestr("strange", b"x", zipfile.ZIP_BZIP2)
    with pytest.raises(DeliveryError) as caught:
        list(unzip_safely(written.getvalue(), "package"))
    assert {problem.where.column for problem in caught.value.problems} == {"link", "twice", "strange"}


def test_a_name_that_would_drive_the_terminal_is_shown_in_plain_letters(tmp_path: Path) -> None:
    path = tmp_path / "hostile.zip"
    path.write_bytes(write_archive({"a\x1b[2J\u202e\n.pdf": b"x"}, DAY))
    done = run("verify", path)
    assert (
        done.code == 7 and "\x1b" not in done.err and "\u202e" not in done.err and "\\x1b[2J\\u202e\\n.pdf" in done.err
    )


def test_a_name_in_two_spellings_of_the_same_letters_is_there_twice() -> None:
    content = write_archive({"\u00e9.txt": b"1", "e\u0301.txt": b"2"}, DAY)
    with pytest.raises(DeliveryError, match="the name is used twice"):
        list(unzip_safely(content, "package"))


@pytest.mark.parametrize(
    ("field", "form", "value"),
    [(6, "<H", 0x8), (8, "<H", 8), (14, "<L", 1), (18, "<L", 1), (22, "<L", 9), (28, "<H", 1), (30, "<B", 99)],
)
def test_what_stands_before_a_file_must_be_what_the_list_says(field: int, form: str, value: int) -> None:
    content = bytearray(write_archive({"a.pdf": b"x" * 9, "b.pdf": b"y" * 9}, DAY))
    assert len(list(unzip_safely(bytes(content), "package"))) == 2
    start = content.index(b"PK\x03\x04", 1)
    struct.pack_into(form, content, start + field, value + (field == 22))
    with pytest.raises(DeliveryError, match="do not match the list of files"):
        list(unzip_safely(bytes(content), "package"))


def test_files_that_do_not_lie_one_after_the_other_are_refused() -> None:
    content = bytearray(write_archive({"a.pdf": b"x" * 9, "b.pdf": b"y" * 9}, DAY))
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 1)
    struct.pack_into("<L", content, second + 42, 0)
    with pytest.raises(DeliveryError, match="do not match the list of files"):
        list(unzip_safely(bytes(content), "package"))


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = write_archive({"zeros.txt": b"\0" * 20_000_000}, DAY)
    monkeypatch.setattr(verify, "_unpacked", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(DeliveryError, match="it would unpack to 20,000,000 bytes"):
        list(unzip_safely(bomb, "package"))


def test_an_entry_that_lies_about_its_size_is_read_no_further() -> None:
    content = bytearray(write_archive({"a.txt": b"x" * 1000}, DAY))
    for start in (content.index(b"PK\x03\x04") + 22, content.index(b"PK\x01\x02") + 24):
        content[start : start + 4] = (10).to_bytes(4, "little")
    with pytest.raises(DeliveryError, match=r"does not unpack|not a complete archive"):
        list(unzip_safely(bytes(content), "package"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"#!/bin/sh\n" + content,
        lambda content: content[:-9],
        lambda content: content[:99],
        lambda content: b"",
        lambda content: content[:200] + b"~" + content[201:],
    ],
    ids=["before", "end", "cut", "empty", "changed"],
)
def test_a_damaged_archive_or_one_with_something_hidden_is_refused(
    packed: Path, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "spoilt.zip"
    path.write_bytes(spoil(packed.read_bytes()))
    assert run("verify", path).code == 7


def test_an_edition_that_is_not_there_or_not_as_built_is_not_packed(root: Path) -> None:
    assert "jianbao build --edition winter" in run("package", "winter", root).err
    (root / "output/midsummer/scores.csv").write_bytes(b"")
    (root / "output/midsummer/notes.txt").write_bytes(b"")
    (root / "output/midsummer/ledger.json").unlink()
    done = run("package", "midsummer", root)
    assert done.code == 7 and done.err.count("midsummer/") == 3


def test_a_workspace_that_changed_after_the_build_is_named(root: Path) -> None:
    amend(root, "data/ties.csv", "Ostmere", "Pellwick")
    amend(root, "data/ties.csv", "Pellwick", "Ostmere")
    assert run("package", "midsummer", root).code == 0
    amend(root, "templates/wording/summary.yml", "phrases:", "phrases: ")
    done = run("package", "midsummer", root)
    assert done.code == 7 and "templates/wording/summary.yml: it was changed after the edition midsummer" in done.err


def test_a_workspace_without_words_for_the_letter_sends_the_built_in_one(root: Path) -> None:
    (root / "templates/wording/covering.yml").unlink()
    amend(root, "output/midsummer/manifest.json", "templates/wording/covering.yml", "data/delivery.yml")
    assert run("package", "midsummer", root).code == 0
    with zipfile.ZipFile(root / "output/midsummer.zip") as whole:
        assert {"letter.zh.pdf", "letter.en.pdf"} <= {Path(name).name for name in whole.namelist()}


def test_the_letter_of_an_edition_that_is_not_issued_says_so_first(root: Path, tmp_path: Path) -> None:
    (root / "data/roles.yml").write_text("stations:\n  issued: {name: {zh: 签发, en: Issued}}\n", "utf-8")
    done = run("package", "midsummer", root, "--unissued")
    assert done.code == 0, done.err
    with zipfile.ZipFile(root / "output/midsummer.zip") as whole:
        (tmp_path / "letter.pdf").write_bytes(whole.read("letter.en.pdf"))
    said = bare(" ".join(each.text for each in read(tmp_path / "letter.pdf")))
    assert said.index(bare("This package is a draft")) < said.index(bare("is enclosed"))

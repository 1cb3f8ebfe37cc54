"""A workspace of a stranger that is built, packed or reviewed harms nothing of the one who does it."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from jianbao.core import transaction
from jianbao.core.edition_folder import is_label
from jianbao.core.errors import DeliveryError
from jianbao.core.transaction import append, recover
from jianbao.delivery.journal import open_journal
from tests.workspaces import Done, amend, run, snapshot

pytestmark = pytest.mark.usefixtures("unset")
THESIS = "years of work"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a user's folder with something of their own: a workspace of a stranger lies beside it."""
    own = tmp_path / "Documents"
    own.mkdir()
    (own / "thesis.txt").write_text(THESIS)
    return own


def build(workspace: Path, *words: object) -> Done:
    return run("build", workspace, "--format", "pdf", "--lang", "en", *words)


def labelled(workspace: Path, label: str) -> None:
    amend(workspace, "data/editions.yml", "midsummer:", f"{label}:")


@pytest.mark.parametrize("target", ["..", "../..", "../Documents"])
def test_an_output_that_leads_out_is_not_written(workspace: Path, home: Path, target: str) -> None:
    (workspace / "output").symlink_to(target)
    labelled(workspace, home.name)
    before = snapshot(home.parent)
    done = build(workspace)
    assert done.code == 7 and "leads out of the workspace" in done.err and "--output" in done.err
    assert snapshot(home.parent) == before


@pytest.mark.parametrize("command", ["package", "sign", "deliver", "judge", "verify", "archive"])
def test_no_command_follows_an_output_that_leads_out(workspace: Path, home: Path, command: str) -> None:
    (workspace / "output").symlink_to(home)
    before = snapshot(home)
    words = {"archive": ("archive", "midsummer", "-w", workspace), "judge": ("judge", workspace)}
    done = run(*words.get(command, (command, "midsummer", workspace))) if command != "sign" else signed(workspace)
    assert done.code == 7 and "leads out of the workspace" in done.err, done.err
    assert snapshot(home) == before


def signed(workspace: Path) -> Done:
    from tests.delivery import mail_server

    papers = mail_server.issue(workspace.parent / "papers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIANBAO_KEY_PASSPHRASE", mail_server.PASSPHRASE)
        return run("sign", "--edition", "midsummer", "--workspace", workspace, "--key", papers.office)


def test_an_edition_that_is_a_link_is_neither_followed_nor_replaced(workspace: Path, home: Path) -> None:
    (workspace / "output").mkdir()
    (workspace / "output/midsummer").symlink_to(home)
    done = build(workspace)
    assert done.code == 7 and "this is a link" in done.err
    assert (workspace / "output/midsummer").is_symlink() and (home / "thesis.txt").read_text() == THESIS


@pytest.mark.parametrize("named", [True, False])
def test_a_folder_that_this_program_did_not_make_is_not_replaced(workspace: Path, home: Path, named: bool) -> None:
    labelled(workspace, home.name)
    if not named:
        (workspace / "output").mkdir()
        home = Path(shutil.move(home, workspace / "output" / home.name))
    before = snapshot(home)
    done = build(workspace, *(("--output", home.parent) if named else ()))
    assert done.code == 7 and "was not made by this program" in done.err and snapshot(home) == before


def test_a_file_in_the_place_of_an_edition_stays(workspace: Path) -> None:
    (workspace / "output").mkdir()
    (workspace / "output/midsummer").write_text(THESIS)
    assert build(workspace).code == 7 and (workspace / "output/midsummer").read_text() == THESIS


@pytest.mark.parametrize("name", ["notes.txt", "deep/notes.txt", "empty/", "link"])
def test_a_file_of_the_users_own_in_an_edition_stops_the_build_and_is_named(workspace: Path, name: str) -> None:
    assert build(workspace).code == 0
    path = workspace / "output/midsummer" / name
    if name.endswith("/"):
        path.mkdir()
    elif name == "link":
        path.symlink_to("manifest.json")
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_text(THESIS)
    before = snapshot(workspace)
    done = build(workspace)
    assert done.code == 7 and f"midsummer/{name.partition('/')[0]}: this program did not make this" in done.err
    assert f"midsummer/{name.strip('/')}" in done.err
    assert snapshot(workspace) == before


def test_what_a_file_manager_leaves_stops_no_build(workspace: Path) -> None:
    assert build(workspace).code == 0
    (workspace / "output/midsummer/.DS_Store").touch()
    assert build(workspace).code == 0


def test_a_build_says_at_once_that_it_could_not_be_written(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace / "output").mkdir()
    (workspace / "output/midsummer").write_text(THESIS)
    monkeypatch.setattr("jianbao.app.build.assess_project", lambda *_: pytest.fail("it was made"))
    assert build(workspace).code == 7


def test_hidden_folders_beside_an_edition_stay_unless_a_draft_made_them(workspace: Path) -> None:
    output = workspace / "output"
    for name in (".midsummer-notes", ".midsummer-draft-12345678"):
        (output / name).mkdir(parents=True)
        (output / name / "own.txt").write_text(THESIS)
    (output / ".midsummer-12345678").mkdir()
    (output / ".midsummer-12345678/own.txt").write_text(THESIS)
    (output / ".midsummer-abcdefgh/made").mkdir(parents=True)
    assert build(workspace).code == 0
    kept = {".midsummer-notes", ".midsummer-draft-12345678", ".midsummer-12345678", "midsummer"}
    assert {path.name for path in output.iterdir()} == kept


def test_an_archive_that_is_a_link_is_not_followed(published: Path, home: Path) -> None:
    (published / "output/archive").symlink_to(home)
    before = snapshot(home)
    done = run("archive", "midsummer", "-w", published)
    assert done.code == 7 and "this is a link" in done.err and snapshot(home) == before


def test_an_archive_is_replaced_by_this_programs_own_alone(published: Path) -> None:
    assert run("archive", "midsummer", "-w", published).code == 0
    manifest = published / "output/midsummer/manifest.json"
    record = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps({**record, "versions": {}}), "utf-8")
    again = ("archive", "midsummer", "-w", published, "--because", "a slip")
    assert run(*again).code == 0, "its own list of reasons does not stop it"
    manifest.write_text(json.dumps(record), "utf-8")
    (published / "output/archive/midsummer/notes.txt").write_text(THESIS)
    done = run(*again)
    assert done.code == 7 and "notes.txt: this program did not make this" in done.err


def test_a_file_that_is_no_package_is_not_replaced_by_one(tmp_path: Path) -> None:
    from jianbao.app.deliver import check_package

    path = tmp_path / "2025.zip"
    check_package(path)
    path.write_text(THESIS)
    with pytest.raises(DeliveryError, match="is no package of this program"):
        check_package(path)
    path.unlink()
    path.symlink_to(tmp_path)
    with pytest.raises(DeliveryError, match="is no package of this program"):
        check_package(path)


def test_a_journal_that_is_a_link_is_not_opened(workspace: Path, home: Path) -> None:
    journal = workspace / "midsummer.journal.jsonl"
    journal.symlink_to(home / "thesis.txt")
    with pytest.raises(DeliveryError, match="this is no file, but a link"), open_journal(journal):
        pass
    assert (home / "thesis.txt").read_text() == THESIS


def test_a_review_is_not_written_through_a_link(workspace: Path, home: Path) -> None:
    reviews = workspace / "data/reviews"
    shutil.rmtree(reviews, ignore_errors=True)
    reviews.mkdir()
    (reviews / ".midsummer.jsonl").symlink_to(home / "thesis.txt")
    append(workspace, "data/reviews/midsummer.jsonl", b"{}\n")
    assert (reviews / "midsummer.jsonl").read_bytes() == b"{}\n" and (home / "thesis.txt").read_text() == THESIS
    shutil.rmtree(reviews)
    reviews.symlink_to(home)
    with pytest.raises(DeliveryError, match="outside the workspace"):
        append(workspace, "data/reviews/midsummer.jsonl", b"{}\n")
    assert [path.name for path in home.iterdir()] == ["thesis.txt"]


ROLES = (
    "roles: {clerk: {name: {zh: 书记, en: clerk}}}\nstations: {drafted: {name: {zh: 拟稿, en: Drafted}, by: clerk}}\n"
)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "kind"), [("export", "review"), ("sheet", "handling")])
def test_copies_and_handling_sheets_are_not_written_through_a_link(
    workspace: Path, home: Path, command: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jianbao.render.word.package.heading_pages", lambda _: {})  # not looked at
    (workspace / "data/roles.yml").write_text(ROLES, "utf-8")
    (workspace / "output").mkdir()
    (workspace / f"output/midsummer.{kind}").symlink_to(home)
    done = run("review", command, workspace)
    assert done.code == 7 and "this is a link, which is not followed" in done.err and "--to FOLDER" in done.err
    assert [path.name for path in home.iterdir()] == ["thesis.txt"]


def test_a_change_that_was_broken_off_touches_nothing_through_a_link(workspace: Path, home: Path) -> None:
    journal, table = workspace / "data" / transaction.JOURNAL, workspace / "data/tallies.csv"
    journal.mkdir()
    table.chmod(0o777)
    (journal / "0").symlink_to(home / "thesis.txt")
    (home / "thesis.txt").chmod(0o600)
    old = sha256(table.read_bytes()).hexdigest()
    record = {"data/tallies.csv": {"file": "0", "old": old, "new": "0" * 64}}
    (journal / "files.json").write_text(json.dumps(record))
    with pytest.raises(DeliveryError, match="would change files outside the workspace"):
        recover(workspace)
    assert (home / "thesis.txt").stat().st_mode & 0o777 == 0o600 and not table.is_symlink()


@pytest.mark.parametrize(
    "label",
    (
        *("", ".", "..", "../x", "a/b", "a\\b", ".git", "archive", "Archive", "2025.", "con", "NUL.x", "Lpt1"),
        *("2025.zip", "2025.journal.jsonl", "ａ", "a b", "a\n", "x" * 81, "-x", "~", "C:x", "简" * 27),
    ),
)
def test_an_odd_label_is_no_label(label: str) -> None:
    assert not is_label(label)


@pytest.mark.parametrize("label", ["2025", "2025-07", "midsummer", "v1.2", "年度2025", "console", "archived"])
def test_a_plain_label_is_one(label: str) -> None:
    assert is_label(label)


def test_two_labels_that_name_one_folder_where_case_is_ignored_are_refused(workspace: Path) -> None:
    path = workspace / "data/editions.yml"
    text = path.read_text("utf-8")
    line = next(each for each in text.splitlines() if each.strip().startswith("midsummer:"))
    path.write_text(text.replace(line, f"{line}\n{line.replace('midsummer', 'Midsummer')}"), "utf-8")
    done = run("check", workspace)
    assert done.code == 4 and "'Midsummer' and 'midsummer' name the same folder" in done.err, done.err


@pytest.mark.parametrize("file", ["data/ties.csv", "data/tables.yml", "templates/wording/summary.yml"])
def test_a_file_that_cannot_be_read_is_an_error_and_no_trace(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    read, refused = Path.read_bytes, (workspace / file).resolve()

    def refuse(path: Path) -> bytes:
        if path == refused:
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    done = run("check", workspace)
    assert done.code in (3, 4) and f"{file}: the file cannot be read: Permission denied" in done.err, done.err


def test_links_that_lead_to_each_other_are_an_error_and_no_trace(workspace: Path) -> None:
    (workspace / "data/ties.csv").unlink()
    (workspace / "data/ties.csv").symlink_to("ties.csv")
    done = run("check", workspace)
    assert done.code == 3 and "ties" in done.err and "Traceback" not in done.err, done.err

"""The command that delivers: a dry run, a folder, and mail to a real server."""

import email.policy
from collections.abc import Iterator
from pathlib import Path

import pytest

from jianbao.delivery.checksums import Trust
from jianbao.delivery.verify import verify_file
from tests.delivery.conftest import BOXES
from tests.delivery.mail_server import PASSWORD, Papers, PostOffice
from tests.workspaces import Done, amend, run, snapshot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("blank_letters")]


@pytest.fixture
def desk(root: Path, office: PostOffice, papers: Papers, monkeypatch: pytest.MonkeyPatch) -> Iterator["Desk"]:
    amend(root, "data/delivery.yml", "port: 1", f"port: {office.port}")
    monkeypatch.setenv("JIANBAO_MAIL_PASSWORD", PASSWORD)
    yield Desk(root, papers)


class Desk:
    def __init__(self, root: Path, papers: Papers) -> None:
        self.root, self.papers = root, papers

    def deliver(self, *words: object) -> Done:
        return run("deliver", "midsummer", self.root, "--ca", self.papers.authority, *words)


def test_a_dry_run_shows_every_message_and_changes_nothing(desk: Desk, office: PostOffice) -> None:
    before = snapshot(desk.root)
    done = desk.deliver("--dry-run")
    assert done.code == 0 and done.out.count("would be sent") == 3 and snapshot(desk.root) == before
    assert "港务议会 <council@harbour.example>  (group council)" in done.out
    assert "Brief on Tarnhaven, 2031 / 2031年度塔恩港简报" in done.out
    assert "现送上2031年度" in done.out and "[midsummer.zip" in done.out and office.mailbox == []


def test_everyone_gets_what_is_meant_for_them(desk: Desk, office: PostOffice, tmp_path: Path) -> None:
    assert desk.deliver().code == 0
    found = {box: email.message_from_bytes(each, policy=email.policy.default) for box, each in office.mailbox}
    names = {box: [part.get_filename() for part in each.iter_attachments()] for box, each in found.items()}
    assert names == {
        BOXES[0]: ["onepage.en.pdf", "midsummer.zip"],
        BOXES[1]: ["onepage.en.pdf", "midsummer.zip"],
        BOXES[2]: ["onepage.en.pdf"],
    }
    package = tmp_path / "package.zip"
    package.write_bytes(list(found[BOXES[0]].iter_attachments())[1].get_content())
    digest = verify_file(package, Trust()).inventory.digest  # type: ignore[union-attr]
    assert digest in found[BOXES[2]].get_body().get_content()  # type: ignore[union-attr]
    again = desk.deliver()
    assert again.out.count("already sent") == 3 and len(office.mailbox) == 3
    assert desk.deliver("--dry-run").out.count("would be sent") == 0


def test_a_doubt_is_told_with_what_to_do_and_ends_when_it_is_decided(desk: Desk, office: PostOffice) -> None:
    office.fail("dot, kept")
    done = desk.deliver()
    assert done.code == 7 and f"{BOXES[0]}: in doubt" in done.out
    assert f"--arrived {BOXES[0]} or --again {BOXES[0]}" in done.err
    assert desk.deliver("--arrived", BOXES[0]).code == 0
    assert office.arrivals() == sorted(BOXES)


def test_a_new_recipient_gets_the_edition_and_nobody_gets_it_twice(desk: Desk, office: PostOffice) -> None:
    desk.deliver()
    amend(desk.root, "data/delivery.yml", "second@", "third@harbour.example, second@")
    assert desk.deliver().code == 0
    assert office.arrivals() == sorted([*BOXES, "third@harbour.example"])


def test_the_journal_outlives_a_new_build(desk: Desk, office: PostOffice) -> None:
    desk.deliver()
    assert run("build", desk.root, "--output", desk.root / "output").code == 0
    desk.deliver()
    assert office.arrivals() == sorted(BOXES)


def test_a_new_version_follows_only_if_the_operator_says_so(desk: Desk, office: PostOffice) -> None:
    desk.deliver()
    amend(desk.root, "templates/wording/message.yml", "请查收", "敬请查收")
    run("build", desk.root, "--output", desk.root / "output")
    done = desk.deliver()
    assert done.code == 7 and "--revised" in done.err and len(office.mailbox) == 3
    assert desk.deliver("--revised").code == 0 and len(office.mailbox) == 6


def test_a_folder_gets_what_the_groups_get(desk: Desk, tmp_path: Path) -> None:
    done = desk.deliver("--folder", tmp_path / "out")
    assert done.code == 0
    assert {path.name for path in (tmp_path / "out/council").iterdir()} == {
        *("onepage.en.pdf", "midsummer.zip", "message.txt", "manifest.json")
    }
    assert "Dear Q. Quillon" in (tmp_path / "out/press/message.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "files: [onepage.en.pdf, package]",
            "files: [onepage.fr.pdf]",
            "'onepage.fr.pdf' is not a file",
        ),
        ("language: en", "language: zh", "the edition has no PDF in 'zh'"),
        ("mail: {", "# mail: {", "there is no mail server"),
    ],
)
def test_what_cannot_be_delivered_is_named(desk: Desk, office: PostOffice, old: str, new: str, said: str) -> None:
    amend(desk.root, "data/delivery.yml", old, new)
    done = desk.deliver()
    assert done.code == 7 and said in done.err and "data/delivery.yml" in done.err and office.mailbox == []

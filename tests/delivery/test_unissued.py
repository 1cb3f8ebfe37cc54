"""What has not passed its stations is not handed over; what was issued last is, while its successor is in work."""

from pathlib import Path

import pytest

from tests.app.test_sign_off import PLAN, issue, passed, standing
from tests.workspaces import Done, amend, run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("blank_letters")]


@pytest.fixture
def office(root: Path) -> Path:
    (root / "data/roles.yml").write_text(PLAN, "utf-8")
    return root


def delivered(root: Path, *words: object) -> Done:
    return run("deliver", "midsummer", root, "--folder", root / "sent", *words)


def reworded(root: Path) -> None:
    """Change a word that the edition prints."""
    amend(root, "templates/wording/onepage.yml", "There are", "We know of")


def test_a_final_that_is_not_issued_stays_in_the_house_unless_told(office: Path) -> None:
    for done in (delivered(office), run("package", "midsummer", office)):
        assert done.code == 7 and "data/roles.yml drafted: the edition midsummer is not issued" in done.err
        assert "jianbao review pass drafted --by NAME --edition midsummer; or hand it over as it is" in done.err
    assert not (office / "sent").exists() and not (office / "output/midsummer.zip").exists()
    assert delivered(office, "--unissued").code == 0 and (office / "sent/council/message.txt").is_file()
    assert run("package", "midsummer", office, "--unissued").code == 0


def test_an_edition_that_is_issued_after_it_was_built_is_handed_over_as_it_stands(office: Path) -> None:
    issue(office)
    assert delivered(office).code == 0 and run("package", "midsummer", office).code == 0


def test_number_and_days_of_the_letterhead_come_after_issuing(office: Path) -> None:
    amend(office, "templates/outline.yml", "[onepage.en.pdf]", "[onepage.en.pdf, gongwen.zh.pdf]")
    issue(office)
    amend(office, "data/delivery.yml", "2031-07-04", "2031-07-05")
    assert standing(office)["issued"]
    amend(office, "data/delivery.yml", "加急", "特急")
    assert not standing(office)["issued"], "the urgency was passed as it is"


def test_what_was_issued_is_built_and_handed_over_while_its_successor_is_in_work(office: Path) -> None:
    issue(office)
    page = (office / "output/midsummer/onepage.en.pdf").read_bytes()
    reworded(office)
    assert not standing(office)["issued"]
    done = delivered(office)
    assert done.code == 0, done.err
    built = run("build", office, "--approved-only", "--output", office / "again")
    assert built.code == 0, built.err
    assert (office / "again/midsummer/onepage.en.pdf").read_bytes() == page
    assert run("build", office, "--output", office / "new").code == 0
    assert (office / "new/midsummer/onepage.en.pdf").read_bytes() != page
    done = delivered(office, "--output", office / "new")
    assert done.code == 7 and "Ann passed the station drafted" in done.err and "has lapsed" in done.err


def test_what_was_issued_and_then_returned_is_not_built_as_approved(office: Path) -> None:
    issue(office)
    assert run("review", "return", "signed", "--by", "Ida Ivory", "--comment", "stop", "-w", office).code == 0
    done = run("build", office, "--approved-only", "--output", office / "again")
    assert done.code == 2 and "is not issued" in done.err and not (office / "again").exists()


def test_what_would_read_otherwise_than_when_it_was_issued_is_not_built_as_approved(office: Path) -> None:
    issue(office)
    amend(office, "data/delivery.yml", "加急", "特急")
    done = run("build", office, "--approved-only", "--output", office / "again")
    assert done.code == 2 and "the edition differs from the issued one" in done.err
    assert "review pass" not in done.err and not (office / "again").exists()


def test_an_archive_that_is_not_what_was_kept_is_refused(office: Path) -> None:
    issue(office)
    (archive,) = (office / "data/reviews/stations/midsummer").glob("*.zip")
    archive.write_bytes(archive.read_bytes()[:-1])
    done = run("build", office, "--approved-only", "--output", office / "again")
    assert done.code == 4 and f"{archive.name}: this file has changed since the edition was issued" in done.err
    archive.unlink()
    done = run("build", office, "--approved-only", "--output", office / "again")
    assert done.code == 2 and "nothing approved is kept" in done.err and delivered(office).code == 0


def test_a_draft_goes_round_the_house_and_to_no_recipient(office: Path) -> None:
    amend(office, "data/editions.yml", "draft: no", "draft: yes")
    assert run("build", office, "--output", office / "output").code == 0
    assert run("package", "midsummer", office).code == 0
    assert delivered(office).code == 7
    assert passed(office, "drafted", "Ann").code == 0
    amend(office, "data/editions.yml", "draft: yes", "draft: no")
    assert standing(office)["stations"][0]["state"] == "passed", "a final says the same"

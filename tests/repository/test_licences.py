"""Everything that the program stands on may be handed on, and its licence is listed."""

import pytest

from tests.repository.licences import COMMAND, PAGES, allowed, licence, locked, renewed


def test_the_licence_of_every_locked_library_is_allowed() -> None:
    found = {name: licence(name) for name in locked()}
    assert {name: said for name, said in found.items() if not allowed(said)} == {}


def test_the_list_of_licences_is_what_the_libraries_say() -> None:
    texts = {page.name: page.read_text("utf-8") for page in PAGES}
    assert [name for name, text in texts.items() if text != renewed(text)] == [], f"write them anew: {COMMAND}"


@pytest.mark.parametrize("said", ["GPL-3.0-only", "MIT AND GPL-3.0-only", "unknown", "SSPL-1.0 OR AGPL-3.0-only"])
def test_a_licence_that_binds_those_who_hand_it_on_is_found(said: str) -> None:
    assert not allowed(said)


def test_a_library_that_is_not_installed_is_found() -> None:
    assert not allowed(licence("no-such-library"))

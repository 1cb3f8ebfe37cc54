"""A studio of several people: who gets in, what each may do, and what is tried against it, each by a request."""

import json
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from jianbao.app import workspace
from jianbao.core.errors import DeliveryError, UsageError
from jianbao.core.private_files import kept_file, state_folder
from jianbao.review.edits import cell_edits
from jianbao.review.roles import declared_roles
from jianbao.studio import accounts, server
from jianbao.studio.accounts import Account, SignIn, TooManyError, hashed, matches, read_accounts, with_account
from jianbao.studio.application import POST_HANDLERS, application, right_for
from jianbao.studio.guard import Access
from jianbao.studio.jobs import Jobs
from jianbao.studio.pages.home import HANDING_OVER
from jianbao.studio.session import StudioSession
from tests.repository.tree import PACKAGE, ROOT
from tests.studio.requesting import NOON
from tests.studio.test_rooms import ROOMS
from tests.studio.test_server import CELL, FORM, Client
from tests.workspaces import MINIATURE, amend, copy, run, snapshot

SECRET, OTHER = "four plain words here", "another four words now"
ROLES = """\
four_eyes: yes
roles:
  desk: {name: {zh: 经办人, en: desk officer}, may: edit}
  reviser: {name: {zh: 核稿人, en: reviser}, may: [edit, approve]}
  head: {name: {zh: 负责人, en: head}, may: [approve, deliver]}
stations:
  drafted: {name: {zh: 拟稿, en: Drafted}, by: desk}
  issued: {name: {zh: 签发, en: Issued}, by: head, four_eyes: yes}
"""
SENTENCE = "harbour.ties:2"


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(accounts, "COST", 2**4)  # what a password costs is proved once


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = copy(MINIATURE, tmp_path / "city")
    (made / "data/roles.yml").write_text(ROLES, "utf-8")
    people = {"Li Wen": "desk", "Wang Min": "reviser", "Hu Lan": "head", "Guest": ""}
    found: tuple[Account, ...] = ()
    for name, role in people.items():
        found = with_account(found, name, role, SECRET)
    accounts.write_accounts(made, found)
    return made


@contextmanager
def office(root: Path) -> Iterator[tuple[int, SignIn, StudioSession]]:
    """Serve a workspace with its accounts."""
    known = partial(read_accounts, root)
    studio = StudioSession(root=root, edition="", clock=lambda: NOON, accounts=known)
    sign_in = SignIn(accounts=known)
    bound = server.listen(0)
    port = bound.getsockname()[1]
    app, ending = application(studio, Access(port=port, token="unused", sign_in=sign_in))
    with server.serving(app, bound, ending):
        yield port, sign_in, studio


class Visitor(Client):
    """A browser of somebody who signs in."""

    def __init__(self, port: int, name: str = "", password: str = SECRET) -> None:
        super().__init__(port)
        self.own = {"Host": f"127.0.0.1:{port}"}
        self.status, self.page = 0, ""
        if name:
            self.sign_in(name, password)

    def sign_in(self, name: str, password: str = SECRET, to: str = "/") -> dict[str, str]:
        body = urlencode({"name": name, "password": password, "to": to})
        self.status, head, self.page = self.ask("/sign-in", body)
        if "set-cookie" in head:
            self.own["Cookie"] = head["set-cookie"].partition(";")[0]
        return head


# Passwords and accounts


def test_a_password_is_kept_as_a_hash_that_is_slow_to_try_with_a_salt_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    kept = hashed(SECRET)
    assert SECRET not in kept and kept != hashed(SECRET) and matches(SECRET, kept) and not matches(OTHER, kept)
    assert accounts.COST * accounts.BLOCK * 128 >= 32 << 20, "bytes of memory for each try"
    for wrong in ("", "scrypt", "scrypt$zz$zz", "scrypt$00$", "plain$$" + SECRET, accounts._NOBODY):
        assert not matches(SECRET, wrong) and not matches("", wrong)


@pytest.mark.parametrize("password", ["short", "x" * 201, "aaaaaaaaaaaaaaaa", "li wen li wen", ""])
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(UsageError):
        with_account((), "Li Wen Li Wen", "", password)


def test_an_account_is_given_listed_changed_and_taken_away(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_PASSWORD", SECRET)
    assert run("user", "add", "Chen  Jing", root, "--role", "desk").code == 0
    assert "Chen Jing  desk" in run("user", "list", root).out
    made = run("user", "add", "chen jing", root, "--generate").out
    password = re.search(r"Password of chen jing: (\S{16})", made)
    assert password and matches(password[1], read_accounts(root)[-1].password) and len(read_accounts(root)) == 5
    done = run("user", "add", "Zhao", root, "--role", "dsek")
    assert done.code == 2 and "'dsek'" in done.err and "desk" in done.err
    assert run("user", "remove", "Nobody", root).code == 2
    assert run("user", "remove", "Chen Jing", root).code == 0 and len(read_accounts(root)) == 4
    file = next((state_folder() / "studio").glob("*.accounts.json"))
    assert file.stat().st_mode & 0o777 == 0o600 and SECRET not in file.read_text("utf-8")
    log = "".join(each.read_text("utf-8") for each in (state_folder() / "studio").glob("*.log-*"))
    assert "/user/add" in log and SECRET not in log and password[1] not in log
    assert "data/roles.yml" not in snapshot(root) or "Chen" not in (root / "data/roles.yml").read_text("utf-8")


def test_a_role_that_names_its_people_is_given_to_nobody_else(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_PASSWORD", SECRET)
    (root / "data/roles.yml").write_text(ROLES.replace("may: edit}", "may: edit, people: [Li Wen]}", 1), "utf-8")
    done = run("user", "add", "Zhao", root, "--role", "desk")
    assert done.code == 2 and "gives the role 'desk' to others: Li Wen" in done.err


def test_damaged_accounts_let_nobody_in(root: Path) -> None:
    file = next((state_folder() / "studio").glob("*.accounts.json"))
    for content in (b"{", b"[]x", b'[{"name": "x"}]', b'[{"name": 1, "role": "", "password": ""}]', b"[" * 100_000):
        file.write_bytes(content)
        with pytest.raises(DeliveryError, match="restore it from a backup"):
            read_accounts(root)
    assert run("studio", root, "--no-open", "--port", 0).code == 7


# Sessions


class Clock:
    time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(clock: Clock) -> SignIn:
    held = with_account(with_account((), "Li Wen", "desk", SECRET), "Hu Lan", "head", SECRET)
    return SignIn(accounts=lambda: held, clock=clock)


def test_a_session_ends_after_two_idle_hours_and_after_twelve_in_any_case(door: SignIn, clock: Clock) -> None:
    token = door.sign_in("li  wen", SECRET, "1")
    clock.time = accounts.IDLE
    assert door.account_of(token)
    clock.time += accounts.IDLE + 1
    assert door.account_of(token) is None
    token, begun = door.sign_in("Li Wen", SECRET, "1"), clock.time
    while clock.time - begun < accounts.WHOLE:
        assert door.account_of(token)
        clock.time += accounts.IDLE
    clock.time = begun + accounts.WHOLE + 1
    assert door.account_of(token) is None


def test_another_password_or_a_removed_account_ends_the_session_at_once() -> None:
    held = with_account((), "Li Wen", "desk", SECRET)
    door = SignIn(accounts=lambda: held)
    token = door.sign_in("Li Wen", SECRET, "1")
    held = with_account(held, "Li Wen", "head", OTHER)
    assert door.account_of(token) is None
    token = door.sign_in("Li Wen", OTHER, "1")
    held = ()
    assert door.account_of(token) is None


def test_failed_attempts_are_limited_by_name_and_address_and_forgotten_after_a_while(
    door: SignIn, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str, address: str) -> None:
        with pytest.raises(UsageError) as refused:
            door.sign_in(name, OTHER, address)
        assert "name or password is wrong" in str(refused.value)

    for _ in range(accounts.BY_BOTH):
        fail("Li Wen", "1")
    with pytest.raises(TooManyError, match="15 minutes"):
        door.sign_in("Li Wen", SECRET, "1")
    assert door.sign_in("Li Wen", SECRET, "2"), "somebody else does not lock them out from elsewhere"
    for number in range(accounts.BY_ADDRESS):
        fail(f"Nobody {number}", "3")
    with pytest.raises(TooManyError):
        door.sign_in("Hu Lan", SECRET, "3")
    for number in range(accounts.BY_NAME):
        fail("Hu Lan", f"a{number}")
    with pytest.raises(TooManyError):
        door.sign_in("Hu Lan", SECRET, "b")
    clock.time = accounts.WINDOW + 1
    assert door.sign_in("Hu Lan", SECRET, "3") and door.sign_in("Li Wen", SECRET, "1")
    monkeypatch.setattr(accounts, "MOST_COUNTED", 1)
    fail("x", "4")
    with pytest.raises(TooManyError):
        door.sign_in("Li Wen", SECRET, "1")


def test_too_many_passwords_at_once_are_not_tried(door: SignIn) -> None:
    for _ in range(accounts.WAITING):
        assert door._waiting.acquire(blocking=False)
    with pytest.raises(TooManyError, match="at once"):
        door.sign_in("Li Wen", SECRET, "1")


def test_an_account_has_so_many_sessions_and_then_the_oldest_ends(door: SignIn) -> None:
    tokens = [door.sign_in("Li Wen", SECRET, "1") for _ in range(accounts.MOST_SESSIONS + 1)]
    assert door.account_of(tokens[0]) is None and door.account_of(tokens[1]) and door.account_of(tokens[-1])


# Requests


@pytest.mark.slow
def test_nobody_learns_anything_before_they_have_signed_in(root: Path) -> None:
    with office(root) as (port, _, _):
        nobody = Visitor(port)
        for path in ("/", "/data/ties", "/preview/brief.zh-en", "/log", "/nothing"):
            status, head, text = nobody.ask(path)
            assert status == 303 and head["location"] == f"/sign-in?to={quote(path)}" and "Ostmere" not in text
        assert nobody.ask("/news")[0] == 401 and nobody.ask("/data/ties/cell", CELL)[0] == 401
        assert nobody.ask("/open?token=unused")[0] == 303, "the token of one's own machine is none here"
        status, _, page = nobody.ask("/sign-in?to=/data")
        assert status == 200 and "Sign in" in page and "Ostmere" not in page and 'value="/data"' in page
        assert "登录" in nobody.ask("/sign-in", Accept_Language="zh-CN")[2]
        assert nobody.ask("/assets/studio.css")[0] == 200


@pytest.mark.slow
def test_who_signs_in_works_under_their_own_name_with_drafts_of_their_own(root: Path) -> None:
    with office(root) as (port, _, studio):
        li, wang = Visitor(port), Visitor(port, "Wang Min")
        head = li.sign_in("li wen", to="/data/ties")
        assert li.status == 303 and head["location"] == "/data/ties"
        assert "HttpOnly" in head["set-cookie"] and "SameSite=strict" in head["set-cookie"]
        forged = li.own["Cookie"] + f"; jianbao-name={quote('Hu Lan')}"
        assert li.ask("/data/ties/cell", CELL, Cookie=forged)[0] == 303
        assert "Delta" in li.ask("/changes")[2] and "There is no draft change" in wang.ask("/changes")[2]
        assert li.ask("/changes/apply", urlencode({"why": "So it is"}), Cookie=forged)[0] == 303
        (kept,) = (root / "data/proposals").glob("*.yml")
        assert 'by: "Li Wen"' in kept.read_text("utf-8") and "Hu Lan" not in kept.read_text("utf-8")
        page = li.ask("/")[2]
        assert "Li Wen (desk officer)" in page and "Sign out" in page and 'name="name"' not in page
        lines = studio.audit.entries()
        assert [each.by for each in lines] == ["Wang Min", "li wen", "Li Wen", "Li Wen"]
        assert SECRET not in "".join(map(str, lines))


@pytest.mark.slow
def test_what_a_role_may_not_do_is_refused_on_the_server_and_logged(root: Path) -> None:
    weight, words = urlencode({"node": "x", "weight": "2"}), urlencode({"text.en": "x"})
    approve = urlencode({"item": SENTENCE, "verdict": "approve"})
    refused = {
        "Guest": [*((path, "x=1") for path in POST_HANDLERS if "{" not in path and path != "/stations")],
        "Li Wen": [("/review", approve), ("/job/start", "command=send"), ("/job/start", "command=package")],
        "Hu Lan": [
            *(("/data/ties/cell", CELL), ("/framework/weight", weight), (f"/brief/wording/{SENTENCE}", words)),
            *(("/changes/apply", "why=x"), ("/proposals/x/undo", ""), ("/intake/file", "")),
        ],
        "Wang Min": [("/job/start", "command=send")],
    }
    with office(root) as (port, _, studio):
        before = snapshot(root)
        for name, tried in refused.items():
            visitor = Visitor(port, name)
            for path, body in tried:
                status, _, page = visitor.ask(path, body)
                assert status == 403 and "may not do this" in page, (name, path)
        assert snapshot(root) == before
        assert sum("may not do this" in each.result for each in studio.audit.entries()) == sum(
            map(len, refused.values())
        )
        guest = Visitor(port, "Guest")
        page = guest.ask("/data/ties")[2]
        assert "data-writable" not in page and guest.ask("/review")[2].count('value="approve"') == 0


class Forms(HTMLParser):
    """What the forms of a page send: the address of each, and its fields with one of its buttons."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._action: str | None = None
        self._fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._action = given.get("action", "") if given.get("method") == "post" else None
            self._fields = {}
        elif self._action is not None and tag == "button":
            button = {given["name"]: given.get("value", "")} if "name" in given else {}
            self.found.append((given.get("formaction", self._action), self._fields | button))
        elif self._action is not None and tag in ("input", "textarea") and "name" in given:
            self._fields[given["name"]] = given.get("value", "")


@pytest.mark.slow
def test_no_form_that_somebody_sees_is_refused_to_their_role(root: Path) -> None:
    words = urlencode({"text.en": "Newest is {{ ties.latest | name }}, on {{ ties.latest_on | date }}."})
    with office(root) as (port, _, studio):
        people = {name: Visitor(port, name) for name in ("Wang Min", "Hu Lan", "Li Wen", "Guest")}
        wang = people["Wang Min"]
        assert wang.ask("/data/ties/cell", CELL)[0] == wang.ask(f"/brief/wording/{SENTENCE}", words)[0] == 303
        assert wang.ask("/changes/apply", "why=So+it+is")[0] == 303
        assert wang.ask("/data/ties/cell", "row=2&column=grouping&old=Highlands&new=Islands")[0] == 303
        assert wang.ask("/changes/propose", "why=So+it+is")[0] == 303
        seen: dict[str, set[str]] = {}
        known = {each.name: each for each in read_accounts(root)}
        for name, visitor in people.items():
            studio.of(name).add(cell_edits(["ties:3.grouping=Delta"], studio.editable()))  # of a former role
            for room in ROOMS:
                for action, fields in Forms(visitor.ask(room)[2]).found:
                    if action in ("/sign-out", "/settings"):
                        continue
                    if action == "/job/start":
                        right = "deliver" if fields["command"] in HANDING_OVER else "work"
                        assert accounts.may(studio.plan(), known[name], right), (name, fields)
                        continue
                    seen.setdefault(name, set()).add(action)
                    status, _, page = visitor.ask(action, urlencode(fields))
                    assert status != 403 and "may not" not in page, (name, room, action)
        assert seen.get("Guest") is None and {"/review"} <= seen["Hu Lan"] <= {"/review", "/stations"}
        assert {"/data/ties/row", "/intake/file", "/framework/weight", "/changes/drop"} <= seen["Li Wen"]


def test_who_may_not_do_something_reads_who_may(root: Path) -> None:
    with office(root) as (port, _, _):
        page = Visitor(port, "Li Wen").ask("/hand-over")[2]
        assert "Next: Hu Lan signs in, and packs it under “Hand over”." in page and "Pack the" not in page
        assert "signs in" not in Visitor(port, "Hu Lan").ask("/hand-over")[2]


@pytest.mark.slow
def test_a_final_edition_is_packed_and_any_is_sent_by_who_may_deliver_and_a_draft_packed_by_who_may_build(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jobs, "start", lambda *_: None)
    people = ("Guest", "Li Wen", "Wang Min", "Hu Lan")

    def allowed(command: str) -> list[str]:
        return [each for each in people if visitors[each].ask("/job/start", f"command={command}")[0] == 303]

    with office(root) as (port, _, _studio):
        visitors = {each: Visitor(port, each) for each in people}
        assert [allowed(each) for each in HANDING_OVER] == [["Hu Lan"]] * len(HANDING_OVER)
        assert allowed("build") == ["Li Wen", "Wang Min", "Hu Lan"]
        amend(root, "data/editions.yml", "draft: no", "draft: yes")
        assert {each: allowed(each) for each in HANDING_OVER} == {
            "package": ["Li Wen", "Wang Min", "Hu Lan"],
            "plan": ["Hu Lan"],
            "send": ["Hu Lan"],
        }


@pytest.mark.slow
def test_a_forged_role_gives_nothing(root: Path) -> None:
    with office(root) as (port, _, _):
        visitor = Visitor(port, "Guest")
        body = f"{CELL}&role=head&name=Hu+Lan&account=Hu+Lan&by=Hu+Lan"
        forged = visitor.own["Cookie"] + "; role=head; jianbao-name=Hu%20Lan"
        for headers in ({"X_Role": "head"}, {"X_Forwarded_User": "Hu Lan"}, {"Authorization": "Basic SHU6eA=="}):
            assert visitor.ask("/data/ties/cell?role=head", body, Cookie=forged, **headers)[0] == 403


@pytest.mark.slow
def test_stations_are_passed_by_accounts_with_the_role_and_nobody_issues_their_own_change(root: Path) -> None:
    def passing(visitor: Visitor, station: str) -> tuple[int, str]:
        form = {"station": station, "verdict": "pass", "confirmed": "yes"}
        status, _, page = visitor.ask("/stations", urlencode(form))
        return status, page

    with office(root) as (port, _, _):
        li, wang, hu = (Visitor(port, name) for name in ("Li Wen", "Wang Min", "Hu Lan"))
        assert passing(wang, "drafted")[0] == 400 and "may be passed by Li Wen" in wang.ask("/review")[2]
        assert passing(li, "drafted")[0] == 303
        assert passing(li, "issued")[0] == 400 and passing(hu, "issued")[0] == 303
        (file,) = (root / "data/reviews/stations").glob("*.jsonl")
        log = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        assert [(each["by"], each["role"]) for each in log] == [("Li Wen", "desk"), ("Hu Lan", "head")]


@pytest.mark.slow
def test_who_passes_a_station_reads_who_is_next_and_is_told_how_much_is_not_approved(root: Path) -> None:
    with office(root) as (port, _, studio):
        li, hu = Visitor(port, "Li Wen"), Visitor(port, "Hu Lan")
        assert "Pass Drafted, on to Issued" in li.ask("/review")[2]
        page = hu.ask("/review")[2]
        assert "Issued: first Drafted" in page and "Pass Issued" not in page
        to = li.ask("/stations", urlencode({"station": "drafted", "verdict": "pass"}))[1]["location"]
        assert "Next: Issued." in li.ask(to)[2] and "may be passed by Hu Lan" in li.ask(to)[2]
        items = len(studio.state().approval.states)  # type: ignore[union-attr]
        form = {"station": "issued", "verdict": "pass", "comment": "Well done"}
        status, _, page = hu.ask("/stations", urlencode(form))
        said = f"The rest, not approved one by one: {items} items, which have not changed."
        assert status == 200 and said in page and 'value="Well done"' in page
        page = hu.ask("/hand-over")[2]
        assert said in page and "Pack the draft, which is not issued" in page
        assert (
            "The edition as a whole has not passed: Issued." in page
            and "To be passed now: Issued (may be passed by Hu Lan)." in page
        )
        shown_count = re.search(r'name="told" value="(\d+)"', hu.ask("/review")[2])
        assert shown_count and shown_count[1] == str(items), (
            "who has read the number beside the button is not asked again"
        )
        assert hu.ask("/stations", urlencode(form | {"told": str(items - 1)}))[0] == 200
        assert hu.ask("/stations", urlencode(form | {"told": shown_count[1]}))[0] == 303
        assert "not issued" not in hu.ask("/hand-over")[2]


@pytest.mark.slow
def test_of_two_who_write_into_one_cell_at_once_one_is_refused_and_shown_both_texts(root: Path) -> None:
    with office(root) as (port, _, studio), ThreadPoolExecutor(2) as pool:
        people = {"Delta": Visitor(port, "Li Wen"), "Islands": Visitor(port, "Wang Min")}
        for text, visitor in people.items():
            assert visitor.ask("/data/ties/cell", CELL.replace("Delta", text))[0] == 303
        answers = pool.map(lambda each: each.ask("/changes/apply", "why=So+it+is")[0], people.values())
        statuses = dict(zip(people, answers, strict=True))
        assert sorted(statuses.values()) == [303, 409]
        stands, refused = sorted(people, key=statuses.__getitem__)
        assert f"Uldhaven,QUO,{stands}" in (root / "data/ties.csv").read_text("utf-8")
        page = people[refused].ask("/changes")[2]
        assert f"the text is now &#39;{stands}&#39;; the proposal was &#39;{refused}&#39;" in page
        assert sum(each.result == "done" for each in studio.audit.entries() if each.did == "/changes/apply") == 1


@pytest.mark.slow
def test_a_station_whose_role_no_account_has_says_so_and_not_that_anybody_may_pass_it(root: Path) -> None:
    accounts.write_accounts(root, [each for each in read_accounts(root) if each.role != "desk"])
    with office(root) as (port, _, _):
        page = Visitor(port, "Guest").ask("/review", Accept_Language="zh")[2]
        assert (
            "尚未给经办人开户" in page
            and page.count("拟稿尚无人开户：现在可核准改动、生成和打包样稿，不能签发。") == 1
            and "任何人均可办理" not in page
            and "drafted" not in page.lower()
        )


@pytest.mark.slow
def test_nobody_approves_words_of_their_own(root: Path) -> None:
    with office(root) as (port, _, studio):
        wang, hu = Visitor(port, "Wang Min"), Visitor(port, "Hu Lan")
        said = urlencode({"text.en": "Newest is {{ ties.latest | name }}, on {{ ties.latest_on | date }}."})
        assert wang.ask(f"/brief/wording/{SENTENCE}", said)[0] == 303
        assert wang.ask("/changes/apply", urlencode({"why": "Shorter"}))[0] == 303
        state = studio.state()
        content = next(each.item.content for each in state.approval.states if each.item.id == SENTENCE)  # type: ignore[union-attr]
        approve = urlencode({"item": SENTENCE, "content": f"{SENTENCE}={content}", "verdict": "approve"})
        status, _, page = wang.ask("/review", approve)
        assert status == 400 and "four eyes" in page
        assert hu.ask("/review", approve)[0] == 303


def test_an_office_of_several_asks_for_four_eyes_and_who_begins_alone_is_not_bound() -> None:
    plan = declared_roles(workspace.snapshot(ROOT))
    assert plan.four_eyes and all(each.four_eyes for each in plan.stations[1:])
    assert sum("approve" in role.may for role in plan.roles.values()) > 1, "somebody is left who may approve"
    for begun in (ROOT / "examples/chengdu", PACKAGE / "resources/starter/full", PACKAGE / "resources/starter/small"):
        assert (begun / "data/editions.yml").is_file()
        assert not declared_roles(workspace.snapshot(begun)).four_eyes


@pytest.mark.slow
def test_roles_that_cannot_be_read_give_no_rights(root: Path) -> None:
    with office(root) as (port, _, _):
        li = Visitor(port, "Li Wen")
        for text in ("roles: [", "roles: {}\nstations: x\n", "- 1\n", ROLES.replace("  desk:", "  Desk:")):
            (root / "data/roles.yml").write_text(text, "utf-8")
            assert li.ask("/data/ties/cell", CELL)[0] == 403, text
        (root / "data/roles.yml").write_text(ROLES, "utf-8")
        amended = (root / "data/ties.csv").read_text("utf-8").replace("2031-02-11", "yesterday")
        (root / "data/ties.csv").write_text(amended, "utf-8")
        assert li.ask("/data/ties/cell", CELL)[0] == 303, "a wrong table is mended by those who may"


@pytest.mark.slow
def test_a_session_cannot_be_planted_and_is_another_one_after_each_sign_in(root: Path) -> None:
    with office(root) as (port, sign_in, _):
        planted = f"jianbao-{port}=planted-by-somebody-else"
        victim = Visitor(port)
        victim.own["Cookie"] = planted
        victim.sign_in("Li Wen")
        assert victim.own["Cookie"] != planted and victim.ask("/")[0] == 200
        assert Visitor(port).ask("/", Cookie=planted)[0] == 303
        first = victim.own["Cookie"]
        victim.sign_in("Li Wen")
        assert victim.own["Cookie"] != first and Visitor(port).ask("/", Cookie=first)[0] == 303
        assert len(sign_in._sessions) == 1
        assert Visitor(port).ask(f"/sign-in?{first}&token={first.partition('=')[2]}")[1].get("set-cookie") is None


@pytest.mark.slow
def test_a_session_that_was_signed_out_cannot_be_replayed(root: Path) -> None:
    with office(root) as (port, _, studio):
        li = Visitor(port, "Li Wen")
        cookie = li.own["Cookie"]
        status, head, _ = li.ask("/sign-out", "")
        assert status == 303 and "Max-Age=0" in head["set-cookie"] and head["location"] == "/sign-in"
        assert li.ask("/", Cookie=cookie)[0] == 303 and li.ask("/data/ties/cell", CELL, Cookie=cookie)[0] == 401
        assert [each.did for each in studio.audit.entries()] == ["/sign-in", "/sign-out"]


@pytest.mark.slow
def test_who_signs_in_next_on_this_machine_has_their_name_filled_in_and_types_the_password(root: Path) -> None:
    with office(root) as (port, _, _):
        li = Visitor(port, "Li Wen")
        _, head, _ = li.ask("/sign-out", urlencode({"next": "Hu Lan"}))
        assert head["location"] == "/sign-in?name=Hu+Lan"
        page = Visitor(port).ask(head["location"])[2]
        assert re.search('id="name"[^>]* value="Hu Lan"[^>]*required>', page)
        assert re.search('id="password"[^>]* autofocus>', page) and page.count("autofocus") == 1
        assert re.search('id="name"[^>]* autofocus>', Visitor(port).ask("/sign-in")[2])


@pytest.mark.slow
def test_who_signs_in_to_approve_a_change_comes_to_its_review(root: Path) -> None:
    with office(root) as (port, _, _):
        there = "/review?state=changed"
        _, head, _ = Visitor(port, "Li Wen").ask("/sign-out", urlencode({"next": "Hu Lan", "to": there}))
        assert f'name="to" value="{there}"' in Visitor(port).ask(head["location"])[2]
        assert Visitor(port).sign_in("Hu Lan", to=there)["location"] == there


@pytest.mark.slow
def test_a_page_of_another_site_can_neither_sign_anybody_in_or_out_nor_send_as_them(root: Path) -> None:
    with office(root) as (port, _, studio):
        li = Visitor(port, "Li Wen")
        credentials = urlencode({"name": "Hu Lan", "password": SECRET})
        for path, body in (
            ("/sign-in", credentials),
            ("/sign-out", ""),
            ("/data/ties/cell", CELL),
            ("/here", "place=x"),
        ):
            for name, value in (
                *(("Origin", origin) for origin in ("http://evil.example", "null", "http://127.0.0.1:1", None)),
                *(("Sec_Fetch_Site", site) for site in ("cross-site", "same-site")),
                *(("Host", host) for host in ("evil.example", f"evil.example:{port}")),
            ):
                assert li.ask(path, body, **{name: value})[0] == 403, (path, name, value)
        assert li.ask("/")[0] == 200 and [each.did for each in studio.audit.entries()] == ["/sign-in"]
        assert li.ask("/", Sec_Fetch_Site="cross-site")[0] == 403
        assert Visitor(port).ask("/sign-in", Sec_Fetch_Site="cross-site")[0] == 200, "a link in a mail"


@pytest.mark.slow
def test_signing_in_leads_to_no_other_site_and_tells_nothing_of_accounts(root: Path) -> None:
    with office(root) as (port, _, studio):
        for place in ("https://evil.example/", "//evil.example", "/\\evil.example", "/\r\nSet-Cookie: a=b"):
            assert Visitor(port).sign_in("Li Wen", to=place)["location"] == "/"
        pages = set()
        for name, password in (("Li Wen", OTHER), ("No Body", OTHER), ("Li Wen", ""), ("<b>x</b>", "\0")):
            visitor = Visitor(port, name, password)
            assert visitor.status == 403 and "Cookie" not in visitor.own and "<b>x" not in visitor.page
            pages.add(visitor.page.partition('role="alert"')[2].partition("</div>")[0])
        assert len(pages) == 1
        results = [each.result for each in studio.audit.entries()]
        assert sum(each.startswith("refused: ") for each in results) == 4


@pytest.mark.slow
def test_too_many_failed_attempts_are_refused_and_do_not_fill_the_log(root: Path) -> None:
    with office(root) as (port, _, studio):
        for _ in range(accounts.BY_BOTH):
            Visitor(port, "Li Wen", OTHER)
        for _ in range(3):
            visitor = Visitor(port, "Li Wen", SECRET)
            assert visitor.status == 429 and "too many failed attempts" in visitor.page
        assert len(studio.audit.entries()) == accounts.BY_BOTH


@pytest.mark.slow
def test_no_more_may_be_sent_by_somebody_who_has_not_signed_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with office(root) as (port, _, _):
        nobody = Visitor(port)
        assert nobody.ask("/sign-in", "name=" + "x" * 70_000)[0] == 413
        assert nobody.ask("/data/ties/cell", "x" * 1_000_000)[0] == 401
        monkeypatch.setattr("jianbao.studio.guard.LARGEST", 1000)
        assert Visitor(port, "Li Wen").ask("/intake/file", "x" * 2000)[0] == 413


def test_every_address_that_changes_something_needs_a_right_but_the_stations() -> None:
    assert {path for path in POST_HANDLERS if not right_for(path)} == {"/stations"}
    assert right_for("/something/new") == "edit"


# For others


def certificate(folder: Path, *options: str) -> tuple[Path, Path]:
    made = folder / "certificate.pem", folder / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "2", "-subj", "/CN=localhost", *options]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(made[0]), "-keyout", str(made[1])]
    subprocess.run(words, check=True, capture_output=True)
    return made


def test_others_reach_the_studio_with_accounts_and_tls_alone(tmp_path: Path) -> None:
    alone = copy(MINIATURE, tmp_path / "alone")
    said = {
        "only with accounts": ("--host", "10.0.0.9"),
        "name one address": ("--host", "0.0.0.0"),
        "belong together": ("--certificate", "x.pem"),
        "is no address": ("--host", "a b"),
    }
    for text, words in said.items():
        done = run("studio", alone, "--no-open", "--port", 0, *words)
        assert done.code == 2 and text in done.err and "http" not in done.out, text
    accounts.write_accounts(alone, with_account((), "Li Wen", "", SECRET))
    done = run("studio", alone, "--no-open", "--port", 0, "--host", "10.0.0.9")
    assert done.code == 2 and "only by TLS" in done.err


@pytest.mark.slow
def test_a_certificate_that_fits_no_key_or_whose_key_has_a_passphrase_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    made, key = certificate(tmp_path, "-nodes")
    locked = certificate(tmp_path / "other", "-passout", "pass:secret")
    for pair in ((made, made), (tmp_path / "none.pem", key), locked):
        with pytest.raises(UsageError, match="cannot be used"):
            server.read_certificate(*pair)
    with pytest.raises(UsageError, match="no address of this machine"):
        server.listen(0, "192.0.2.1")
    with pytest.raises(UsageError, match="no address of this machine"):
        server.listen(0, "no-such-host.invalid")


@pytest.mark.slow
def test_by_tls_the_cookie_is_for_tls_and_this_host_alone(root: Path, tmp_path: Path) -> None:
    made, key = certificate(tmp_path, "-nodes")
    known = partial(read_accounts, root)
    studio = StudioSession(root=root, edition="", clock=lambda: NOON, accounts=known)
    bound = server.listen(0, "127.0.0.1")
    access = Access(
        port=bound.getsockname()[1], token="unused", host="127.0.0.1", secure=True, sign_in=SignIn(accounts=known)
    )
    app, ending = application(studio, access)
    with server.serving(app, bound, ending, server.read_certificate(made, key)):
        body = urlencode({"name": "Li Wen", "password": SECRET})
        own = {"Host": access.hosts[0], "Origin": access.origins[0], **FORM, "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in {**own, "Connection": "close"}.items())
        context = ssl.create_default_context(cafile=str(made))
        with (
            socket.create_connection(("127.0.0.1", access.port), timeout=60) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as sent,
        ):
            sent.sendall(f"POST /sign-in HTTP/1.1\r\n{lines}\r\n{body}".encode())
            answer = b"".join(iter(lambda: sent.recv(4096), b"")).decode().lower()
        assert " 303 " in answer.partition("\r\n")[0] and f"__host-jianbao-{access.port}=" in answer
        assert "secure" in answer and "strict-transport-security: max-age=" in answer
        with socket.create_connection(("127.0.0.1", access.port), timeout=60) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200" not in plain.recv(100)


def test_the_usual_port_need_not_be_named_and_an_address_of_six_stands_in_brackets() -> None:
    assert Access(port=443, token="x", host="office.example", secure=True).hosts[-1] == "office.example"
    assert Access(port=8765, token="x", host="fd00::9", secure=True).origins == ("https://[fd00::9]:8765",)


def test_drafts_of_accounts_are_files_of_their_own(root: Path) -> None:
    studio = StudioSession(root=root, edition="", clock=lambda: NOON)
    assert studio.of("Li Wen") is studio.of("Li Wen") and studio.of("Li Wen") is not studio.of("Hu Lan")
    names = {each._drafts.name for each in (studio, studio.of("Li Wen"), studio.of("Hu Lan"))}
    assert len(names) == 3 and all(kept_file(name).parent.name == "studio" for name in names)

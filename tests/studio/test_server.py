"""The studio as a browser, and whoever else is on this machine, meets it: what gets in, and what an answer allows."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from starlette.responses import Response

from jianbao.core.errors import UsageError
from jianbao.studio import application as studio_application
from jianbao.studio import guard, server
from jianbao.studio.application import application
from jianbao.studio.guard import Access
from jianbao.studio.page_requests import PageRequest
from jianbao.studio.session import StudioSession
from tests.studio.requesting import studio_of
from tests.workspaces import ROOT, amend, run, snapshot

pytestmark = pytest.mark.slow

TOKEN, ONCE = "0123456789abcdef", "fedcba9876543210"
CELL = urlencode({"row": "8", "column": "grouping", "old": "Highlands", "new": "Delta"})
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Client:
    """A browser that keeps the cookie of one studio."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.own = {"Host": f"127.0.0.1:{port}", "Cookie": f"jianbao-{port}={TOKEN}"}
        self.origin = {"Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}

    def ask(self, path: str, body: str | bytes | None = None, **headers: str | None) -> tuple[int, dict[str, str], str]:
        """Return status, headers and text of an answer; a header that is None is left out."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**self.own, **(self.origin | FORM if body is not None else {}), **given}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            return self._answer(connection, path, body, sent)

    @staticmethod
    def _answer(
        connection: HTTPConnection, path: str, body: str | bytes | None, sent: Mapping[str, str | None]
    ) -> tuple[int, dict[str, str], str]:
        connection.putrequest("GET" if body is None else "POST", path, skip_host=True, skip_accept_encoding=True)
        content = body.encode() if isinstance(body, str) else body
        for name, value in sent.items():
            if value is not None:
                connection.putheader(name, value)
        if content is not None and "Content-Length" not in sent:
            connection.putheader("Content-Length", str(len(content)))
        connection.endheaders(content)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()


@contextmanager
def served(studio: StudioSession) -> Iterator[Client]:
    bound = server.listen(0)
    port = bound.getsockname()[1]
    app, ending = application(studio, Access(port=port, token=TOKEN, once=ONCE))
    with server.serving(app, bound, ending):
        yield Client(port)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.workspaces import MINIATURE, copy

    return copy(MINIATURE, tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[Client]:
    with served(studio_of(root)) as client:
        yield client


def test_it_listens_on_this_machine_alone(client: Client) -> None:
    with server.listen(0) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"


def test_the_page_that_takes_the_token_keeps_it_in_a_cookie_for_this_site_alone(client: Client) -> None:
    status, head, page = client.ask(f"/open?token={TOKEN}&to=/data", Cookie=None)
    cookie = head["set-cookie"]
    assert status == 200 and cookie.startswith(f"jianbao-{client.port}={TOKEN};")
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "url=/data" in page
    assert client.ask("/")[0] == 200


FOREIGN = {  # cookies that other programs on the same host have set, whatever their port
    "odd characters in a name": "a[b]{c}@d=1",
    "json": 'theme={"a": "b, c", "d": [1]}',
    "no value": "alone",
    "no name": "=alone",
    "an unclosed quotation mark": 'open="never closed',
    "a reserved word": "path=/x",
    "raw bytes": "name=\u00e4\u00f6\u00fc\x7f",
    "commas and blanks": "a, b = c d",
    "many": "; ".join(f"c{number}={'x' * 4000}" for number in range(60)),
    "empty parts": ";; ; =;",
    "its name with another value": "jianbao-{port}=stranger",
    "its name with a broken value": 'jianbao-{port}="a\\',
    "its name without a value": "jianbao-{port}",
    "its name with a very long value": "jianbao-{port}=" + "x" * 4000,
}


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_cookie_of_another_program_on_this_host_signs_nobody_out(client: Client, foreign: str) -> None:
    foreign, own = foreign.replace("{port}", str(client.port)), client.own["Cookie"]
    for cookie in (f"{foreign}; {own}", f"{own}; {foreign}", f"{foreign};{own};{foreign}"):
        assert client.ask("/", Cookie=cookie)[0] == 200
    assert client.ask("/", Cookie=foreign)[0] == 401


@pytest.mark.parametrize("foreign", ["a[b]=1", "jianbao-language=xx", 'jianbao-language="zh', "jianbao-name=%ff%00"])
def test_nor_does_it_change_the_language_or_the_name_that_the_reader_chose(client: Client, foreign: str) -> None:
    chosen = f"{client.own['Cookie']}; jianbao-language=zh; jianbao-name={quote('李文')}"
    for cookie in (f"{foreign}; {chosen}", f"{chosen}; {foreign}"):
        page = client.ask("/", Cookie=cookie, Accept_Language="en")[2]
        assert 'lang="zh-Hans"' in page and 'value="李文"' in page


def test_the_address_with_which_a_browser_is_started_opens_the_studio_once(client: Client) -> None:
    address = Access(port=client.port, token=TOKEN, once=ONCE).address("/data", once=True)
    assert TOKEN not in address and f"token={ONCE}&to=/data" in address
    assert client.ask(f"/open?token={ONCE}", Cookie=f"jianbao-{client.port}={ONCE}")[0] == 200
    assert client.ask("/", Cookie=f"jianbao-{client.port}={ONCE}")[0] == 401
    assert client.ask(f"/open?token={ONCE}", Cookie=None)[0] == 403
    assert client.ask("/open?token=", Cookie=None)[0] == 403


def test_a_link_in_a_mail_may_lead_to_that_page_and_to_no_other(client: Client) -> None:
    assert client.ask(f"/open?token={TOKEN}", Cookie=None, Sec_Fetch_Site="cross-site")[0] == 200
    assert client.ask("/", Sec_Fetch_Site="cross-site")[0] == 403


def test_the_token_leads_to_no_other_site(client: Client) -> None:
    for place in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", '/"><script>'):
        page = client.ask(f"/open?token={TOKEN}&to={quote(place)}")[2]
        assert 'url="' not in page and "evil.example" not in page and "javascript" not in page and "<script" not in page


@pytest.mark.parametrize("cookie", [None, "", "jianbao=1", f"jianbao-1={TOKEN}", "a b; ;;=", f"{TOKEN}"])
def test_nobody_without_the_token_learns_anything(client: Client, cookie: str | None) -> None:
    for path in ("/", "/data/ties", "/news", "/preview/brief.zh-en", "/assets/studio.js", "/nothing"):
        status, _, text = client.ask(path, Cookie=cookie)
        assert status == 401 and "Ostmere" not in text
    assert client.ask("/open?token=" + "0" * 16, Cookie=None)[0] == 403


REFUSED = (
    (404, "/nothing", None, "没有这个页面"),
    (404, "/data/ties/x/y", "a=b", "没有这个页面"),
    (405, "/job/start", None, "只供页面上的按钮"),
)


@pytest.mark.parametrize(("status", "path", "body", "said"), REFUSED)
def test_an_address_that_leads_nowhere_says_so_in_the_readers_language_with_the_way_on(
    client: Client, status: int, path: str, body: str | None, said: str
) -> None:
    found, _, page = client.ask(path, body, Accept_Language="zh-CN")
    assert found == status and said in page and '<a href="/help">' in page and "Not Found" not in page
    found, _, page = client.ask(path, body, Accept_Language="en", X_Fragment="yes")
    assert found == status and "<nav" not in page, "a script takes no page"


def test_a_fault_of_the_studio_is_told_with_the_way_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: PageRequest) -> Response:
        raise RuntimeError("a fault")

    monkeypatch.setitem(studio_application.GET_HANDLERS, "/due", broken)
    with served(studio_of(root)) as faulty:
        status, _, page = faulty.ask("/due", Accept_Language="zh-CN")
    assert status == 500 and "工作台出了故障" in page and '<a href="/help">' in page and "a fault" not in page


def test_what_the_guard_refuses_is_said_in_both_languages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for status, said, asked in (
        (403, "请重新打开工作台", client.ask("/", Sec_Fetch_Site="cross-site")),
        (401, "jianbao studio", client.ask("/", Cookie=None)),
    ):
        assert asked[0] == status and said in asked[2] and 'lang="en"' in asked[2]
    monkeypatch.setattr(guard, "LARGEST", 1000)
    status, _, page = client.ask("/data/ties/cell", "x" * 2000)
    assert status == 413 and "发送的内容太大" in page and "too large" in page


def test_a_page_of_another_site_can_neither_read_nor_send(client: Client, root: Path) -> None:
    port, before = client.port, snapshot(root)
    strange: list[tuple[str, str]] = [
        *(("Host", host) for host in ("evil.example", "127.0.0.1", "127.0.0.1:1", f"evil.example:{port}")),
        *(
            ("Origin", each)
            for each in ("http://evil.example", "null", "http://127.0.0.1:1", f"https://127.0.0.1:{port}")
        ),
        *(("Sec_Fetch_Site", site) for site in ("cross-site", "same-site")),
    ]
    for name, value in strange:
        assert client.ask("/data/ties", None, **{name: value})[0] == 403, value
        assert client.ask("/data/ties/cell", CELL, **{name: value})[0] == 403, value
    assert client.ask("/data/ties/cell", CELL, Origin=None, Sec_Fetch_Site=None)[0] == 403, "a form without an origin"
    assert client.ask("/data/ties/cell", CELL, Cookie=None)[0] == 401
    assert snapshot(root) == before and client.ask("/changes")[2].count("data/ties.csv") == 0


def test_every_answer_forbids_frames_sniffing_and_inline_scripts(client: Client) -> None:
    for path in ("/", "/data", "/changes", "/help", "/assets/studio.js", "/nothing", "/news?turn=-1"):
        _, head, _ = client.ask(path)
        policy = head["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert head["x-content-type-options"] == "nosniff" and head["cache-control"] == "no-store"
    assert "server" not in client.ask("/")[1]


def test_the_previewed_page_runs_no_script_and_is_shown_by_the_studio_alone(client: Client) -> None:
    policy = client.ask("/preview/brief.zh-en")[1]["content-security-policy"]
    assert "sandbox allow-same-origin" in policy and "script-src" not in policy and "frame-ancestors 'self'" in policy


def test_no_page_holds_an_inline_script_style_or_handler(client: Client) -> None:
    for path in ("/", "/brief", "/data/ties", "/review", "/help", "/brief/wording/harbour.ties:2"):
        text = client.ask(path)[2]
        assert "<script>" not in text and "style=" not in text and "onclick" not in text and "javascript:" not in text


def test_no_path_leads_out_of_the_workspace(client: Client) -> None:
    for path in (
        "/../data/ties.csv",
        "/files/../../data/ties.csv",
        "/files/%2e%2e%2f%2e%2e%2fdata%2fties.csv",
        "/assets/../frame.html.j2",
        "/assets/frame.html.j2",
        "/data/..%2fties",
        "/proposals/..%2f..%2fx/take",
    ):
        status, _, text = client.ask(path)
        assert status >= 400 and "Ostmere" not in text, path


def test_more_than_may_be_sent_is_refused_whatever_its_head_says(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "LARGEST", 1000)
    assert client.ask("/data/ties/cell", "x" * 2000)[0] == 413
    assert client.ask("/data/ties/cell", "", Content_Length="9" * 30)[0] in (400, 413)
    with socket.create_connection(("127.0.0.1", client.port), timeout=60) as half:
        head = {**client.own, **client.origin, **FORM, "Transfer-Encoding": "chunked"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        chunk = b"7d0\r\n" + b"x" * 2000 + b"\r\n"
        half.sendall(f"POST /data/ties/cell HTTP/1.1\r\n{lines}\r\n".encode() + chunk + b"0\r\n\r\n")
        assert b"413" in half.recv(100)


def test_a_client_that_does_not_send_its_request_is_hung_up_on(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server, "SILENCE", 0.3)
    begun = (b"", b"GET / HTTP/1.1\r\nHost: 127", b"POST /data HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab")
    with served(studio_of(root)) as client:
        for sent in begun:
            with socket.create_connection(("127.0.0.1", client.port), timeout=60) as half:
                half.sendall(sent)
                while half.recv(1000):
                    pass
        drip = socket.create_connection(("127.0.0.1", client.port), timeout=60)
        with drip, pytest.raises(OSError):
            for _ in range(1000):
                drip.sendall(b"X")
                time.sleep(0.05)
    assert "Traceback" not in capfd.readouterr().err


def test_odd_questions_have_an_answer_and_leave_no_trace(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    for query in ("9" * 5_000, "x", "-1", "", "\u0663", "1e3"):
        assert client.ask(f"/review?from={quote(query)}&state={quote(query)}")[0] == 200
        assert client.ask(f"/brief?at={quote(query)}&product={quote(query)}")[0] == 200
    for path in ("/facts/%00", "/data/%F0%9F", "/brief/wording/%7B%7B", "/compare?earlier=1&later=2", "/nothing"):
        assert 400 <= client.ask(path)[0] < 500, path
    assert client.ask("/data/ties/cell", b"\xff\xfe=%ff&row=x")[0] == 400
    assert "Traceback" not in capfd.readouterr().err


def test_a_change_is_kept_when_the_server_is_gone_and_another_one_begins(root: Path) -> None:
    with served(studio_of(root)) as client:
        assert client.ask("/data/ties/cell", CELL)[0] == 303
    with served(studio_of(root)) as again:
        assert "Delta" in again.ask("/changes")[2]
        assert again.ask("/changes/drop", "")[0] == 303
        assert "There is no draft change" in again.ask("/changes")[2]


def test_a_browser_hears_of_a_changed_file_and_of_another_server(root: Path) -> None:
    sessions = set()
    for text in (("Mirefoot,SOV,Delta", "Mirefoot,SOV,Islands"), ("Mirefoot,SOV,Islands", "Mirefoot,SOV,Delta")):
        with served(studio_of(root)) as client:
            first = json.loads(client.ask("/news?turn=-1")[2])
            amend(root, "data/ties.csv", *text)
            turn = first["turn"]
            while turn == first["turn"]:
                turn = json.loads(client.ask(f"/news?turn={turn}")[2])["turn"]
            sessions.add(first["session"])
    assert len(sessions) == 2


def test_a_port_that_is_taken_is_told_before_anything_is_read() -> None:
    with server.listen(0) as taken, pytest.raises(UsageError, match="choose another one with --port"):
        server.listen(taken.getsockname()[1])
    with server.listen(0) as taken:
        done = run("studio", "--no-open", "--port", taken.getsockname()[1])
        assert done.code == 2 and "choose another one with --port" in done.err


def test_preview_names_an_unknown_template_before_anything_is_served(root: Path) -> None:
    done = run("preview", root, "--no-open", "--template", "breif")
    assert done.code == 2 and "'breif'" in done.err and "http://" not in done.out


def test_a_folder_without_a_workspace_is_refused_before_anything_is_served(tmp_path: Path) -> None:
    done = run("studio", tmp_path / "nowhere", "--no-open", "--port", "0")
    assert done.code == 2 and "nowhere: there is no workspace in this folder" in done.err


# A studio that is interrupted while a thread makes a page; Python says so when it takes itself apart.
INTERRUPTED = """
import atexit, os, sys
from time import sleep
from jianbao.cli import main
from jianbao.studio.session import StudioSession

atexit.register(os.write, 2, b"taken apart")

def warm(*_):
    print("a page is being made", flush=True)
    sleep(600)

StudioSession.warm = warm
sys.argv = ["jianbao", "studio", sys.argv[1], "--no-open", "--port", "0"]
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_a_studio_that_is_ended_while_a_page_is_made_is_not_taken_apart_around_it(
    number: signal.Signals, code: int, workspace: Path, tmp_path: Path
) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "XDG_STATE_HOME": str(tmp_path)}
    words = [sys.executable, "-c", INTERRUPTED, str(workspace)]
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as served:
        assert served.stdout
        while "a page is being made" not in served.stdout.readline():
            assert served.poll() is None
        served.send_signal(number)
        assert served.communicate() == ("", "") and served.returncode == code

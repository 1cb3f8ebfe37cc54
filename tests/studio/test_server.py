"""The preview as a browser meets it: on this machine only, and told of every change."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from jianbao.core.errors import UsageError
from jianbao.studio import server
from jianbao.studio.server import serving
from jianbao.studio.session import PreviewSession, open_session
from tests.workspaces import amend

pytestmark = pytest.mark.slow

WORDING = "templates/wording/harbour.yml"


@pytest.fixture
def previews(workspace: Path) -> PreviewSession:
    return open_session(workspace, "", "brief", "")


@pytest.fixture
def address(previews: PreviewSession) -> Iterator[str]:
    with serving(previews, 0) as address:
        yield address


def get(address: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    where = urlsplit(address)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=30)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def state(address: str, turn: int) -> dict[str, object]:
    told: dict[str, object] = json.loads(get(address, f"/state?{turn}")[2])
    return told


def test_it_serves_on_the_loopback_alone(address: str) -> None:
    assert urlsplit(address).hostname == "127.0.0.1"


def test_the_frame_holds_the_page(address: str) -> None:
    assert b"<iframe" in get(address, "/")[2]
    status, head, page = get(address, "/page")
    assert status == 200 and "港口近况" in page.decode()
    assert "default-src 'none'" in head["Content-Security-Policy"] and head["Cache-Control"] == "no-store"


def test_a_page_of_another_site_learns_nothing(address: str) -> None:
    port = urlsplit(address).port
    for headers in (
        *({"Host": host} for host in ("evil.example:80", "127.0.0.1", "127.0.0.1:1", f"evil.example:{port}")),
        *({"Origin": origin} for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "http://localhost")),
        *({"Sec_Fetch_Site": site} for site in ("cross-site", "same-site")),
    ):
        for path in ("/", "/page", "/state?-1"):
            status, _, content = get(address, path, **headers)
            assert status == 403 and "港口近况" not in content.decode(), headers
    for headers in ({"Host": f"localhost:{port}"}, {"Origin": address.rstrip("/"), "Sec_Fetch_Site": "same-origin"}):
        assert get(address, "/page", **headers)[0] == 200


def test_no_page_of_another_site_can_show_it_in_a_frame_or_take_it_for_something_else(address: str) -> None:
    ancestors = {"/": "'none'", "/page": "'self'", "/state?-1": "'self'"}
    for path, who in ancestors.items():
        head = get(address, path)[1]
        assert f"frame-ancestors {who}" in head["Content-Security-Policy"]
        assert head["X-Content-Type-Options"] == "nosniff" and head["Cross-Origin-Resource-Policy"] == "same-origin"
    assert get(address, "/nothing")[1]["X-Content-Type-Options"] == "nosniff"


def test_odd_questions_have_an_answer_and_no_trace(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    for query in ("9" * 5_000, "x", "-1", "", "\u0663", "1e3"):
        assert get(address, f"/state?{quote(query)}")[0] == 200
    assert "Traceback" not in capfd.readouterr().err


def test_a_client_that_says_nothing_is_hung_up_on(
    previews: PreviewSession, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server, "SILENCE", 0.2)
    with serving(previews, 0) as address:
        where = urlsplit(address)
        with socket.create_connection((where.hostname, where.port), timeout=5) as half:
            half.sendall(b"GET /page HTTP/1.1\r\nHost: 127")
            assert half.recv(100) == b"", "it hung up"
    assert "Traceback" not in capfd.readouterr().err


def test_nothing_else_can_be_read(address: str) -> None:
    assert get(address, "/../data/ties.csv")[0] == 404


def test_a_saved_sentence_reaches_the_waiting_browser(address: str, previews: PreviewSession) -> None:
    turn = state(address, -1)["turn"]
    amend(previews.root, WORDING, "最后结好的是", "最近结好的是")
    told = state(address, int(str(turn)))
    assert told["number"] == 2 and told["changed"] == "harbour.ties" and told["problems"] == []
    assert "最近结好的是" in get(address, "/page")[2].decode()


def test_a_fault_is_told_with_its_place_and_the_page_stays(address: str, previews: PreviewSession) -> None:
    good = get(address, "/page")[2]
    amend(previews.root, WORDING, "最后结好的是", "第7个结好的是")
    problems = state(address, 0)["problems"]
    assert isinstance(problems, list) and problems[0]["where"].startswith(f"{WORDING}:7")
    assert problems[0]["who"] == "writer or analyst" and get(address, "/page")[2] == good


def test_a_port_that_is_taken_is_said_before_anything_is_made(
    previews: PreviewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "pull", lambda: pytest.fail("a page is made"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match="choose another one with --port"), serving(previews, port):
            pass


def test_a_browser_can_tell_that_the_preview_was_started_again(previews: PreviewSession) -> None:
    sessions = []
    for _ in range(2):
        with serving(previews, 0) as address:
            sessions += [state(address, -1)["session"], state(address, -1)["session"]]
            shell = get(address, "/")[2].decode()
    assert sessions[0] == sessions[1] != sessions[2] == sessions[3]
    assert "told.session !== session" in shell and "The preview has ended" in shell

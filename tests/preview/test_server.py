"""The preview as a browser meets it: on this machine only, and told of every change."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from jianbao.errors import UsageError
from jianbao.preview.proof import Proofs, proofs_of
from jianbao.preview.server import serving
from tests.whole import amend

WORDING = "templates/wording/harbour.yml"


@pytest.fixture
def proofs(workspace: Path) -> Proofs:
    return proofs_of(workspace, "", "brief", "")


@pytest.fixture
def address(proofs: Proofs) -> Iterator[str]:
    with serving(proofs, 0) as address:
        yield address


def get(address: str, path: str, host: str = "") -> tuple[int, dict[str, str], bytes]:
    where = urlsplit(address)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=30)
    connection.request("GET", path, headers={"Host": host} if host else {})
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
    assert get(address, "/page", host="evil.example:80")[0] == 403


def test_nothing_else_can_be_read(address: str) -> None:
    assert get(address, "/../data/ties.csv")[0] == 404


def test_a_saved_sentence_reaches_the_waiting_browser(address: str, proofs: Proofs) -> None:
    turn = state(address, -1)["turn"]
    amend(proofs.root, WORDING, "最后结好的是", "最近结好的是")
    told = state(address, int(str(turn)))
    assert told["number"] == 2 and told["changed"] == "harbour.ties" and told["problems"] == []
    assert "最近结好的是" in get(address, "/page")[2].decode()


def test_a_fault_is_told_with_its_place_and_the_page_stays(address: str, proofs: Proofs) -> None:
    good = get(address, "/page")[2]
    amend(proofs.root, WORDING, "最后结好的是", "第7个结好的是")
    problems = state(address, 0)["problems"]
    assert isinstance(problems, list) and problems[0]["where"].startswith(f"{WORDING}:7")
    assert problems[0]["who"] == "writer or analyst" and get(address, "/page")[2] == good


def test_a_port_that_is_taken_is_said(proofs: Proofs) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match="choose another one with --port"), serving(proofs, port):
            pass

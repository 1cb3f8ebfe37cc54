"""A delivery that is killed, as by a power cut, at every line of its journal: nothing is sent twice by itself."""

import signal
import subprocess
import sys

import pytest

from jianbao.delivery import journal, send
from jianbao.delivery.journal import DOUBT, SENT, UNSENT
from jianbao.delivery.smtp import Message
from tests.delivery.conftest import BOXES
from tests.delivery.mail_server import Papers, PostOffice
from tests.delivery.test_send import Desk, desk  # noqa: F401
from tests.repository.tree import ROOT

SCRIPT = """
import os, signal, sys
from pathlib import Path
from jianbao.delivery.recipients import MailServer
from jianbao.delivery.journal import Journal
from tests.delivery.conftest import SENDER, addressed
from tests.delivery.mail_server import USER, Papers
from tests.delivery.test_send import Desk

event, when, port, authority, file = sys.argv[1:]
write = Journal.write

def dying(self, **entry):
    if entry["event"] == event and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    write(self, **entry)
    if entry["event"] == event:
        os.kill(os.getpid(), signal.SIGKILL)

Journal.write = dying
papers = Papers(*[Path(authority)] * 4)
server = MailServer(host="localhost", port=int(port), security="starttls", sender=SENDER, user=USER)
Desk(server, papers, addressed(), Path(file)).deliver()
"""
# What the journal says of the first message, and whether it arrived: in doubt the operator looks, and decides.
# One case of each outcome is quick.
CASES = [
    ("begun", "before", UNSENT, False),
    pytest.param("begun", "after", UNSENT, False, marks=pytest.mark.deep),
    pytest.param("handing", "before", UNSENT, False, marks=pytest.mark.deep),
    ("handing", "after", DOUBT, False),
    ("sent", "before", DOUBT, True),
    pytest.param("sent", "after", SENT, True, marks=pytest.mark.deep),
]


@pytest.mark.slow
@pytest.mark.parametrize(("event", "when", "state", "arrived"), CASES)
def test_what_was_killed_is_finished_by_the_next_delivery(
    desk: Desk,  # noqa: F811
    office: PostOffice,
    papers: Papers,
    messages: tuple[Message, ...],
    event: str,
    when: str,
    state: str,
    arrived: bool,
) -> None:
    words = [event, when, str(office.port), str(papers.authority), str(desk.file)]
    killed = subprocess.run([sys.executable, "-c", SCRIPT, *words], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [each.state for each in send.planned(messages, journal.read_journal(desk.file))] == [
        state,
        UNSENT,
        UNSENT,
    ]
    assert (BOXES[0] in office.arrivals()) == arrived
    doubted = BOXES[:1] if state == DOUBT else ()
    decided = desk.deliver(arrived=doubted if arrived else (), again=() if arrived else doubted)
    assert [each.state for each in decided] == [SENT] * 3
    assert office.arrivals() == sorted(BOXES)

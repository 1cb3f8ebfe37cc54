"""The dialogue about a delivery: it is shown, its cases are decided one by one, and then it is written or not."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jianbao.errors import DataError, EvidenceError
from jianbao.evidence.anomalies import written
from jianbao.intake.examination import Case
from jianbao.intake.reception import Receipt, reread, write
from jianbao.intake.report import QUESTIONS, lines, report
from jianbao.intake.settlement import Answer, Policy, settle


@dataclass(frozen=True)
class Desk:
    """Where the dialogue takes place: how a line is said, and how a question and a text are asked for, if at all.

    `agreed` means that what is clear is written without a question.
    """

    say: Callable[[str], None]
    confirm: Callable[[str], bool] | None = None
    ask: Callable[[str], str] | None = None
    agreed: bool = False


def take_in(root: Path, receipt: Receipt, policy: Policy, desk: Desk) -> int:
    """Show a delivery, have its cases decided, write it if that is wanted, and return the exit code.

    Nothing is written while a case is open: 3 if the delivery must be put right, 5 if someone must decide.
    """
    if not _shown(receipt, desk):
        return 0
    answers = _decided((case for case in receipt.examination.cases if case.written), policy, desk)
    kept = frozenset(case.place for case, answer in answers.items() if answer.decision == "as_written")
    if kept:
        receipt = reread(receipt, kept)
        desk.say(f"Read again, with {len(kept)} cell{'s' if len(kept) > 1 else ''} as written:")
        desk.say("")
        if not _shown(receipt, desk):
            return 0
    looked = receipt.examination
    answers |= _decided((case for case in looked.cases if case not in answers), policy, desk)
    left = [case for case in looked.cases if case not in answers]
    for line in still_open(left):
        desk.say(line)
    if left:
        return DataError.exit_code if any(case.kind == "fault" for case in left) else EvidenceError.exit_code
    settled = settle(looked, receipt.holdings, answers)
    wanted = outcome(*settled.counts())
    if not wanted:
        desk.say("Nothing was written: no row is left to write.")
    elif desk.agreed or (desk.confirm and desk.confirm(f"Write {wanted}?")):
        files = write(root, receipt, settled)
        desk.say(f"Wrote {wanted} in {', '.join(files)}. Now: jianbao check")
    else:
        desk.say(f"Nothing was written. With --yes this writes {wanted}.")
    return 0


def _shown(receipt: Receipt, desk: Desk) -> bool:
    """Show what a delivery holds; return whether there is anything to decide or to write."""
    for line in report(receipt.examination, receipt.holdings):
        desk.say(line)
    if receipt.examination.writes() or receipt.examination.cases:
        return True
    desk.say("Nothing new: the workspace says all this already.")
    return False


def _decided(cases: Iterable[Case], policy: Policy, desk: Desk) -> dict[Case, Answer]:
    """Return the answers to cases; one that nobody decides has none."""
    return {case: answer for case in cases if (answer := policy.decide(case) or decide(case, desk))}


def decide(case: Case, desk: Desk) -> Answer | None:
    """Have a case decided; None where nobody can be asked, or where it stays open."""
    if desk.confirm is None or desk.ask is None:
        return None
    desk.say("")
    for line in lines(case):
        desk.say(line)
    if case.kind == "fault":
        return Answer("leave") if desk.confirm("Leave this row out and go on?") else None
    meant = case.anomaly.meant if case.anomaly else None
    if meant is not None and desk.confirm(f"Write {written(meant)} instead?"):
        return Answer("correct")
    if not desk.confirm(QUESTIONS[case.kind]):
        as_written = case.written and desk.confirm(f"Take '{case.written}' as it is written?")
        return Answer("as_written" if as_written else "leave")
    return Answer("take", desk.ask("Why is it right?") if case.anomaly else "")


def outcome(new: int, changed: int) -> str:
    """Return how many rows are written, in words; "" if none is."""
    counts = {"new": new, "changed": changed}
    return " and ".join(f"{count} {word} row{'s' if count > 1 else ''}" for word, count in counts.items() if count)


def still_open(cases: Sequence[Case]) -> Iterator[str]:
    """Yield why nothing is written, and what can be done about it; nothing if no case is open."""
    faults, count = sum(case.kind == "fault" for case in cases), len(cases)
    if cases:
        yield f"Nothing was written: {count} case{'s are' if count > 1 else ' is'} open."
    if faults:
        yield "  Put right in the delivery what is listed for that, or leave those rows out with --clear-only."
    if faults < count:
        yield "  On a terminal the other cases are asked about one by one. In a script:"
        yield "    --accept-changes   write what the delivery says where it changes or contradicts what stands"
        yield "    --because REASON   accept values that stand out, for this reason; what looks like a slip stays open"
        yield "    --as-written       take what is in doubt as it is written"
        yield "    --clear-only       leave the rows of open cases out and write the others"

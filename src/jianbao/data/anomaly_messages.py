"""Tell the outliers that nobody has accepted: one message a cause, at the row that is most likely wrong."""

from collections.abc import Mapping, Sequence

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr
from jianbao.data.anomalies import Anomaly, Earlier, write_value

_ACCEPT = tr("correct the row, or accept it with a reason in data/anomalies.yml")
_EITHER = tr("correct the row that is wrong, or accept this one with a reason in data/anomalies.yml")
_HIGHER = tr("correct this row; if it is right, correct or accept each lower one, with a reason in data/anomalies.yml")


def anomaly_problems(found: Sequence[Anomaly]) -> Problems:
    """Return a problem for each cause of outliers.

    In a series that only grows, one value that is too high makes all later ones fall: it is reported once, in its row.
    A leap to or from a row that is named already is not reported again. Each lower value is still accepted by itself.
    """
    falls = [each for each in found if each.kind == "fall"]
    below: dict[Place, list[Anomaly]] = {}
    for each in falls:
        if each.earlier and each.earlier.fits < 0:
            below.setdefault(_before(each), []).append(each)
    too_high = {place: lower for place, lower in below.items() if len(lower) > 1}
    named = {each.place for each in falls} | {_before(each) for each in falls}
    problems: Problems = []
    for each in found:
        lower = too_high.get(_before(each), []) if each.kind == "fall" else []
        if lower and each.earlier:
            problems += [_rise(each.earlier, lower)] if each is lower[0] else []
        elif each.kind != "leap" or named.isdisjoint((each.place, _before(each))):
            problems.append(_problem(each.place, each.key, *_told(each)))
    return problems


def _before(anomaly: Anomaly) -> Place:
    """Return the place of the value that an outlier is measured from, its own if there is none."""
    place = anomaly.place
    return Place(place.file, anomaly.earlier.row, place.column) if anomaly.earlier else place


def _problem(place: Place, key: Mapping[str, str], what: Translatable, hint: Translatable) -> Problem:
    return Problem(place, tr("'{text}': {what}", text=", ".join(key.values()), what=what), hint)


def _told(anomaly: Anomaly) -> tuple[Translatable, Translatable]:
    """Return what is odd about an outlier, and what to do about it."""
    earlier = anomaly.earlier
    if anomaly.kind != "fall" or not earlier:
        return anomaly.what, _ACCEPT
    if earlier.fits > 0:
        return tr("{fall}: this row is more likely wrong", fall=anomaly.what), _EITHER
    if earlier.fits < 0:
        return tr("{fall}: row {row} is more likely wrong", fall=anomaly.what, row=earlier.row), _EITHER
    return tr("{fall}: one of the two rows is wrong", fall=anomaly.what), _EITHER


def _rise(earlier: Earlier, lower: Sequence[Anomaly]) -> Problem:
    """Return the problem of a value that several later ones fall from."""
    first = lower[0]
    what = tr(
        "{value} is more than {count} later values, first the {less} of {written}, row {row}, though the series only"
        " grows: this row is more likely wrong than they",
        value=write_value(earlier.value),
        count=len(lower),
        less=write_value(first.value),
        written=first.written,
        row=first.place.line,
    )
    return _problem(_before(first), earlier.key, what, _HIGHER)

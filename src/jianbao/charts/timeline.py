"""Timeline: dated events in lanes by kind; past and planned events, and those without a fixed day, differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from jianbao.charts.bars import key
from jianbao.charts.shapes import BoxShape, Dot, Frame, LineShape, Mark, Plot, TextShape, moved
from jianbao.charts.spec import ENDS, PARTED, WINDOW, FigureSpec, Size, member_key
from jianbao.charts.style import DOT, GAP, HAIR, LABEL, NOTE, AxisScale, KeyEntry, Pen, dot_entry, hatched, pieces
from jianbao.charts.text_metrics import NEWLINE, joined, line_height
from jianbao.charts.time_axis import bound, calendar_axis, next_month
from jianbao.data.dates import period
from jianbao.data.facts import Fact, Ledger

WIDE = 120.0  # from this width in mm, events are placed along an axis
LANE_NAMES, DATES = 0.2, 0.34  # the most of the width for names of lanes, and for dates in a list
MONTHS = 18  # up to this many months, the axis shows months
BAR, STEP, APART = 2.2, 0.9, 2.4
DAYS, LANGUAGES = len("2026-01-01"), "-"
PROPOSED = "diamond"  # the shape of the mark of a task


@dataclass(frozen=True, kw_only=True)
class Event:
    """A dated event: its name and date as printed, its first and last day, and its state.

    `open` is True if its day is not known or not fixed yet, `planned` if it ends after the day of the data. `others`
    are further facts of the same mark.
    """

    fact: Fact
    name: str
    when: str
    first: date
    last: date
    open: bool
    planned: bool
    highlighted: bool = False
    others: tuple[Fact, ...] = ()
    shape: str = "circle"

    def colour(self, pen: Pen) -> str:
        """Return the colour of its mark and text."""
        return pen.palette.highlight if self.planned else pen.palette.muted


@dataclass(frozen=True)
class Lane:
    """The events of one kind, by date."""

    name: str
    events: tuple[Event, ...]


def timeline(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw a lane for each kind along an axis of months or years; in a narrow column, a list for each kind."""
    kinds = {member_key(fact): fact for fact in spec.members("kind", ledger)}
    facts = [fact for fact in _within(spec, ledger) if _has_lane(spec, kinds.get(member_key(fact)))]
    if not facts:
        return Plot((), size.width_mm, 0.0, ())
    events = _events(spec, ledger, pen, facts, not (wide := size.width_mm >= WIDE))
    lanes = _lanes(spec, pen, events, {event: str(fact.value) for event, fact in kinds.items()})
    lanes += _due(spec, ledger, pen, max(event.last for event in events), not wide)
    events = [event for lane in lanes for event in lane.events]
    marks, top = key(pen, _entries(pen, events), size.width_mm, 0.0)
    if wide:
        body, bottom = _by_axis(pen, lanes, ledger.as_of, size.width_mm, top + 1.0)
    else:
        body, bottom = _listed(pen, lanes, size.width_mm, top + 1.0)
    shown = [fact.id for event in events for fact in (event.fact, *event.others)]
    shown += [kinds[each].id for each in (member_key(event.fact) for event in events) if each in kinds]
    return Plot((*marks, *body), size.width_mm, bottom + 0.3, tuple(shown))


def _due(spec: FigureSpec, ledger: Ledger, pen: Pen, end: date, listed: bool) -> tuple[Lane, ...]:
    """Return the lane of tasks, if the figure has the role `due`: a mark in the middle of each month up to `end`.

    A mark has the numbers of the tasks due in its month. Facts in the role that are about nothing are left out.
    """
    months: dict[date, list[Fact]] = {}
    for fact in spec.members("due", ledger):
        found = period(str(fact.value)) if fact.about else None
        if found and ledger.as_of < found.last <= end:
            months.setdefault((found.last if found.interval else found.first).replace(day=15), []).append(fact)
    events = [
        Event(
            fact=facts[0],
            name=joined([pen.name(member_key(fact)) for fact in facts]),
            when=pen.when(str(facts[0].value), year=True) if listed else "",
            first=day,
            last=day,
            open=False,
            planned=True,
            others=tuple(facts[1:]),
            shape=PROPOSED,
        )
        for day, facts in sorted(months.items())
    ]
    return (Lane(pen.label("due"), tuple(events)),) if events else ()


def _within(spec: FigureSpec, ledger: Ledger) -> list[Fact]:
    """Return the dated facts inside the declared window, all without a window."""
    starts, ends = (bound(spec, ledger, f"{WINDOW}{PARTED}{end}") for end in ENDS)
    dated = [(fact, found) for fact in spec.members("when", ledger) if (found := period(str(fact.value)))]
    return [
        fact
        for fact, found in dated
        if (starts is None or found.last >= starts.first) and (ends is None or found.first <= ends.last)
    ]


def _has_lane(spec: FigureSpec, kind: Fact | None) -> bool:
    """Return whether an event of this kind is drawn; without declared lanes, all are."""
    wanted = spec.options.get("lanes", ())
    return not wanted or (kind is not None and str(kind.value) in wanted)


def _events(spec: FigureSpec, ledger: Ledger, pen: Pen, facts: Sequence[Fact], listed: bool) -> list[Event]:
    """Return the events by date; printed dates have the year in a list and along an axis of years."""
    dated = [found for fact in facts if (found := period(str(fact.value)))]
    long = _months(min(each.first for each in dated), max(each.last for each in dated)) > MONTHS
    names = _names(spec, ledger, pen)
    named = {fact.id: names.get(member_key(fact)) or pen.name(member_key(fact)) for fact in facts}
    events = (_event(fact, named[fact.id], _when(fact, pen, listed or long), ledger.as_of) for fact in facts)
    highlighted = spec.options.get("highlight", ())
    marked = (replace(each, highlighted=member_key(each.fact) in highlighted) for each in events)
    return sorted(marked, key=lambda each: each.first)


def _lanes(spec: FigureSpec, pen: Pen, events: Sequence[Event], kinds: dict[str, str]) -> tuple[Lane, ...]:
    """Return the declared lanes in their order; without a declaration, all kinds in the order of their first events."""
    found: dict[str, list[Event]] = {lane: [] for lane in spec.options.get("lanes", ())}
    for event in events:
        found.setdefault(kinds.get(member_key(event.fact), ""), []).append(event)
    return tuple(Lane(pen.name(kind) if kind else "", tuple(own)) for kind, own in found.items() if own)


def _names(spec: FigureSpec, ledger: Ledger, pen: Pen) -> dict[str, str]:
    """Return the names of events in the figure's languages, as far as its facts have them."""
    found: dict[str, list[str]] = {}
    for language in pen.words.language.split(LANGUAGES):
        for event, text in spec.called(ledger, language).items():
            found.setdefault(event, []).append(text)
    return {event: pen.faces.spaced(NEWLINE.join(dict.fromkeys(texts))) for event, texts in found.items()}


def _event(fact: Fact, name: str, when: str, as_of: date) -> Event:
    written = str(fact.value)
    dated = period(written)
    assert dated is not None
    start = written.partition("/")[0]
    return Event(
        fact=fact,
        name=name,
        when=when,
        first=dated.first,
        last=dated.last,
        open=len(start) < DAYS,
        planned=dated.last > as_of,
    )


def _when(fact: Fact, pen: Pen, year: bool) -> str:
    """Return the date as printed; "" for a day that is not fixed within months, which the mark alone shows."""
    start, until, _ = str(fact.value).partition("/")
    return "" if until and len(start) < DAYS else pen.when(str(fact.value), year=year)


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _entries(pen: Pen, events: Sequence[Event]) -> list[KeyEntry]:
    paper, strong = pen.palette.paper, pen.palette.highlight
    tasks, events = ([each for each in events if (each.shape == PROPOSED) is task] for task in (True, False))
    entries = []
    if any(not event.planned for event in events):
        entries.append(dot_entry(pen.label("past"), pen.palette.muted, paper))
    if any(event.planned for event in events):
        entries.append(dot_entry(pen.label("planned"), paper, strong))
    for label, planned in (("undated", False), ("open", True)):
        found = [event for event in events if event.open and event.planned is planned]
        signs = (hatched(Frame(0.0, -1.0, 4.0, 1.0), event.colour(pen)) for event in found[:1])
        entries += [KeyEntry(sign, 4.0, pen.optional(label) or pen.label("open")) for sign in signs]
    if tasks:
        entries.append(dot_entry(pen.label("proposed"), paper, strong, PROPOSED))
    return entries


@dataclass(frozen=True, kw_only=True)
class PlacedEvent:
    """An event on the axis: the edges of its mark, the lines of its label, and the edges of these, in mm."""

    event: Event
    left: float
    right: float
    lines: tuple[str, ...]
    text: tuple[float, float]

    @property
    def extent(self) -> tuple[float, float]:
        """Return the left and right edge of mark and label together, in mm."""
        return min(self.left, self.text[0]), max(self.right, self.text[1])

    @property
    def height(self) -> float:
        """Return its height in mm."""
        return max(len(self.lines) * line_height(NOTE), BAR) + STEP


def _by_axis(pen: Pen, lanes: Sequence[Lane], as_of: date, width: float, top: float) -> tuple[tuple[Mark, ...], float]:
    events = [event for lane in lanes for event in lane.events]
    names = [pen.faces.balance(lane.name, LABEL, LANE_NAMES * width, bold=True) for lane in lanes]
    left = pen.wide([line for lines in names for line in lines], LABEL, bold=True)
    left += 2 * GAP if left else 0.0
    first, last = min(event.first for event in events), max(event.last for event in events)
    months = _months(first, last) <= MONTHS
    start = first.replace(day=1) if months else date(first.year, 1, 1)
    end = next_month(last) if months else date(last.year + 1, 1, 1)
    scale = AxisScale(float(start.toordinal()), float(end.toordinal()), left, width)
    marks, y = calendar_axis(pen, scale, (start, end), months, top)
    head = y
    for lane, lines in zip(lanes, names, strict=True):
        drawn, bottom = _lane(pen, lane, lines, scale, y)
        marks += (*drawn, LineShape(((0.0, bottom), (width, bottom)), pen.palette.grid, HAIR))
        y = bottom
    return _with_today(pen, marks, scale, as_of, (head, y))


def _lane(pen: Pen, lane: Lane, name: Sequence[str], scale: AxisScale, top: float) -> tuple[tuple[Mark, ...], float]:
    """Return a lane with its name and its events in rows, each in the first row where it fits, and where it ends."""
    rows: list[list[PlacedEvent]] = []
    for event in lane.events:
        placed = _placed(pen, event, scale)
        row = next((each for each in rows if not any(_overlap(placed, other) for other in each)), None)
        if row is None:
            rows.append([placed])
        else:
            row.append(placed)
    marks: list[Mark] = []
    y = top + STEP
    for row in rows:
        height = max(each.height for each in row)
        for each in row:
            marks += _drawn(pen, each, y + height / 2)
        y += height
    first = max(each.height for each in rows[0]) if rows else 0.0
    tall = len(name) * line_height(LABEL)
    middle = top + STEP + max(first, tall) / 2
    return (*pen.write_lines(0.0, middle, name, bold=True), *marks), max(y, top + tall + 2 * STEP)


def _overlap(one: PlacedEvent, other: PlacedEvent) -> bool:
    return one.extent[0] < other.extent[1] + APART and other.extent[0] < one.extent[1] + APART


def _placed(pen: Pen, event: Event, scale: AxisScale) -> PlacedEvent:
    """Return an event with its label right of its mark, or left of it if there is more room."""
    left, right = scale(event.first.toordinal()), scale(event.last.toordinal() + 1.0)
    if event.first == event.last:
        middle = min(left, scale.end - DOT / 2)  # a dot on the last day is inside the figure
        left, right = middle - DOT / 2, middle + DOT / 2
    rooms = (scale.end - right - GAP, left - GAP - scale.start)
    label = joined((event.name, event.when))
    whole = pen.wide((label,), NOTE, bold=event.highlighted)
    on_right = whole <= rooms[0] or rooms[0] >= rooms[1]
    lines = pen.faces.balance(label, NOTE, rooms[0] if on_right else rooms[1], bold=event.highlighted)
    wide = pen.wide(lines, NOTE, bold=event.highlighted)
    text = (right + GAP, right + GAP + wide) if on_right else (left - GAP - wide, left - GAP)
    return PlacedEvent(event=event, left=left, right=right, lines=lines, text=text)


def _drawn(pen: Pen, placed: PlacedEvent, y: float) -> Iterator[Mark]:
    event, colour = placed.event, placed.event.colour(pen)
    yield from _mark(pen, event, Frame(placed.left, y - BAR / 2, placed.right, y + BAR / 2))
    anchor = "start" if placed.text[0] >= placed.right else "end"
    x = placed.text[0] if anchor == "start" else placed.text[1]
    yield from pen.write_lines(
        x=x, middle=y, lines=placed.lines, anchor=anchor, size=NOTE, colour=colour, bold=event.highlighted
    )


def _mark(pen: Pen, event: Event, frame: Frame) -> tuple[Mark, ...]:
    """Return a dot for one day or a bar for several; filled if past, hollow if planned, hatched if not fixed."""
    colour, paper = event.colour(pen), pen.palette.paper
    if event.open:
        return hatched(frame, colour)
    fill, edge = (paper, colour) if event.planned else (colour, paper)
    if event.first == event.last:
        x, y = (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2
        return (Dot(x=x, y=y, size=DOT, fill=fill, edge=edge, shape=event.shape, width=1.0),)
    return (BoxShape(frame, fill, colour, 0.8),)


def _with_today(
    pen: Pen, marks: Sequence[Mark], scale: AxisScale, as_of: date, reach: tuple[float, float]
) -> tuple[tuple[Mark, ...], float]:
    """Return the marks over a line at the day of the data, in long pieces between texts, if that day is on the axis."""
    top, bottom = reach
    at = scale(as_of.toordinal() + 1.0)
    if not scale.start < at < scale.end:
        return tuple(marks), bottom
    text = joined((pen.label("today"), pen.when(as_of.isoformat(), year=True)), " ")
    lines = pen.faces.wrap(text, NOTE, scale.end - scale.start)
    half, tall = pen.wide(lines, NOTE, bold=True) / 2, len(lines) * line_height(NOTE)
    x = min(max(at, half), scale.end - half)
    label = pen.write_lines(x=x, middle=bottom + 0.8 + tall / 2, lines=lines, anchor="middle", size=NOTE, bold=True)
    frames = (mark.frame(pen.faces) for mark in marks if isinstance(mark, TextShape))
    crossed = ((each.top - 0.4, each.bottom + 0.4) for each in frames if each.left - 0.6 < at < each.right + 0.6)
    long = (each for each in pieces(top, bottom + 0.6, crossed) if each[1] - each[0] > 2 * BAR)
    strokes = (LineShape(((at, y), (at, end)), pen.palette.muted, 0.6) for y, end in long)
    return (*strokes, *marks, *label), bottom + 0.8 + tall


def _listed(pen: Pen, lanes: Sequence[Lane], width: float, top: float) -> tuple[tuple[Mark, ...], float]:
    """Return each lane as a list of events with mark, date and name, and the height at which it ends."""
    dates = [pen.faces.balance(event.when, NOTE, DATES * width) for lane in lanes for event in lane.events]
    left = BAR * 2 + GAP
    room = pen.wide([line for lines in dates for line in lines], NOTE)
    marks: list[Mark] = []
    y = top
    for lane in lanes:
        if lane.name:
            name = pen.faces.balance(lane.name, LABEL, width, bold=True)
            marks += pen.write_lines(0.0, y + len(name) * line_height(LABEL) / 2, name, bold=True)
            y += len(name) * line_height(LABEL)
            marks.append(LineShape(((0.0, y + 0.3), (width, y + 0.3)), pen.palette.rule, HAIR))
        y += 1.0
        for event in lane.events:
            when = pen.faces.balance(event.when, NOTE, DATES * width)
            name_lines = pen.faces.wrap(event.name, NOTE, width - left - room - 2 * GAP, event.highlighted)
            height = max(len(when), len(name_lines)) * line_height(NOTE) + STEP
            marks += _entry(pen, event, (when, name_lines), (left, left + room + 2 * GAP), y)
            y += height
        y += 1.2
    return tuple(marks), y - 1.2


def _entry(
    pen: Pen, event: Event, texts: tuple[Sequence[str], Sequence[str]], lefts: tuple[float, float], y: float
) -> Iterator[Mark]:
    middle, half = y + line_height(NOTE) / 2, BAR / 2
    reach = half if event.first == event.last else BAR
    yield from moved(_mark(pen, event, Frame(BAR - reach, -half, BAR + reach, half)), 0.0, middle)
    for x, lines, bold in ((lefts[0], texts[0], False), (lefts[1], texts[1], event.highlighted)):
        deep = y + len(lines) * line_height(NOTE) / 2
        yield from pen.write_lines(x=x, middle=deep, lines=lines, size=NOTE, colour=event.colour(pen), bold=bold)

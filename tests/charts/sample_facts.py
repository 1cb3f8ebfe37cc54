"""An invented city for the figures: other continents, levels and awards than any real one's, of any size."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import yaml
from babel import Locale

from jianbao.charts.spec import FigureSpec, parse_figures
from jianbao.core.documents import Node
from jianbao.core.errors import Place
from jianbao.data.facts import Fact, Ledger
from jianbao.text.formatter import month_name, write_short

LANDS = ("Nord", "Sund", "Vest", "Ost")
LEVELS = {"outer": ("reach", "voice"), "inner": ("trade", "stage", "depth")}
LEAVES = ("a", "b", "c")
LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB", "fr": "fr_FR", "es": "es_ES"}
LANGUAGES = ("zh", "en", "fr", "es", "zh-en")
STARTS = {"zh": "市", "en": "", "fr": "Ville de ", "es": "Ciudad de "}
LONG_EN = "United Municipalities of the Upper and Lower Wednesday Valleys (Department of) "
LONG_ZH = "上下星期三河谷联合自治市（省辖）"
LONG_FR = "l’Union des municipalités de la haute et basse vallée du Mercredi (préfecture de) "
LONG_ES = "la Mancomunidad de municipios del alto y bajo valle del Miércoles (provincia de) "
LONG = {"zh": LONG_ZH, "en": LONG_EN, "fr": LONG_FR, "es": LONG_ES}

FIGURES = """
compass:
  kind: compass
  facts: {sister_distance: ties.distance, sister_bearing: ties.bearing, exchange_distance: pacts.distance,
    exchange_bearing: pacts.bearing, sister_counts: ties.land, exchange_counts: pacts.land, firsts: ties.first}
  options: {home: Home, highlight: Sund}
growth:
  kind: growth
  facts: {sister: ties.by_year, total: all.by_year, firsts: ties.first, first_dates: ties.first_on}
scorecard:
  kind: scorecard
  facts: {score: score, previous: previous, weight: weight, zero: scale.zero, top: scale.top}
  options: {root: whole}
contributions:
  kind: contributions
  facts: {score: score, contribution: contribution, weight: weight, top: scale.top}
  options: {root: whole}
indicators:
  kind: contributions
  facts: {score: score, contribution: contribution, weight: weight, top: scale.top}
  options: {root: whole, depth: 2}
award:
  kind: award
  facts: {entries: prize.entries, towns: prize.towns, years: prize.held, land: won.land, income: won.income}
  options: {years: years, breakdowns: [land, income], ordered: [income]}
overlap:
  kind: overlap
  facts: {ties: ties.names, pacts: pacts.names, winners: won.names, ties_total: ties.total}
  options: {totals: [ties_total], highlight: [winners], with: [ties, pacts]}
leverage:
  kind: leverage
  facts: {effect: effect, stability: stability}
sensitivity:
  kind: sensitivity
  facts: {total: sobol.total, first: sobol.first}
league:
  kind: league
  facts: {score: place.score, rank: place.rank, coverage: place.coverage}
shaded:
  kind: growth
  facts: {sister: ties.by_year, total: all.by_year}
  options: {shade: {quiet: {from: ties.last_on}, storm: {from: 1999, to: 2003}}}
measured:
  kind: award
  facts: {entries: prize.entries, towns: prize.towns, years: prize.held, towns_reference: rival.best}
  options: {years: years, reference: [towns_reference]}
bars:
  kind: bars
  facts: {value: [won.land, ties.total], previous: won.before, reference: rival.best}
  options: {highlight: [Sund]}
lines:
  kind: lines
  facts: {towns: prize.towns, rivals: rival.towns, held: prize.held}
  options: {years: held, reference: [rivals], shade: {storm: {from: 2009, to: 2011}}}
alone:
  kind: lines
  facts: {towns: score_by_year}
  options: {zero: no}
trend:
  kind: trend
  facts: {score: score_by_year, coverage: coverage_by_year, carried: carried_by_year}
change:
  kind: change
  facts: {cause: moved, sums: moved_by, measured: measured_by, total: moved_in_all}
peers:
  kind: peers
  facts:
    ties: [rivals.ties, ties.total]
    order: rivals.order
    ports: rivals.ports
    ports_planned: rivals.planned
    ties_ranked: rivals.ranked
  options: {home: Home, other_basis: [ports_planned], last_rank: [ties_ranked]}
matrix:
  kind: matrix
  facts: {rows: ties.names, won: won.names, won_open: asked.names, school: school.names, since: school.since}
timeline:
  kind: timeline
  facts: {when: day.on, kind: day.kind, name_zh: day.zh, name_en: day.en, due: plan}
  options: {highlight: [day 2]}
"""


def node(text: str) -> Node:
    """Read YAML as marked text, as the workspace does."""

    def marked(each: yaml.Node) -> Node:
        place = Place("figures.yml", each.start_mark.line + 1)
        if isinstance(each, yaml.MappingNode):
            return Node({str(key.value): marked(value) for key, value in each.value}, place)
        if isinstance(each, yaml.SequenceNode):
            return Node(tuple(marked(child) for child in each.value), place)
        return Node(str(each.value), place)

    composed = yaml.compose(text, Loader=yaml.BaseLoader)
    assert composed is not None
    return marked(composed)


def figure(name: str) -> FigureSpec:
    """Return one of the declared figures."""
    return DECLARED[name]


DECLARED = parse_figures(node(FIGURES), [])
NAMES = tuple(DECLARED)


@dataclass(frozen=True)
class Speaker:
    """Words in one language; with `long`, every name and label is as long as they come."""

    language: str
    long: bool = False
    labels: dict[str, str] = field(default_factory=dict)

    def label(self, key: str) -> str:
        if key in self.labels:
            return self.labels[key]
        if key.endswith("_note") and key != "ties_note":
            raise KeyError(key)
        if key in ("north", "east", "south", "west"):
            return key[0].upper() if self.language != "zh" else "北"
        return self._drawn_out(key.replace("_", " "))

    def name(self, key: str) -> str:
        return self._drawn_out(key)

    def names(self, keys: Sequence[str], most: int, unit: str) -> str:
        mark = "、" if self.language == "zh" else ", "
        rest = f" and {len(keys) - most} more" if len(keys) > most else ""
        return mark.join(self.name(key) for key in keys[:most]) + rest

    def number(self, fact: Fact) -> str:
        return self._written(f"{fact.number:,.1f}" if fact.unit == "point" else f"{fact.number:,.6g}")

    def tick(self, value: float, unit: str) -> str:
        if unit == "month":
            return month_name(int(value), self._locale)
        written = (
            f"{value:g}" if unit == "year" else f"{value:.0%}" if unit == "share" else self._written(f"{value:,g}")
        )
        return f"{written} km" if unit == "km" else written

    def when(self, written: str, *, year: bool) -> str:
        return write_short(written, self._locale, year=year)

    @property
    def _locale(self) -> Locale:
        return Locale.parse(LOCALES[self.language])

    def _written(self, number: str) -> str:
        """Return digits as the language writes them: French and Spanish part thousands and decimals otherwise."""
        marks = {"fr": "\u202f,", "es": ".,"}.get(self.language, ",.")
        return number.translate(str.maketrans(",.", marks))

    def _drawn_out(self, text: str) -> str:
        start = STARTS[self.language] + (LONG[self.language] if self.long else "")
        return start + text


@dataclass(frozen=True)
class TwoSpeakers:
    """Words in two languages at once, as in the parallel edition: a line in each, where they differ."""

    first: Speaker
    second: Speaker
    language: str = "zh-en"

    def label(self, key: str) -> str:
        return both(self.first.label(key), self.second.label(key))

    def name(self, key: str) -> str:
        return both(self.first.name(key), self.second.name(key))

    def names(self, keys: Sequence[str], most: int, unit: str) -> str:
        return both(self.first.names(keys, most, unit), self.second.names(keys, most, unit))

    def number(self, fact: Fact) -> str:
        return self.first.number(fact)

    def tick(self, value: float, unit: str) -> str:
        return both(self.first.tick(value, unit), self.second.tick(value, unit))

    def when(self, written: str, *, year: bool) -> str:
        return both(self.first.when(written, year=year), self.second.when(written, year=year))


def both(first: str, second: str) -> str:
    return first if first == second else f"{first}\n{second}"


def speaker(language: str, long: bool = False) -> Speaker | TwoSpeakers:
    """Return the words of one language ("fr") or of two ("zh-en")."""
    first, _, second = language.partition("-")
    return TwoSpeakers(Speaker(first, long), Speaker(second, long)) if second else Speaker(first, long)


def ledger(facts: list[Fact]) -> Ledger:
    return Ledger({fact.id: fact for fact in facts}, date(2031, 12, 31))


def partners(family: str, number: int, lands: Sequence[str] = LANDS) -> list[Fact]:
    """Partners spread over the lands in turn, each farther than the one before, round the compass."""
    found = []
    for place in range(number):
        land, city = lands[place % len(lands)], f"{family}{place}"
        about, slug = (land, city), f"{land.lower()}.{city}"
        found.append(
            Fact(id=f"{family}.distance.{slug}", value=300.0 + 17000.0 * place / number, unit="km", about=about)
        )
        found.append(Fact(id=f"{family}.bearing.{slug}", value=(137.5 * place) % 360, unit="degree", about=about))
    for land in lands:
        held = sum(fact.about[0] == land for fact in found) / 2
        found.append(Fact(id=f"{family}.land.{land.lower()}", value=held, unit="city", about=(land,)))
    names = tuple(fact.about[1] for fact in found if ".distance." in fact.id)
    return [
        *found,
        Fact(id=f"{family}.names", value=names, kind="names"),
        Fact(id=f"{family}.total", value=float(number), unit="city"),
    ]


def history(number: int, first: int = 1988, last: int = 2031) -> list[Fact]:
    years = range(first, last + 1)
    found = [
        Fact(id=f"ties.by_year.n{y}", value=float(number * (y - first + 1) // len(years)), about=(str(y),))
        for y in years
    ]
    found += [
        Fact(id=f"all.by_year.n{y}", value=2.0 * number + max(y - last, -number), about=(str(y),)) for y in years[-6:]
    ]
    for place, land in enumerate(LANDS[:number]):
        found.append(Fact(id=f"ties.first.{land.lower()}", value=f"ties{place}", kind="name", about=(land,)))
        day = f"{min(first + 4 * place, last)}-05-02"
        found.append(Fact(id=f"ties.first_on.{land.lower()}", value=day, kind="date", about=(land,)))
    return found


def scores(value: float | None = 60.0, silent: Sequence[str] = (), previous: bool = True) -> list[Fact]:
    """A framework of two levels; `silent` indicators have no value, and so with all of them their dimension."""
    found = [Fact(id="scale.zero", value=0.0), Fact(id="scale.top", value=100.0)]
    for level, dimensions in LEVELS.items():
        paths: list[tuple[str, ...]] = [(level,), *((level, each) for each in dimensions)]
        paths += [(level, each, f"{each}_{leaf}") for each in dimensions for leaf in LEAVES]
        found += [Fact(id=f"weight.{path[-1]}", value=0.5, unit="share", about=("whole", *path)) for path in paths]
        heard = [path for path in paths if len(path) == 3 and path[-1] not in silent]
        for path in paths:
            if value is None or not any(path == leaf[: len(path)] for leaf in heard):
                continue
            if len(path) < 3:
                found.append(Fact(id=f"score.{path[-1]}", value=value, unit="point", low=value * 0.8, high=value * 1.1))
                found += [Fact(id=f"previous.{path[-1]}", value=value * 0.9, unit="point")] if previous else []
            mine = [leaf for leaf in heard if leaf[: len(path)] == path]
            share = sum(1 / len({each[1] for each in heard}) / sum(e[1] == leaf[1] for e in heard) for leaf in mine)
            found.append(Fact(id=f"contribution.{path[-1]}", value=value * share, unit="point"))
    return (
        found
        if value is None
        else [Fact(id="score.whole", value=value, unit="point", low=value * 0.9, high=value), *found]
    )


def prizes(editions: int, tie: bool = False) -> list[Fact]:
    found = []
    for each in range(1, editions + 1):
        held = 2000 + 2 * each
        found.append(Fact(id=f"prize.entries.n{each}", value=200.0 if tie else 90.0 + 31 * each, about=(str(each),)))
        found.append(Fact(id=f"prize.towns.n{each}", value=0.0 if tie else 7.0 * each, about=(str(each),)))
        found.append(Fact(id=f"prize.held.n{each}", value=f"{held}-11-02", kind="date", about=(str(each),)))
    for at, land in enumerate(LANDS):
        found.append(Fact(id=f"won.land.{land.lower()}", value=3.0 if tie else 2.0 * at, about=(land,)))
    return [*found, *(Fact(id=f"won.income.g{at}", value=4.0 - at, about=(f"group {at}",)) for at in range(3))]


def choices(number: int, value: float = 2.0) -> list[Fact]:
    found = []
    for each in range(number):
        size = value / (each + 1)
        found.append(Fact(id=f"effect.rule_{each}", value=size, unit="point", low=size - 1.0, high=size + 1.5))
        found.append(Fact(id=f"stability.rule_{each}", value=0.5, unit="share"))
        found.append(Fact(id=f"sobol.total.choice_{each}", value=size / 4, unit="share", low=size / 5, high=size / 3))
        found.append(Fact(id=f"sobol.first.choice_{each}", value=size / 5 - 0.01, unit="share"))
    return found


def standings(number: int, silent: Sequence[int] = (), joint: int = 1) -> list[Fact]:
    """Units of which each scores less than the one before; `joint` in a row share a rank, `silent` have no score."""
    found: list[Fact] = []
    for each in range(number):
        about, first = (f"unit {each}",), each - each % joint + 1.0
        found.append(
            Fact(id=f"place.coverage.u{each}", value=0.3 if each in silent else 1.0, unit="share", about=about)
        )
        if each not in silent:
            score = 90.0 - 80.0 * (first - 1) / number
            found.append(
                Fact(id=f"place.score.u{each}", value=score, unit="point", low=score - 9, high=score + 4, about=about)
            )
            ends = max(first - 2, 1.0), min(first + 5, number)
            found.append(
                Fact(
                    id=f"place.rank.u{each}",
                    value=first,
                    unit="rank",
                    of=number,
                    low=ends[0],
                    high=ends[1],
                    about=about,
                )
            )
    return found


def winners(*cities: str) -> Fact:
    return Fact(id="won.names", value=cities, kind="names")


def rivals(number: int) -> list[Fact]:
    """Cities to compare with, `number` on each strip, some by another rule, of another year, or of equal value."""
    found = [Fact(id="rival.best", value=55.0), Fact(id="ties.last_on", value="2015-06-30", kind="date")]
    for strip, unit in (("ties", "city"), ("order", "rank"), ("ports", "city")):
        for each in range(number):
            about = (strip, f"rival {each}")
            value = 3.0 + each * 5 // 2 if strip != "order" else float(2 * each + 1)
            year = 2031 if strip == "order" else 2024 + each % 4
            key = f"{strip}.r{each}"
            family = f"rivals.planned.r{each}" if strip == "ports" and each % 3 == 1 else f"rivals.{key}"
            found.append(Fact(id=family, value=value, unit=unit, about=about, as_of=f"{year}-12-31"))
    return found


def course(years: int, value: float = 50.0) -> list[Fact]:
    """A score by year, without the third and fourth, its coverage in every year, and a rival's prize."""
    found = []
    for each in range(years):
        year, number = 2031 - years + 1 + each, value + each % 5 * value / 20
        about = (str(year),)
        found.append(Fact(id=f"coverage_by_year.n{year}", value=0.4 + 0.04 * (each % 9), unit="share", about=about))
        if each not in (2, 3):
            low, high = (number - 4, number + 3) if each % 7 else (None, None)
            key = f"score_by_year.n{year}"
            found.append(Fact(id=key, value=number, unit="point", about=about, low=low, high=high))
    towns = {year: 8.0 * (year - 2000) for year in range(2003, 2012, 4)}
    return [*found, *(Fact(id=f"rival.towns.n{year}", value=each, about=(str(year),)) for year, each in towns.items())]


def causes(*points: float) -> list[Fact]:
    """What moved a score, each cause decided by another."""
    found = [Fact(id="moved_in_all", value=sum(points), unit="point")]
    for each, value in enumerate(points):
        about = (f"cause {each}", ("city", "shared", "outside", "undeclared")[each % 4])
        found.append(Fact(id=f"moved.c{each}", value=value, unit="point", about=about))
    return found


def schools(number: int) -> list[Fact]:
    """Links of every third of the sister cities, and since when."""
    names = tuple(f"ties{each}" for each in range(0, number, 3))
    since = [
        Fact(id=f"school.since.{name}", value=f"{1990 + 3 * place}-05", kind="date", about=(name,))
        for place, name in enumerate(names[:2])
    ]
    return [Fact(id="school.names", value=names, kind="names"), *since]


def days(number: int) -> list[Fact]:
    """Events around the day of the ledger: days, weeks, months and years, in three lanes."""
    found = []
    for each in range(number):
        year, month = 2031 + each // 7 % 2, each * 5 % 12 + 1
        written = (f"{year}-{month:02}-17", f"{year}-{month:02}-03/{year}-{month:02}-20", f"{year}-{month:02}")[
            each % 3
        ]
        about = (f"day {each}",)
        found.append(Fact(id=f"day.on.d{each}", value=written, kind="date", about=about))
        kind = ("prize", "fair", "visits")[each * 2 % 3 if each % 4 else 0]
        found.append(Fact(id=f"day.kind.d{each}", value=kind, kind="text", about=about))
    return found


def compared(number: int) -> list[Fact]:
    """What the figures of comparison, course and calendar show, of a size."""
    before = [Fact(id=f"won.before.{land.lower()}", value=2.5 * at, about=(land,)) for at, land in enumerate(LANDS)]
    return [*before, *rivals(min(number, 12)), *course(min(number, 14)), *schools(number), *days(min(number, 24))]


def world(number: int = 30, editions: int = 6, silent: Sequence[str] = ("voice_a",)) -> Ledger:
    """A whole year's facts, with `number` sister cities."""
    facts = [*partners("ties", number), *partners("pacts", max(number // 2, 1)), *history(number), *scores(60, silent)]
    facts += [*prizes(editions), *choices(5), winners("ties0", "ties1", "pacts0")]
    facts += standings(number, (number // 2,) if number > 1 else (), 1)
    facts += [*compared(number), *causes(*(1.26, 0.31, 0.12, 0.0, 0.0, 0.04)[: number // 3 + 1])]
    return ledger(facts)


def flat() -> Ledger:
    """Zeros and ties everywhere, a first edition without a level's data and without a previous one."""
    silent = [f"{each}_{leaf}" for each in LEVELS["outer"] for leaf in LEAVES]
    facts = [*partners("ties", 4), *history(4), *scores(0.0, silent, previous=False), *prizes(2, tie=True)]
    facts += [*choices(3, 0.0), winners("ties0", "ties1"), *standings(4, joint=4)]
    return ledger([*facts, *compared(4), *causes(0.0, 0.0, 0.0), *causes(-1.2, 0.7)])

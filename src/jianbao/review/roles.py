"""Read data/roles.yml: the stations that an edition passes before it is issued, who passes them, who may do what."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from jianbao.brief.editions import read_series
from jianbao.core.documents import Node, Problems, as_mapping, as_text, as_texts, as_yes_no
from jianbao.core.errors import JianbaoError, Place, Problem, nearest
from jianbao.core.messages import Translatable, tr, tr_list, tr_worded, verbatim
from jianbao.core.snapshot import Snapshot

ROLES = "data/roles.yml"
RIGHTS = ("edit", "approve", "deliver")  # rights of an account in the studio
STATION_KEYS = ("by", "four_eyes", "beside_previous")
_ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role in the office: its name in every language, and its holders; if none is named, anybody may sign for it.

    `may` are the RIGHTS of an account that holds it.
    """

    id: str
    name: Mapping[str, str]
    people: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Station:
    """A station that an edition passes; those with the same `step` (from 0) are passed in any order.

    `by` has ids of roles and names of people; empty if anybody may pass it. With `four_eyes`, nobody may pass their own
    change.
    """

    id: str
    name: Mapping[str, str]
    step: int
    by: tuple[str, ...] = ()
    four_eyes: bool = False

    @property
    def called(self) -> Translatable:
        """Return its id with its name."""
        return tr("{id} ({name})", id=self.id, name=tr_worded(self.name))


@dataclass(frozen=True, kw_only=True)
class StationPlan:
    """The stations of a workspace in order, and the roles by id; empty without data/roles.yml.

    `four_eyes`: nobody approves an item whose words they changed. `accounts` are the roles of those who have an
    account, by their names; None if names are not proven. `all_approved`: no final edition is built or issued
    with an item that is not approved.
    """

    stations: tuple[Station, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    four_eyes: bool = False
    all_approved: bool = False
    accounts: Mapping[str, str] | None = None

    def step(self, number: int) -> tuple[Station, ...]:
        """Return the stations of a step; none if there is no such step."""
        return tuple(each for each in self.stations if each.step == number)

    @property
    def last(self) -> tuple[Station, ...]:
        """Return the stations that issue an edition."""
        return self.step(self.stations[-1].step) if self.stations else ()

    def holders(self, station: Station) -> tuple[str, ...]:
        """Return the names of the people who are declared for a station: by name, by role or by account."""
        named = (self._holders_of(each) if each in self.roles else (each,) for each in station.by)
        return tuple(dict.fromkeys(name for names in named for name in names))

    def able(self, right: str) -> Iterator[tuple[Role, tuple[str, ...]]]:
        """Yield each role whose accounts may do something, with the people who have such an account."""
        for role in self.roles.values():
            if right in role.may:
                yield role, tuple(name for name, held in (self.accounts or {}).items() if held == role.id)

    def is_vacant(self, station: Station) -> bool:
        """Return whether nobody has an account with which a station could be passed."""
        return self.accounts is not None and bool(station.by) and not self.holders(station)

    def own_station(self, name: str) -> Station | None:
        """Return the first station at which somebody may pass their own change on to a next one; None if there is none.

        Without a name, it is one at which anybody may.
        """
        own = (each for each in self.step(0) if not each.four_eyes and self.step(1))
        return next((each for each in own if not name or self.role_of(each, name) is not None), None)

    def with_holders(self, station: Station, name: str) -> Translatable:
        """Return a name of a station with the names of the people whose accounts are for it."""
        people = self.holders(station) if self.accounts else ()
        return tr("{name} ({what})", name=name, what=tr_list(people)) if people else verbatim(name)

    def write_button_text(self, own: Station, names: Mapping[str, str]) -> Translatable:
        """Return the label of the button that writes a change and passes an own station; `names` are those of stations.

        It names who is next: the people of the second step who may approve what has changed.
        """
        if people := self.approvers():
            return tr("Write it, and send it to {names} for approval", names=tr_list(people))
        if any(map(self.is_vacant, self.step(1))):
            return tr("Write it, and pass {station}", station=names[own.id])
        then = tr_list(self.with_holders(each, names[each.id]) for each in self.step(1))
        return tr("Write it, and pass {station}, on to {next}", station=names[own.id], next=then)

    def approvers(self) -> tuple[str, ...]:
        """Return the people of the second step who may approve changes; a written change is sent to them."""
        able = [name for _, people in self.able("approve") for name in people]
        found = (name for each in self.step(1) for name in self.holders(each) if name in able)
        return tuple(dict.fromkeys(found))

    def _holders_of(self, role: str) -> tuple[str, ...]:
        """Return the holders of a role: the people it names, or those whose account has it."""
        own = (name for name, held in (self.accounts or {}).items() if held == role)
        return self.roles[role].people or tuple(own)

    def role_of(self, station: Station, name: str) -> str | None:
        """Return the role in which somebody may pass a station, "" if they need none; None if they may not."""
        held = [each for each in station.by if each in self.roles and _named(name, self._holders_of(each))]
        if held:
            return held[0]
        if not station.by or _named(name, station.by):
            return ""
        if self.accounts is not None:  # then a role may have no holders
            return None
        return next((each for each in station.by if each in self.roles and not self.roles[each].people), None)


def same_person(one: str, other: str) -> bool:
    """Return whether two names are equal, ignoring case and spaces."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _named(name: str, names: Collection[str]) -> bool:
    return any(same_person(name, each) for each in names)


def read_stations(node: Node, languages: Collection[str], taken: Collection[str], problems: Problems) -> StationPlan:
    """Read data/roles.yml.

    Args:
        node: The file.
        languages: The languages of the workspace; every name is needed in each.
        taken: Ids that no station may have, because items of review have them.
        problems: The list to which each error is added, with its line.
    """
    fields = as_mapping(node, problems, optional=("stations", "roles", "four_eyes", "all_approved"))
    roles = {
        key: _role(key, each, languages, problems)
        for key, each in _entries(fields.get("roles"), problems)
        if _is_id(key, each.place, problems)
    }
    stations: list[Station] = []
    for key, each in _entries(fields.get("stations"), problems):
        if not _is_id(key, each.place, problems):
            continue
        if key in taken:
            what = tr("a station cannot have the id '{id}': review items use it", id=key)
            problems.append(Problem(each.place, what, tr("choose another id")))
        stations.append(_station(key, each, languages=languages, roles=roles, above=stations[-1:], problems=problems))
    if "stations" in fields and not fields["stations"].value:
        problems.append(Problem(fields["stations"].place, tr("there are no stations"), tr("declare one at least")))
    used = {each for station in stations for each in station.by}
    misspelt = any(_ID.fullmatch(each) and each not in roles for each in used)
    listed = fields["roles"].pairs() if "roles" in fields and not misspelt else ()
    problems += [
        _unused(key, each.place) for key, each in listed if key in roles and not (key in used or roles[key].may)
    ]
    four_eyes, all_approved = (
        key in fields and as_yes_no(fields[key], problems) for key in ("four_eyes", "all_approved")
    )
    return StationPlan(stations=tuple(stations), roles=roles, four_eyes=four_eyes, all_approved=all_approved)


def declared_roles(snapshot: Snapshot) -> StationPlan:
    """Return the roles and stations that a workspace declares, even if other files of it are wrong.

    Errors in data/roles.yml are reported when the workspace is assessed; a role that cannot be read has
    no rights.
    """
    if ROLES not in snapshot.names("data", ".yml"):
        return StationPlan()
    closed, problems = StationPlan(roles={"": Role(id="", name={})}), list[Problem]()
    try:
        languages = read_series(snapshot.document("data/editions.yml"), []).languages
        plan = read_stations(snapshot.document(ROLES), tuple(languages), (), problems)
    except JianbaoError:
        return closed
    return plan if plan.roles or not problems else closed


def _entries(node: Node | None, problems: Problems) -> Iterator[tuple[str, Node]]:
    yield from as_mapping(node, problems, optional=None).items() if node and node.value else ()


def _is_id(key: str, place: Place, problems: Problems) -> bool:
    if _ID.fullmatch(key):
        return True
    hint = tr("use lower-case letters, digits and _, such as checked; its name goes under `name`")
    problems.append(Problem(place, tr("'{value}' is not an id", value=key), hint))
    return False


def _unused(key: str, place: Place) -> Problem:
    return Problem(place, tr("no station is passed by the role '{role}'", role=key), tr("name it under `by`"))


def _name(node: Node | None, languages: Collection[str], problems: Problems) -> dict[str, str]:
    texts = as_mapping(node, problems, required=languages) if node else {}
    return {language: as_text(text, problems) for language, text in texts.items()}


def _role(key: str, node: Node, languages: Collection[str], problems: Problems) -> Role:
    fields = as_mapping(node, problems, ("name",), ("people", "may"))
    name = _name(fields.get("name"), languages, problems)
    may = as_texts(fields.get("may"), problems)
    for word in may:
        if word not in RIGHTS:
            what = tr("'{value}' is no right of a role", value=word)
            problems.append(Problem(fields["may"].place, what, nearest(word, RIGHTS)))
    return Role(id=key, name=name, people=as_texts(fields.get("people"), problems), may=may)


def _station(
    key: str,
    node: Node,
    *,
    languages: Collection[str],
    roles: Mapping[str, Role],
    above: list[Station],
    problems: Problems,
) -> Station:
    """Return a station; `above` has the previous one, if any."""
    fields = as_mapping(node, problems, ("name",), STATION_KEYS)
    flags = {flag: flag in fields and as_yes_no(fields[flag], problems) for flag in STATION_KEYS[1:]}
    beside, four_eyes = flags["beside_previous"], flags["four_eyes"]
    if beside and not above:
        what = tr("'{station}' is the first station: it cannot be beside another", station=key)
        problems.append(Problem(fields["beside_previous"].place, what))
    step = above[-1].step + (not beside) if above else 0
    if four_eyes and step == 0:
        what = tr("'{station}' is the first station: the person who passes it answers for the change", station=key)
        problems.append(Problem(fields["four_eyes"].place, what, tr("write `four_eyes` at a later station")))
    by = as_texts(fields.get("by"), problems)
    if "by" in fields:
        problems += _unknown_roles(fields["by"], by, roles)
    name = _name(fields.get("name"), languages, problems)
    return Station(id=key, name=name, step=step, by=by, four_eyes=four_eyes)


def _unknown_roles(node: Node, by: tuple[str, ...], roles: Mapping[str, Role]) -> Iterator[Problem]:
    """Yield a problem for each word that looks like the id of a role and is unknown; any other word names a person."""
    places = [each.place for each in node] or [node.place]
    for word, place in zip(by, places, strict=False):
        if _ID.fullmatch(word) and word not in roles:
            hint = nearest(
                word, roles, tr("declare it under `roles`; the name of a person has a capital letter or a space")
            )
            yield Problem(place, tr("there is no role '{role}'", role=word), hint)

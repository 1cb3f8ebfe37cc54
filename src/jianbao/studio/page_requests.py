"""Read requests for pages of the studio - who asks for what, in which language - and answer them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, partial
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from jianbao.app.approval import Reviewer
from jianbao.app.propose import BrokenState, WorkspaceState
from jianbao.app.workspace import DATA
from jianbao.core.documents import whole_number
from jianbao.core.encoding import shortened
from jianbao.core.errors import Cause, JianbaoError, Place, UsageError, all_places, by_cause
from jianbao.core.messages import LANGUAGES, Translatable, tr, tr_later, tr_list, trn
from jianbao.data.claim_limits import GRADES_IN_WORDS
from jianbao.intake.labels import Labels
from jianbao.render.html.templates import built_in_text
from jianbao.review.compare.clauses import has_same_numbers, in_clauses, in_context
from jianbao.review.compare.comparison import by_replacements, growth
from jianbao.review.compare.redline import replacements
from jianbao.review.edits import Editable
from jianbao.review.roles import StationPlan
from jianbao.studio.accounts import Account, may, refusal
from jianbao.studio.guard import account_in, cookies_in
from jianbao.studio.session import StudioSession
from jianbao.text.formatter import language_name
from jianbao.text.wording import SectionText

LANGUAGE, NAME = "jianbao-language", "jianbao-name"  # cookies
FOLDER = "studio"
FIELDS = 20_000  # the most fields of a form
LEAST = 0.05  # the smallest change in points that is shown
LONGEST_NAME, LONGEST_FIELD, LONGEST_ENTRY = 80, 80, 400  # of a name; logged columns of a field, and of all fields
WHY = "refused_because"  # the attribute of an answer with the reason for a refusal
NO_LABELS = SectionText(id="intake", title=None)
NOT_LOGGED = ("password", "again", "content", "back")  # fields that the log does not keep


class ForbiddenError(UsageError):
    """Somebody asks for something that their role does not allow."""


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """A request as the pages see it.

    `language` is that of the reader, `name` what they call themselves, `path` and `query` the parts of the address,
    `form` the fields of a form by name, `files` the uploaded files by field: name and bytes. `fragment` asks for a
    part of a page only. `back` is the page from which a form was sent. `account` is who
    signed in; None if the studio has no accounts.
    """

    studio: StudioSession
    language: str
    name: str
    address: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, Sequence[str]]
    files: Mapping[str, tuple[str, bytes]]
    fragment: bool = False
    back: str = ""
    account: Account | None = None

    def place(self, name: str) -> int:
        """Return a number of the address; 0 if there is none."""
        return whole_number(self.query.get(name, "")) or 0

    def field(self, name: str) -> str:
        """Return a field of the form; "" if there is none."""
        return next(iter(self.form.get(name, ())), "")

    def author(self) -> Reviewer:
        """Return who makes a change, and when."""
        return Reviewer(" ".join(self.name.split()), self.studio.clock())

    @cached_property
    def state(self) -> WorkspaceState | BrokenState:
        """Return the workspace as its files are; raises UsageError if there is no such edition."""
        return self.studio.state()  # cached for the request, like those below: a page needs it for each of its items

    @cached_property
    def editable(self) -> Editable:
        """Return what may be changed; raises the errors if nothing can be read."""
        return self.studio.editable_in(self.state)

    @cached_property
    def last_whole(self) -> WorkspaceState | None:
        """Return the last state of the workspace that could be assessed, for the names of things; None without any."""
        return self.state if isinstance(self.state, WorkspaceState) else self.studio.last_whole()

    @cached_property
    def plan(self) -> StationPlan:
        """Return roles and stations, with accounts."""
        return self.studio.plan()

    def may(self, right: str) -> bool:
        """Return whether the reader has a right: one of RIGHTS, or "work", which any of RIGHTS includes."""
        return self.account is None or may(self.plan, self.account, right)

    def require(self, right: str) -> None:
        """Raise ForbiddenError if the reader may not do something."""
        if not self.may(right):
            what = tr(RIGHTS_IN_WORDS[right])
            raise ForbiddenError(refusal(self.plan, self.account, right, what))

    def who_may(self, right: str) -> str:
        """Return the roles that may do something, with the people who hold them, or nobody; "" if no role may."""
        able = {self.called(role.name, role.id): people for role, people in self.plan.able(right)}
        holders = [tr("{name} ({what})", name=role, what=tr_list(people)) for role, people in able.items() if people]
        if able and not holders and self.plan.accounts is not None:
            nobody = tr("Nobody has an account for it yet ({names}): ask the administrator.", names=tr_list(able))
            return self.text(nobody)
        return self.text(tr("Who may: {names}.", names=tr_list(holders or able))) if able else ""

    @property
    def role(self) -> str:
        """Return the name of the role of the reader's account; "" without a role."""
        role = self.plan.roles.get(self.account.role) if self.account else None
        return self.called(role.name, role.id) if role else ""

    def log(self, did: str, what: str, result: str) -> None:
        """Write into the log what was done and how it ended; raises DeliveryError."""
        author = self.author()
        self.studio.audit.write(at=author.at, by=author.name, did=did, what=what, result=result)

    def logged_fields(self) -> str:
        """Return a form for the log: address, fields and files, shortened, without fields that must not be kept."""
        logged = {key: values for key, values in self.form.items() if key not in NOT_LOGGED}
        fields = [shortened(f"{key}={value}", LONGEST_FIELD) for key, values in logged.items() for value in values]
        files = [f"{name} sha256:{sha256(content).hexdigest()}" for name, content in self.files.values()]
        return shortened(" ".join((*self.path.values(), *fields, *files)), LONGEST_ENTRY)

    def text(self, message: object) -> str:
        """Return a message or other text in the reader's language."""
        return message.in_language(self.language) if isinstance(message, Translatable) else str(message)

    def labels(self) -> Labels:
        """Return the names of tables and columns in the reader's language, as in the workbook of intake."""
        sections = self.last_whole.assessment.project.sections if self.last_whole else {}
        return Labels((self.language,), sections.get("intake", NO_LABELS))

    def called(self, names: Mapping[str, str] | None, otherwise: str = "") -> str:
        """Return a name in the reader's language, or else the first of any language, or else `otherwise`."""
        names = names or {}
        return str(names.get(self.language) or next(iter(names.values()), "") or otherwise)


RIGHTS_IN_WORDS: Mapping[str, str] = {
    "work": tr_later("start a command"),
    "edit": tr_later("change data and words"),
    "approve": tr_later("approve and return items"),
    "deliver": tr_later("send an edition, or pack a final one"),
}
Handler = Callable[[PageRequest], Response]


def page(request: PageRequest, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    """Return a page, or the requested part of it, made from a template and values."""
    made = _environment().get_template(f"{template}.html.j2")
    text = made.render(
        request=request,
        _=partial(_translated, request.language),
        _n=partial(_translated_plural, request.language),
        causes=partial(causes, request),
        place_in_words=partial(place_in_words, request),
        drafts=() if template == "sign_in" else request.studio.drafts(),
        outside=template == "sign_in",
        grade=lambda grade: _translated(request.language, GRADES_IN_WORDS[grade]),
        frame="fragment.html.j2" if request.fragment else "frame.html.j2",
        **values,
    )
    return HTMLResponse(text, status)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(lambda name: built_in_text(f"{FOLDER}/{name}")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"signed": _signed, "day": local_day, "minute": local_minute, "growth": growth}
    made.filters |= {"replacements": replacements, "by_replacements": by_replacements, "in_context": in_context}
    made.filters |= {"in_language": language_name, "in_clauses": in_clauses, "has_same_numbers": has_same_numbers}
    return made


def _signed(points: float) -> str:
    """Return a change in points with its sign; nothing for one that rounds to none."""
    return f"{points:+.1f}".replace("-", "\u2212") if abs(points) >= LEAST else ""


def _translated(language: str, text: str, /, **fields: object) -> str:
    return tr(text, **fields).in_language(language)


def _translated_plural(language: str, one: str, many: str, count: int, /, **fields: object) -> str:
    return trn(one, many, count, count=count, **fields).in_language(language)


def causes(request: PageRequest, errors: Sequence[JianbaoError]) -> list[dict[str, object]]:
    """Return errors by cause, in the reader's language: who can fix them, where, what, and hints."""
    return [_cause(request, error, cause) for error in errors for cause in by_cause(error.problems)]


def _cause(request: PageRequest, error: JianbaoError, cause: Cause) -> dict[str, object]:
    return {
        "who": request.text(error.who),
        "where": str(cause.problem.where),
        "place": place_in_words(request, cause.problem.where),
        "file": cause.problem.where.file,
        "places": [[each.line, each.column] for each in all_places(cause)],
        "what": request.text(cause.problem.what),
        "hints": [request.text(remark) for remark in cause.remarks() if remark],
    }


def place_in_words(request: PageRequest, place: Place) -> str:
    """Return a place in a table by the table's name, the row and the column's name; "" for a place in another file."""
    state = request.last_whole
    schemas = state.assessment.project.evidence.schemas.values() if state else ()
    table = next((each.name for each in schemas if f"{DATA}/{each.file}" == place.file), "")
    if not table:
        return ""
    labels = request.labels()
    row = request.text(tr("row {row}", row=place.line)) if place.line else ""
    column = labels.column(table, place.column) if place.column else ""
    return " · ".join(filter(None, (labels.table(table), row, column)))


def local_day(moment: str) -> str:
    """Return the day of a moment (ISO 8601, with its offset) on this machine's calendar."""
    return datetime.fromisoformat(moment).astimezone().date().isoformat()


def local_minute(moment: str) -> str:
    """Return the day and minute of a moment (ISO 8601, with its offset) on this machine's clock."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def go(place: str) -> Response:
    """Send the browser on to another page after a form."""
    return RedirectResponse(place, 303)


def endpoint(
    studio: StudioSession, handler: Handler, did: str = "", right: str = ""
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that runs a handler in a thread of its own and shows its problems on a page.

    `did` names the change in the log, "" if the handler changes nothing; `right` is the right that it needs.
    """

    async def answer(http_request: Request) -> Response:
        request = await read_request(studio, http_request)
        return await run_in_threadpool(_answered, partial(_logged, handler, did, right) if did else handler, request)

    return answer


def _answered(handler: Handler, request: PageRequest) -> Response:
    try:
        return handler(request)
    except ForbiddenError as error:
        return page(request, "problems", HTTPStatus.FORBIDDEN, errors=(error,))
    except JianbaoError as error:
        status = HTTPStatus.BAD_REQUEST if isinstance(error, UsageError) else HTTPStatus.CONFLICT
        return page(request, "problems", status, errors=(error,))


def first_problem(request: PageRequest, error: JianbaoError) -> str:
    """Return the first problem of an error for the log; it names a place only in a table or in another file."""
    found = error.problems[0]
    where = place_in_words(request, found.where) or (str(found.where) if "/" in found.where.file else "")
    text = tr_list([each for each in (found.what, found.hint) if each], "; ")
    return shortened(request.text(tr("{where}: {what}", where=where, what=text) if where else text), LONGEST_ENTRY)


def _logged(handler: Handler, did: str, right: str, request: PageRequest) -> Response:
    """Run a handler if the log is intact, and write its outcome into the log."""
    request.studio.audit.check()
    result = "failed"
    try:
        if right:
            request.require(right)
        answer = handler(request)
        why = getattr(answer, WHY, "") or request.text(tr("Somebody else has changed the same place"))
        result = "done" if answer.status_code < HTTPStatus.BAD_REQUEST else f"refused: {why}"
    except JianbaoError as error:
        result = f"refused: {first_problem(request, error)}"
        raise
    finally:
        request.log(did, request.logged_fields(), result)
    return answer


async def read_request(studio: StudioSession, http_request: Request) -> PageRequest:
    """Return a request as the pages see it."""
    form: dict[str, list[str]] = {}
    files: dict[str, tuple[str, bytes]] = {}
    if http_request.method == "POST":
        async with http_request.form(max_files=1, max_fields=FIELDS) as given:
            for key, value in given.multi_items():
                if isinstance(value, UploadFile):
                    files[key] = value.filename or "", await value.read()
                else:
                    form.setdefault(key, []).append(value.replace("\r\n", "\n"))
    account = account_in(http_request.scope)
    return PageRequest(
        studio=studio.of(account.name) if account else studio,
        language=_language(http_request),
        name=account.name if account else _name(http_request),
        account=account,
        address=http_request.url.path,
        path=http_request.path_params,
        query=dict(http_request.query_params),
        form=form,
        files=files,
        fragment=http_request.headers.get("x-fragment") == "yes",
        back=_path(http_request.headers.get("referer", "")),
    )


def _path(address: str) -> str:
    """Return the path of an address; it is of this studio, since the guard lets no other one through."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _name(http_request: Request) -> str:
    """Return what the reader calls themselves: the first cookie of that name which `settled` can have written."""
    given = (unquote(each.strip('"'))[:LONGEST_NAME] for each in cookies_in(http_request.scope, NAME))
    return next((each for each in given if each.isprintable() and "\ufffd" not in each), "")


def _language(http_request: Request) -> str:
    """Return the language that the reader chose, or else the browser's first one that the pages have."""
    if chosen := next((each for each in cookies_in(http_request.scope, LANGUAGE) if each in LANGUAGES), ""):
        return chosen
    wanted = (each.strip().partition(";")[0] for each in http_request.headers.get("accept-language", "").split(","))
    return next((lang for each in wanted for lang in LANGUAGES if each.lower().partition("-")[0] == lang), "en")

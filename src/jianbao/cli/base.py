"""Provide the base of the command line: common options, the user's language, output of results and problems."""

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from unicodedata import category, east_asian_width

import typer
from typer.core import TyperGroup

from jianbao.core.errors import JianbaoError, Problem, by_cause
from jianbao.core.messages import (
    ENGLISH,
    LANGUAGES,
    Translatable,
    in_ui_language,
    set_ui_language,
    tr,
    tr_foreign,
    tr_later,
    trn,
    ui_language,
    wanted_language,
)

OPTION = "--ui-language"
INTERRUPTED = 130  # exit code after Ctrl-C, or Ctrl-D at a question
# Typer's own words in help and usage, in the order in which they are replaced.
WORDS = (
    tr_later("Usage: "),
    tr_later("[OPTIONS]"),
    tr_later("COMMAND [ARGS]..."),
    *(tr_later("Options:"), tr_later("Arguments:"), tr_later("Commands:")),
    tr_later("Show this message and exit."),
    tr_later("Install completion for the current shell."),
    tr_later("Show completion for the current shell, to copy it or customize the installation."),
    tr_later("env var: "),
    tr_later("default: "),
    tr_later("required]"),
)
# The names of arguments as usage shows them.
ARGUMENTS = (
    *(tr_later("[workspace]"), tr_later("[SOURCE]"), tr_later("[FOLDER]"), tr_later("[EDITION]")),
    *(tr_later("[FILE]"), tr_later("[term]"), tr_later("[fact]"), tr_later("[file]"), tr_later("[files]")),
    *(tr_later("[name]"), tr_later("[earlier]"), tr_later("[later]"), tr_later("[items]"), tr_later("[editions]")),
    *(tr_later("[what]"), tr_later("[station]"), tr_later("[label]"), tr_later("[figure]")),
)
_NAMES = "|".join(each[1:-1] for each in ARGUMENTS)
_ARGUMENT = re.compile(rf"(?<=[\[{{])({_NAMES})(?=[\]}}])|^  ({_NAMES})(\.\.\.)? +(?=<)", re.MULTILINE)
# Typer's names of the kinds of values; translations keep their width in columns.
KINDS = (
    *(tr_later("<str>"), tr_later("<path>"), tr_later("<file>"), tr_later("<int>"), tr_later("<int range>")),
    *(tr_later("<float>"), tr_later("<list[str]>"), tr_later("<list[Path]>"), tr_later("<list[path]>")),
)
# Typer's messages about a command that it does not understand.
FAULTS = (
    tr_later("Missing argument {name}."),
    tr_later("Missing option {name}."),
    tr_later("Missing command."),
    tr_later("No such command {name}. Did you mean {meant}?"),
    tr_later("No such command {name}."),
    tr_later("No such option: {name} (Possible options: {options})"),
    tr_later("No such option: {name}"),
    tr_later("Got unexpected extra argument(s) ({arguments})"),
    tr_later("Option {name} does not take a value."),
    tr_later("Option {name} requires an argument."),
    tr_later("Invalid value for {name}: {problem}"),
    tr_later("Invalid value: {problem}"),
    tr_later("file"),
    tr_later("directory"),
    tr_later("path"),
    tr_later("{kind} {path} does not exist."),
    tr_later("{kind} {path} is a file."),
    tr_later("{kind} {path} is a directory."),
    tr_later("{kind} {path} is not readable."),
    tr_later("Input should be a valid integer, unable to parse string as an integer"),
    tr_later("Input should be greater than or equal to {least}"),
    tr_later("Input should be less than or equal to {most}"),
    tr_later("Value {value} is not a valid {kind}."),
)


class GroupWithDefault(TyperGroup):
    """A group with a default command: `jianbao review` is `jianbao review list`."""

    default = "list"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, with the default command before them if none is named."""
        named = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else [self.default, *args])


def asked_and_where(word: str, workspace: Path) -> tuple[str, Path]:
    """Return the argument of a command and its workspace; a workspace may also be given as the only argument."""
    alone = workspace == Path() and Path(word, "data").is_dir()
    return ("", Path(word)) if alone else (word, workspace)


def asked_language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language of the option before the command, or else of the environment."""
    remaining = iter(arguments)
    for each in remaining:
        if not each.startswith("-"):
            break
        name, _, value = each.partition("=")
        if name == OPTION:
            return wanted_language({"LANG": value or next(remaining, "")})
    return wanted_language(environment)


def run(main: Callable[..., Any], group: Any, arguments: Sequence[str], environment: Mapping[str, str]) -> Any:
    """Run the command line in the requested language; `main` is Typer's own, `group` that of all commands."""
    set_ui_language(asked_language(arguments, environment))
    english = ui_language() == ENGLISH
    for command in () if english else _commands(group):
        _translate(command)
    try:
        code = main(standalone_mode=False)
    except typer.Abort:  # Ctrl-C, or the end of the input at a question
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one would interrupt the cleanup
        typer.echo(in_ui_language(tr("\nAborted: nothing was written.")), err=True)
        sys.exit(INTERRUPTED)
    except Exception as error:
        show = getattr(error, "show", None)
        if show is None or not hasattr(error, "format_message"):
            raise
        if english:
            show()
        else:
            typer.echo(_fault(error), err=True)
        if getattr(error, "option_name", "") in ("-w", "--workspace"):
            typer.echo(in_ui_language(tr("The workspace is the last word of this command, without -w.")), err=True)
        sys.exit(getattr(error, "exit_code", 1))
    sys.exit(code if isinstance(code, int) else 0)


def _commands(command: Any) -> Iterator[Any]:
    yield command
    for each in getattr(command, "commands", {}).values():
        yield from _commands(each)


def _translate(command: Any) -> None:
    for each in (command, *command.params):
        if getattr(each, "help", None):
            each.help = in_ui_language(tr(each.help))
    for name in ("get_help", "get_usage"):
        vars(command)[name] = partial(_worded, getattr(command, name))


def _worded(make_text: Callable[..., str], *arguments: Any) -> str:
    """Return help or usage with Typer's own words translated, also where a line break replaces a space."""
    text = make_text(*arguments)
    for word in WORDS:
        translated = in_ui_language(tr(word))
        text = re.sub(rf"(?<![\w-])(?:{re.escape(word)})".replace(r"\ ", r"\s+"), translated, text)
    text = _ARGUMENT.sub(_argument, text)
    return re.sub("|".join(rf"{re.escape(kind)} *" for kind in KINDS), _kind, text)


def _argument(found: re.Match[str]) -> str:
    """Return the name of an argument in the user's language; in the list of arguments it takes the same width."""
    name = in_ui_language(tr(f"[{found[1] or found[2]}]"))[1:-1]
    return name if found[1] else _as_wide(f"  {name}{found[3] or ''}", found[0])


def _kind(found: re.Match[str]) -> str:
    return _as_wide(in_ui_language(tr(found[0].rstrip())), found[0])


def _as_wide(translated: str, text: str) -> str:
    """Return a translated text, padded with blanks to the width of the original."""
    cells = sum(1 + (east_asian_width(sign) in "FW") for sign in translated)
    return translated + " " * (len(text) - cells)


def _fault(error: Any) -> str:
    """Return the text about a wrong command: usage, how to get help, and Typer's message."""
    message = in_ui_language(tr_foreign(error.format_message(), FAULTS))
    if getattr(getattr(error, "param", None), "param_type_name", "") == "argument":
        message = re.sub(rf"'({_NAMES})(?:\.\.\.)?'", lambda found: in_ui_language(tr(f"[{found[1]}]")), message)
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" or context is None:
        return message
    help_at = tr("Try '{command}' for help.", command=f"{context.command_path} {context.help_option_names[0]}")
    return "\n".join(
        (context.get_usage(), in_ui_language(help_at), "", in_ui_language(tr("Error: {error}", error=message)))
    )


# In the order of use: a brief, its contents, the next edition, its approval, its delivery, the machine.
ORDER = (
    *("new", "adopt", "examples", "check", "build", "preview", "judge", "chart", "studio", "user"),
    *("explain", "facts", "due", "score", "sensitivity", "whatif", "schema"),
    *("edition", "upgrade", "intake", "propose", "apply", "diff", "review", "archive", "verify", "recall"),
    *("package", "sign", "deliver", "batch", "doctor", "fonts"),
)


class Commands(TyperGroup):
    """The commands, listed in the order in which they are needed, in the user's language."""

    def main(self, *given: Any, **options: Any) -> Any:
        """Run a command, after the language of messages is set."""
        arguments = given[0] if given else options.get("args")
        words = sys.argv[1:] if arguments is None else list(arguments)
        return run(partial(super().main, *given, **options), self, words, os.environ)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return sorted(super().list_commands(ctx), key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 120},
)

Root = Annotated[Path, typer.Argument(help="The workspace: a folder with data/ and templates/.")]
Edition = Annotated[str, typer.Option("--edition", "-e", help="The edition; the newest if not given.")]
CityNames = Annotated[
    list[str] | None, typer.Option("--name", help="The city's name in a language, as zh=NAME; repeat for more.")
]
OfficeNames = Annotated[
    list[str] | None, typer.Option("--office", help="The issuing office's name in a language; repeat for more.")
]
EventNames = Annotated[
    list[str] | None,
    typer.Option(
        "--event",
        help="The city's own forum, fair or award in a language, a short name in brackets behind it; repeat for more.",
    ),
]
Country = Annotated[str, typer.Option("--country", help="The country's code after ISO 3166, such as CHN.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Jobs = Annotated[
    int,
    typer.Option("--jobs", "-j", min=0, envvar="JIANBAO_JOBS", help="How many processes to use; 0 for one per core."),
]
Cache = Annotated[
    bool,
    typer.Option("--cache/--no-cache", envvar="JIANBAO_CACHE", help="Reuse what has not changed since earlier builds."),
]


@app.callback()
def jianbao(
    language: Annotated[
        str, typer.Option(OPTION, help="The language of messages: zh or en; that of LANG if not given.")
    ] = "",
) -> None:
    """Turn a workspace of evidence into a bilingual policy brief."""
    if language and language not in LANGUAGES:
        raise bad_parameter(tr("'{value}' is neither zh nor en", value=language), OPTION)


def bad_parameter(what: Translatable, param_hint: str | None = None) -> typer.BadParameter:
    """Return the error of an invalid argument, in the user's language."""
    return typer.BadParameter(in_ui_language(what), param_hint=param_hint)


def by_language(words: list[str] | None, option: str) -> dict[str, str]:
    """Return names by language from words such as zh=NAME; one without a language is under "", for any."""
    names: dict[str, str] = {}
    for word in words or ():
        language, equals, text = word.partition("=")
        names[language if equals else ""] = text if equals else word
    if "" in names and len(names) > 1:
        raise bad_parameter(tr("name it once, or in a language each time, such as zh=NAME"), option)
    return names


def as_day(text: str, option: str) -> date:
    """Return the day that an option gives; raises BadParameter for any other text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_parameter(tr("'{value}' is not a day", value=text), option) from None


def say(text: object, err: bool = False) -> None:
    """Print a text in the user's language."""
    typer.echo(in_ui_language(text) if isinstance(text, str) else text, err=err)


def say_notes(notes: Iterable[Problem]) -> None:
    """Write notes, which are no errors, to the error stream."""
    for note in notes:
        what = tr("{where}: {what}", where=note.where, what=note.what) if note.where.file else note.what
        say(tr("note: {what}\n    {hint}", what=what, hint=note.hint), err=True)


def show(lines: Any) -> None:
    """Print lines."""
    for line in lines:
        say(line)


def print_json(value: object) -> None:
    """Print JSON for a program to read, with messages in the user's language."""
    typer.echo(json.dumps(_translated(value), ensure_ascii=False, indent=2))


def _translated(value: Any) -> Any:
    if isinstance(value, dict):
        return {in_ui_language(str(key)): _translated(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_translated(each) for each in value]
    return in_ui_language(value) if isinstance(value, str) else value


def as_record(problem: Any, error: JianbaoError) -> dict[str, object]:
    """Return a problem as a record, with who can solve it."""
    where = problem.where
    place = {"file": where.file, "line": where.line, "column": where.column}
    return {**place, "what": problem.what, "hint": problem.hint, "who": error.who, "exit_code": error.exit_code}


def report(error: JianbaoError) -> None:
    """Print every problem with its hint, those with the same cause once, and who can solve them."""
    causes = by_cause(error.problems)
    for cause in causes:
        first, *remarks = cause.lines()
        say(_shown(in_ui_language(first)), err=True)
        for remark in remarks:
            say(f"    {_shown(in_ui_language(remark))}", err=True)
    count, whom = len(causes), error.whom()
    say(
        trn("{count} problem for {whom} to fix.", "{count} problems for {whom} to fix.", count, count=count, whom=whom),
        err=True,
    )


def _shown(text: str) -> str:
    """Return a text that is safe to print on a terminal, with invisible characters escaped."""
    hidden = ("C", "Zl", "Zp")  # Unicode categories: control and unassigned characters, line and paragraph separators
    plain = (sign.encode("unicode_escape").decode() if category(sign).startswith(hidden) else sign for sign in text)
    return "".join(plain)

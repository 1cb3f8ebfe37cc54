"""The command line in the user's language: our help texts, and what Typer itself says."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import typer

from jianbao.core.messages import (
    ENGLISH,
    in_ui_language,
    set_ui_language,
    tr,
    tr_foreign,
    tr_later,
    ui_language,
    wanted_language,
)

OPTION = "--ui-language"
INTERRUPTED = 130  # exit code: Ctrl-C, or Ctrl-D at a question
# What Typer writes into help and usage, in the order in which it is replaced.
WORDS = (
    tr_later("Usage: "),
    tr_later("[OPTIONS]"),
    tr_later("COMMAND [ARGS]..."),
    tr_later("Options:"),
    tr_later("Arguments:"),
    tr_later("Commands:"),
    tr_later("Show this message and exit."),
    tr_later("Install completion for the current shell."),
    tr_later("Show completion for the current shell, to copy it or customize the installation."),
    tr_later("env var: "),
    tr_later("default: "),
    tr_later("required]"),
)
# What Typer says of a command that it does not understand.
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


def asked_language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language of the option before the command, or else of the environment."""
    given = iter(arguments)
    for each in given:
        if not each.startswith("-"):
            break
        name, _, value = each.partition("=")
        if name == OPTION:
            return wanted_language({"LANG": value or next(given, "")})
    return wanted_language(environment)


def run(main: Callable[..., Any], group: Any, arguments: Sequence[str], environment: Mapping[str, str]) -> Any:
    """Run the command line in the language that is asked for; `main` is Typer's, with the group of all commands."""
    set_ui_language(asked_language(arguments, environment))
    english = ui_language() == ENGLISH
    for command in () if english else _commands(group):
        _translate(command)
    try:
        code = main(standalone_mode=False)
    except typer.Abort:  # the end of the input, where a question was asked
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


def _worded(made: Callable[..., str], *given: Any) -> str:
    """Return help or usage with Typer's own words translated; a line break may stand for a space."""
    text = made(*given)
    for word in WORDS:
        said = in_ui_language(tr(word))
        text = re.sub(re.escape(word).replace(r"\ ", r"\s+"), said, text)
    return text


def _fault(error: Any) -> str:
    """Return what Typer says of a wrong command: usage, where help is, and the fault."""
    said = in_ui_language(tr_foreign(error.format_message(), FAULTS))
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" or context is None:
        return said
    help_at = tr("Try '{command}' for help.", command=f"{context.command_path} {context.help_option_names[0]}")
    return "\n".join(
        (context.get_usage(), in_ui_language(help_at), "", in_ui_language(tr("Error: {error}", error=said)))
    )

"""Give an edition its own words: the Markdown files of `templates/LABEL/` in place of the series' sections."""

import re
from collections.abc import Iterable
from dataclasses import replace

from jianbao.app.project import Project
from jianbao.brief.outline import CARDS, FRONT, OutlinePart
from jianbao.brief.tables import TABLES
from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError, Place, Problem, nearest, raise_all
from jianbao.core.messages import tr, tr_list
from jianbao.text.markdown import read_document
from jianbao.text.wording import SectionText, unknown_references

FOLDER = "templates"
_FILE = re.compile(r"(?P<template>[^./]+)\.(?P<language>[^./]+)\.md")


def with_own_texts(project: Project, label: str) -> Project:
    """Return the project with the texts that an edition has of its own.

    A file is named after its template and language, such as `templates/2025/brief.en.md`. Its sections take the place
    of the template's sections; tables of the annex stay. Phrases that the text does not give, such as those of the
    masthead, are those of the series.

    Args:
        project: The workspace.
        label: The edition.

    Returns:
        The project unchanged if the folder has no text.

    Raises:
        ContentError: With every problem of the texts.
    """
    problems: Problems = []
    documents = _documents(project, label, problems)
    sections, parts = dict(project.sections), dict(project.outline.parts)
    owners: dict[str, str] = {}
    for template, files in documents.items():
        first = next(part.name for part in parts[template] if part.role == "summary")
        read = read_document(first, files, problems)
        for section in read:
            problems.extend(_unknown(project, section))
            if owners.setdefault(section.id, template) != template:
                what = tr(
                    "the section '{id}' is in the text of '{template}' too", id=section.id, template=owners[section.id]
                )
                problems.append(Problem(section.place, what, tr("give it another id")))
            former = project.sections.get(section.id)
            phrases = {**former.phrases, **section.phrases} if former else section.phrases
            sections[section.id] = replace(section, phrases=phrases)
        parts[template] = (*_parts(read), *(part for part in parts[template] if part.kind == "table"))
    raise_all(problems, ContentError)
    if not documents:
        return project
    outline = replace(project.outline, parts=parts)
    return replace(project, sections=sections, outline=outline)


def _documents(project: Project, label: str, problems: Problems) -> dict[str, dict[str, tuple[str, str]]]:
    """Return for each template that has texts the file and its content in every language of the series."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for name in project.snapshot.names(f"{FOLDER}/{label}", ".md"):
        match = _FILE.fullmatch(name.rpartition("/")[2])
        if match is None:
            hint = tr("name it after its template and language: brief.en.md")
            problems.append(Problem(Place(name), tr("this is not the name of a text"), hint))
            continue
        template, language = match["template"], match["language"]
        for word, known, kind in (
            (template, tuple(project.outline.parts), tr("a template with an outline")),
            (language, tuple(project.writers), tr("a language of the series")),
        ):
            if word not in known:
                what = tr("'{value}' is not {what}", value=word, what=kind)
                problems.append(Problem(Place(name), what, nearest(word, known)))
        if template in project.outline.parts and language in project.writers:
            found.setdefault(template, {})[language] = (name, project.snapshot.text(name))
    ordered = {}
    for template, files in found.items():
        missing = [language for language in project.writers if language not in files]
        if missing:
            there = Place(next(iter(files.values()))[0])
            what = tr(
                "the text of '{template}' is missing in: {languages}", template=template, languages=tr_list(missing)
            )
            problems.append(Problem(there, what))
        else:
            ordered[template] = {language: files[language] for language in project.writers if language in files}
    return ordered


def _parts(sections: Iterable[SectionText]) -> Iterable[OutlinePart]:
    for number, section in enumerate(sections):
        yield OutlinePart("section", section.id, "body" if number else "summary")


def _unknown(project: Project, section: SectionText) -> Problems:
    """Return a problem for each figure, table or form of the measures that does not exist."""
    return [
        *unknown_references(section, "figure", (spec.id for spec in project.figures)),
        *unknown_references(section, "table", TABLES),
        *unknown_references(section, "measures", (FRONT, CARDS)),
    ]

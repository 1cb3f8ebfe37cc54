"""Labels: what tables and columns are called in each language, and which of them a heading names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jianbao.argument.wording import SectionText
from jianbao.evidence.schemas import Schema

TITLE = 31  # characters that a spreadsheet allows in the title of a sheet
FORBIDDEN = set("[]:*?/\\")
LISTS = "_"  # the title of the hidden sheet with the lists of the drop-downs


@dataclass(frozen=True)
class Labels:
    """The phrases `table.TABLE`, `column.COLUMN` and `column.TABLE.COLUMN` of the wording, in the order of languages.

    Where there is no phrase a table or column is called by its id.
    """

    languages: tuple[str, ...]
    section: SectionText | None = None

    def texts(self, *keys: str) -> tuple[str, ...]:
        """Return the first of the phrases that the wording has, in every language; nothing if it has none."""
        for key in keys:
            wording = self.section.phrases.get(key) if self.section else None
            if wording:
                texts = wording.variants[0].texts
                return tuple(texts[language].literal for language in self.languages if language in texts)
        return ()

    def table(self, name: str) -> str:
        """Return what a sheet is titled: the table's label in all languages where that fits, else its id."""
        title = " ".join(self.texts(f"table.{name}"))
        return title if title and len(title) <= TITLE and not FORBIDDEN & set(title) else name

    def guidance(self) -> str:
        """Return what the sheet of guidance is titled."""
        return " ".join(self.texts("guidance")) or "guidance"

    def column(self, table: str, name: str) -> str:
        """Return a heading: the column's label in all languages, or its id."""
        return " ".join(self._column(table, name)) or name

    def _column(self, table: str, name: str) -> tuple[str, ...]:
        return self.texts(f"column.{table}.{name}", f"column.{name}")

    def titles(self, tables: Sequence[str]) -> Mapping[str, str]:
        """Return the table that each title of a sheet stands for: its id, its label in one language or in all."""
        found = {form: name for name in tables for form in (*self.texts(f"table.{name}"), self.table(name))}
        return found | {name: name for name in tables}

    def headings(self, schema: Schema) -> Mapping[str, str]:
        """Return the column that each heading, in small letters, stands for; one for two columns is left out."""
        pairs = [pair for column in schema.columns for pair in self._forms(schema.name, column)]
        several = {form for form, column in pairs if any(form == other and column != that for other, that in pairs)}
        return {form: column for form, column in pairs if form not in several or form == column}

    def _forms(self, table: str, column: str) -> Iterator[tuple[str, str]]:
        forms = {column, self.column(table, column), *self._column(table, column)}
        return ((form.lower(), column) for form in sorted(forms))

"""Made-up deliveries: workbooks as an office would send them, about nothing that is so."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

Rows = Sequence[Sequence[object]]
SERIES = ("indicator", "place", "value", "unit", "comparator", "period", "session", "source", "confidence")
SISTERS = ("city", "country", "continent", "signed_on", "lat", "lon", "located_by", "source", "confidence")


def workbook(path: Path, sheets: Mapping[str, Rows], from_1904: bool = False) -> Path:
    """Write a workbook with these sheets, the first row of each being its head."""
    book = Workbook()
    book.remove(book.active)
    if from_1904:
        book.epoch = CALENDAR_MAC_1904
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    book.save(path)
    return path


def figures(*rows: Sequence[object]) -> dict[str, Rows]:
    """Return a sheet of figures."""
    return {"series": [SERIES, *rows]}


def year_2026(path: Path) -> Path:
    """Write a delivery of 2026 with everything in it that can go wrong."""
    source = "chinanews_trade_2025"
    return workbook(
        path,
        {
            "series": [
                SERIES,
                ("friendly_total", "Guangzhou", 113, "city", "=", "2026-10", None, source, "stated"),
                ("sister_cities", "Guangzhou", 38, "city", "=", "2023-12", None, "wan_huang_2024", "corroborated"),
                ("trade_total", "Guangzhou", 1123999000000, "cny", "=", "2024", None, "gdp_2018", "stated"),
                ("canton_export", "Guangzhou", "257.1亿", "usd", None, "2026-05", 139, source, "stated"),
                ("fdi_used", "Guangzhou", 71.2, "usd", "=", "2026", None, source, "stated"),
                ("airport_passengers", "廣州", "8,611", "万人次", "=", "2026", None, source, "stated"),
                ("award_entries_cum", "Guangzhou Award", 1600, "entry", "=", "2026-11", None, source, "stated"),
                ("consulates", "Guangzhou", "超过70", "consulate", None, "2026-03", None, source, "stated"),
            ],
            "sister_cities": [
                SISTERS,
                (
                    "Frankfurt am Main",
                    "DEU",
                    "Europe",
                    "1988-04-11",
                    50.11,
                    8.68,
                    "geonames",
                    "gzfao_list_2023_02",
                    "stated",
                ),
                ("Busan", "KOR", "Asia", date(1926, 3, 5), 35.1, 129.04, "geonames", source, "stated"),
                ("Nairobi", "KEN", "Africa", date(2026, 6, 1), -1.28, 36.82, "geonames", source, "stated"),
            ],
            "names": [
                ("id", "kind", "zh", "en"),
                ("Nairobi", "city", "内罗毕", "Nairobi"),
                ("Łódz", "city", "羅茲", "Lodz"),
            ],
            "Notes": [("from the office",)],
        },
    )

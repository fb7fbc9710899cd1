"""Which part of the archive may answer: days of issue, one publication, one column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Days = tuple[int, int]  # first and last, YYYYMMDD


@dataclass(frozen=True, slots=True)
class Scope:
    """Keeps to pages issued from `since` to `until`, both included (those without a date are left
    out then), to one publication and to the articles of one column; None lets everything through.
    """

    since: date | None = None
    until: date | None = None
    publication: str | None = None
    column: str | None = None

    @property
    def days(self) -> Days | None:
        if self.since is None and self.until is None:
            return None
        return day_number(self.since or date.min), day_number(self.until or date.max)

    @property
    def by_days_alone(self) -> bool:
        """Chroma knows the days of a chunk and nothing else of this."""
        return self.publication is None and self.column is None

    def rows(self) -> tuple[str, tuple[int | str, ...]]:
        """SQL for the numbers of the chunks let through, with its values; "" for all of them."""
        conditions, values = list[str](), list[int | str]()
        if self.days:
            # A source without a date overlaps nothing.
            conditions.append("last_day >= ? AND first_day <= ?")
            values += self.days
        if self.publication is not None:
            conditions.append("publication = ?")
            values.append(self.publication)
        if self.column is not None:
            # A column within a column is kept as 书记访谈 / 学习贯彻…: either name will do.
            conditions.append("instr(' / ' || column_name || ' / ', ' / ' || ? || ' / ')")
            values.append(self.column)
        sql = f"SELECT number FROM chunks WHERE {' AND '.join(conditions)}" if conditions else ""
        return sql, tuple(values)


EVERYTHING = Scope()


def day_number(day: date) -> int:
    """YYYYMMDD: Chroma compares numbers only."""
    return day.year * 10000 + day.month * 100 + day.day

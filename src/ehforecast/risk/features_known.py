"""What features may look at: a council's records as they were known at the end of each index event's own day.

A row counts from the day on which the council's system held it (and never before it happened); a part with a day of
recording of its own from that day. The records are those of one extract: what it no longer shows cannot be seen, and a
value overwritten since is seen as it now is (`known_gaps` of the contracts name such columns).

No question looks back further than `LOOK_BACK_DAYS`. Records begin on some day: whatever counts all of the past grows
as they grow older, so that a model learned on their first years would be asked about values it has never seen.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from ehforecast.risk.features_kinds import EventKind
from ehforecast.risk.known_history import (
    NEVER,
    NOBODY,
    Floats,
    Integers,
    Moments,
    People,
    Stream,
    day_numbers,
)
from ehforecast.risk.place_history import PlaceHistory

LOOK_BACK_DAYS = 365
"""How far back features look; index events before records are this old have no full past (see `timeline`)."""

Who = Literal["person", "family", "siblings"]
Tables = Mapping[str, pd.DataFrame]


class KnownRecords:
    """A council's tables, answering only as of the evening of each index day.

    `events` are index events (`person_id`, `happened_on`, `index_on`, `place`) and `own_table` the table they are rows
    of. `eve` asks about the evening before the event happened: for what an event must not say about itself. `places` is
    of all the council's contacts, where the tables hold only some families.
    """

    def __init__(
        self, tables: Tables, events: pd.DataFrame, *, own_table: str, places: PlaceHistory | None = None
    ) -> None:
        self.tables, self.events, self.own_table = tables, events, own_table
        self.places = places or PlaceHistory.of(tables["contacts"])
        self.people = People.of(tables["families"]["person_id"], tables["people"]["person_id"], events["person_id"])
        self.index_day = day_numbers(events["index_on"])
        self._eve_day = np.minimum(day_numbers(events["happened_on"]), self.index_day) - 1
        self._person = self.people.numbers(events["person_id"])
        self._codes_of: dict[str, Integers] = {}
        self._latest: dict[tuple[EventKind, Who], Integers] = {}
        self._last_stream: dict[Who, tuple[EventKind, Stream]] = {}

    @cached_property
    def _moments(self) -> dict[tuple[Who, bool], Moments]:
        return {
            ("person", False): Moments.of(self._person, self.index_day),
            ("person", True): Moments.of(self._person, self._eve_day),
            ("family", False): Moments.of(self.family, self.index_day),
            ("family", True): Moments.of(self.family, self._eve_day),
        }

    @cached_property
    def _belonging(self) -> tuple[Stream, Integers]:
        """People's belonging to families, by person, and the family of each row."""
        table = self.tables["families"].sort_values(["recorded_on", "from_on"], kind="stable")
        table = table.drop_duplicates(["person_id", "family_id"])
        family = pd.factorize(table["family_id"], sort=True)[0].astype(np.int64)
        from_on = day_numbers(table["from_on"])
        known = np.maximum(from_on, day_numbers(table["recorded_on"]))
        stream = Stream.of(
            self.people.numbers(table["person_id"]), known=known, happened=from_on, row=np.arange(len(table))
        )
        return stream, family

    @cached_property
    def family(self) -> Integers:
        """The family each person was last known to belong to; `NOBODY` where none was known."""
        stream, family = self._belonging
        row = stream.latest(Moments.of(self._person, self.index_day))
        return np.where(row >= 0, np.append(family, NOBODY)[row], NOBODY)

    def count_members(self) -> Floats:
        """People known to belong, or to have belonged, to the family."""
        belonging, family = self._belonging
        members = Stream.of(
            family[belonging.row], known=belonging.known, happened=belonging.happened, row=belonging.row
        )
        return self._of_known_family(members.count(self.moments("family")), "family")

    def count_moves(self) -> Floats:
        """Times the person came to belong to a further family, in the look-back: the first on record is no move."""
        belonging, _ = self._belonging
        is_move = np.append(False, belonging.entity[1:] == belonging.entity[:-1])[: len(belonging.keys)]
        moves = Stream(belonging.keys[is_move], belonging.happened[is_move], belonging.row[is_move])
        return moves.count_within(self.moments("person"), days=LOOK_BACK_DAYS)

    def moments(self, who: Who, *, eve: bool = False) -> Moments:
        """The person, or the family, of each index event on its evening (or the eve of the event)."""
        return self._moments["person" if who == "person" else "family", eve]

    def stream(self, kind: EventKind, who: Who) -> Stream:
        """Rows of a kind in the order in which they became known, by person or by family. The last is kept."""
        kept = self._last_stream.get(who)
        if kept is None or kept[0] != kind:
            by_person = self._by_person(kind) if who == "person" else self.stream(kind, "person")
            kept = (kind, by_person if who == "person" else self.by_family(by_person))
            self._last_stream[who] = kept
        return kept[1]

    def _by_person(self, kind: EventKind) -> Stream:
        happened, known = kind.days(self.tables[kind.table])
        return Stream.of(self._person_of(kind.table), known=known, happened=happened, row=np.arange(len(known)))

    def by_family(self, stream: Stream) -> Stream:
        """Rows by person as rows by family."""
        belonging, family = self._belonging
        return stream.of_groups(belonging, group_of_row=family)

    def _person_of(self, table: str) -> Integers:
        if table not in self._codes_of:
            self._codes_of[table] = self.people.numbers(self.tables[table]["person_id"])
        return self._codes_of[table]

    def count(self, kind: EventKind, who: Who, *, days: int = LOOK_BACK_DAYS) -> Floats:
        """Rows of a kind known of the last `days`. Of siblings: the family's less the person's own."""
        if who == "siblings":
            return self.count(kind, "family", days=days) - self.count(kind, "person", days=days)
        stream, at = self.stream(kind, who), self.moments(who)
        return self._of_known_family(stream.count_within(at, days=days), who)

    def count_days(self, kind: EventKind, who: Who, *, days: int = LOOK_BACK_DAYS) -> Floats:
        """Days with at least one known row of a kind, of the last `days`: a form about three children is one day."""
        counted = self.stream(kind, who).first_of_days().count_within(self.moments(who), days=days)
        return self._of_known_family(counted, who)

    def count_open(self, kind: EventKind, who: Who) -> Floats:
        """Spells of a kind known to have begun in the look-back and not known to have ended."""
        table = self.tables[kind.table]
        end_known = np.maximum(day_numbers(table[kind.end]), day_numbers(table[kind.end_recorded_on]))
        end_known = np.minimum(end_known, day_numbers(table[kind.day]) + LOOK_BACK_DAYS)
        return self._of_known_family(self.stream(kind, who).count_open(self.moments(who), end_known=end_known), who)

    def days_since(self, kind: EventKind, who: Who) -> Floats:
        """Days since the latest known row of a kind, the event itself aside; absent where the look-back has none."""
        stream = self.stream(kind, who)
        row = stream.latest(self.moments(who, eve=kind.table == self.own_table))
        happened = np.append(day_numbers(self.tables[kind.table][kind.day]), NEVER)[row]
        return np.where((row >= 0) & (self.index_day - happened < LOOK_BACK_DAYS), self.index_day - happened, np.nan)

    def days_known(self, kind: EventKind, who: Who) -> Floats:
        """Days since the first known row of a kind in the look-back; absent where the look-back has none."""
        happened = self.stream(kind, who).first_happened(self.moments(who), days=LOOK_BACK_DAYS)
        return np.where(happened < NEVER, self.index_day - happened, np.nan)

    def latest_row(self, kind: EventKind, who: Who = "person") -> Integers:
        """The row of the latest of a kind in the look-back: the index event itself where it is of that table; or -1."""
        if kind.table == self.own_table:
            return self.events["place"].to_numpy(dtype=np.int64)
        if (kind, who) not in self._latest:
            row = self.stream(kind, who).latest(self.moments(who))
            happened = np.append(day_numbers(self.tables[kind.table][kind.day]), NEVER)[row]
            self._latest[kind, who] = np.where(self.index_day - happened < LOOK_BACK_DAYS, row, -1)
        return self._latest[kind, who]

    def _of_known_family(self, values: Floats, who: Who) -> Floats:
        return values if who == "person" else np.where(self.family == NOBODY, np.nan, values)

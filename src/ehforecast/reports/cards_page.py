"""Cards for one named reviewer: kept privately, never in the order of an estimate, gone after a day that is named."""

from collections.abc import Iterator

from ehforecast.advisory.cards import CARD_LIMITS, FEWEST_ALIKE, CardFile
from ehforecast.advisory.explain_advice import EXPLAIN_NEVER_USE_FOR
from ehforecast.reports.document import Document, Section, document_files
from ehforecast.reports.page_table import Column, PageTable, rows_of
from ehforecast.reports.words import as_sentence, per_cent, whole
from ehforecast.vocabulary.periods import day_words

CARDS_STATEMENT = (
    (
        "Private. For the reviewer named here and nobody else. Each line is about one child's estimate in a test of a "
        "method, made from old records. It is never a decision, and no reason for one."
    ),
    (
        "Write down your own view of a child before you read its card. Most children in every band had no later event, "
        "or may have had none: look at the range of the band first."
    ),
)


def cards_files(found: CardFile) -> dict[str, bytes]:
    """The page of cards and its table, by file name; for a private folder."""
    return document_files(cards_document(found))


def cards_document(found: CardFile) -> Document:
    """The cards of one question."""
    beside = found.beside
    return Document(
        strap="Private: for the named reviewer, never to be passed on",
        title="Cards for review",
        subtitle=as_sentence(beside.result.outcome),
        lead=(
            f"{whole(len(found.cards))} cards for {found.reviewer}, to be read until {day_words(found.expires_on)} and "
            "then deleted."
        ),
        facts=(
            ("For", found.reviewer),
            ("Made on", day_words(found.made_on)),
            ("Expires after", day_words(found.expires_on)),
            ("Children without a card", f"about {whole(found.without_card)}"),
            ("Purpose", beside.purpose),
        ),
        statement=CARDS_STATEMENT,
        never=EXPLAIN_NEVER_USE_FOR,
        sections=tuple(_sections(found)),
        run_id=beside.run_id,
        source=beside.data_source,
        purpose=beside.purpose,
        reader=found.reviewer,
        extra={"expires_on": found.expires_on.isoformat(), "may_be_published": False},
    )


def _sections(found: CardFile) -> Iterator[Section]:
    yield Section("limits", "On every card", lines=(*CARD_LIMITS, _UNSTEADY, _ALIKE))
    yield Section("bands", "What a band is worth", lines=tuple(_bands(found)), tables=(_bands_table(found),))
    yield Section("cards", "The cards", (_ORDER,), tables=(_cards_table(found),))


_UNSTEADY = (
    "Reasons that do not last when the model learns from other families, or when a date moves by a day, are left out."
)
_ALIKE = (
    f"At least {FEWEST_ALIKE} families share each card word for word. Children whose card would be rarer have fewer "
    "reasons on it, or no card."
)
_ORDER = "The lines stand in an order that means nothing. There is no way to sort them by estimate, for none is here."


def _bands(found: CardFile) -> Iterator[str]:
    for row in found.bands.to_dict("records"):
        none, low, high = (100 * (1 - float(row[name])) for name in ("value", "upper", "lower"))
        yield (
            f"{as_sentence(str(row['band']))}: of 100 such children, about {none:.0f} (between {low:.0f} and "
            f"{high:.0f}) had no later event on record."
        )


def _bands_table(found: CardFile) -> PageTable:
    columns = (
        Column("band", "Band", "band of estimates"),
        Column("value", "Had the event", "share with the event", "share"),
        Column("lower", "From", "lower end of the 95% range", "share"),
        Column("upper", "To", "upper end of the 95% range", "share"),
    )
    rows = rows_of(found.bands, columns, words={"band": as_sentence})
    return PageTable("bands", "The share with the event in each band, with its 95% range", columns, rows)


def _cards_table(found: CardFile) -> PageTable:
    columns = (
        Column("child", "Child", "pseudonym"),
        Column("band", "Band", "band of the estimate; see the table of bands for what it is worth"),
        Column("had_event", "Of 100 in the band, had the event", "share with its 95% range"),
        Column("higher", "Goes with a higher estimate", "steady reasons"),
        Column("lower", "Goes with a lower estimate", "steady reasons"),
        Column("expires_on", "Expires after", "last day on which this may be read, year-month-day"),
    )
    worth = {str(row["band"]): _worth(row) for row in found.bands.to_dict("records")}
    day = found.expires_on.isoformat()
    rows = [
        [str(row.child), as_sentence(str(row.band)), worth[str(row.band)], str(row.higher), str(row.lower), day]
        for row in found.cards.itertuples(index=False)
    ]
    return PageTable("cards", f"{whole(len(rows))} cards, each until {day_words(found.expires_on)}", columns, rows)


def _worth(band: dict) -> str:  # type: ignore[type-arg]  # a row of a frame
    ends = f"{per_cent(float(band['lower'])).removesuffix('%')} to {per_cent(float(band['upper'])).removesuffix('%')}"
    return f"{per_cent(float(band['value'])).removesuffix('%')} ({ends})"

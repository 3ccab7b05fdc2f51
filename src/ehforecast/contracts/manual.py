"""The manual: one page for each table of a council's records, written from its contract and from nothing else."""

import inspect
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ehforecast.contracts.contract import Column, Contract, load_contract, load_vocabulary
from ehforecast.contracts.council import COUNCIL_TABLES
from ehforecast.contracts.rules import column_rules, row_rules
from ehforecast.vocabulary.dated_codes import DatedCode

_WRITTEN_BY = "*Written from `{source}` by `ehforecast manual`; change it there.*"
_USES = {
    "key": "key: identifies, links, or says when something was recorded; never a model input",
    "feature": "feature: may become one",
    "audit_only": "audit only: checks and fairness, never a model input",
    "dropped": "dropped: read, never kept",
}
_PRIVACY = {
    "pseudonymous": "pseudonymous: an id, replaced by a code before it is kept",
    "personal": "personal data",
    "special_category": "special category data (UK GDPR, Article 9)",
    "operational": "operational: about teams, not about single people",
    "public": "public: published figures, about no single person",
}
_SEVERITIES = {"error": "error: the row is set aside", "query": "query: the row is used, somebody should look"}


def manual_pages() -> dict[str, str]:
    """Every page by file name: one for each table, one of all words, and the way in."""
    contracts = [load_contract(name) for name in COUNCIL_TABLES]
    pages = {f"{contract.name}.md": _page(contract) for contract in contracts}
    return {"index.md": _index(contracts), **pages, "vocabulary.md": _vocabulary_page(contracts)}


def write_manual(folder: Path) -> tuple[Path, ...]:
    """Write every page into a folder (made if missing), over older ones of the same name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in manual_pages().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return tuple(folder / name for name in manual_pages())


def _index(contracts: Sequence[Contract]) -> str:
    rows = [(f"[{contract.name}]({contract.name}.md)", _purpose(contract)) for contract in contracts]
    return _joined(
        "# Tables of a council's records",
        "What each table holds after it has been read, checked and stored, whichever way it came: one page for each, "
        "and one of [all words that codes may have](vocabulary.md).",
        _table(("Table", "What it holds"), rows),
        _WRITTEN_BY.format(source="data_contracts/"),
    )


def _page(contract: Contract) -> str:
    description, schema = contract.document.description, (contract.document.schema_ or [])[0]
    said = [getattr(description, part, None) for part in ("purpose", "usage", "limitations")]
    return _joined(
        f"# {_title(contract.name)}",
        _line(said[0]),
        f"**For**: {_line(said[1])}",
        f"**Limits**: {_line(said[2])}",
        f"**Grain**: {_line(schema.dataGranularityDescription)} Key: {', '.join(map(_code, contract.key))}.",
        "## Columns",
        _table(("Column", "What it is", "May be used for"), [_summary(column) for column in contract.columns]),
        *(part for column in contract.columns for part in _column(column)),
        "## Rules",
        "A rule's name is its message. A rule that needs a table or a cell that is not there could not be judged: that "
        "is a third answer, and neither keeps a row nor sets it aside.",
        _table(("Rule", "Column", "If broken", "What to do"), _rules(contract)),
        f"Version {contract.version} of the contract.",
        _WRITTEN_BY.format(source=f"data_contracts/{contract.name}.odcs.yaml"),
    )


def _summary(column: Column) -> tuple[str, ...]:
    return f"[`{column.name}`](#{column.name})", _line(column.meaning), column.permitted_use.replace("_", " ")


def _column(column: Column) -> Iterator[str]:
    yield f"### {column.name}"
    yield _line(column.meaning)
    yield "\n".join(f"- {name}: {words}" for name, words in _facts(column))


def _facts(column: Column) -> Iterator[tuple[str, str]]:
    yield "Type", f"{column.logical_type}{', always given' if column.is_required else ', may be absent'}"
    if column.unit and column.unit != "none":
        yield "Unit", column.unit
    if column.vocabulary:
        yield "Words", f"{_link(column.vocabulary)}: {', '.join(map(_code, column.words))}"
    if column.in_force_on:
        yield "In force", f"the code must be in use on the day of `{column.in_force_on}`"
    yield "Privacy", _PRIVACY.get(column.classification, column.classification)
    yield "Permitted use", _USES.get(column.permitted_use, column.permitted_use)
    yield "Minimisation", column.minimisation
    if column.recorded_on:
        yield "Recorded", f"on the day in `{column.recorded_on}`; absent in a look back before it"
    yield "Usual recording lag", column.usual_recording_lag
    yield "Known gaps", column.known_gaps


def _rules(contract: Contract) -> Iterator[tuple[str, ...]]:
    basis = {quality.name: f" {_line(quality.description)}" for quality in contract.quality if quality.description}
    for rule in (*column_rules(contract), *row_rules(contract)):
        needs = f" Needs the table {' and '.join(rule.tables)}." if rule.tables else ""
        said = f"{rule.remedy}{needs}{basis.get(rule.name, '')}"
        yield _code(rule.name), _code(rule.column), _SEVERITIES[rule.severity], said


def _vocabulary_page(contracts: Sequence[Contract]) -> str:
    names = sorted({column.vocabulary for contract in contracts for column in contract.columns if column.vocabulary})
    return _joined(
        "# Words and codes",
        "The words a column with a code list may hold. Their home is `src/ehforecast/vocabulary/`.",
        *(part for name in names for part in _vocabulary(name, contracts)),
        _WRITTEN_BY.format(source="src/ehforecast/vocabulary/"),
    )


def _vocabulary(name: str, contracts: Sequence[Contract]) -> Iterator[str]:
    codes = load_vocabulary(name)
    used_by = [
        f"[{contract.name}.{column.name}]({contract.name}.md#{column.name})"
        for contract in contracts
        for column in contract.columns
        if column.vocabulary == name
    ]
    yield f"## {name.partition('.')[2]}"
    yield _line((inspect.getdoc(codes) or "").split("\n\n")[0])
    yield f"Used by {', '.join(used_by)}."
    if issubclass(codes, DatedCode):
        yield _table(("Code", "Meaning", "In use"), [(_code(code), code.meaning, _in_use(code)) for code in codes])
    else:
        yield _table(("Word",), [(_code(word.value),) for word in codes])


def _in_use(code: DatedCode) -> str:
    bounds = [
        f"{word} {bound.day} {bound:%B %Y}"
        for word, bound in (("from", code.valid_from), ("to", code.valid_to))
        if bound
    ]
    return " ".join(bounds) or "always"


def _link(vocabulary: str) -> str:
    name = vocabulary.partition(".")[2]
    return f"[{name}](vocabulary.md#{name.lower()})"


def _code(name: str) -> str:
    return f"`{name}`"


def _title(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _purpose(contract: Contract) -> str:
    return _line(getattr(contract.document.description, "purpose", None))


def _line(text: str | None) -> str:
    """Text of a contract on one line."""
    return " ".join((text or "").split())


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _joined(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"

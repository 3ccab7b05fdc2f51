"""The closed set of translations from a source's cells to a contract's words, as SQL over text."""

from collections.abc import Mapping, Sequence

from ehforecast.contracts.code_maps import CodeMaps, fold
from ehforecast.contracts.contract import Column
from ehforecast.contracts.council_layout import Outcome
from ehforecast.contracts.sql import literal, literals

_SAYS_YES = "['Y', 'y', 'Yes', 'YES', 'yes', '1', 'true', 'True', 'TRUE']"
_SAYS_NO = "['N', 'n', 'No', 'NO', 'no', '0', 'false', 'False', 'FALSE']"
_DAY_FIRST = ("%d/%m/%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")
_FACTOR_SEPARATORS = r"\s*[,;|]\s*"
_OUTCOME_SEPARATORS = r"\s*[;|,]\s*"
LETTER_CODE = r"^(?:[A-Za-z][0-9]?\)\s*)?([^:]*)"
"""`q) 6: Police`: an optional letter, the code, an optional description."""


def trimmed(column: str) -> str:
    """A cell as text without spaces at its ends. Trimming a long text is slow, so only what has such spaces is."""
    text = f"CAST({column} AS VARCHAR)"
    return f"CASE WHEN starts_with({text}, ' ') OR ends_with({text}, ' ') THEN trim({text}) ELSE {text} END"


def cell(column: str, *, missing: Sequence[str]) -> str:
    """A cell as text, trimmed; blanks and placeholders are absent."""
    text, short = f"CAST({column} AS VARCHAR)", trimmed(column)
    other = f"CASE WHEN {short} NOT IN ({literals(['', *missing])}) THEN {short} END"
    is_plain = f"{text} >= '!' AND NOT ends_with({text}, ' ')"  # most cells, told at their first byte and their last
    if missing:
        is_plain += f" AND {text} NOT IN ({literals(missing)})"
    return f"CASE WHEN {is_plain} THEN {text} ELSE {other} END"


def day(column: str, *, missing_days: Sequence[str]) -> str:
    """A day: without its time, day/month/year turned round; placeholders absent; what is no day stays as written."""
    turned = f"strftime(TRY_STRPTIME({column}, [{literals(_DAY_FIRST)}]), '%Y-%m-%d')"
    return (
        f"CASE WHEN {is_missing_day(column, missing_days=missing_days)} THEN NULL WHEN {column} LIKE '____-__-__' "
        f"THEN {column} WHEN {column} LIKE '____-__-__%' AND TRY_CAST({column} AS TIMESTAMP) IS NOT NULL "
        f"THEN left({column}, 10) ELSE coalesce({turned}, {column}) END"
    )


def is_missing_day(column: str, *, missing_days: Sequence[str]) -> str:
    """Whether a cell holds a day that stands for nothing, in either way of writing it."""
    both = [*missing_days, *("/".join(reversed(word.split("-"))) for word in missing_days)]
    return f"left({column}, 10) IN ({literals(both)})" if both else "false"


def month_comes_first(column: str) -> str:
    """Whether a cell can only be month/day/year. Most have no slash, which is told quickly."""
    shape = "^(0?[1-9]|1[0-2])/(1[3-9]|2[0-9]|3[01])/"
    return f"CASE WHEN contains(CAST({column} AS VARCHAR), '/') THEN regexp_matches({trimmed(column)}, '{shape}') END"


def month(text: str) -> str:
    """The first day of the month of a day."""
    return f"CASE WHEN {text} LIKE '____-__-__' THEN left({text}, 8) || '01' ELSE {text} END"


def letter_code(text: str) -> str:
    """The code in a cell such as `q) 6: Police`."""
    return f"trim(regexp_extract({text}, {literal(LETTER_CODE)}, 1))"


def answers_of_keys(column: str, *, told: Outcome) -> str:
    """What each key of an outcome object says, as a list in the order of `outcome_keys`; absent for other texts."""
    paths = literals(f'$."{key}"' for key in outcome_keys(told))
    return f"CASE WHEN {column} LIKE '{{%' THEN TRY(json_extract_string({column}, [{paths}])) END"


def outcome_keys(told: Outcome) -> list[str]:
    """Every key that is asked for: strongest first, the one that says only that there is more last."""
    return [*(key for keys in told.keys.values() for key in keys), told.other]


def outcome(text: str, said: str, *, told: Outcome, soon: str, listed: str) -> str:
    """The strongest word whose key says yes; of other texts the word of the list; a damaged object stays as it is."""
    first, cases = 1, ""
    for word, keys in told.keys.items():
        cases += f"WHEN list_has_any({said}[{first}:{first + len(keys) - 1}], {_SAYS_YES}) THEN {literal(word)} "
        first += len(keys)
    cases += f"WHEN list_contains({_SAYS_YES}, {said}[{first}]) AND {soon} THEN 'early_help'"
    return f"CASE WHEN {said} IS NOT NULL THEN CASE {cases} END ELSE coalesce({listed}, {text}) END"


def answer_in_outcome(column: str) -> str:
    """Yes or no from the key NFA_FLAG of an outcome object; absent where it does not say."""
    said = f"TRY(json_extract_string({column}, '$.NFA_FLAG'))"
    return (
        f"CASE WHEN list_contains({_SAYS_YES}, {said}) THEN 'yes' WHEN list_contains({_SAYS_NO}, {said}) THEN 'no' END"
    )


def outcome_items(column: str, relation: str) -> str:
    """A query of texts that are no objects, such as `Advice given; Referral`, and each item of theirs."""
    return (
        f"SELECT written, unnest(string_split_regex(written, {literal(_OUTCOME_SEPARATORS)})) AS item "
        f"FROM (SELECT DISTINCT {column} AS written FROM {relation} WHERE {column} NOT LIKE '{{%')"
    )


def factors(text: str) -> str:
    """A list of codes from every shape of the field: a list, an object of codes and yes, one with a repeated key, text.

    What is no whole list or object is one value, as it is written.
    """
    pairs = (
        rf"list_zip(regexp_extract_all({text}, '\"([^\"]*)\"\s*:', 1), "
        rf"regexp_extract_all({text}, ':\s*\"?([^\",}}]*)', 1))"
    )
    said = f"list_filter({pairs}, lambda pair: lower(trim(pair[2])) NOT IN ('no', 'n', 'false', '0', 'null', ''))"
    from_object = (
        f"list_transform({said}, lambda pair: CASE WHEN lower(trim(pair[2])) IN ('yes', 'y', 'true', '1') "
        "THEN pair[1] ELSE trim(pair[2]) END)"
    )
    from_list = rf"regexp_extract_all({text}, '[^\s\[\],\"]+')"
    return (
        f"CASE WHEN {text} LIKE '[%]' AND json_valid({text}) THEN {from_list} "
        f"WHEN {text} LIKE '{{%}}' AND json_valid({text}) THEN {from_object} "
        f"WHEN left({text}, 1) IN ('[', '{{') THEN [{text}] "
        f"WHEN {text} IS NOT NULL THEN string_split_regex({text}, {literal(_FACTOR_SEPARATORS)}) END"
    )


def code_pairs(column: Column, *, field: str, words: Mapping[str, str], maps: CodeMaps) -> dict[str, str]:
    """Local value, folded, to word: a council's map comes first, then the layout's words, then the national codes.

    Where the map does not keep national codes they are read as local, which no vocabulary holds.
    """
    national = {fold(word): word for word in column.words}
    built_in = {**national, **words}
    mapped = maps.fields.get(field)
    if mapped is None:
        return built_in
    if not mapped.keeps_national_codes:
        built_in = {local: f"local {word}" for local, word in built_in.items()}
    return {**built_in, **(mapped.codes if maps.folds else {})}


def unfolded_pairs(*, field: str, maps: CodeMaps) -> dict[str, str]:
    """Local value as written to word, where a council's maps do not fold."""
    mapped = maps.fields.get(field)
    return {} if mapped is None or maps.folds else dict(mapped.codes)


def recorded(day_column: str, *, lag_days: int, extracted_on: str) -> str:
    """The day of recording where only the day it happened is known: so many days later, but in the extract."""
    if not lag_days:
        return day_column
    later = f"strftime(TRY_CAST({day_column} AS DATE) + {lag_days}, '%Y-%m-%d')"
    limited = f"coalesce(greatest({day_column}, least({later}, {literal(extracted_on)})), {day_column})"
    return f"CASE WHEN {day_column} IS NOT NULL THEN {limited} END"  # greatest and least pass over what is absent

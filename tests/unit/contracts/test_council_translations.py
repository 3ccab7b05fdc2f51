"""Translations: each shape of a source's cells, one by one, in the engine."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import extracts
import pandas as pd
import pytest

from ehforecast.contracts import QualityResult, check_council
from ehforecast.contracts.code_maps import CodeMaps, read_code_maps
from ehforecast.contracts.council_source import CouncilSource, Notice
from ehforecast.contracts.read_council import read_council
from ehforecast.errors import ContractError, SettingsError

LAST = date(2024, 3, 31)
Rows = Sequence[Mapping[str, object]]

PERSON = {"pers_person_id": "P1", "pers_sex": "F", "pers_gender": "F", "pers_ethnicity": "WBRI",
          "pers_dob": "2012-05-17"}  # fmt: skip
CONTACT = {"cont_contact_id": "C1", "cont_person_id": "P1", "cont_contact_date": "2023-01-09",
           "cont_contact_source_code": "2A", "cont_contact_outcome_json": '{"NFA_FLAG": "Y"}'}  # fmt: skip
EPISODE = {"earl_episode_id": "E1", "earl_person_id": "P1", "earl_episode_start_date": "2023-02-01"}
REFERRAL = {"cine_referral_id": "R1", "cine_person_id": "P1", "cine_referral_date": "2023-01-12",
            "cine_referral_source_code": "2A", "cine_referral_nfa": "N", "cine_referral_outcome_json": ""}  # fmt: skip
ASSESSMENT = {"cina_assessment_id": "A1", "cina_person_id": "P1", "cina_referral_id": "R1",
              "cina_assessment_start_date": "2023-01-13", "cina_assessment_auth_date": "2023-02-20"}  # fmt: skip
FACTORS = {"cinf_assessment_id": "A1", "cinf_assessment_factors_json": '["1A"]'}
SOUND: dict[str, Rows] = {
    "ssd_person": [PERSON], "ssd_contacts": [CONTACT], "ssd_early_help_episodes": [EPISODE],
    "ssd_cin_episodes": [REFERRAL], "ssd_cin_assessments": [ASSESSMENT], "ssd_assessment_factors": [FACTORS],
}  # fmt: skip


def read(
    folder: Path, *, maps: CodeMaps | None = None, lags: dict[str, int] | None = None, **tables: Rows
) -> CouncilSource:
    for name, rows in (SOUND | {f"ssd_{name}": rows for name, rows in tables.items()}).items():
        pd.DataFrame([dict(row) for row in rows], dtype="str").to_csv(folder / f"{name}.csv", index=False)
    return read_council(folder, extracted_on=LAST, code_maps=maps, recording_lags=lags)


def column(source: CouncilSource, table: str, name: str) -> list[str | None]:
    values = extracts.select_all(source)[table][name]
    return [None if pd.isna(value) else value for value in values]


def counts(source: CouncilSource | QualityResult) -> dict[tuple[str, str], int]:
    return {(notice.name, notice.table): notice.count for notice in source.notices}


@pytest.mark.parametrize(
    ("sex", "gender", "expected"),
    [
        ("M", "", "male"), ("f", "", "female"), ("U", "", "not_recorded"), ("", "", "not_recorded"),
        ("U", "I", "neither"), ("", "00", "not_recorded"), ("", "01", "male"), ("", "02", "female"),
        ("", "09", "neither"), ("0", "", "not_recorded"), ("1", "", "male"), ("2", "", "female"), ("9", "", "neither"),
        ("F", "M", "female"), ("X", "", "X"),
    ],
)  # fmt: skip
def test_sex(tmp_path: Path, sex: str, gender: str, expected: str) -> None:
    source = read(tmp_path, person=[PERSON | {"pers_sex": sex, "pers_gender": gender}])
    # Catches a coding of sex misread, or an unknown one guessed.
    assert column(source, "people", "sex") == [expected]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2023-01-09", "2023-01-09"), ("2023-01-09 00:00:00", "2023-01-09"), ("2023-01-09T23:59:59.5", "2023-01-09"),
        ("09/01/2023", "2023-01-09"), ("09/01/2023 10:30", "2023-01-09"), ("1900-01-01", None),
        ("01/01/1900", None), ("1900-01-01 00:00:00", None), ("-1", None), ("SSD_PH", None), ("  ", None),
        (" 2023-01-09 ", "2023-01-09"), ("2023-01-09 ", "2023-01-09"), ("2023-01-09 noon", "2023-01-09 noon"),
        ("31/02/2023", "31/02/2023"),
        ("9 Jan 2023", "9 Jan 2023"), ("2023-1-9", "2023-1-9"), ("44935", "44935"),
    ],
)  # fmt: skip
def test_days(tmp_path: Path, written: str, expected: str | None) -> None:
    source = read(tmp_path, contacts=[CONTACT | {"cont_contact_date": written}])
    # Catches day and month changed over, a placeholder kept, and a day that nobody can read guessed or dropped.
    assert column(source, "contacts", "contact_on") == [expected]


def test_birth_is_cut_to_the_month(tmp_path: Path) -> None:
    people = [
        PERSON, PERSON | {"pers_person_id": "P2", "pers_dob": "17/05/2012"},
        PERSON | {"pers_person_id": "P3", "pers_dob": "", "pers_expected_dob": "2024-06-20"},
        PERSON | {"pers_person_id": "P4", "pers_dob": "spring"},
    ]  # fmt: skip
    # Catches a date of birth let through, the expected one forgotten, and a text that is no day cut.
    assert column(read(tmp_path, person=people), "people", "birth_month") == [
        "2012-05-01", "2012-05-01", "2024-06-01", "spring",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('["1A", "2B"]', ["1A", "2B"]), ('["1A","1A"]', ["1A", "1A"]), ("[]", []), ("", []),
        ('{"FACTOR": "1A", "FACTOR": "2B"}', ["1A", "2B"]), ('{"1A": "Yes", "2B": "No", "3C":"Y"}', ["1A", "3C"]),
        ('{"1A":true, "2B":false, "21":1}', ["1A", "21"]), ("{}", []), ("1A; 2B,21", ["1A", "2B", "21"]),
        ("1a", ["1A"]),
        ('["1A", "2', ['["1A", "2']), ('{"1A": "Y', ['{"1A": "Y']), ("20|99Z", ["20", "99Z"]),
        ('["1A", 2B]', ['["1A", 2B]']), ('{"1A": Yes}', ['{"1A": Yes}']),
    ],
)  # fmt: skip
def test_factors(tmp_path: Path, written: str, expected: list[str]) -> None:
    maps = _maps(tmp_path, "factor", "{1A: [alcohol]}")
    source = read(_below(tmp_path), maps=maps, assessment_factors=[FACTORS | {"cinf_assessment_factors_json": written}])
    # Catches a shape of the field misread; a damaged one must stay whole, to be set aside and not half read.
    assert column(source, "assessment_factors", "factor") == expected


def _below(folder: Path) -> Path:
    below = folder / "extract"
    below.mkdir()
    return below


def _maps(
    folder: Path, field: str, codes: str, *, national: str = "kept", folding: str = "case_and_spaces"
) -> CodeMaps:
    path = folder / "maps.yaml"
    path.write_text(
        f"code_maps: test\nversion: 1.0.0\nfolding: {folding}\nfields:\n  {field}:\n    national_codes: {national}\n"
        f"    codes: {codes}\n"
    )
    return read_code_maps(path)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('{"NFA_FLAG": "Y"}', "no_further_action"), ('{"NFA_FLAG":true}', "no_further_action"),
        ('{"NFA_FLAG": 1, "ADVICE_FLAG": "Yes"}', "information_and_advice"),
        ('{"NEW_REFERRAL_FLAG": "N", "CP_ENQUIRY_FLAG": "Y", "ADVICE_FLAG": "Y"}', "referral"),
        ('{"NFA_FLAG": "N", "COMMENTS": "said \\"NFA_FLAG\\": \\"Y\\""}', None),
        ('{"OTHER_OUTCOMES_EXIST_FLAG": "Y"}', "early_help"), ('{"MISSING_FLAG": "Y"}', None), ("", None),
        ('{"NFA_FLAG": "Y"', '{"NFA_FLAG": "Y"'), ("No Further Action", "no_further_action"),
        ("Information and Advice | EH Referral", "early_help"), ("CIN Referral, something local",
         "CIN Referral, something local"),
    ],
)  # fmt: skip
def test_outcomes(tmp_path: Path, written: str, expected: str | None) -> None:
    source = read(tmp_path, contacts=[CONTACT | {"cont_contact_outcome_json": written}])
    # Catches a key misread, a comment believed, a damaged object guessed, half a list taken for the whole.
    assert column(source, "contacts", "outcome") == [expected]
    # Catches an outcome without its day of recording, or a day without an outcome.
    assert column(source, "contacts", "outcome_recorded_on") == [None if expected is None else "2023-01-09"]


def test_help_long_after_a_contact_is_not_its_outcome(tmp_path: Path) -> None:
    other = CONTACT | {"cont_contact_outcome_json": '{"OTHER_OUTCOMES_EXIST_FLAG": "Y"}'}
    days = ["2023-01-03", "2023-01-04", "2023-02-01", "2023-02-02"]
    contacts = [other | {"cont_contact_id": f"C{n}", "cont_contact_date": day} for n, day in enumerate(days)]
    # Catches a window of other than 28 days, or one that looks back: the episode began on 1 February.
    assert column(read(tmp_path, contacts=contacts), "contacts", "outcome") == [None, "early_help", "early_help", None]


@pytest.mark.parametrize(
    ("field", "said", "expected"),
    [
        ("Y", "", "yes"), ("N", "", "no"), ("", "", "unknown"), ("", '{"NFA_FLAG": "Y"}', "yes"),
        ("", '{"NFA_FLAG": "N"}', "no"), ("", '{"OTHER": "Y"}', "unknown"), ("", '{"NFA_FLAG"', "unknown"),
        ("N", '{"NFA_FLAG": "Y"}', "no"), ("U", "", "unknown"), ("maybe", "", "maybe"),
    ],
)  # fmt: skip
def test_no_further_action_has_three_states(tmp_path: Path, field: str, said: str, expected: str) -> None:
    referral = REFERRAL | {"cine_referral_nfa": field, "cine_referral_outcome_json": said}
    source = read(tmp_path, cin_episodes=[referral])
    # Catches unknown read as no, and the outcome believed against the field.
    assert column(source, "referrals", "no_further_action") == [expected]
    contradicted = ("a_referral_without_further_action_by_its_outcome_only", "ssd_cin_episodes")
    # Catches a contradiction passed over in silence.
    assert counts(source).get(contradicted, 0) == (1 if (field, said[:4]) == ("N", '{"NF') else 0)


def test_local_codes(tmp_path: Path) -> None:
    contacts = [CONTACT | {"cont_contact_id": f"C{n}", "cont_contact_source_code": code}
                for n, code in enumerate(["17", " SEVENTEEN", "6", "2A", "18", "18", ""])]  # fmt: skip
    below = _below(tmp_path)
    kept = read(below, maps=_maps(tmp_path, "source", '{1A: ["17", Seventeen]}'), contacts=contacts)
    # Catches a map that is not read, not folded, or that shuts out national codes against its word.
    assert column(kept, "contacts", "source") == ["1A", "1A", "6", "2A", "18", "18", None]
    # Catches values that no map knows counted by row, with codes that are known, or with blanks.
    assert counts(check_council(kept, as_of=LAST))["source_has_values_that_no_code_map_knows", "contacts"] == 1
    only = read(
        below, maps=_maps(tmp_path, "source", '{1A: ["17", Seventeen]}', national="not_kept"), contacts=contacts
    )
    # Catches lookup ids 6 and 2A of a case system passed off as Police and Schools.
    assert column(only, "contacts", "source") == ["1A", "1A", "local 6", "local 2A", "18", "18", None]
    as_written = read(
        below, maps=_maps(tmp_path, "source", '{1A: ["17", Seventeen]}', folding="none"), contacts=contacts
    )
    # Catches folding where the map says none.
    assert column(as_written, "contacts", "source") == ["1A", "SEVENTEEN", "6", "2A", "18", "18", None]


def test_descriptions_where_codes_are_absent(tmp_path: Path) -> None:
    contact = {name: value for name, value in CONTACT.items() if name != "cont_contact_source_code"}
    below = _below(tmp_path)
    source = read(below, maps=_maps(tmp_path, "source", "{2A: [school]}"),
                  contacts=[contact | {"cont_contact_source_desc": "School"}])  # fmt: skip
    # Catches extracts without the code column left without a source.
    assert column(source, "contacts", "source") == ["2A"]


def test_disability_is_the_first_code(tmp_path: Path) -> None:
    people = [PERSON | {"pers_person_id": name} for name in ("P1", "P2", "P3")]
    codes = [("D2", "P1", "AUT"), ("D1", "P1", "LD"), ("D3", "P2", "NONE")]
    rows: Rows = [
        dict(zip(("disa_table_id", "disa_person_id", "disa_disability_code"), row, strict=True)) for row in codes
    ]
    # Catches another code than the first, none taken for a blank, and a blank taken for none.
    assert column(read(tmp_path, person=people, disability=rows), "people", "disability") == [
        "LD",
        "none",
        "not_recorded",
    ]


def test_days_of_recording_are_assumed(tmp_path: Path) -> None:
    people = [PERSON, PERSON | {"pers_person_id": "P2"}]
    contacts = [CONTACT, CONTACT | {"cont_contact_id": "C2", "cont_contact_date": "2024-03-30"},
                CONTACT | {"cont_contact_id": "C3", "cont_person_id": "P2", "cont_contact_date": "2024-05-01"},
                CONTACT | {"cont_contact_id": "C4", "cont_contact_date": "soon"}]  # fmt: skip
    source = read(tmp_path, lags={"contacts": 5}, person=people, contacts=contacts)
    # Catches a lag not added, one that reaches past the extract, and dates that no lag can be added to.
    assert column(source, "contacts", "recorded_on") == ["2023-01-14", "2024-03-31", "2024-05-01", "soon"]
    # Catches a person known before anything happened, or not at all.
    assert column(source, "people", "recorded_on") == ["2023-01-09", "2024-03-31"]
    # Catches an assumption that is not said.
    said = [
        notice for notice in source.notices if notice.table == "contacts" and notice.name == "recorded_on_is_not_held"
    ]
    assert said == [
        Notice("recorded_on_is_not_held", "contacts", 1, "assumed to be the day of the contact, 5 days later.")
    ]
    # Catches factors recorded before their assessment was completed.
    assert column(source, "assessment_factors", "recorded_on") == ["2023-02-20"]


@pytest.mark.parametrize(
    ("lags", "message"),
    [({"contact": 1}, "contact: layout ssd"), ({"contacts": -1}, "0 to 3650"), ({"contacts": 9_999}, "0 to 3650")],
)
def test_lags_that_make_no_sense(tmp_path: Path, lags: dict[str, int], message: str) -> None:
    # Catches a misspelt table passed over, and recording before the event.
    with pytest.raises(SettingsError, match=message):
        read(tmp_path, lags=lags)


def test_placeholders_are_counted(tmp_path: Path) -> None:
    contacts = [CONTACT | {"cont_person_id": "-1", "cont_contact_source_code": "SSD_PH"},
                CONTACT | {"cont_contact_id": "C2", "cont_contact_date": "1900-01-01"}]  # fmt: skip
    source = read(tmp_path, contacts=contacts)
    # Catches placeholders taken for values.
    assert column(source, "contacts", "person_id") == [None, "P1"]
    # Catches placeholders made absent without saying so.
    assert counts(source)["a_placeholder", "ssd_contacts"] == 3


def test_tables_that_are_not_there(tmp_path: Path) -> None:
    source = read(tmp_path)
    absent = {table for name, table in counts(source) if name == "a_table_is_not_in_the_extract"}
    # Catches an absent table passed over in silence.
    assert absent == {"ssd_disability", "ssd_family", "ssd_s47_enquiry", "ssd_cin_plans", "ssd_cp_plans"}
    # Catches selects of tables that have nothing behind them.
    assert set(source.selects) == {
        "people", "contacts", "early_help_episodes", "referrals", "assessments", "assessment_factors",
    }  # fmt: skip


def test_factors_without_their_assessments(tmp_path: Path) -> None:
    read(tmp_path)
    (tmp_path / "ssd_cin_assessments.csv").unlink()
    # Catches a look-up in a table that is not there.
    assert column(read_council(tmp_path, extracted_on=LAST), "assessment_factors", "recorded_on") == [None]


def test_annex_a_without_its_later_lists(tmp_path: Path) -> None:
    about = "Child Unique ID,Gender,Ethnicity,Date of Birth"
    (tmp_path / "List 1.csv").write_text(
        f"{about},Date of Contact,Contact Source\nP1,a) Male,b) WIRI,,09/01/2024,q) 6\n"
    )
    (tmp_path / "List 2.csv").write_text(f"{about},Assessment start date\n")
    (tmp_path / "List 3.csv").write_text(f"{about},Date of referral,Referral Source,Referral NFA?\n")
    (tmp_path / "List 4.csv").write_text(
        f"{about},Continuous Assessment Start Date\nP1,a) Male,A1,,10/01/2024\nP1,a) Male,A1,,10/01/2024\n"
    )
    source = read_council(tmp_path, extracted_on=LAST)
    # Catches ids that two equal rows share.
    assert column(source, "assessments", "assessment_id") == ["A:P1:2024-01-10:1", "A:P1:2024-01-10:2"]
    # Catches a referral made up where there is none.
    assert column(source, "assessments", "referral_id") == [None, None]
    # Catches a person told of twice, or by the later list.
    assert column(source, "people", "ethnicity") == ["WIRI"]
    (tmp_path / "List 4.csv").rename(tmp_path / "List 9.csv")
    # Catches a file that is no list read as one.
    assert "assessments" not in read_council(tmp_path, extracted_on=LAST).selects


def test_annex_a_local_map(tmp_path: Path) -> None:
    about = "Child Unique ID,Gender,Ethnicity,Date of Birth"
    below = _below(tmp_path)
    lines = "".join(
        f"P{n},a) Male,b) WIRI,,09/01/2024,{source}\n" for n, source in enumerate(["z) 99: Hub", "Hub 2", "q) 6"])
    )
    (below / "List 1.csv").write_text(f"{about},Date of Contact,Contact Source\n{lines}")
    (below / "List 2.csv").write_text(f"{about},Assessment start date\n")
    (below / "List 3.csv").write_text(f"{about},Date of referral,Referral Source,Referral NFA?\n")
    maps = _maps(tmp_path, "source", "{5D: ['Z) 99: hub'], 5B: ['hub 2']}")
    source = read_council(below, extracted_on=LAST, code_maps=maps)
    # Catches a map that must know the letter apart from the value, or the value apart from the letter.
    assert sorted(map(str, column(source, "contacts", "contact_id"))) == [
        "C:P0:2024-01-09:5D:1", "C:P1:2024-01-09:5B:1", "C:P2:2024-01-09:6:1",
    ]  # fmt: skip


def test_early_help_selection_is_seen(tmp_path: Path) -> None:
    episodes = [EPISODE | {"earl_episode_id": f"E{n}", "earl_person_id": f"P{n}"} for n in range(40)]
    all_known = [REFERRAL | {"cine_referral_id": f"R{n}", "cine_person_id": f"P{n}"} for n in range(38)]
    source = read(tmp_path, early_help_episodes=episodes, cin_episodes=all_known)
    (said,) = [one for one in source.notices if "social_care" in one.name]
    # Catches the selection of the common export passed over.
    assert (said.name, said.count) == ("early_help_is_only_of_people_known_to_social_care", 38)
    source = read(tmp_path, early_help_episodes=episodes, cin_episodes=all_known[:30])
    (said,) = [one for one in source.notices if "social_care" in one.name]
    # Catches a selection suspected where there is none.
    assert (said.name, said.count) == ("early_help_of_people_not_known_to_social_care", 10)


def test_days_month_first_are_refused(tmp_path: Path) -> None:
    contacts = [CONTACT | {"cont_contact_date": "01/13/2023"}, CONTACT | {"cont_contact_date": "02/03/2023"}]
    with pytest.raises(ContractError) as refusal:
        read(tmp_path, contacts=contacts)
    (finding,) = refusal.value.findings
    # Catches American days read as British: of the second nobody could say.
    assert (finding.rule, finding.table, finding.column, finding.count) == (
        "days_are_not_written_month_first", "ssd_contacts", "cont_contact_date", 1,
    )  # fmt: skip

"""What areas were like on any day, as then known."""

import pandas as pd

from ehforecast.risk import features_kinds as kinds
from ehforecast.risk.known_history import day_numbers
from ehforecast.risk.place_history import WHOLE, PlaceHistory


def test_a_contact_recorded_after_its_year_never_counts() -> None:
    contacts = pd.DataFrame(
        {
            "locality": pd.Series(["North"], dtype="str"),
            "contact_on": pd.to_datetime(["2020-01-01"]),
            "recorded_on": pd.to_datetime(["2021-06-01"]),
            "outcome": pd.Series([None], dtype="str"),
            "outcome_recorded_on": pd.to_datetime([None]),
        }
    )
    asked = pd.Series(pd.to_datetime(["2020-06-01", "2021-03-01", "2021-06-01"]))
    places = PlaceHistory.of(contacts)
    for place in (0, WHOLE):
        # Catches a contact that leaves the count before it has come in: fewer than none in between.
        found = places.count(kinds.CONTACT, day_numbers(asked) * 0 + place, on=day_numbers(asked))
        assert found.tolist() == [0.0, 0.0, 0.0]

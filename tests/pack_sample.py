"""A small invented council whose board asks for every part there is, and its pack made in a moment."""

from pathlib import Path

from ehforecast.pipelines.council_records import Given, ingest_records
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import CouncilSettings, read_council_settings

PARTS = (
    "places, impact_circle, hub_packs, measures, scorecard, panels, lead_professional, led_by, indicators, openings, "
    "maturity, criteria, small_samples, effect, flows, rolling, check_ins, cohorts, themes, reviews"
)
CONFIG = """
title: Early help in Northmere
purpose: planning
records: {layout: plain_tables, pseudonyms: already_made}
synthetic: {seed: 5, first_month: 2017-04, years: 4, contacts_a_year: 600}
forecast:
  measure: contacts
  keys: [locality]
  levels: [[]]
  horizon: 3
  forecasters: [seasonal_naive]
  calendar: {covid: kept}
"""
FLOWS = """
flows: {reader: board}
"""
PACK = f"""
pack:
  council: Northmere
  reader: early help board
  strategy: Invented
  rhythm: quarter
  parts: [{PARTS}]
  front_door:
    name: The one door
    pathways: {{no_further_action: Nothing, information_and_advice: Advice, early_help: Help, referral: Social care}}
    source: Invented
  need_levels:
    levels: {{universal: Level 1, universal_plus: Level 2, targeted: Level 3, statutory: Level 4}}
    source: Invented
  places:
    called: hubs
    source: Invented
    named: {{North & Hill: {{opens: 2020-01-15}}, South: {{share: 2.0}}}}
  measures: [no_further_action, needs_met, health_led, lead_in_five_days]
  quarters: 5
  led_by: [{{measure: health_led, value: 3, period: 2017, source: Invented}}]
  small_samples: [{{name: Held, met: 55, of: 65, stated: 84, source: Invented}}]
  maturity: {{source: Invented, strands: {{Culture: {{"2018": [early], "2019": [early, developing]}}}}}}
  facts: [{{what: Budget, value: much, source: Invented}}]
  notes: [All of it is invented.]
"""


def pack_settings(folder: Path, text: str = CONFIG + FLOWS + PACK) -> CouncilSettings:
    """The settings, out of a file in the folder."""
    path = folder / "northmere.yaml"
    path.write_text(text, "utf-8")
    return read_council_settings(path)


def received(folder: Path, settings: CouncilSettings) -> Places:
    """Where the council's records were received."""
    places = Places(folder / "private", folder / "reports")
    ingest_records(settings, places, given=Given(), progress=lambda _: None)
    return places

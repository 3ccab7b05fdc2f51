"""What came to children in the 12 months after early help, by the level of need it began at: counted, never listed."""

import numpy as np
import pandas as pd

from ehforecast.demand.board_records import BoardRecords
from ehforecast.demand.boards.counted import ALL
from ehforecast.demand.boards.measures import CHILDREN, YEAR_DAYS, came_within
from ehforecast.vocabulary.answers import NOT_RECORDED

CAME = ("nothing recorded", "contacts only", "early help again", "social care")
"""What came first in order of weight: whoever was referred counts there, whatever else came."""


def after_help(records: BoardRecords) -> pd.DataFrame:
    """Children whose help ended in the last 12 months followed: ``need_level, came, count``; exact, with sums."""
    last = records.today - pd.Timedelta(days=CHILDREN.follow_days)
    rows = CHILDREN.rows(records)
    rows = rows[(rows["on"] <= last) & (rows["on"] > last - pd.Timedelta(days=YEAR_DAYS))]
    referred = came_within(rows, records.referrals, by="person_id", from_same_day=True)
    helped = came_within(rows, records.help, by="person_id")
    contacted = came_within(rows, records.contacts, by="person_id")
    came = np.select([referred, helped, contacted], [CAME[3], CAME[2], CAME[1]], CAME[0])
    level = rows["need_level"].astype(object).where(rows["need_level"].notna(), NOT_RECORDED).astype(str)
    table = pd.crosstab(level, pd.Series(came, index=rows.index, name="came")).reindex(columns=list(CAME), fill_value=0)
    table.loc[ALL] = table.sum()
    table[ALL] = table.sum(axis=1)
    long = table.rename_axis("need_level").reset_index().melt("need_level", var_name="came", value_name="count")
    return long.astype({"count": "int64"})

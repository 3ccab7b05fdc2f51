"""What a table must be: read a contract, map a source's layout onto it, check every row, explain every rejection."""

from ehforecast.contracts.code_maps import read_code_maps
from ehforecast.contracts.contract import Contract, load_contract
from ehforecast.contracts.council import COUNCIL_TABLES, check_council
from ehforecast.contracts.extract import CheckedExtract, read_extract
from ehforecast.contracts.find_files import find_extract_files
from ehforecast.contracts.layout import Layout, load_layout
from ehforecast.contracts.quality import QualityResult, RuleCount, TableCount
from ehforecast.contracts.read_council import council_from_files, read_council
from ehforecast.contracts.rules import check_table

__all__ = [
    "COUNCIL_TABLES",
    "CheckedExtract",
    "Contract",
    "Layout",
    "QualityResult",
    "RuleCount",
    "TableCount",
    "check_council",
    "check_table",
    "council_from_files",
    "find_extract_files",
    "load_contract",
    "load_layout",
    "read_code_maps",
    "read_council",
    "read_extract",
]

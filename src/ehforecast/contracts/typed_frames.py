"""A contract's types in the two forms a table takes: Arrow on disk, a pandas frame in memory."""

import pandas as pd
import pyarrow as pa

from ehforecast.contracts.contract import Contract, LogicalType

_ON_DISK: dict[LogicalType, pa.DataType] = {
    "string": pa.string(), "date": pa.date32(), "integer": pa.int64(), "number": pa.float64(),
}  # fmt: skip
_IN_MEMORY: dict[LogicalType, pa.DataType] = {**_ON_DISK, "date": pa.timestamp("us")}


def arrow_schema(contract: Contract) -> pa.Schema:
    """The columns of a contract as they are kept on disk."""
    return pa.schema([(column.name, _ON_DISK[column.logical_type]) for column in contract.columns])


def frame_from_arrow(table: pa.Table, contract: Contract) -> pd.DataFrame:
    """A typed frame: text `str`, dates `datetime64[us]`, whole numbers `Int64`, other numbers `float64`."""
    schema = pa.schema([(column.name, _IN_MEMORY[column.logical_type]) for column in contract.columns])
    typed = table.select(schema.names).cast(schema)
    frame: pd.DataFrame = typed.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return frame


def arrow_from_frame(frame: pd.DataFrame, contract: Contract) -> pa.Table:
    """The rows of a typed frame for disk, without the notes pandas would add about itself."""
    table = pa.Table.from_pandas(frame, schema=arrow_schema(contract), preserve_index=False)
    return table.replace_schema_metadata(None)

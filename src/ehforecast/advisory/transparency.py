"""The UK algorithmic transparency record: what code can say, what only people can, and what nobody has said yet.

Source: Algorithmic Transparency Recording Standard, template of version 3.0 (numbers and attribute keys), with the
headings and mergers of version 4.0 (July 2025). Mandatory for central government, recommended to councils.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ehforecast.errors import ReleaseRefused

NOT_SUPPLIED = "not supplied"
KEYS_OF, HEADINGS_OF = "3.0", "4.0"

CLEARANCE = ("cleared_by_team", "cleared_by_senior_responsible_owner", "cleared_by_communications")
"""Who must have said yes before a record is published; not part of the standard's table."""

PEOPLE: Mapping[str, str] = {
    "organisation_name": "Organisation",
    "region": "Region",
    "website_url": "Website",
    "contact_email": "Contact email",
    "organisation_or_department": "Organisation or department",
    "team": "Team",
    "senior_responsible_owner": "Senior responsible owner (role)",
    "external_supplier_involvement": "Third party involvement",
    "external_supplier": "Third party",
    "companies_house_number": "Companies House number",
    "external_supplier_role": "Role of the third party",
    "procurement_procedure_type": "Procurement procedure",
    "data_access_terms": "Terms of access to data",
    "benefit": "Benefit",
    "previous_process": "Previous process",
    "alternatives_considered": "Alternatives considered",
    "process_integration": "Integration into the broader operational process",
    "frequency_and_scale_of_usage": "Frequency and scale of usage",
    "required_training": "Required training",
    "appeals_and_review": "Appeals and review",
    "maintenance": "Maintenance",
    "data_sharing_agreements": "Data sharing agreements",
    "data_access_and_storage": "Data access and storage",
    "impact_assessment": "Impact assessments",
    "phase": "Phase",
    "data_collection": "Data collection",
    "sensitive_attributes_basis": "Lawful basis for sensitive attributes",
    "cleared_by_team": "Cleared by the deploying team",
    "cleared_by_senior_responsible_owner": "Cleared by the senior responsible owner",
    "cleared_by_communications": "Cleared by communications",
}
"""What only people can say, by key of version 3.0 (and clearance), with the heading of version 4.0."""

_SUPPLIER_DETAILS = (
    "external_supplier", "companies_house_number", "external_supplier_role", "procurement_procedure_type",
    "data_access_terms",
)  # fmt: skip
"""Asked only where a third party is involved."""

_NONE_INVOLVED = ("no", "none", "no third party")
NOT_ASKED = "not asked: no third party is involved"

PHASES = ("Pre-deployment", "Private beta", "Public beta", "Beta/Pilot", "Production", "Retired")


@dataclass(frozen=True)
class Field:
    """One line of the record.

    Attributes:
        number: in the standard's table; empty where version 4.0 added it without a number that is confirmed.
        key: attribute of version 3.0.
        heading: of version 4.0.
        text: the answer, or `NOT_SUPPLIED`.
        is_from_people: whether only people can answer it.
    """

    number: str
    key: str
    heading: str
    text: str
    is_from_people: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether nobody has answered it."""
        return self.text == NOT_SUPPLIED


@dataclass(frozen=True)
class Block:
    """One section of the record: its heading in version 4.0 and its lines."""

    number: str
    heading: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class ModelAccount:
    """What is said of one model; every text in words that carry their ranges.

    Attributes:
        name, version, task, takes, gives, architecture, performance, datasets: as in block 2.4.2.
    """

    name: str
    version: str
    task: str
    takes: str
    gives: str
    architecture: str
    performance: str
    datasets: str

    def fields(self, number: str) -> tuple[Field, ...]:
        """The lines of a model's block."""
        told = (
            ("model_name", "Model name", self.name),
            ("model_version", "Model version", self.version),
            ("model_task", "Model task", self.task),
            ("model_input", "Model input", self.takes),
            ("model_output", "Model output", self.gives),
            ("model_architecture", "Model architecture", self.architecture),
            ("model_performance", "Model performance, with evaluation for bias", self.performance),
            ("datasets", "Datasets and their purposes", self.datasets),
        )
        return tuple(Field(f"{number}.{at}", *one) for at, one in enumerate(told, start=1))


@dataclass(frozen=True)
class DataAccount:
    """What code knows of the data: the same for building and for use.

    Attributes:
        name, modality, description, quantities, sensitive, completeness, url, cleaning: as in block 2.4.3.
    """

    name: str
    modality: str
    description: str
    quantities: str
    sensitive: str
    completeness: str
    url: str
    cleaning: str


@dataclass(frozen=True)
class TransparencyRecord:
    """The record: blocks in their order. Whether it may be called final is worked out, never said.

    Attributes:
        title: of the tool.
        blocks: as in the standard.
        clearance: who cleared it.
        purpose, run_id, data_source: as printed.
    """

    title: str
    blocks: tuple[Block, ...]
    clearance: tuple[Field, ...]
    purpose: str
    run_id: str
    data_source: str
    models: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        missing = [*_missing(self)]
        if missing:
            raise ReleaseRefused(missing)

    @property
    def unanswered(self) -> tuple[Field, ...]:
        """What nobody has supplied, clearance included; each key once, wherever it is asked for."""
        lines = [line for block in self.blocks for line in block.fields]
        return tuple({line.key: line for line in (*lines, *self.clearance) if line.is_missing}.values())

    @property
    def status(self) -> str:
        """Final only where nothing is missing, clearance included; a draft otherwise."""
        return "Draft" if self.unanswered else "Final"

    def to_json(self) -> dict[str, object]:
        """By the keys of version 3.0; a key that stands once in each model or data block is a list."""
        several = {
            name: [_lines(block) for block in self.blocks if block.number == number] for number, name in _SEVERAL
        }
        once = [_lines(block) for block in self.blocks if block.number not in dict(_SEVERAL)]
        told = {key: text for lines in once for key, text in lines.items()}
        clearance = {line.key: line.text for line in self.clearance}
        return {
            "keys_of_version": KEYS_OF,
            "headings_of_version": HEADINGS_OF,
            "status": self.status,
            "not_supplied": [line.key for line in self.unanswered],
            **told,
            **several,
            "clearance": clearance,
        }


_SEVERAL = (("2.4.2", "models_described"), ("2.4.3", "development_data"), ("2.4.4", "operational_data"))
"""Blocks that stand once for each model or data set."""


def _lines(block: Block) -> dict[str, str]:
    return {line.key: line.text for line in block.fields}


def _missing(record: TransparencyRecord) -> Iterator[str]:
    if not record.models:
        yield "at least one model to describe"
    for name, text in (("the id of the run", record.run_id), ("the source of the data", record.data_source)):
        if not text.strip():
            yield name
    empty = [line.key for block in record.blocks for line in block.fields if not line.text.strip()]
    yield from (f"an answer, or the words '{NOT_SUPPLIED}', to {key}" for key in empty)


def check_supplied(supplied: Mapping[str, str]) -> list[str]:
    """What is wrong with what people supplied, in words: keys nobody asks for, blank answers, an unknown phase."""
    wrong = [f"there is no key '{key}'; there are {', '.join(PEOPLE)}" for key in supplied if key not in PEOPLE]
    wrong += [f"key '{key}' is blank: answer it or leave it out" for key, text in supplied.items() if not text.strip()]
    phase = supplied.get("phase", PHASES[0])
    return wrong + ([] if phase in PHASES else [f"key 'phase' is one of {', '.join(PHASES)}"])


@dataclass(frozen=True)
class Tool:
    """What is said of the tool as a whole.

    Attributes:
        title: of the configuration.
        purpose, run_id, data_source: of the run.
        supplied: answers of people, by key.
    """

    title: str
    purpose: str
    run_id: str
    data_source: str
    supplied: Mapping[str, str]

    def __post_init__(self) -> None:
        wrong = check_supplied(self.supplied)
        if wrong:
            raise ReleaseRefused(wrong)

    def asked(self, number: str, key: str) -> Field:
        """A line that only people can fill."""
        is_free = self.supplied.get("external_supplier_involvement", "").strip().lower() in _NONE_INVOLVED
        default = NOT_ASKED if key in _SUPPLIER_DETAILS and is_free else NOT_SUPPLIED
        return Field(number, key, PEOPLE[key], self.supplied.get(key, default), is_from_people=True)


def make_record(tool: Tool, *, models: Sequence[ModelAccount], data: DataAccount) -> TransparencyRecord:
    """The record of a tool with its models: one block for each. Raises `ReleaseRefused` where something is missing."""
    blocks = (
        _first(tool),
        _owner(tool),
        _why(tool),
        _deployment(tool),
        _system(tool, models),
        *(Block("2.4.2", f"Model: {model.name}", model.fields("2.4.2")) for model in models),
        _data(tool, data, number="2.4.3", heading="Development data"),
        _data(tool, data, number="2.4.4", heading="Operational data"),
        _risks(tool),
    )
    clearance = tuple(tool.asked("", key) for key in CLEARANCE)
    names = tuple(model.name for model in models)
    return TransparencyRecord(tool.title, blocks, clearance, tool.purpose, tool.run_id, tool.data_source, models=names)


_SENTENCE = (
    "Forecasts how many families will come to a council's early help front door and, as research, tests whether its "
    "records can tell how often families come back or step up; it advises people and never decides."
)
_DESCRIPTION = (
    "A package run by a council's own analyst on the council's own machine. It counts contacts, referrals and early "
    "help episodes and forecasts them, so that people can plan. As research it also tests estimates of later recorded "
    "events against a bar fixed beforehand, and publishes the answer whether or not it is met."
)
_SCOPE = (
    "In scope: planning of capacity, research into methods, audit of a service. Out of scope, and refused by the "
    "package: anything that settles, orders or limits what happens to a child or a family."
)
_REVIEW = (
    "Every output is advice to a person, marked not yet reviewed until somebody other than its author signs it. "
    "Nothing about a child is given where the bar is not met; where it is met, cards go to one named reviewer, hold no "
    "number, and expire within 30 days. The package has no service, no connection to a case system and no way to sort "
    "families by an estimate."
)
_INFORMATION = "Reports as pages, tables and workbooks: counts with ranges, never an estimate about a child."


def _first(tool: Tool) -> Block:
    return Block("1", "Tier 1", (
        Field("", "title", "Title", tool.title),
        tool.asked("", "organisation_name"),
        tool.asked("", "phase"),
        tool.asked("", "region"),
        Field("", "one_sentence_description", "In one sentence", _SENTENCE),
        Field("1.1", "name", "Name", f"ehforecast: {tool.title}"),
        Field("1.2", "description", "Description", _DESCRIPTION),
        tool.asked("1.3", "website_url"),
        tool.asked("1.4", "contact_email"),
    ))  # fmt: skip


def _owner(tool: Tool) -> Block:
    keys = {
        "2.1.1": "organisation_or_department", "2.1.2": "team", "2.1.3": "senior_responsible_owner",
        "2.1.4": "external_supplier_involvement", "2.1.4.1": "external_supplier", "2.1.4.2": "companies_house_number",
        "2.1.4.3": "external_supplier_role", "2.1.4.4": "procurement_procedure_type", "2.1.4.5": "data_access_terms",
    }  # fmt: skip
    return Block("2.1", "Owner and responsibility", tuple(tool.asked(number, key) for number, key in keys.items()))


def _why(tool: Tool) -> Block:
    return Block("2.2", "Description and rationale", (
        Field("2.2.1", "detailed_description", "Detailed description", f"{_DESCRIPTION} {_SCOPE}"),
        Field("2.2.2", "scope", "Scope (in version 4.0 part of 2.2.1)", _SCOPE),
        tool.asked("2.2.3", "benefit"),
        tool.asked("2.2.4", "previous_process"),
        tool.asked("2.2.5", "alternatives_considered"),
    ))  # fmt: skip


def _deployment(tool: Tool) -> Block:
    return Block("2.3", "Deployment context", (
        tool.asked("2.3.1", "process_integration"),
        Field("2.3.2", "provided_information", "Information provided (in version 4.0 part of 2.3.1)", _INFORMATION),
        tool.asked("2.3.3", "frequency_and_scale_of_usage"),
        Field("2.3.4", "human_decisions_and_review", "Human review", _REVIEW),
        tool.asked("2.3.5", "required_training"),
        tool.asked("2.3.6", "appeals_and_review"),
    ))  # fmt: skip


def _system(tool: Tool, models: Sequence[ModelAccount]) -> Block:
    names = "; ".join(model.name for model in models)
    return Block("2.4.1", "Tool specification", (
        Field("2.4.1.1", "system_architecture", "System architecture",
              "A Python package without a server: data contracts, a store of records as known on each day, forecasts, "
              "risk research, one checked way out, reports. Every run is recorded and can be made again."),
        Field("", "system_level_input", "System-level input (new in version 4.0)",
              "Files of a council's case system in a known layout, or published figures; one configuration file."),
        Field("", "system_level_output", "System-level output (new in version 4.0)", _INFORMATION),
        tool.asked("2.4.1.3", "maintenance"),
        Field("2.4.1.4", "models", "Models", names),
    ))  # fmt: skip


def _data(tool: Tool, data: DataAccount, *, number: str, heading: str) -> Block:
    basis = tool.asked("", "sensitive_attributes_basis")
    told = (
        ("source_data_name", "Source data", data.name),
        ("data_modality", "Modality", data.modality),
        ("data_description", "Description", data.description),
        ("data_quantities", "Quantities", data.quantities),
        ("sensitive_attributes", "Sensitive attributes", f"{data.sensitive} Lawful basis: {basis.text}."),
        ("data_completeness_and_representativeness", "Completeness and representativeness", data.completeness),
        ("source_data_url", "Where the data are", data.url),
        ("data_cleaning", "Cleaning", data.cleaning),
    )
    asked = ("data_collection", "data_sharing_agreements", "data_access_and_storage")
    lines = (*(Field(number, *one) for one in told), *(tool.asked(number, key) for key in asked))
    return Block(number, heading, lines)


_RISKS = (
    "Data: families are in records because somebody noticed them; audits say who is missing. "
    "Use: advice taken for an instruction; every page says what it must never be used for, and no output settles "
    "anything. "
    "Model efficacy: estimates that are wrong or no better than simple rules; a bar is fixed beforehand and failure is "
    "published. "
    "Outputs: small counts or reasons that point to a family; counts are hidden and rounded, hidden ones are attacked "
    "before anything is published, cards must be shared by ten families. "
    "Organisational: people trusting the tool more than their own judgement; reports ask for the reviewer's own view. "
    "Public engagement: families not knowing; what was done to tell them is for the council to say."
)


def _risks(tool: Tool) -> Block:
    risks = Field("2.5.2", "risks_and_mitigations", "Risks and mitigations", _RISKS)
    return Block("2.5", "Risks, mitigations and impact assessments", (tool.asked("2.5.1", "impact_assessment"), risks))

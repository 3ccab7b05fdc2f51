# ruff: noqa: INP001 - a hook of mkdocs is a file, no package
"""Pages of Reference, written while the site is built: from docstrings, settings and the command line.

Nothing of it is kept in the repository, so nothing of it can grow stale.
"""

import ast
import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

Documented = ast.FunctionDef | ast.ClassDef
Sections = Mapping[str, ast.ClassDef]

SECTIONS = ("Args:", "Attributes:", "Returns:", "Raises:")
LIMITS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
PLAIN = {
    "str": "text", "Words": "text", "Name": "text", "int": "a whole number", "float": "a number", "date": "a day",
    "bool": "true or false", "Path": "a path", "Month": "a month, like 2024-03",
    "Purpose": "`planning`, `research` or `service audit`",
}  # fmt: skip
SECTION_ENDS = (
    "Settings",
    "Config",
    "PlanNumber",
    "EverySource",
    "PlanWork",
    "RecordsWork",
    "StatedShare",
    "SmallSample",
)
MOST_PLACES = 4
WHOLE = ("Settings", "CouncilSettings", "AuditQuestion")
WRITTEN = "*Written from the source when the site is built.*"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages to those that were found in docs/."""
    root = Path(config.config_file_path).parent
    for name, text in pages(root).items():
        files.append(File.generated(config, f"reference/{name}", content=text))
    return files


def pages(root: Path) -> dict[str, str]:
    """Every page of Reference by file name."""
    package = root / "src" / "ehforecast"
    by_package = {f"{name}.md": package_page(package, name) for name in packages_in(package)}
    return {
        "index.md": index_page(),
        "commands.md": commands_page(),
        "configuration.md": configuration_page(package),
        "names.md": names_page(package),
        **by_package,
    }


def index_page() -> str:
    """What there is to look up."""
    return joined(
        "# Reference",
        "What can be looked up rather than read.",
        "- [Commands](commands.md): every command and option of `ehforecast`, as `--help` prints them.\n"
        "- [Configuration](configuration.md): every key that a configuration may have.\n"
        "- [Tables of records](../tables/index.md): every column of a council's records, with its rules; and "
        "[all words and codes](../tables/vocabulary.md).\n"
        "- [Public names](names.md): modules, classes and functions, from their docstrings.",
        "Names that begin with an underscore are nobody's business and may change in any version.",
        WRITTEN,
    )


# --- commands -------------------------------------------------------------------------------------------------------


def commands_page() -> str:
    """Every command as it explains itself."""
    import typer.main  # noqa: PLC0415 - only this page needs the command line

    app = typer.main.get_command(importlib.import_module("ehforecast.cli").app)
    commands: dict[str, Any] = getattr(app, "commands", {})
    parts = [part for name, command in commands.items() for part in command_parts(f"ehforecast {name}", command)]
    return joined(
        "# Commands", "As `ehforecast --help` and `ehforecast COMMAND --help` print them.", help_of("ehforecast", app),
        *parts, WRITTEN,
    )  # fmt: skip


def command_parts(called: str, command: Any) -> Iterator[str]:  # noqa: ANN401 - Typer brings its own copy of click
    """A heading and a text; of a group also those of its own commands."""
    yield f"## {called}"
    yield help_of(called, command)
    for name, inner in getattr(command, "commands", {}).items():
        yield from command_parts(f"{called} {name}", inner)


def help_of(called: str, command: Any) -> str:  # noqa: ANN401 - as above
    """The help of one command, as text."""
    context = command.context_class(command, info_name=called, terminal_width=100, max_content_width=100)
    return f"```text\n{command.get_help(context)}\n```"


# --- configuration --------------------------------------------------------------------------------------------------


def configuration_page(package: Path) -> str:
    """Every section that a configuration may have, with its keys."""
    sections = sections_in(package)
    order = in_order(WHOLE, sections)
    parts = [part for name in order for part in section_parts(sections[name], sections)]
    return joined(
        "# Configuration",
        "One complete YAML file per question asked. There is no inheritance: what a file does not say has the default "
        "below. A key that is not known is refused, with the nearest one that is. Complete examples are in `configs/`.",
        "At the top stand `title`, `purpose` (planning, research or service audit) and the sections: published figures "
        "have `data`, `areas` and `forecast` (see [Settings](#settings)), a council's records have `records` (see "
        "[CouncilSettings](#councilsettings)), an audit has `audit` (see [AuditQuestion](#auditquestion)).",
        *parts,
        WRITTEN,
    )


def section_parts(section: ast.ClassDef, sections: Sections) -> Iterator[str]:
    """A section: its name, what it is, where it stands, and its keys."""
    above = [
        f"`{row[0].strip('`')}` of [{name}](#{name.lower()})"
        for name, other in sections.items()
        for row in keys_of(other, sections)
        if f"(#{section.name.lower()})" in row[1] and not name.startswith("_")
    ]
    yield f"## {section.name}"
    yield prose(ast.get_docstring(section) or "")
    if above:
        more = " and elsewhere" if len(above) > MOST_PLACES else ""
        yield f"Stands under {', '.join(above[:MOST_PLACES])}{more}."
    rows = list(keys_of(section, sections))
    if rows:
        yield table(("Key", "What it may be", "If not given", "What it is"), rows)


def sections_in(package: Path) -> dict[str, ast.ClassDef]:
    """Every section by the name of its class, those that others are built on included."""
    return {
        node.name: node
        for path in sorted((package / "pipelines").glob("*settings.py"))
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and node.bases and "Enum" not in ast.unparse(node.bases[0])
    }


def in_order(names: Sequence[str], sections: Sections) -> list[str]:
    """Sections as a reader meets them: each followed by those it holds; the first place counts."""
    found: list[str] = []
    for name in names:
        held = re.findall(r"\(#(\w+)\)", " ".join(row[1] for row in keys_of(sections[name], sections)))
        below = [other for other in sections if other.lower() in held]
        found += [each for each in (name, *in_order(below, sections)) if each not in found]
    return found


def keys_of(section: ast.ClassDef, sections: Sections) -> Iterator[tuple[str, str, str, str]]:
    """Key, type, default and words of each field, those of the section it is built on first."""
    for base in section.bases:
        if ast.unparse(base) in sections:
            yield from keys_of(sections[ast.unparse(base)], sections)
    for node, after in zip(section.body, [*section.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id[0] != "_":
            given = "must be given" if node.value is None else default_in_words(node.value)
            yield f"`{alias(node) or node.target.id}`", type_in_words(node.annotation), given, words_of(after)


def words_of(after: ast.stmt | None) -> str:
    """The string that stands below a field and says what it is."""
    match after:
        case ast.Expr(value=ast.Constant(value=str(words))):
            return " ".join(words.split())
    return ""


def default_in_words(value: ast.expr) -> str:
    """What stands for a key that is not given."""
    written = ast.unparse(value)
    if written in {"None", "()", "{}", "''"}:
        return "nothing"
    return f"as {written.removesuffix('()')} says" if written.endswith("()") else f"`{written}`"


def alias(node: ast.AnnAssign) -> str:
    """The key as it is written in a file, where the field has another name."""
    found = [
        keyword.value.value
        for call in ast.walk(node.annotation)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "alias" and isinstance(keyword.value, ast.Constant)
    ]
    return str(found[0]) if found else ""


def type_in_words(annotation: ast.expr) -> str:
    """`Annotated[int, Field(ge=1)]` as "a whole number, at least 1"."""
    match annotation:
        case ast.BinOp(left=left, right=ast.Constant(value=None)):
            return type_in_words(left)
        case ast.BinOp(left=left, right=right):
            return f"{type_in_words(left)} or {type_in_words(right)}"
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            return several_in_words(name, inner.elts if isinstance(inner, ast.Tuple) else [inner])
        case ast.Name(id=name) if name in PLAIN:
            return PLAIN[name]
    name = ast.unparse(annotation)
    return f"[{name}](#{name.lower()})" if name.endswith(SECTION_ENDS) else f"`{name}`"


def several_in_words(outer: str, inner: Sequence[ast.expr]) -> str:
    """A type made of others: a choice, a list, a mapping, a value between limits."""
    if outer == "Literal":
        return " or ".join(f"`{ast.literal_eval(word)}`" for word in inner)
    if outer == "dict":
        return f"by name: {type_in_words(inner[-1])}"
    if outer == "Annotated":
        return ", ".join([type_in_words(inner[0]), *limits_of(inner[1:])])
    if ast.unparse(inner[-1]) == "...":
        return f"a list of: {type_in_words(inner[0])}"
    return f"[{', '.join(map(type_in_words, inner))}]"


def limits_of(fields: Sequence[ast.expr]) -> list[str]:
    """`Field(ge=1, le=24)` as words."""
    keywords = [keyword for call in fields if isinstance(call, ast.Call) for keyword in call.keywords]
    return [f"{LIMITS[each.arg]} {ast.unparse(each.value)}" for each in keywords if each.arg in LIMITS]


# --- public names ---------------------------------------------------------------------------------------------------


def packages_in(package: Path) -> list[str]:
    """The packages of the package."""
    return sorted(path.parent.name for path in package.glob("*/__init__.py"))


def names_page(package: Path) -> str:
    """The packages, with what each is."""
    names = packages_in(package)
    told = [(f"[`ehforecast.{name}`]({name}.md)", purpose(package / name / "__init__.py")) for name in names]
    top = ast.parse((package / "__init__.py").read_text("utf-8"))
    return joined(
        "# Public names",
        "[Architecture](../architecture.md) says which may use which.",
        table(("Package", "What it is"), told),
        "## ehforecast",
        *(part for node in documented(top) for part in name_parts(node, level=3)),
        "## ehforecast.errors",
        *(part for node in documented(ast.parse((package / "errors.py").read_text("utf-8")))
          for part in name_parts(node, level=3)),
        WRITTEN,
    )  # fmt: skip


def package_page(package: Path, name: str) -> str:
    """Every module of a package with its public names."""
    modules = sorted(path for path in (package / name).rglob("*.py"))
    return joined(
        f"# ehforecast.{name}",
        purpose(package / name / "__init__.py"),
        *(part for path in modules for part in module_parts(path, package)),
        WRITTEN,
    )


def module_parts(path: Path, package: Path) -> Iterator[str]:
    """A module: its docstring, and its public classes and functions."""
    tree = ast.parse(path.read_text("utf-8"))
    found = list(documented(tree))
    if found:
        inside = path.relative_to(package.parent).with_suffix("").as_posix()
        yield f"## {inside.replace('/', '.').removesuffix('.__init__')}"
        yield prose(ast.get_docstring(tree) or "")
        for node in found:
            yield from name_parts(node, level=3)


def documented(tree: ast.Module | ast.ClassDef) -> Iterator[Documented]:
    """Public functions and classes with a docstring."""
    for node in tree.body:
        if isinstance(node, Documented) and not node.name.startswith("_") and ast.get_docstring(node):
            yield node


def name_parts(node: Documented, *, level: int) -> Iterator[str]:
    """A heading, the signature, the docstring; of a class also its public methods."""
    yield f"{'#' * level} {node.name}"
    if isinstance(node, ast.FunctionDef):
        yield f"```python\n{signature(node)}\n```"
    yield prose(ast.get_docstring(node) or "")
    if isinstance(node, ast.ClassDef):
        for method in documented(node):
            yield from name_parts(method, level=level + 1)


def signature(function: ast.FunctionDef) -> str:
    """`name(arguments) -> type`, one argument a line where they are many."""
    returned = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    line = f"{function.name}({ast.unparse(function.args)}){returned}"
    if len(line) <= 100:
        return line
    arguments = ast.unparse(function.args).replace(", *, ", ",\n    *,\n    ")
    return f"{function.name}(\n    {arguments}\n){returned}"


def purpose(path: Path) -> str:
    """The first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]


# --- text -----------------------------------------------------------------------------------------------------------


def prose(docstring: str) -> str:
    """A docstring as Markdown: sections as lists, examples as code."""
    parts = [part for block in docstring.split("\n\n") for part in block_parts(block.strip("\n"))]
    return "\n\n".join(parts)


def block_parts(block: str) -> Iterator[str]:
    """One paragraph, list, section or example."""
    first, _, rest = block.partition("\n")
    if first.startswith(">>>"):
        yield f"```pycon\n{block}\n```"
    elif first.strip() in SECTIONS and rest:
        yield f"**{first.strip().removesuffix(':')}**"
        yield listed(rest)
    else:
        yield escaped(block)


def listed(text: str) -> str:
    """Indented `name: words` lines as a list; deeper lines go on with the one before."""
    lines = text.splitlines()
    outer = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    items: list[str] = []
    for line in lines:
        deeper = len(line) - len(line.lstrip()) > outer
        if deeper and items:
            items[-1] += f" {line.strip()}"
        else:
            items.append(line.strip())
    return "\n".join(f"- {escaped(emphasised(item))}" for item in items)


def emphasised(item: str) -> str:
    """The names before the first colon as code."""
    before, colon, words = item.partition(": ")
    names = [part.strip("` ") for part in before.split(",")]
    if not colon or not all(name.isidentifier() for name in names):
        return item
    return f"{', '.join(f'`{name}`' for name in names)}: {words}"


def escaped(text: str) -> str:
    """Text in which `<` outside code begins no tag; lines keep no indent, which would make them code."""
    flat = "\n".join(line if line.lstrip().startswith("*") else line.strip() for line in text.splitlines())
    return "`".join(piece if place % 2 else piece.replace("<", "&lt;") for place, piece in enumerate(flat.split("`")))


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    lines = [header, ("---",) * len(header), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def joined(*parts: str) -> str:
    """Parts with a blank line between them."""
    return "\n\n".join(part for part in parts if part) + "\n"

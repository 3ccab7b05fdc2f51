"""Turning a page's facts into HTML: one environment for every template, in which all text is escaped."""

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment


def page_from_template(name: str, page: object) -> str:
    """The whole page. Everything but the drawings is escaped; a name the template does not know is an error."""
    environment = SandboxedEnvironment(
        loader=PackageLoader("ehforecast.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(page=page)

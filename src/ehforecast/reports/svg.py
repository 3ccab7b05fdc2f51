"""A matplotlib figure as SVG that can stand inside a page: no outside address, no clashing ids, a text alternative."""

import io
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
from matplotlib.figure import Figure

REFERENCE = re.compile(r"(url\(#|^#(?=[a-zA-Z][\w-]*$))([\w-]+)")
"""How one part of a drawing points at another: `url(#...)` in a style, or a whole `href`."""


def inline_svg(figure: Figure, *, name: str, alt_text: str, css_class: str) -> str:
    """Markup for one drawing. `name` must be unique in the page: every id in the drawing starts with it."""
    root = ET.fromstring(_plain_svg(figure))  # noqa: S314 (our own drawing)
    for element in root.iter():
        _strip_namespaces(element)
        _use_font_of_page(element)
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in ("metadata", "style")]:
            parent.remove(child)
    _rename_ids(root, name)
    view_box = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update({"class": css_class, "viewBox": view_box, "role": "img", "aria-label": alt_text})
    return ET.tostring(root, encoding="unicode")


def _plain_svg(figure: Figure) -> str:
    """Text stays text; ids, and so bytes, are the same in every run; sizes are those of matplotlib's own font."""
    text = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "ehforecast", "font.family": "DejaVu Sans"}):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    return text.getvalue()


def _strip_namespaces(element: ET.Element) -> None:
    """HTML knows what an svg element is; namespace declarations would only be outside addresses in the page."""
    element.tag = element.tag.rpartition("}")[2]
    for key in [key for key in element.attrib if key.startswith("{")]:
        element.attrib[key.rpartition("}")[2]] = element.attrib.pop(key)


def _use_font_of_page(element: ET.Element) -> None:
    if "style" in element.attrib:
        element.attrib["style"] = re.sub(r"font-family:[^;]*(; )?", "", element.attrib["style"])


def _rename_ids(root: ET.Element, name: str) -> None:
    """Two drawings in one page would share ids, and the second would be clipped by the first."""
    used = {
        match[2] for element in root.iter() for value in element.attrib.values() for match in REFERENCE.finditer(value)
    }
    for element in root.iter():
        own = element.attrib.pop("id", None)
        for key, value in element.attrib.items():
            element.attrib[key] = REFERENCE.sub(rf"\g<1>{name}-\g<2>", value)
        if own in used:
            element.attrib["id"] = f"{name}-{own}"

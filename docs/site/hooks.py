"""Pages of the site that are derived from other files of the repository, for mkdocs.

A finding has the page `findings/CODE/`, an error `errors/CODE/`: these addresses are stable, and
SARIF documents name them. `mkdocs.yml` names this file.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import translator
from translator.errors import CODES, ERROR_CODES
from translator.language.yaml_tree import parse_yaml, to_data
from translator.streaming.ndjson import STREAM_CODES

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "https://github.com/event-translator/event-translator/"
FINDINGS, ERRORS = "docs/diagnostics.md", "docs/errors.md"
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Pages of the repository that are not in docs/, and their addresses."""

API = {
    "Translate": ("translate", "translate_all", "translate_as", "Translator", "Crosswalk"),
    "Results": ("Translated", "TranslatedLines", "Rejected", "Loss"),
    "Errors": ("TranslatorError", "TranslationError", "Violation", "SpecError", "MappingError"),
    "Analyze formats": ("Catalog", "check", "explain", "coverage", "contract", "prove", "impact"),
}
"""The public names of `translator`, by heading."""

ARROW = ("translate_batches", "translate_column", "count_losses")

_FENCE = re.compile(r"^```(\w*)(?: (?:good|bad)\b)? ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?:(?<=\[)((?:docs/)?[\w-]+\.md))?\]\(([^)\s]+)\)")
"""The end of a link: its text, if that is the name of a page, and its target."""

_OWN = re.compile(
    rf"{SOURCE}(?:blob|tree)/main/"
    r"|https://raw\.githubusercontent\.com/event-translator/event-translator/main/"
)
"""The start of an absolute link to a file of the repository."""

_CODE_CELL = re.compile(r"^\| `([a-z0-9-]+)` \|", re.MULTILINE)
_WIDTH = 36
"""Maximum length of a line of JSON that could be several lines."""

_descriptions: dict[str, tuple[str, str]] = {}
"""Title and description of each page, by its address, in the order of the site."""


def on_config(config: MkDocsConfig) -> None:
    """Add a page for each file of examples to the navigation."""
    assert config.nav is not None
    reference = next(item["Reference"] for item in config.nav if "Reference" in item)
    pages = [{name: f"examples/{name}.md"} for name in _example_files()]
    reference[-1]["Examples"] = ["examples/index.md", *pages]
    _descriptions.clear()


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add the derived pages."""
    for uri, content in _derived_pages():
        files.append(File.generated(config, uri, content=content))


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Adapt a page of docs/ to the site, and describe it if it does not describe itself."""
    uri = page.file.src_uri
    if page.file.generated_by is None:
        path = f"docs/{uri}"
        if path == FINDINGS:
            markdown = _without_subsections(markdown)
            markdown = _CODE_CELL.sub(r"| [`\1`](findings/\1.md) |", markdown)
        if path == ERRORS:
            markdown = _link_errors(markdown)
        markdown = _adapt(markdown, path, uri)
    page.meta.setdefault("description", _first_sentence(markdown))
    return markdown


def on_page_content(html: str, page: Page, **_: Any) -> None:
    """Remember the description of a page."""
    _descriptions[page.url] = (str(page.title), page.meta["description"])


def on_post_page(output: str, **_: Any) -> str:
    """Name the dialog of the search, which the theme does not."""
    dialog = 'data-md-component="search" role="dialog"'
    return output.replace(dialog, f'{dialog} aria-label="Search"')


def on_post_build(config: MkDocsConfig) -> None:
    """Write llms.txt: the pages and what they are about, for programs that read the site."""
    lines = [f"# {config.site_name}", "", f"> {config.site_description}"]
    groups: dict[str, list[str]] = {}
    for url, (title, description) in sorted(_descriptions.items()):
        folder, _, rest = url.partition("/")
        group = folder.capitalize() if rest else "Pages"
        groups.setdefault(group, []).append(f"- [{title}]({config.site_url}{url}): {description}")
    for group in ("Pages", "Examples", "Findings", "Errors"):
        lines += ["", f"## {group}", "", *groups[group]]
    Path(config.site_dir, "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _derived_pages() -> Iterator[tuple[str, str]]:
    """Yield the address and the Markdown of each page that no file of docs/ has."""
    for path, uri in OUTSIDE.items():
        yield uri, _adapt(_read(path), path, uri)
    yield from _finding_pages()
    yield from _error_pages()
    yield from _example_pages()
    yield "api.md", _api_page()


def _finding_pages() -> Iterator[tuple[str, str]]:
    for section in re.split(r"^## ", _read(FINDINGS), flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0]
        examples = dict(
            part.split("\n", 1) for part in re.split(r"^### ", section, flags=re.MULTILINE)[1:]
        )
        for code, severity, meaning, advice in _rows(section):
            uri = f"findings/{code}.md"
            body = (
                f"[Findings]({_anchor(FINDINGS, '')}) › "
                f"[{heading}]({_anchor(FINDINGS, heading)})\n\n"
                f"**{_sentence(severity)}:** {_sentence(meaning)}.\n\n"
                f"**What to do:** {_sentence(advice)}.\n\n"
                "## Example\n\nIt changes one of the files of "
                f"[a shop and a site]({_anchor(FINDINGS, 'How to read the examples')}).\n"
                f"{examples[code]}"
            )
            yield uri, _page(code, meaning, _adapt(body, FINDINGS, uri))


def _error_pages() -> Iterator[tuple[str, str]]:
    examples = _refused_examples()
    for heading, codes in (("Events and calls", ERROR_CODES), ("Lines", STREAM_CODES)):
        section = _read(ERRORS).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        for code, meaning, advice in _rows(section):
            assert code in codes, code
            uri = f"errors/{code}.md"
            body = (
                f"[Errors]({_anchor(ERRORS, '')}) › [{heading}]({_anchor(ERRORS, heading)})\n\n"
                f"**Error:** {_sentence(meaning)}.\n\n**What to do:** {_sentence(advice)}.\n\n"
            )
            if heading == "Lines":
                body += "On the command line, it is the code of an entry in the rejects file."
            else:
                body += (
                    "In Python, it is the `code` of a `TranslationError`; on the command line, "
                    "of an entry in the rejects file."
                )
            body = _adapt(body, ERRORS, uri)
            if links := ", ".join(f"[{name}](../examples/{name}.md)" for name in examples[code]):
                body += f"\n\nExamples of events that are refused with it: {links}."
            yield uri, _page(code, meaning, body)


def _page(code: str, meaning: str, body: str) -> str:
    """Return the page of a code."""
    description = json.dumps(f"{_sentence(meaning)}.".replace("`", ""))
    return f"---\ntitle: {code}\ndescription: {description}\n---\n\n# `{code}`\n\n{body}\n"


def _anchor(path: str, heading: str) -> str:
    """Return a link, from docs/, to a page or a heading of it."""
    slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    return f"{posixpath.basename(path)}{'#' * bool(slug)}{slug}"


def _example_pages() -> Iterator[tuple[str, str]]:
    names = _example_files()
    formats = {row[0]: row[1] for row in _rows(_read("README.md").partition("## Formats")[2])}
    rows = [f"| [{name}]({name}.md) | {formats[name]} |" for name in names]
    intro = (
        "Events of each vendor, and the equivalent events of `interaction`, the format in the "
        "middle. `translator check` runs all of them in both directions."
    )
    yield (
        "examples/index.md",
        "\n".join(["# Examples", "", intro, "", "| format | events |", "|---|---|", *rows, ""]),
    )
    for name in names:
        file = f"mappings/examples/{name}.yaml"
        items = _examples(name)
        text = (
            f"# Examples of {name}\n\n{_sentence(formats[name])}, and the equivalent events of "
            f"`interaction`. They are in [{file}]({SOURCE}blob/main/{file}), and `translator "
            "check` runs them. [How to write examples](../mappings.md#examples)\n\n"
        )
        yield f"examples/{name}.md", text + "\n".join(_render_example(name, item) for item in items)


def _examples(name: str) -> list[dict[str, Any]]:
    """Return the examples of a mapping; a table that is used by its name replaces the name."""
    document = _data(f"mappings/examples/{name}.yaml")
    tables = document.get("tables", {})
    for item in document["examples"]:
        if isinstance(item.get("where"), str):
            item["where"] = tables[item["where"]]
    return list(document["examples"])


def _refused_examples() -> dict[str, list[str]]:
    """Return the mappings with examples that are refused with a code, for each code."""
    found: dict[str, list[str]] = {code: [] for code in (*ERROR_CODES, *STREAM_CODES)}
    for name in _example_files():
        for code in dict.fromkeys(item.get("refused") for item in _examples(name)):
            if code:
                found[code].append(name)
    return found


def _render_example(name: str, item: dict[str, Any]) -> str:
    header, *rows = item.get("where") or [[]]
    values = dict(zip(header, rows[0], strict=True)) if rows else {}
    formats = [key for key in item if key in (name, "interaction")]
    lines = [f"## {_sentence(item['about'])}", "", _describe_direction(name, item, formats), ""]
    for key in ("params", "allow", "crosswalks", "strict"):
        if key in item:
            lines.append(f"- `{key}`: {_code(_replace(item[key], values))}")
    for path, changes in item.get("with", {}).items():
        lines.append(f"- `{path}` is one of {', '.join(map(_code, changes))}")
    if "without" in item:
        lines.append(f"- without one of {', '.join(f'`{path}`' for path in item['without'])}")
    lines += ["", '<div class="grid" markdown>', ""]
    for key in formats:
        event = _layout(_replace(item[key], values))
        lines += [f'```json title="{key}"', event, "```", ""]
    lines += ["</div>", ""]
    if len(rows) > 1:
        lines += [f'??? abstract "The same with {len(rows) - 1} more"', ""]
        cells = [[f"`{cell}`" for cell in header], ["---"] * len(header)]
        cells += [[_code(cell).replace("|", "\\|") for cell in row] for row in rows]
        lines += [f"    | {' | '.join(row)} |" for row in cells]
    return "\n".join([*lines, ""])


def _describe_direction(name: str, item: dict[str, Any], formats: list[str]) -> str:
    """Say which events are translated, and whether they are refused."""
    if "refused" in item:
        target = name if formats == ["interaction"] else "interaction"
        code = item["refused"]
        changed = ", changed in one of these ways," if {"with", "without"} & item.keys() else ""
        return (
            f"To `{target}`, this event{changed} is refused with [`{code}`](../errors/{code}.md):"
        )
    if "to" in item:
        target = item["to"]
        source = name if target == "interaction" else "interaction"
        return f"From `{source}` to `{target}` only:"
    return "In both directions:"


def _replace(value: Any, names: dict[str, Any]) -> Any:
    """Return a value with `$names` replaced."""
    if isinstance(value, dict):
        return {key: _replace(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _layout(value: Any, indent: str = "", before: str = "") -> str:
    """Return JSON in which what fits on one line is on one line; `before` is left of it."""
    line = before + json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= _WIDTH or not value or not isinstance(value, dict | list):
        return line
    inner = f"{indent}  "
    if isinstance(value, dict):
        parts = [_layout(item, inner, f"{json.dumps(key)}: ") for key, item in value.items()]
    else:
        parts = [_layout(item, inner) for item in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    lines = ",\n".join(inner + part for part in parts)
    return f"{before}{start}\n{lines}\n{indent}{end}"


def _code(value: Any) -> str:
    """Return a value as JSON in code, strings without quotes."""
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _api_page() -> str:
    """Return a page that mkdocstrings fills with the docstrings of the public names."""
    listed = [name for names in API.values() for name in names]
    assert sorted(listed) == sorted(translator.__all__), "API in docs/site/hooks.py is incomplete"
    lines = ["# Python API", "", "The public names of the package, from their docstrings."]
    lines += ["[Python](python.md) shows how to use them."]
    groups = [(heading, "translator", names) for heading, names in API.items()]
    for heading, module, names in [*groups, ("Arrow", "translator.arrow", ARROW)]:
        lines += ["", f"## {heading}", ""]
        lines += [f"::: {_definition(module, name)}" for name in names]
    return "\n".join([*lines, ""])


def _definition(module: str, name: str) -> str:
    """Return the full name of a public object where it is defined."""
    value = getattr(__import__(module, fromlist=[name]), name)
    return f"{value.__module__}.{name}"


def _example_files() -> list[str]:
    return sorted(path.stem for path in (ROOT / "mappings" / "examples").glob("*.yaml"))


def _data(path: str) -> Any:
    return to_data(parse_yaml(_read(path), path))


def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _rows(section: str) -> list[list[str]]:
    """Return the cells of the first table of a section, without the header row.

    The first cell is in code, without its backticks.
    """
    table = re.search(r"(?:^\|.*\n)+", _FENCE.sub("", section), re.MULTILINE)
    lines = table[0].splitlines()[2:] if table else []
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    return [[first.strip(" `"), *(cell.strip() for cell in rest)] for first, *rest in rows]


def _sentence(text: str) -> str:
    """Return a text that begins with a capital letter, unless it is a name such as xAPI."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def _first_sentence(markdown: str) -> str:
    """Return the first sentence of the first paragraph, without markup."""
    for block in _FENCE.sub("", markdown).split("\n\n"):
        if re.match(r"\s*[\w`\[*]", block):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", block).replace("`", "").replace("*", "")
            return re.sub(r":$", ".", re.split(r"(?<=[.!?])\s", " ".join(text.split()))[0])
    return ""


def _without_subsections(markdown: str) -> str:
    """Return the page of findings without the examples, which the page of each code has."""
    return re.sub(r"^### .*\n(?:(?!##).*\n)*", "", markdown, flags=re.MULTILINE)


def _link_errors(markdown: str) -> str:
    codes = {*ERROR_CODES, *STREAM_CODES}

    def link(match: re.Match[str]) -> str:
        code = match[1]
        return f"| [`{code}`](errors/{code}.md) |" if code in codes else match[0]

    return _CODE_CELL.sub(link, markdown)


def _adapt(markdown: str, path: str, uri: str) -> str:
    """Adapt the Markdown of a file of the repository to the page of the site at `uri`."""

    def adapt_link(match: re.Match[str]) -> str:
        page, target = match.groups()
        title = _title(page) if page else ""
        return f"{title}]({_target(target, path, uri)})"

    return _outside_fences(markdown, lambda prose: _LINK.sub(adapt_link, prose))


def _title(page: str) -> str:
    """Return the heading of a page, for links that name its file."""
    path = page if page in OUTSIDE else f"docs/{posixpath.basename(page)}"
    return _read(path).partition("\n")[0].removeprefix("# ")


def _outside_fences(markdown: str, change: Callable[[str], str]) -> str:
    """Change the prose, and name the files of fenced blocks as mkdocs expects it."""
    parts, end = [], 0
    for match in _FENCE.finditer(markdown):
        language, file, text = match.groups()
        language = "pycon" if text.startswith(">>> ") else language
        title = f' title="{file}"' if file else ""
        parts += [change(markdown[end : match.start()]), f"```{language}{title}\n{text}```"]
        end = match.end()
    return "".join([*parts, change(markdown[end:])])


def _target(link: str, path: str, uri: str) -> str:
    """Return a link of a file of the repository as one of the page of the site at `uri`."""
    file, _, anchor = link.partition("#")
    if is_own := _OWN.match(file):
        file = file[is_own.end() :]
    elif "://" in file or file.startswith("mailto:"):
        return link
    else:
        file = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
    if file == FINDINGS and anchor in CODES:
        file, anchor = f"docs/findings/{anchor}.md", ""
    suffix = f"#{anchor}" if anchor else ""
    page = OUTSIDE.get(file) or (file.removeprefix("docs/") if file.startswith("docs/") else "")
    if not page:
        kind = "tree" if (ROOT / file).is_dir() else "blob"
        return f"{SOURCE}{kind}/main/{file}{suffix}"
    return (
        suffix
        if page == uri and suffix
        else posixpath.relpath(page, posixpath.dirname(uri)) + suffix
    )

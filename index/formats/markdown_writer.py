"""Writing a page as people write it, see `index.formats.markdown`, and changing one in place."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from index.entry import Entry, Page, State, entry_id, slug
from index.errors import ContentError
from index.formats.about import ENTRY_BLOCK, PAGE_BLOCK, Kind, write_about
from index.formats.markdown import ONLY, part
from index.formats.outline import outline
from index.formats.reading import plain_newlines, quoted, without_outer_blank_lines
from index.text import one_line

# A heading by marks or by underlining, a fence, HTML: all that ends an answer begins like one. And
# lists in each other, which may be so many that they take in what follows.
_MAY_END_IT: Final = re.compile(
    r"^(?: {0,3}(?:#|=|-+[ \t]*$|`{3}|~{3}|<)"
    r"|[ \t]{20}|[ \t]*(?:(?:[-+*>]|\d{1,9}[.)])[ \t]*){9})",
    re.MULTILINE,
)
_CLOSING_HASHES: Final = re.compile(r"(?:^|[ \t])#+$")


def write(page: Page) -> str:
    """Write a page so that `read` makes an equal one of a file named `slug(page.name)`.

    In an answer or introduction, a line that would end it (a heading of level 1 or 2, a block of
    ours) gets a backslash, and code that is not closed is closed. Raises ContentError for what this
    format cannot hold: an entry without answer, a comma in a tag.
    """
    languages = {entry.language for entry in page.entries}
    language = languages.pop() if len(languages) == 1 else ""
    about = {
        "Name": page.name if page.name != slug(page.name) else "",
        "Source": page.url,
        "Language": language,
    }
    parts = [
        _heading("#", page.title),
        _held(page.introduction, PAGE_BLOCK),
        write_about(PAGE_BLOCK, (), about),
        *(_written_entry(entry, page.name, language) for entry in page.entries),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def edited(
    text: str, path: Path, changes: Mapping[str, Entry | None], added: Sequence[Entry]
) -> str:
    r"""Change entries of a page in its text, and leave every other line as it is.

    text: lines end in "\n". changes: by id, what takes an entry's place, or None to remove it.
    added: put at the end, in order. Raises ContentError as `write` does.
    """
    parted, lines = part(text, path), text.split("\n")
    name, language = parted.page.name, parted.language
    kept, row = list[str](), 0
    for section in parted.sections:
        if section.entry.id not in changes:
            continue
        kept += lines[row : section.start]
        if change := changes[section.entry.id]:
            kept += [*_written_entry(change, name, language).split("\n"), ""]
        row = section.end
    whole = "\n".join([*kept, *lines[row:]]).rstrip("\n")
    return "\n\n".join([whole, *(_written_entry(one, name, language) for one in added)]) + "\n"


def _heading(marks: str, text: str) -> str:
    line = one_line(text)
    # Markdown drops hashes at the end of a heading, so those that belong to it need others after.
    guard = " #" if _CLOSING_HASHES.search(line) else ""
    return f"{marks} {line}{guard}".rstrip()


def _written_entry(entry: Entry, page: str, language: str) -> str:
    """language: what the page says of all its entries, or nothing."""
    refuse_unwritable(entry)
    question, answer = one_line(entry.question), _held(entry.answer, ENTRY_BLOCK)
    made = entry_id(page, question or answer)
    about = {
        "Id": entry.id if entry.id != made else "",
        "Tags": ", ".join(entry.tags),
        "Source": entry.url,
        "Language": entry.language if entry.language != language else "",
        "State": entry.state.value if entry.state is not State.PUBLISHED else "",
        "From": entry.valid_from.isoformat() if entry.valid_from else "",
        "Until": entry.valid_until.isoformat() if entry.valid_until else "",
        "Prompts": ", ".join(entry.prompts),
        "Context": ONLY if entry.context_only else "",
    }
    block = write_about(ENTRY_BLOCK, entry.alternates, about, entry.negatives)
    return "\n\n".join(filter(None, [_heading("##", question), answer, block]))


def refuse_unwritable(entry: Entry) -> None:
    """Raise ContentError for an entry that no Markdown page can hold."""
    where = entry.source or entry.id
    if not entry.answer.strip():
        what = f"the entry {quoted(entry.title)} has no answer, which a Markdown page cannot hold."
        raise ContentError(what, where=where, mend="Write the answer, or keep it in a .jsonl file.")
    if tag := next((tag for tag in entry.tags if "," in tag), None):
        what = f"the tag {quoted(tag)} has a comma, which parts tags in a Markdown page."
        raise ContentError(what, where=where, mend="Make it two tags, or name it otherwise.")
    if prompt := next((prompt for prompt in entry.prompts if "," in prompt), None):
        what = f"the id {quoted(prompt)} has a comma, which parts ids in a Markdown page."
        raise ContentError(what, where=where, mend="Give that entry another id.")


def _held(text: str, kind: Kind) -> str:
    """Keep a text from ending before its end, or from running on into what follows."""
    plain = without_outer_blank_lines(plain_newlines(text).split("\n"))
    if not _MAY_END_IT.search(plain):  # nearly all answers: parsing each takes milliseconds
        return plain
    lines = plain.split("\n")
    # Each round puts a backslash on a line that had none, or closes the last block: it ends.
    while mended := _mended(lines, kind):
        lines = mended
    return "\n".join(lines)


def _mended(lines: list[str], kind: Kind) -> list[str]:
    """Mend all that can be seen to be wrong with the lines; nothing if all is well."""
    found = outline("\n".join([*lines, "", "# What follows"]))
    inside = [heading for heading in found.headings if heading.start < len(lines)]
    runs_on = len(inside) == len(found.headings)
    if runs_on and found.last.fence:
        return [*lines, found.last.fence]
    rows = {heading.end - 1 if heading.underlined else heading.start for heading in inside}
    rows |= {fold.start for fold in found.folded if kind.is_of(fold)}
    rows |= {found.last.start} if runs_on else set()
    if not rows:
        return []
    return [_escaped(line) if row in rows else line for row, line in enumerate(lines)]


def _escaped(line: str) -> str:
    r"""Put a backslash before the first character: `# one` is shown, not obeyed, as `\# one`."""
    text = line.lstrip(" \t")
    return f"{line[: len(line) - len(text)]}\\{text}"

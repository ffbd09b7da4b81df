from dataclasses import replace
from pathlib import Path

from index.entry import Entry
from index.formats import markdown, markdown_writer

PATH = Path("content/shop.md")
PAGE = """---
layout: faq
---
# Shop <!-- kept -->

Words before.

## How do I pay?
By card.

# A section

## When do you open?

At nine.

<details>
<summary>Also asked</summary>

- opening hours

Id: hours

</details>

## Last?

Yes."""


def edited(changes: dict[str, Entry | None], *added: Entry) -> str:
    return markdown_writer.edited(PAGE, PATH, changes, added)


def test_an_entry_is_changed_in_its_place_and_no_other_line_is_touched() -> None:
    hours = replace(markdown.parse(PAGE, PATH).pages[0].entries[1], answer="At ten.")
    assert edited({"hours": hours}) == PAGE.replace("At nine.", "At ten.") + "\n"


def test_an_entry_is_removed_and_others_are_added_at_the_end() -> None:
    added = Entry(id="shop.new", question="New?", answer="Yes.")
    text = edited({"shop.how-do-i-pay": None, "shop.last": None}, added)
    start, end = PAGE.index("## How"), PAGE.index("# A section")
    rest = (PAGE[:start] + PAGE[end:]).replace("\n\n## Last?\n\nYes.", "")
    assert text == rest + "\n\n## New?\n\nYes.\n"


def test_nothing_to_change_changes_nothing_but_the_end_of_the_last_line() -> None:
    assert edited({}) == PAGE + "\n"

"""`qa check` with the real model, on a page with faults of every kind that takes one."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Run

PAGE = """# The Harbour Gym

## What does a membership cost?

The basic membership is €29.90 a month, the premium membership €44.90 a month.

<details>
<summary>Also asked</summary>

- prices
- how much is it per month
- Where can I leave my car during training?

Id: price

</details>

## Can I pause my membership?

Yes, for up to three months a year, while you travel or are ill. Write to us 14 days before.

<details>
<summary>Also asked</summary>

- freeze my contract
- put membership on hold

Id: pause

</details>

## Is it possible to freeze my membership for a while?

You can put your membership on hold for at most two months per year if you let us know.

<details>
<summary>Also asked</summary>

Id: freeze

</details>

## Where can I park?

There is a car park behind the building with 40 spaces. Here is ![a map](map.png) of it.

<details>
<summary>Also asked</summary>

- parking
- Is there a car park?

Id: park

</details>

## How do I cancel my contract?

Send an email with your member number. The notice period is 4 weeks.

<details>
<summary>Also asked</summary>

- terminate contract
- quit the gym

Id: cancel

</details>

## When must I give notice?

You have to give notice 6 weeks before the end of a month, by email or letter.

<details>
<summary>Also asked</summary>

Id: notice

</details>

## Can I bring a guest?

Each member may bring a guest twice a month. The guest needs an ID and pays €10.

<details>
<summary>Also asked</summary>

- bring a friend
- guest pass

Id: guest

</details>

## Can I take a guest along?

Yes, each member may take a guest along twice a month. The guest pays a fee and needs an ID.

<details>
<summary>Also asked</summary>

Id: guest-again

</details>

## How long before a class can I drop out?

In the app until two hours before it begins. After that €5 is taken from your account.

<details>
<summary>Also asked</summary>

- cancel a class
- leave a course I booked
- can I train barefoot

Id: drop

</details>

## Something came up and I won't make it, what now?

Drop out in the app at least 120 minutes before the class begins, or €5 is charged to your account.

<details>
<summary>Also asked</summary>

Id: came-up

</details>

## What shoes do I need?

Clean indoor shoes. On the mats everybody trains with bare feet.

<details>
<summary>Also asked</summary>

- training shoes
- may I train without shoes

Id: shoes

</details>

## How long is my ten-visit card valid?

It is valid for two years.

<details>
<summary>Also asked</summary>

- how long can I use the ten-visit card

Id: card

</details>

## Do you sell cards for ten visits?

Yes, for €90 at the counter. The card is valid for 18 months.

<details>
<summary>Also asked</summary>

- ten visits
- How long can I use the ten-visit card?

Id: card-again

</details>
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, qa: Run) -> set[tuple[str, str, str]]:
    """The check, the entry and the other of each finding."""
    path = tmp_path_factory.mktemp("gym") / "gym.md"
    path.write_text(PAGE, encoding="utf-8")
    run = qa("check", "--format", "json", str(path))
    assert run.returncode == 0, run.stderr
    findings = json.loads(run.stdout)["findings"]
    assert all(Path(finding["file"]) == path for finding in findings)
    return {(one["check"], one["entry"] or "", one["other"] or "") for one in findings}


@pytest.mark.parametrize(
    "fault",
    [
        ("dead-link", "park", ""),
        ("contradiction", "freeze", "pause"),
        ("contradiction", "notice", "cancel"),
        ("competing", "guest-again", "guest"),
        ("competing", "came-up", "drop"),
        ("stray-wording", "price", "park"),
        ("stray-wording", "drop", "shoes"),
        ("shared-wording", "card-again", "card"),
        ("contradiction", "card-again", "card"),
    ],
    ids=lambda fault: " ".join(fault),
)
def test_the_fault_is_found(found: set[tuple[str, str, str]], fault: tuple[str, str, str]) -> None:
    assert fault in found


def test_little_else_is(found: set[tuple[str, str, str]]) -> None:
    assert len(found) <= 11


def test_the_projects_own_content_has_no_finding(qa: Run) -> None:
    assert "0 errors, 0 warnings." in qa("check", "--quick", "content").stdout

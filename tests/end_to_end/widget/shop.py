"""A FAQ of a shop, for the widget to answer from: plain entries, and one that means harm."""

from typing import Any

HOSTILE_QUESTION = "Is <b>bold</b> <img src=x onerror=harm()> allowed here?"
HOSTILE_ANSWER = """\
Nothing of this runs. <script>harm()</script> <img src=x onerror="harm()">
<svg onload="harm()"></svg>

<iframe srcdoc="<script>parent.harm()</script>"></iframe> <a href="javascript:harm()">raw</a>
<style>* { display: none }</style> <p style="position:fixed" onclick="harm()">styled</p>

[marked](javascript:harm()) [data](data:text/html,<script>harm()</script>) <https://example.org/ok>
"""

ENTRIES: list[dict[str, Any]] = [
    {
        "id": "returns",
        "question": "How do I return something?",
        "alternates": ["Can I send a chair back?", "return an item"],
        "answer": "You may send back whatever you bought within *thirty days*, "
        "**without a reason**.\n\n"
        "1. Write the number of your order on the slip.\n"
        "2. Put everything in the box it came in.\n"
        "3. Hand it to the courier, or bring it to [a shop near you](https://example.org/shops).\n\n"
        "The money is on its way within five working days after the parcel has reached us.",
        "page": "Orders",
        "url": "https://example.org/returns",
        "tags": ["orders"],
    },
    {
        "id": "delivery",
        "question": "How long does delivery take?",
        "alternates": ["shipping time", "When will my parcel arrive?"],
        "answer": "Two to four working days. You get a message as soon as the parcel has left us.",
        "page": "Orders",
        "url": "https://example.org/delivery",
        "tags": ["orders"],
    },
    {
        "id": "abroad",
        "question": "Do you ship abroad?",
        "alternates": ["international delivery", "Do you deliver to France?"],
        "answer": "Yes, to all of Europe.\n\n| Country | Days | Price |\n|---|---|---|\n"
        "| Germany | 2 | 5 € |\n| France | 3 | 7 € |\n| Norway | 5 | 12 € |",
        "page": "Orders",
        "tags": ["orders"],
    },
    {
        "id": "hours",
        "question": "When are you open?",
        "alternates": ["opening hours", "At what time do you close?"],
        "answer": "We are open from **9 to 17**, Monday to Friday.",
        "page": "Visiting",
        "tags": ["visit"],
    },
    {
        "id": "parking",
        "question": "Where can I park my car?",
        "alternates": ["Is there a car park?"],
        "answer": "Behind the house; enter by the north gate.",
        "page": "Visiting",
        "tags": ["visit", "car"],
    },
    {
        "id": "password",
        "question": "How do I reset my password?",
        "alternates": ["forgotten password", "I cannot log in any more"],
        "answer": "Open `Settings`, choose *Security*, then **Reset**.",
        "page": "Account",
        "tags": ["account"],
    },
    {
        "id": "gift",
        "question": "Do you sell gift vouchers?",
        "answer": "Yes, from 10 euros.",
        "page": "Orders",
        "tags": ["orders"],
    },
    {
        "id": "arabic",
        "question": "هل تشحنون إلى الخارج؟",
        "answer": "نعم، إلى **جميع** أنحاء أوروبا.",
        "page": "Orders",
    },
    {"id": "hostile", "question": HOSTILE_QUESTION, "answer": HOSTILE_ANSWER, "page": "Harm"},
]

VAGUE = [
    "close my account",
    "what about the car and the time",
    "something about vouchers and cars",
]
"""Questions near to several entries; at least one of them is met with "did you mean"."""

FAR = "how do I bake sourdough bread"
"""A question that nothing is near to."""

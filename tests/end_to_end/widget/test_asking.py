"""A visitor asks: three honest outcomes, suggestions, feedback, courtesies, a person."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.end_to_end.widget.chat import Chat
from tests.end_to_end.widget.conftest import Visit
from tests.end_to_end.widget.shop import FAR


def _posted(chat: Chat) -> list[str]:
    """The paths of what is sent to the service from now on."""
    paths: list[str] = []
    chat.page.on(
        "request", lambda one: paths.append(one.url.split("/v1/")[1]) if "/v1/" in one.url else None
    )
    return paths


def test_a_question_gets_the_stored_answer_word_for_word(chat: Chat) -> None:
    chat.ask("can I send back a chair")
    expect(chat.outcome).to_have_attribute("data-kind", "answered")
    expect(chat.outcome.locator(".label")).to_have_text("From the FAQ")
    expect(chat.outcome.locator(".entry-question")).to_have_text("How do I return something?")
    expect(chat.outcome.locator("li")).to_have_count(3)
    expect(chat.outcome.locator("em")).to_have_text("thirty days")


def test_an_answer_says_where_it_is_from(chat: Chat, service: str) -> None:
    chat.ask("How do I return something?")
    source, permalink = chat.outcome.locator(".facts a").all()
    assert source.get_attribute("href") == "https://example.org/returns"
    assert permalink.get_attribute("href") == f"{service}/faq/Orders#returns"
    for link in (source, permalink, chat.outcome.locator(".prose a")):
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
        expect(link).to_have_attribute("target", "_blank")


def test_the_permalink_leads_to_the_entry(chat: Chat) -> None:
    chat.ask("How long does delivery take?")
    with chat.page.context.expect_page() as opened:
        chat.outcome.get_by_role("link", name="Link to this answer").click()
    expect(opened.value.locator("#delivery")).to_contain_text("Two to four working days")


def test_the_question_is_not_repeated_where_it_was_asked_so(chat: Chat) -> None:
    chat.ask("when are you open")
    expect(chat.outcome.locator(".entry-question")).to_have_count(0)
    expect(chat.outcome.locator(".prose")).to_have_text(
        "We are open from 9 to 17, Monday to Friday."
    )


def test_a_question_far_from_the_faq_is_declined_plainly(chat: Chat) -> None:
    chat.ask(FAR)
    expect(chat.outcome).to_have_attribute("data-kind", "none")
    expect(chat.outcome.locator(".label")).to_have_text("Not in the FAQ")
    expect(chat.outcome.locator(".offer, .prose")).to_have_count(0)


def test_a_vague_question_is_met_with_did_you_mean(chat: Chat, vague: str) -> None:
    chat.ask(vague)
    expect(chat.outcome).to_have_attribute("data-kind", "unsure")
    expect(chat.outcome.locator(".label")).to_have_text("Did you mean")
    offer = chat.outcome.locator(".offer").first
    question = offer.inner_text()
    offer.click()
    expect(chat.last.locator(".question")).to_contain_text(question)
    expect(chat.outcome).to_have_attribute("data-kind", "answered")


def test_the_first_questions_of_the_faq_are_there_to_begin_with(chat: Chat) -> None:
    expect(chat.find(".welcome .offer")).to_have_text(
        ["How do I return something?", "How long does delivery take?", "Do you ship abroad?"]
    )
    chat.find(".welcome .offer").nth(1).click()
    expect(chat.outcome.locator(".prose")).to_contain_text("Two to four working days")


def test_the_author_chooses_what_to_begin_with(visit: Visit) -> None:
    chat = visit(
        script='data-suggestions="Where can I park my car? | When are you open?" '
        'data-greeting="Welcome to the shop" data-heading="The shop"'
    )
    chat.open()
    expect(chat.find(".greeting")).to_have_text("Welcome to the shop")
    expect(chat.find("h2")).to_have_text("The shop")
    expect(chat.find(".welcome .offer")).to_have_text(
        ["Where can I park my car?", "When are you open?"]
    )


# --- Suggestions ---


def test_the_whole_answer_is_one_key_away_while_typing(chat: Chat) -> None:
    chat.input.press_sequentially("where can I pa")
    option = chat.find("[role=option]").first
    expect(option).to_have_text("Where can I park my car?")
    chat.input.press("ArrowDown")
    expect(chat.find(".preview")).to_have_text("Behind the house; enter by the north gate.")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(chat.input).to_have_attribute("aria-activedescendant", "suggestion-0")
    expect(chat.find(".turn")).to_have_count(0)
    chat.input.press("Enter")
    expect(chat.outcome.locator(".prose")).to_have_text(
        "Behind the house; enter by the north gate."
    )
    expect(chat.input).to_have_value("")


def test_escape_puts_suggestions_away_and_the_panel_only_then(chat: Chat) -> None:
    chat.input.press_sequentially("delivery")
    expect(chat.find("[role=listbox]")).to_be_visible()
    chat.input.press("Escape")
    expect(chat.find("[role=listbox]")).to_be_hidden()
    expect(chat.panel).to_be_visible()
    chat.input.press("Escape")
    expect(chat.panel).to_be_hidden()


def test_escape_takes_back_suggestions_that_are_on_their_way(chat: Chat) -> None:
    chat.input.press_sequentially("delivery")
    chat.input.press("Escape")
    chat.page.wait_for_timeout(400)
    expect(chat.find("[role=listbox]")).to_be_hidden()
    expect(chat.panel).to_be_visible()


def test_between_last_and_first_one_is_back_at_ones_own_words(chat: Chat) -> None:
    chat.input.press_sequentially("delivery")
    expect(chat.find("[role=option]").first).to_be_visible()
    chat.input.press("ArrowDown")
    chat.input.press("ArrowUp")
    expect(chat.find("[aria-selected=true]")).to_have_count(0)
    expect(chat.find(".preview")).to_be_hidden()
    expect(chat.input).to_have_value("delivery")


def test_a_suggestion_can_be_pressed(chat: Chat) -> None:
    chat.input.press_sequentially("gift vou")
    chat.find("[role=option]").first.click()
    expect(chat.outcome.locator(".prose")).to_have_text("Yes, from 10 euros.")


def test_nothing_is_sent_while_typing_where_the_author_says_so(visit: Visit) -> None:
    chat = visit(script="data-suggest=off data-suggestions=''")
    chat.open()
    paths = _posted(chat)
    chat.input.press_sequentially("delivery", delay=40)
    chat.page.wait_for_timeout(400)
    assert paths == []
    chat.ask("delivery")
    assert paths == ["ask"]


def test_a_widget_may_be_limited_to_a_page(visit: Visit) -> None:
    chat = visit(script='data-page="Visiting"')
    chat.open()
    expect(chat.find(".welcome .offer")).to_have_text(
        ["When are you open?", "Where can I park my car?"]
    )
    chat.input.press_sequentially("do you")
    chat.page.wait_for_timeout(500)
    shown = set(chat.find("[role=option]").all_inner_texts())
    assert shown <= {"When are you open?", "Where can I park my car?"}
    chat.ask("How do I return something?")
    expect(chat.outcome).not_to_have_attribute("data-kind", "answered")


def test_a_widget_may_be_limited_to_tags(visit: Visit) -> None:
    chat = visit(script='data-tags="visit, car"')
    chat.open()
    expect(chat.find(".welcome .offer")).to_have_text(["Where can I park my car?"])


# --- Feedback ---


def test_that_an_answer_helped_is_said_once(chat: Chat) -> None:
    chat.ask("when are you open")
    with chat.page.expect_response("**/v1/feedback") as response:
        chat.outcome.get_by_role("button", name="Yes").click()
    assert response.value.status == 204
    sent = json.loads(response.value.request.post_data or "")
    assert sent.pop("id")
    assert sent == {"helpful": True}
    expect(chat.outcome.locator(".feedback")).to_have_text("Thank you. That helps us to do better.")
    expect(chat.outcome.locator(".feedback button")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("Not my question", "not_my_question"), ("Did not help", "did_not_help")],
)
def test_one_of_two_things_can_be_wrong_with_an_answer(chat: Chat, name: str, reason: str) -> None:
    chat.ask("can I send back a chair")
    chat.outcome.get_by_role("button", name="No", exact=True).click()
    with chat.page.expect_response("**/v1/feedback") as response:
        chat.outcome.get_by_role("button", name=name).click()
    assert response.value.status == 204
    sent = json.loads(response.value.request.post_data or "")
    assert (sent["helpful"], sent["reason"]) == (False, reason)
    expect(chat.outcome.locator(".feedback")).to_contain_text("Thank you.")
    expect(chat.outcome.locator(".handover")).to_be_visible()
    nearest = chat.outcome.locator(".feedback .offer")
    if reason == "not_my_question":
        expect(nearest.first).to_be_visible()
    else:
        expect(nearest).to_have_count(0)


# --- Courtesies ---


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("hello", "Hello! Ask me anything; I look it up in the FAQ."),
        ("Thanks!!", "You are welcome! Is there anything else?"),
        ("bye", "Goodbye, and all the best!"),
        ("can I talk to a person", "Of course. You can reach a person here."),
    ],
)
def test_a_courtesy_gets_a_fitting_line_and_is_sent_nowhere(
    chat: Chat, said: str, reply: str
) -> None:
    paths = _posted(chat)
    chat.input.fill(said)
    chat.input.press("Enter")
    expect(chat.outcome.locator("p").first).to_have_text(reply)
    assert not [path for path in paths if path.startswith("ask")]


def test_no_suggestion_is_asked_for_a_courtesy(chat: Chat) -> None:
    expect(chat.find(".welcome .offer")).to_have_count(3)
    paths = _posted(chat)
    chat.input.fill("can I talk to a person")
    chat.page.wait_for_timeout(400)
    assert paths == []
    chat.input.fill("delivery")
    expect(chat.find("[role=option]").first).to_be_visible()


def test_a_greeting_before_a_question_is_a_question(chat: Chat) -> None:
    chat.ask("hello, when are you open?")
    expect(chat.outcome.locator(".prose")).to_contain_text("9 to 17")


def test_courtesies_are_understood_in_the_widgets_language(visit: Visit) -> None:
    chat = visit(script="data-lang=de")
    chat.open()
    chat.ask("Guten Tag!")
    expect(chat.outcome).to_have_text(
        "Guten Tag! Fragen Sie mich etwas; ich schlage in den FAQ nach."
    )


# --- To a person ---


def test_the_hand_over_is_a_mail_with_the_question_filled_in(chat: Chat) -> None:
    chat.ask(FAR)
    expect(chat.outcome.locator(".handover")).to_have_attribute(
        "href",
        "mailto:help@example.org?subject=Questions%20and%20answers&body=how%20do%20I%20bake%20sourdough%20bread",
    )


def test_who_wants_a_person_need_not_repeat_the_question(chat: Chat) -> None:
    chat.ask(FAR)
    chat.ask("can I talk to a person?")
    href = chat.outcome.locator(".handover").get_attribute("href") or ""
    assert href.endswith("&body=how%20do%20I%20bake%20sourdough%20bread")


def test_the_hand_over_may_be_a_link(visit: Visit) -> None:
    chat = visit(script='data-contact="https://example.org/contact?text={question}"')
    chat.open()
    chat.ask(FAR)
    link = chat.outcome.locator(".handover")
    expect(link).to_have_attribute(
        "href", "https://example.org/contact?text=how%20do%20I%20bake%20sourdough%20bread"
    )
    expect(link).to_have_attribute("rel", re.compile("noopener"))


def test_the_hand_over_may_be_an_event(visit: Visit) -> None:
    chat = visit(script="data-contact=event data-share-text")
    chat.page.evaluate(
        "addEventListener('faq-chat:handover', (event) => { window.asked = event.detail; })"
    )
    chat.open()
    chat.ask(FAR)
    chat.outcome.get_by_role("button", name="Ask a person").click()
    assert chat.page.evaluate("window.asked") == {"way": "event", "question": FAR}


def test_without_a_contact_none_is_offered(visit: Visit) -> None:
    chat = visit()
    chat.open()
    chat.ask(FAR)
    expect(chat.outcome.locator(".handover, .to-person")).to_have_count(0)
    chat.ask("can I talk to a person")
    expect(chat.outcome).to_contain_text("Please use the contact details on this site.")


# --- The conversation ---


def test_the_conversation_can_begin_anew(chat: Chat) -> None:
    chat.ask("when are you open")
    chat.find(".head").get_by_role("button", name="Start again").click()
    expect(chat.find(".turn")).to_have_count(0)
    expect(chat.find(".greeting")).to_be_visible()
    assert chat.focused() == "input"


def test_an_answer_can_be_copied_as_text(visit: Visit) -> None:
    chat = visit(permissions=["clipboard-read", "clipboard-write"])
    chat.open()
    chat.ask("when will my parcel arrive")
    chat.outcome.get_by_role("button", name="Copy").click()
    expect(chat.outcome.locator(".facts button")).to_have_text("Copied")
    assert chat.page.evaluate("navigator.clipboard.readText()") == (
        "Two to four working days. You get a message as soon as the parcel has left us."
        "\n\nhttps://example.org/delivery"
    )


def test_a_long_answer_is_read_from_its_beginning(visit: Visit) -> None:
    chat = visit(viewport={"width": 1000, "height": 520}, reduced_motion="reduce")
    chat.open()
    chat.ask("How do I return something?")
    log, question = chat.find(".log").bounding_box(), chat.last.bounding_box()
    assert log
    assert question
    assert 0 <= question["y"] - log["y"] <= 40

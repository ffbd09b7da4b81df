"""What the words of a line say: that it asks, that it heads a FAQ, that it is no content."""

import re
import unicodedata
from html import unescape
from typing import Final

LONGEST: Final = 300
"""The most characters of a question; what is longer is a paragraph that happens to ask."""

_CLOSERS: Final = frozenset("\"'”’»›)]}*_`~!.…‼\ufe0f \u00a0\u200b\u200d")
_MARKS: Final = ("?", "？", "؟", "⁇", "⁈", "❓", "❔", "︖", "\u037e", "՞", "፧")
_ASIDE: Final = re.compile(r"[?？؟]\s*[(（\[][^()（）\[\]]{1,80}[)）\]]$")
_GREEK: Final = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]")

_QUESTION_LABEL: Final = re.compile(
    r"[*_]{0,3}(?:"
    r"(?:Q|[Qq]uestion)[ \t]*#?[0-9]{0,3}[*_]{0,3}[ \t]*(?:[:：]|[.)](?=[\s*_]))"
    r"|(?:[FPDVВ]|Frage|Pregunta|Pergunta|Domanda|Vraag|Fråga|Вопрос|Pytanie|Soru|问题?|問題?|質問)"
    r"[ \t]*#?[0-9]{0,3}[*_]{0,3}[ \t]*[:：]"
    r")[ \t]*(?P<end>[*_]{0,3})[ \t]*(?=\S)"
)
_ANSWER_LABEL: Final = re.compile(
    r"[ \t]*(?P<opened>[*_]{0,3})(?:"
    r"(?:A|Ans|[Aa]nswer)[ \t]*#?[0-9]{0,3}(?P<closed>[*_]{0,3})[ \t]*(?:[:：]|[.)](?=[\s*_]))"
    r"|(?:[RОS]|Antwort|Respuesta|Resposta|Réponse|Risposta|Antwoord|Svar|Ответ|Odpowiedź|Cevap"
    r"|答案?|回答)[ \t]*#?[0-9]{0,3}(?P<closed_too>[*_]{0,3})[ \t]*[:：]"
    r")(?P<after>[*_]{0,3})(?=\s|$|[^\x00-\x7f])[ \t]*"
)
_NUMBER: Final = re.compile(
    r"(?:\d{1,3}(?:\.\d{1,3})+[.):]?|\(?\d{1,3}[.):、．]|#\d{1,3}[.):]?)"
    r"(?:[ \t\u00a0]+|(?=[^\W\d_]))"
)
_FAQ: Final = re.compile(
    r"faqs?\b|\bf\.a\.q|frequently[ -]asked|(?:common|popular|general)(?:ly asked)? questions"
    r"|questions? (?:and|&) answers?|\bq ?(?:&|and|\+) ?as?\b|questions? fréquen"
    r"|foire aux questions"
    r"|questions? courantes|preguntas? (?:m[aá]s )?frecuentes|perguntas? (?:mais )?frequentes"
    r"|d[uú]vidas frequentes|domande (?:più )?frequenti|h[aä]ufig(?:e|\w* gestellte) fragen"
    r"|fragen und antworten|fragen & antworten|veelgestelde vragen|veel gestelde vragen"
    r"|\bЧЗВ\b|\bЧаВо\b|часто задаваем|част(?:ые|ых) вопрос|вопрос\w* и ответ|часті (?:за)?питання"
    r"|よくある(?:ご)?質問|常见问[题答]|常見問[題答]"
    r"|자주 ?(?:묻는|하는)|الأسئلة (?:الشائعة|المتكررة)"
    r"|sıkça sorulan|sık sorulan|často kladené|často kladen|najczęściej zadawane|często zadawane"
    r"|vanliga frågor|ofte stil|vanlige spørsmål|usein kysy|gyakori kérd|gyakran ismételt"
    r"|întrebări frecvente|câu hỏi thường gặp|คำถามที่พบบ่อย|pertanyaan (?:yang sering|umum)"
    r"|συχνές ερωτήσεις|שאלות נפוצות|अक्सर पूछे",
    re.IGNORECASE,
)
_TROUBLES: Final = re.compile(
    r"troubleshoot|(?:common|known|frequent) (?:problems|issues|errors|pitfalls)|fehlerbehebung"
    r"|häufige probleme|résolution des problèmes|solución de problemas|常见错误|トラブルシュ",
    re.IGNORECASE,
)
_APPARATUS: Final = re.compile(
    r"(?:table of )?contents|toc|index|navigation|menu|search|share|overview|introduction|intro"
    r"|about(?: (?:us|this \w+))?|preface|foreword|summary|conclusion|translations?|languages?"
    r"|see also|(?:further|additional|more) (?:reading|resources|information|help|questions)"
    r"|(?:useful )?(?:links|resources|references)|related(?: \w+){0,2}|external links|footnotes?"
    r"|licen[cs](?:e|es|ing)|copyright|credits|acknowledge?ments?|authors?|contributors?"
    r"|contribut(?:e|ions?|ing)"
    r"|(?:how to|getting) (?:contribute|involved|help|support)|code of conduct"
    r"|(?:get|stay) in touch|sponsors?(?:hip)?|backers|donat(?:e|ions?)|thanks(?: to)?"
    r"|roadmap|newsletter|release notes"
    r"|(?:was|is|did) th(?:is|ese) .{0,40}\b(?:help|helpful|useful)\b.{0,20}"
    r"|contact(?: us)?|support(?: us)?|feedback|comments?|changelog|change log|revision history"
    r"|disclaimer|privacy(?: policy)?|imprint|impressum|cookies?|quick links|follow us"
    r"|inhalt(?:sverzeichnis)?|einleitung|übersicht|weitere (?:links|fragen)|siehe auch|kontakt"
    r"|(?:do you )?(?:still )?(?:have|got) (?:any |more |other |further |a )*questions?\??"
    r"|(?:any |more |other |further )+questions\??"
    r"|(?:still )?need (?:\w+ )?(?:help|support|assistance)\??"
    r"|(?:did ?n[o']t|can(?:no|['’])t|could ?n[o'’]t) find (?:the|what|your|an) .{0,60}"
    r"|(?:haben sie |hast du )?noch (?:weitere )?fragen\??"
    r"|(?:vous avez )?d['’]autres questions ?\??"
    r"|¿?(?:aún )?tiene[sn]? (?:más |otras? |alguna )*(?:dudas?|preguntas?)\??"
    r"|sommaire|table des matières|voir aussi|liens|índice|contenido|sumário"
    r"|目次|目录|目錄|содержание",
    re.IGNORECASE,
)
_NOTE: Final = re.compile(
    r"(?:note|notes|nb|n\.b\.|important|warning|caution|attention|tip|hint|info|update|edit|example"
    r"|examples|solution|workaround|answer|step|option|hinweis|achtung|wichtig|beispiel"
    r"|lösung|tipp|antwort|remarque|exemple|nota|ejemplo|importante?)\b"
    r"(?: \d+)?[ \t]*(?:[:：.!]|$)",
    re.IGNORECASE,
)
_UP: Final = re.compile(
    r"(?:(?:back|return|go|jump|scroll)(?: ?up| back)? )?(?:to )?(?:the )?(?:page )?top"
    r"(?: of (?:the |this )?(?:page|file|document|list|faq))?"
    r"|(?:back|return|go back)(?: ?up)? to (?:the )?"
    r"(?:start|beginning|(?:table of )?contents|toc|index|faq|menu|questions?|list)"
    r"|(?:zurück )?(?:nach oben|zum (?:seiten)?anfang|zur übersicht)|seitenanfang"
    r"|(?:retour )?en haut(?: de (?:la )?page)?|haut de (?:la )?page|retour au sommaire"
    r"|(?:volver )?arriba|volver al (?:inicio|índice)|voltar ao (?:topo|início)"
    r"|torna (?:su|all['’]inizio)|terug naar boven|наверх|к (?:содержанию|началу)"
    r"|(?:回到|返回)(?:顶部|頂部|目录|目錄)|(?:ページ)?トップ(?:へ(?:戻る)?|に戻る)|上に戻る",
    re.IGNORECASE,
)
_LONGEST_UP: Final = 300  # characters of a line that only leads to the top, with its link
_ASKING: Final = re.compile(
    r"(?:how|what|whats|why|when|where|who|whom|whose|which|can|could|do|does|did|is|are|was|were"
    r"|should|shall|will|would|may|must|has|have|wie|was|warum|wieso|wann|wo|wer|welche\w*|kann"
    r"|gibt|comment|pourquoi|quand|quel\w*|est-ce|combien|puis-je|c[oó]mo|qué|por qué|cu[aá]ndo"
    r"|cu[aá]l\w*|d[oó]nde|quién|puedo|como|o que|por que|quando|qual|quais|onde|posso|come"
    r"|perch[eé]"
    r"|hoe|wat|waarom|wanneer|waar|как|что|почему|зачем|когда|где|можно|какие|какой|why's"
    r"|what's)\b",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"<!--.{0,2000}?-->|</?[A-Za-z][^<>]*>", re.DOTALL)
_IMAGE: Final = re.compile(r"!\[([^\[\]]*)\]\([^()\s]*(?:[ \t]+\"[^\"]*\")?\)")
_LINK: Final = re.compile(r"\[([^\[\]]*)\](?:\([^()]*(?:\([^()]*\)[^()]*)?\)|\[[^\[\]]*\])")
_ATTRIBUTES: Final = re.compile(r"[ \t]*\{:?[ \t]*[#.][^{}]*\}[ \t]*$")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_TEMPLATE: Final = re.compile(
    r"\{\{.{0,300}?\}\}|\{%.{0,300}?%\}|<[?].{0,300}?[?]>|<%.{0,300}?%>", re.DOTALL
)
_FILLED_IN: Final = re.compile(r"(?<![=\w{])\{\{[^{}\n]{0,300}\}\}|\{%[^%\n]{0,300}%\}")
_ORNAMENT: Final = re.compile(
    r"^(?:[^\w\s\"'“”‘’«»„(\[<{¿¡`$@#./\\&*~+=|:;,!?^%-]|[\s\ufe0f\u200d])+"
)
_WORD: Final = re.compile(r"[^\W_]")
_ARROW: Final = re.compile(r"[\^↑⬆⇧▲△🔝]|\bto (?:the )?top\b|nach oben", re.IGNORECASE)


def is_question(text: str) -> bool:
    """Whether a line ends as questions do, in any script, maybe with an aside in brackets."""
    end = _without_closers(text)
    if len(text) > LONGEST or not _WORD.search(text):
        return False
    is_greek = end.endswith(";") and _GREEK.search(end) is not None
    return end.endswith(_MARKS) or is_greek or _ASIDE.search(text.strip()) is not None


def _without_closers(text: str) -> str:
    """Leave out what may stand after a question mark: quotes, brackets, marks, a picture."""
    end = len(text)
    while end and _closes(text[end - 1]):
        end -= 1
    return text[:end]


def _closes(char: str) -> bool:
    is_picture = unicodedata.category(char) == "So" and char not in _MARKS
    return char in _CLOSERS or char.isspace() or is_picture


def is_asking(text: str) -> bool:
    """Whether a line begins as questions do, in some languages, though it may lack the mark."""
    return _ASKING.match(text.lstrip("¿¡\"'“„«*_` ")) is not None


def heads_faq(title: str) -> bool:
    """Whether a title is that of a FAQ."""
    return _FAQ.search(title.replace("_", " ")) is not None


def heads_troubles(title: str) -> bool:
    """Whether a title is that of a list of problems and how to solve them."""
    return _TROUBLES.search(title.replace("_", " ")) is not None


def is_apparatus(title: str) -> bool:
    """Whether a title is that of a part that many documents have and that answers nothing."""
    return _APPARATUS.fullmatch(title.strip(" :*_#↑.!")) is not None


def is_note(title: str) -> bool:
    """Whether a line in bold draws attention to what it says, rather than naming a subject."""
    return title.endswith((".", "。")) or _NOTE.match(title) is not None


def is_lead(title: str) -> bool:
    """Whether a line in bold leads to what is below it, or is a note."""
    return title.endswith((":", "：")) or is_note(title)


def leads_up(line: str) -> bool:
    """Whether a line is nothing but a link, or its words, back to the top or the contents."""
    if len(line) > _LONGEST_UP or not ("](" in line or "<a" in line.lower() or _ARROW.search(line)):
        return False
    return _UP.fullmatch(cleaned(line).strip(" \t()[]*_.:|-^↑⬆⇧▲△\ufe0f🔝")) is not None


def without_label(line: str) -> str | None:
    """The question after a label such as “Q:” or “**Frage 3:**”; None if there is no label."""
    match = _QUESTION_LABEL.match(line)
    return line[match.end() :] if match else None


def is_answer(line: str) -> bool:
    """Whether a line begins with a label such as “A:”."""
    return _ANSWER_LABEL.match(line) is not None


def without_answer_label(answer: str) -> str:
    """Leave out a label such as “A:” before an answer, and the marks around that label alone."""
    match = _ANSWER_LABEL.match(answer)
    if not match:
        return answer
    is_closed = match["closed"] or match["closed_too"] or match["after"]
    return f"{'' if is_closed else match['opened']}{answer[match.end() :]}"


def cleaned(text: str, *, markdown: bool = True) -> str:
    """Make a question of a heading or line: one line, without number, label, link or ornament."""
    if markdown:
        text = _LINK.sub(r"\1", _IMAGE.sub("", _TAG.sub("", text)))
        text = unescape(_ESCAPE.sub(r"\1", _ATTRIBUTES.sub("", text)))
    line = " ".join(text.split()).removesuffix("¶").strip()
    while line != (shorter := _shortened(line)):
        line = shorter
    return line


def _shortened(line: str) -> str:
    line = _ORNAMENT.sub("", line)
    for mark in ("***", "___", "**", "__", "*", "_"):
        inner = line[len(mark) : -len(mark)]
        if line.startswith(mark) and line.endswith(mark) and inner and mark[0] not in inner:
            return inner.strip()
    label = without_label(line)
    if label is not None:
        return label.strip()
    number = _NUMBER.match(line)
    return line[number.end() :].strip() if number else line.strip()


def without_tags(text: str) -> str:
    """What is left of a text when tags and comments of HTML are taken away."""
    return _TAG.sub("", text)


def has_words(text: str) -> bool:
    """Whether anything is left to read when tags of HTML and of templates are taken away."""
    return _WORD.search(without_tags(_TEMPLATE.sub("", text))) is not None


def is_template(text: str) -> bool:
    """Whether a text has places where a program fills in what is read."""
    return _FILLED_IN.search(text) is not None

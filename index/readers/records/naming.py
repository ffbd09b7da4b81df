"""What a column or a key holds, as far as its name says: in many languages, however it is spelt."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# By what they hold, the names that columns go by, the better first: of an answer in HTML and the
# same without markup, the first keeps links and lists. Accents, case and spaces do not count.
_NAMES: Final = {
    "question": """question questiontext questiontitle questionoriginal questionbody faqquestion
        questionname userquestion q qtext query ask frage fragetext pregunta pergunta domanda vraag
        fråga spørsmål spørgsmål kysymys pytanie otázka kérdés soru întrebare câuhỏi pertanyaan
        вопрос питання ερώτηση 问题 問題 質問 질문 سؤال سوال שאלה प्रश्न""",
    "questions": """questions queries fragen preguntas perguntas domande vragen utterances utterance
        examples patterns phrasings""",
    "answer": """answermarkdown answermd answerhtml answerrich answeroriginal answer answers
        answertext answerbody answercontent acceptedanswer faqanswer a atext response responses
        responsetext reply antwort antworten antworttext respuesta respuestas réponse réponses
        resposta respostas risposta risposte antwoord antwoorden svar vastaus odpowiedź odpověď
        válasz cevap răspuns trảlời jawaban ответ відповідь απάντηση 答案 回答 答え 답변 جواب
        إجابة תשובה उत्तर solution resolution""",
    "alternates": """alternates alternate alternatives alternative alternatequestions
        alternatequestion alternativequestions alternativequestion altquestions altquestion alt
        alsoasked peoplealsoask synonyms synonym variations variation variants variant
        questionvariations questionsynonyms paraphrases paraphrase rephrases rephrase rephrasings
        rephrasing rephr otherquestions otherwordings wordings similarquestions similar aliases
        trainingphrases varianten alternativen alternativefragen alternativefrage alternativfragen
        weiterefragen weiterefrage anderefragen ähnlichefragen formulierungen andereformulierungen
        weitereformulierungen alternativeformulierungen synonyme variantes sinónimos
        preguntasalternativas preguntaalternativa otraspreguntas otrapregunta preguntassimilares
        otrasformulaciones formulacionesalternativas synonymes questionsalternatives
        questionalternative autresquestions autrequestion questionssimilaires reformulations
        formulations autresformulations varianti sinonimi domandealternative domandaalternativa
        altredomande altradomanda domandesimili altreformulazioni riformulazioni
        perguntasalternativas perguntaalternativa outrasperguntas outrapergunta
        perguntassemelhantes outrasformulações alternatieven synoniemen alternatievevragen
        alternatievevraag anderevragen anderevraag vergelijkbarevragen andereformuleringen
        alternativ synonymer alternativafrågor alternativfråga andrafrågor liknandefrågor
        andraformuleringar""",
    "id": """id qid faqid entryid itemid docid documentid questionid questionuuid uuid uid guid
        identifier key slug""",
    "page": "page pagename seite página",
    "url": "url link href permalink pageurl sourceurl weblink uri website source sourcelink",
    "tags": """tags tag keywords keyword labels schlagwort schlagworte schlagwörter stichwort
        stichworte stichwörter etiquetas etiqueta palabrasclave palabraclave étiquettes étiquette
        motsclés motclé motsclefs etichette etichetta parolechiave parolachiave palavraschave
        palavrachave trefwoorden trefwoord steekwoorden etiketten etiketter nyckelord taggar""",
    "category": """category categories subcategory categoryname topic topics subtopic section
        subsection product products productname group groupname theme kategorie kategorien categoría
        categorías catégorie catégories thema themen tema temas temi rubrik rubriken bereich
        themenbereich themengebiet gruppe abteilung sección secciones área rubrique rubriques thème
        thèmes sezione argomento argomenti seção secção seções tópico tópicos categorieën onderwerp
        rubriek kategorier ämne område avdelning department area focus collection""",
    "metadata": "metadata meta",
    "language": "language languagecode lang locale sprache langue idioma lingua taal språk",
    "state": "state status publishstatus published ispublished active isactive enabled isenabled",
    "draft": "draft isdraft unpublished",
    "withdrawn": "withdrawn archived isarchived deleted isdeleted hidden ishidden disabled",
    "valid_from": "validfrom startdate visiblefrom publishfrom gültigab",
    "valid_until": """validuntil validto enddate expires expiry expirydate expiration expirationdate
        expireson gültigbis""",
    "negatives": "negatives negative negativequestions counterexamples notthis",
    "prompts": "prompts followups followup followupids",
    "context_only": "contextonly iscontextonly",
}
# What may be meant as something else, so it counts only where no name says it outright.
_WEAK: Final = {
    "question": """title titel titre título titolo heading header headline name prompt instruction
        input subject summary term concept""",
    "answer": """text body html markdown content contents description details message passage texto
        texte inhalt contenido contenu beschreibung completion output
        definition""",
}
# What tables keep for those who tend them: numbers of rows, who changed them and when, counts.
_TENDED: Final = """
    nr no num number lfdnr laufendenummer row rownumber index order sortorder sort position
    displayorder número numéro numero nummer date datum fecha created createdat createdon
    createddate datecreated creationdate modified modifiedat modifiedon modifieddate datemodified
    lastmodified updated updatedat updatedon dateupdated lastupdate lastupdated lastupdatedat
    lastchanged lastchange changed lastedited lastreviewed reviewed reviewdate stand erstellt
    erstelltam geändert geändertam zuletztgeändert zuletztgeändertam letzteänderung aktualisiert
    aktualisiertam zuletztaktualisiert fechadecreación fechadeactualización fechademodificación
    últimaactualización últimamodificación actualizado modificado creado datedecréation
    datedemodification datedemiseàjour dernièremiseàjour dernièremodification misàjourle modifiéle
    crééle datadicreazione datadimodifica ultimamodifica ultimoaggiornamento aggiornato
    datadecriação últimaatualização dataatualização atualizado gewijzigd laatstgewijzigd bijgewerkt
    laatstbijgewerkt ändrad senaständrad uppdaterad senastuppdaterad author authors autor autora
    autoren auteur auteurs autore författare verfasser bearbeiter editor owner createdby updatedby
    modifiedby lastmodifiedby geändertvon erstelltvon views viewcount pageviews hits clicks likes
    votes aufrufe klicks visitas vues visualizzazioni weergaven visningar
"""
_LANGUAGES: Final = frozenset(
    re.findall(
        "..",
        "arbgbncacscydadeeleneseteufafifrgaglguhehihrhuitjakakkknkoltlvmkmlmrmsnbnlnnpaplptroru"
        "skslsqsrsvswtatethtrukurvizh",
    )
)
_LANGUAGE_NAMES: Final = {
    "english": "en",
    "french": "fr",
    "francais": "fr",
    "german": "de",
    "deutsch": "de",
    "spanish": "es",
    "espanol": "es",
    "italian": "it",
    "italiano": "it",
    "portuguese": "pt",
    "portugues": "pt",
    "dutch": "nl",
    "nederlands": "nl",
    "swedish": "sv",
    "svenska": "sv",
    "danish": "da",
    "norwegian": "nb",
    "finnish": "fi",
    "polish": "pl",
    "russian": "ru",
    "chinese": "zh",
    "japanese": "ja",
    "korean": "ko",
    "arabic": "ar",
    "turkish": "tr",
}
_WEAKEST: Final = 1000  # ranks from here on are those of the weak names
_LONGEST: Final = 60
_MOST_WORDS: Final = 4
_NOT_TAKEN_APART: Final = str.maketrans({"ø": "o", "æ": "ae", "ł": "l", "ı": "i", "đ": "d"})


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says. held: an entry's field, `questions`, `category`, `metadata`, or the flags
    `draft` and `withdrawn`. rank: 0 for the best name of its kind. language: a tag such as `fr`, if
    the name has one. number: that at its end, as in `question2`, or 0.
    """

    held: str
    rank: int = 0
    language: str = ""
    number: int = 0

    @property
    def is_weak(self) -> bool:
        """Whether the name may well mean something else, as `title` or `text` do."""
        return self.rank >= _WEAKEST


def named(name: str) -> Named | None:
    """What a column of that name holds; None if the name is not known."""
    # Keys can be whole questions: these are no names, and would only fill the cache.
    return _named(name) if len(name) <= _LONGEST else None


def is_for_editors(name: str) -> bool:
    """Whether a column of that name holds what only matters where the table is kept: a row's
    number, a date of change, an author, a count. So does one named by signs alone, such as `#`.
    """
    words = words_of(name) if len(name) <= _LONGEST else [name]
    return not words or "".join(words) in _FOR_EDITORS


def language_of(name: str) -> str:
    """The language that a name is, as a tag: `fr` for `fr`, `French` or `français`; else empty."""
    return _language(name) if len(name) <= _LONGEST else ""


def stem_of(name: str) -> tuple[str, str]:
    """Take a key such as `opening_hours_q` or `a1` apart: its rest, and what it holds.

    What it holds is `question`, `answer`, or empty with an empty rest, as for names that are known
    as they are: `question_text` and `question_fr`.
    """
    return _stem(name) if len(name) <= 2 * _LONGEST else ("", "")


def words_of(name: str) -> list[str]:
    """The words and numbers of a name, in plain small letters: `questionText` has two words."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    letters = unicodedata.normalize("NFKD", parted).casefold().translate(_NOT_TAKEN_APART)
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    return re.findall(r"[^\W\d_]+|\d+", plain)


def _kinds() -> dict[str, tuple[str, int]]:
    kinds: dict[str, tuple[str, int]] = {}
    for names, first in ((_NAMES, 0), (_WEAK, _WEAKEST)):
        for held, words in names.items():
            for rank, name in enumerate(words.split(), start=first):
                kinds.setdefault("".join(words_of(name)), (held, rank))
    return kinds


_KINDS: Final = _kinds()
_FOR_EDITORS: Final = frozenset("".join(words_of(name)) for name in _TENDED.split())


@lru_cache(maxsize=4096)
def _named(name: str) -> Named | None:
    words = words_of(name)
    letters = [word for word in words if not word.isdecimal()]
    numbers = [word for word in words if word.isdecimal()]
    for rest, language in _readings(letters):
        if kind := _KINDS.get("".join(rest)):
            return Named(*kind, language=language, number=int(numbers[-1][:9]) if numbers else 0)
    # “Customer question”, “your answer”: for want of better.
    held, rank = _KINDS.get(letters[-1], ("", 0)) if 1 < len(letters) <= _MOST_WORDS else ("", 0)
    if held in ("question", "answer") and rank < _WEAKEST and len(letters[-1]) > 1:
        return Named(held, 2 * _WEAKEST + rank)
    return None


@lru_cache(maxsize=4096)
def _language(name: str) -> str:
    return _language_tag(words_of(name))


@lru_cache(maxsize=4096)
def _stem(name: str) -> tuple[str, str]:
    words = words_of(name)
    known = named(name)
    if len(words) < 2 or (known and not known.number and not known.is_weak):
        return "", ""
    number = [words.pop()] if words[-1].isdecimal() else []
    for at, rest in ((-1, words[:-1]), (0, words[1:])):
        one = named(words[at])
        if one and one.held in ("question", "answer") and not one.is_weak:
            return " ".join(rest + number), one.held
    return "", ""


def _readings(words: list[str]) -> Iterator[tuple[list[str], str]]:
    """The name as it is, then without a language at its end or its beginning."""
    yield words, ""
    for cut in (2, 1):
        if len(words) > cut:
            if tag := _language_tag(words[-cut:]):
                yield words[:-cut], tag
            if tag := _language_tag(words[:cut]):
                yield words[cut:], tag


def _language_tag(words: list[str]) -> str:
    """`pt-BR` for the words `pt` and `br`; empty if they are no language."""
    language = _LANGUAGE_NAMES.get(words[0], words[0]) if words else ""
    if language not in _LANGUAGES:
        return ""
    match words[1:]:
        case []:
            return language
        case [region] if re.fullmatch("[a-z]{2}", region):
            return f"{language}-{region.upper()}"
    return ""

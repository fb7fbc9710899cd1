"""A model's statement against the sentences it cites: code decides whether it holds.

`verify` asks whether each number, date and name is printed there, `figures` what a number stands
for; here the rest: words that are not printed, offices and their holders, yes and no, plans and
facts. Wherever a rule cannot tell, the statement fails: a sound answer is then given in the paper's
own words, an unsound one not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import rjieba

from rag.compose import header_text
from rag.english_checking import english_faults
from rag.features import Candidate
from rag.figures import figure_faults
from rag.polarity import opposed, overstated
from rag.questions import is_english
from rag.records import Sentence
from rag.text import fold
from rag.verify import EXPLAINED, faults
from rag.wording import covered, loose_digits, missing_latin, nowhere

LEAST_COVERED = 0.72  # of a statement's words, by weight, in the cited sentences and around them
LEAST_OWN = 0.5  # in the cited sentences themselves
CLEARLY = 0.85  # in one sentence, which then is cited by code
_CLAUSE = re.compile(r"[，,；;。：:！!？?]")
_LAST_YEAR = re.compile("[比较](?:上年|去年)(?:同期)?(?=[增下减提上降回])")  # 同比 in other words
_OFFICE = re.compile(
    r"董事长|总经理|总裁|[局厅处科市县区省部院校所站队组厂会镇乡村行社]长|主任|书记|秘书长|主席|总统|总理|经理|教练|教授|冠军"
)
_POST = re.compile(rf"(?P<holder>[\u4e00-\u9fff]{{2,8}}?)(?:来)?(?:担任|兼任|出任|任|当)(?:了)?(?P<post>{_OFFICE.pattern})")

_ASKS = re.compile(r"[?？]\s*$|什么|哪|多少|谁|怎么|怎样|为何|吗$")


def check(statement: str, cited: Sequence[Candidate], asked: str = "") -> tuple[str, ...]:
    """What of a statement the cited sentences do not bear out, in words; () when it holds.

    `statement` has no markers; `asked` is the question, which a bare figure or name answers.
    """
    if not cited:
        return ("no citation",)
    if any(not any(m.group() in c.folded for c in cited) for m in _ASKS.finditer(statement)):
        return ("a question",)
    if is_english(fold(statement)):
        return tuple(english_faults(statement, cited))
    statement = _LAST_YEAR.sub("同比", statement)
    header = " ".join(header_text(c.article) for c in cited)
    issued = cited[0].article.source.published
    wrong = list(faults(statement, [_dated(c) for c in cited], issued, header))
    statement = EXPLAINED.sub("", statement)  # what a date means has been looked at
    wrong += [f"word {word}" for word in missing_latin(statement, cited, header)]
    wrong += figure_faults(statement, cited, asked)
    text = fold(statement)
    evidence = " ".join(c.folded for c in cited)
    heads = " ".join(c.head for c in cited)
    wrong += opposed(text, evidence) + overstated(text, evidence, heads)
    wrong += _offices(text, cited) + _posts(text, evidence)
    wrong += [f"number {digits}" for digits in loose_digits(text, cited, header)]
    wrong += [f"word {word}" for word in nowhere(text, cited)]
    own, around = covered(text, cited)
    if min(own - LEAST_OWN, around - LEAST_COVERED) < 0:
        wrong.append("words that are not printed there")
    return tuple(dict.fromkeys(wrong))


def widened(
    statement: str, cited: Sequence[Candidate], among: Sequence[Candidate], asked: str = ""
) -> tuple[Candidate, ...] | None:
    """The cited sentences and the one before that names what they speak of, where with it the
    statement holds; None where it does not. A sentence often leaves its subject to the last one."""
    for candidate in cited:
        before = [
            c for c in among
            if c.article.id == candidate.article.id and c not in cited and not c.sentence.heading
            and c.sentence.paragraph == candidate.sentence.paragraph
            and c.sentence.start < candidate.sentence.start
        ]  # fmt: skip
        for other in sorted(before, key=lambda c: -c.sentence.start)[:2]:
            more = (other, *cited)
            # Words that the two have only between them prove nothing.
            if covered(fold(statement), cited)[1] >= LEAST_COVERED and not check(statement, more, asked):
                return more
    return None


def supporting(statement: str, among: Sequence[Candidate], asked: str = "") -> Candidate | None:
    """The sentence that clearly says what a statement without a marker says, or None."""
    text = fold(statement)
    close = [(covered(text, [c])[0], n) for n, c in enumerate(among)]
    for share, n in sorted(close, key=lambda item: -item[0])[:3]:
        if share >= CLEARLY and not check(statement, [among[n]], asked):
            return among[n]
    return None


def _dated(candidate: Candidate) -> Sentence:
    """The sentence with the date in force for it, where only its paragraph or article names one."""
    sentence = candidate.sentence
    named = candidate.dates or tuple(m for m in candidate.far_dates if m.text)
    if sentence.dates or sentence.frame or not named:
        return sentence
    return replace(sentence, frame=named[-1])


def _offices(text: str, cited: Sequence[Candidate]) -> list[str]:
    """Offices given to somebody else: of the names beside an office, the nearest holds it."""
    units = [c.folded for c in cited] + [fold(header_text(c.article)) for c in cited]
    wrong = []
    for clause in _CLAUSE.split(text):
        offices, names = [m.group() for m in _OFFICE.finditer(clause)], list(_names(clause))
        for name, _ in names if offices else ():
            beside = [unit for unit in units if name in unit]
            # With an office in the clause, some unit must hold both, nearest to each other.
            fits = [u for u in beside if any(_holds(name, office, u) for office in offices)]
            if beside and not fits:
                wrong.append(f"office of {name}")
    return wrong


def _posts(text: str, evidence: str) -> list[str]:
    """Posts given to another body or person than the one printed before 任: 甲任组长."""
    return [
        f"post of {found['holder']}" for found in _POST.finditer(text)
        if not re.search(re.escape(found["holder"][-2:]) + r".{0,3}(?:任|当|为|是|的)?.{0,6}" + found["post"], evidence)
    ]  # fmt: skip


def _holds(name: str, office: str, unit: str) -> bool:
    others = dict.fromkeys(other for other, _ in _names(unit))
    for found in re.finditer(re.escape(office), unit):
        distances = {
            other: min(min(abs(m.start() - found.end()), abs(found.start() - m.end()))
                       for m in re.finditer(re.escape(other), unit))
            for other in (*others, name)
        }  # fmt: skip
        if distances[name] == min(distances.values()):
            return True
    return False


def _names(text: str) -> Iterator[tuple[str, int]]:
    position = 0
    for word, tag in rjieba.tag(text):
        place = text.find(word, position)
        position = place + len(word)
        if tag.startswith("nr") and len(word) > 1:
            yield word, place

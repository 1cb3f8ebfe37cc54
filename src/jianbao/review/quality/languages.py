"""How each language is counted, which of its words the checks look for, and the numbers that a text states."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from babel import Locale

from jianbao.core.scripts import HAN

SCALES = {"万亿": 1e12, "亿": 1e8, "万": 1e4, "million": 1e6, "billion": 1e9, "trillion": 1e12}
UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SPELLED = {word: float(number) for number, word in enumerate(UNITS)}
SPELLED |= {word: 10.0 * ten for ten, word in enumerate(TENS, 2)} | {"twice": 2.0}
MONTHS = {name: float(number) for number, name in Locale("en").months["format"]["wide"].items()}
MARKS = re.compile(r"\[[E\d\s,–]+\]")
FIGURE = r"(?<![A-Za-z\d.])((?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?)"
NUMBER = re.compile(rf"{FIGURE}\s*({'|'.join(SCALES)})?")
WORD = re.compile(rf"\b(?:({'|'.join(TENS)})-({'|'.join(UNITS[1:10])})|({'|'.join(SPELLED)}))\b", re.IGNORECASE)


def figures(text: str) -> Counter[float]:
    """Return the numbers that a text writes in figures, their scale applied, months of dates among them."""
    plain = MARKS.sub("", text)
    found = Counter(_value(figure, scale) for figure, scale in NUMBER.findall(plain))
    return found + Counter(MONTHS[name] for name in re.findall(rf"\b(?:{'|'.join(MONTHS)})\b", plain))


def words_as_numbers(text: str) -> Counter[float]:
    """Return the numbers that an English text spells."""
    found: Counter[float] = Counter()
    for ten, unit, word in WORD.findall(text):
        found[SPELLED[word.lower()] if word else SPELLED[ten.lower()] + SPELLED[unit.lower()]] += 1
    return found


def disagreement(chinese: str, english: str) -> tuple[Counter[float], Counter[float]]:
    """Return the numbers that only the Chinese text has, and those that only the English one writes in figures.

    English may spell a number that Chinese writes in figures; a number word with no figure beside it may be an idiom.
    """
    ours, theirs = figures(chinese), figures(english)
    return ours - theirs - words_as_numbers(english), theirs - ours


def _value(figure: str, scale: str) -> float:
    """Return the number to twelve digits: 291.6亿 and 29.16 billion are one, though in binary they are two."""
    return float(f"{float(figure.replace(',', '')) * SCALES.get(scale, 1.0):.12g}")


Words = re.Pattern[str]


def any_of(*words: str, whole: bool = False) -> Words:
    """Return what finds any of these words or patterns, as whole words if asked, in either case."""
    joined = "|".join(words)
    return re.compile(rf"\b(?:{joined})\b" if whole else joined, re.IGNORECASE)


def one_of(*words: str) -> str:
    """Return the pattern of any of these words, to stand inside a longer one."""
    return f"(?:{'|'.join(words)})"


NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, kw_only=True)
class LengthLimits:
    """How long things may be, in characters of Chinese or words of another language."""

    title: int
    box: tuple[int, int]
    brief: tuple[int, int]
    mean: float
    sentence: int
    long: int  # a tenth of the sentences may be longer than this
    figure: int


@dataclass(frozen=True, kw_only=True)
class LanguageRules:
    """How a language is read: `counted` finds what counts as one, `ends` where a sentence ends, `joint` joins them."""

    counted: Words
    ends: Words
    joint: str
    limits: LengthLimits
    predicates: Words = re.compile("")
    subjects: Words = NOTHING
    comparisons: Words = NOTHING
    sides: Words = NOTHING
    causes: Words = NOTHING
    spans: Words = re.compile(r"\d[\d.]*\D{1,4}\d")
    slips: tuple[Words, ...] = ()
    samples: Words = NOTHING
    ranges: Words = NOTHING
    empty: Words = NOTHING
    weak: Words = NOTHING
    strengths: Mapping[int, Words] = field(default_factory=dict)

    def length(self, text: str) -> int:
        """Return how long a text is: characters of Chinese, words of another language, a number being one."""
        return len(self.counted.findall(text))

    def sentences(self, text: str) -> list[str]:
        """Return the sentences of a text."""
        return [part.strip() for part in self.ends.split(text) if self.length(part)]

    def states(self, text: str) -> bool:
        """Say whether a heading states something, and does not only name its subject."""
        return bool(self.predicates.search(text)) and not self.subjects.fullmatch(text.strip())

    def strength(self, text: str) -> int:
        """Return how binding a text is, from 3 (a duty) to 0 (nothing said of it)."""
        return max((grade for grade, words in self.strengths.items() if words.search(text)), default=0)


COUNTED_WORD = re.compile(r"\d[\d.,]*%?|[^\W\d_]+(?:['’-][^\W\d_]+)*")
STOP = re.compile(r"(?<=[.!?])\s+(?=[^a-z])")
PLAIN = LanguageRules(
    counted=COUNTED_WORD,
    ends=STOP,
    joint=" ",
    limits=LengthLimits(title=14, box=(130, 200), brief=(1600, 2500), mean=20, sentence=35, long=25, figure=10),
)

SHARES = one_of("占比", "比重", "比例", "份额", "率")
FELL = one_of("减少", "下降", "降低", "缩小")
CHANGED = one_of("减少", "下降", "降低", "增长", "增加", "上升", "提高")

CHINESE = LanguageRules(
    counted=re.compile(rf"[{HAN}，。；：、！？“”《》（）—…～]|\d[\d.,]*%?|[A-Za-zÀ-ÿ]+"),  # marks too, as editors count
    ends=re.compile("(?<=[。！？])"),
    joint="",
    limits=LengthLimits(title=22, box=(200, 300), brief=(2500, 3500), mean=35, sentence=70, long=70, figure=20),
    predicates=any_of(
        *(*"增减升降高", *"低多少不未", *"无待有仍已", *"为是最超缺", *"快慢尚创补", *"弱强稳均须", *"应需先达至"),
        *(
            "领先",
            "停滞",
            "集中",
            "扩大",
            "缩小",
            "取决",
            "决定",
            "持平",
            "稀疏",
            "差别",
            "差距",
            "分化",
            "滞后",
            "覆盖",
            "来自",
        ),
    ),
    subjects=any_of("现状", "概述", "概况", "背景", "引言", "总体情况", "主要问题", ".*年度报告", ".*情况的?报告"),
    comparisons=any_of(
        "高于", "低于", "领先", "落后", "多于", "少于", "最[高低大]", "最[多少]", "居前", "新高", "不及"
    ),
    sides=any_of(r"\d", "各", "其他", "比", "两者", "于"),
    causes=any_of("导致", "促使", "得益于", "归功于", "造成", "因此使", "带来了"),
    spans=re.compile(r"\d[\d.]*[%万亿]?～\d"),
    slips=(
        re.compile(rf"{SHARES}[^，。；\d]{{0,12}}{CHANGED}了?\s*\d[\d.]*%"),
        re.compile(rf"{FELL}了?[^，。；]{{0,4}}倍"),
        re.compile(rf"{CHANGED}了?\s*[-－−]\s*\d"),
        re.compile(rf"{CHANGED}了?\s*0(?:\.0+)?\s*(?:%|个|位|分)"),
    ),
    samples=any_of("置信区间"),
    ranges=any_of("模拟区间", "稳健性区间"),
    empty=any_of("大力", "切实", "不断", "进一步", "高度重视", "扎实推进"),
    weak=any_of("研究", "重视", "高度重视", "加强", "进一步", "完善", "深化", "考虑", "探索"),
    strengths={
        3: any_of("必须", "务必", "确保"),
        2: any_of("应当", "应该", rf"(?<!{one_of(*'响对供相反')})应(?!{one_of(*'用对急')})"),
        1: any_of("可以", "可考虑", "宜"),
    },
)

ENGLISH = LanguageRules(
    counted=COUNTED_WORD,
    ends=STOP,
    joint=" ",
    limits=PLAIN.limits,
    predicates=any_of(
        *("is", "are", "has", "have", "was", "were", "do", "does", "can", "cannot", "must", "should", "will"),
        *("grow", "rise", "rose", "fall", "fell", "lag", "lead", "led", "score", "reach", "stand", "lie", "remain"),
        *("keep", "kept", "lack", "carry", "carries", "hang", "depend", "decide", "show", "cluster", "trail", "need"),
        *("grows", "rises", "falls", "lags", "leads", "scores", "reaches", "stands", "lies", "remains", "keeps"),
        *(
            "lacks",
            "loses",
            "lose",
            "differ",
            "differs",
            "hangs",
            "depends",
            "decides",
            "shows",
            "clusters",
            "trails",
            "needs",
            "widen",
            "widens",
        ),
        *("more", "fewer", "fewest", "less", "most", "least", "higher", "lower", "not", "no", "few", "record", "far"),
        whole=True,
    ),
    subjects=any_of(
        "overview", "background", "introduction", "status", "findings", "annual report on .*", "report on .*"
    ),
    comparisons=any_of(
        *("higher", "lower", "more", "fewer", "above", "below", "ahead", "behind", "peak", "record", "most", "least"),
        *("largest", "highest", "lowest"),
        whole=True,
    ),
    sides=any_of(
        r"\d", *(rf"\b{word}\b" for word in ("than", "against", "of", "other", "each", "every", "one", "two"))
    ),
    causes=any_of(
        "caused?", "causes", "led to", "leads to", "thanks to", "owing to", "due to", "because of", whole=True
    ),
    spans=re.compile(r"\d[\d.,]*%? (?:to|–) \d"),
    slips=(
        re.compile(
            r"\b(?:share|proportion|rate)\b[^.;\d]{0,40}\b(?:rose|fell|increased)\s+(?:by\s+)?\d[\d.]*\s?%", re.I
        ),
        re.compile(r"\b(?:fell|rose|up|down)\s+(?:by\s+)?[-−]\s?\d", re.I),
        re.compile(r"\b(?:increas|decreas|grew|rose|fell)\w*\s+(?:by\s+)?\w+[\s-]?(?:times|fold)\b", re.I),
    ),
    samples=any_of("confidence intervals?", whole=True),
    ranges=any_of("simulation ranges?", "robustness ranges?", whole=True),
    weak=any_of(
        "study", "strengthen", "enhance", "deepen", "consider", "improve", "further", "attach", "explore", whole=True
    ),
    strengths={
        3: any_of("must", "ensure", whole=True),
        2: any_of("should", whole=True),
        1: any_of("could", "may", whole=True),
    },
)


def rules_of(tag: str) -> LanguageRules:
    """Return how a language is read by its tag ("zh-CN")."""
    return {"zh": CHINESE, "en": ENGLISH}.get(tag.partition("-")[0], PLAIN)

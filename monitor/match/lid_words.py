"""Words and dictionaries as evidence of a language, where letters and the model say too little."""

import math
import operator
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from monitor.match.text import fold_lower
from monitor.match.words.slavic import dictionary

#: The words that hold each language's sentences together.
_FREQUENT: Mapping[str, str] = {
    "ru": """
        и в во не на я с со что как это по но из у за от к ко о об для так же а то все всё бы был
        была было были быть его ее её их мы вы он она они ты мне меня нас вас нам вам уже еще ещё
        или ни до при если только когда где кто чем тем том этот эта эти этого этом нет да чтобы
        после перед через между под над без про себя свой свои своих более может будет будут который
        которые которая которых также тоже там тут здесь сейчас теперь потом очень надо можно нельзя
        против из-за лет год года году день дня человек однако главное новости стал стала стали
        которую себе нашли
    """,
    "uk": """
        і й та в у не на я з із зі що як це по але від за до для так же а то все б би був була було
        були бути його її їх ми ви він вона вони ти мені мене нас вас нам вам вже ще або чи ні при
        якщо тільки коли де хто чим тим цей ця ці цього цьому немає щоб після перед через між під
        над без про себе свій свої своїх більше може буде будуть який які яка яких також теж там тут
        зараз тепер потім дуже треба можна проти біля років рік року день дня людей ласка слава о бо
        адже понад навіть лише тому ось ну отже хай нехай тих яку якої яким яке аби попри кожен
        кожна кожного кожному усе разом повинен нами вами наше нашу нашим нашими само таки добре
        дякую думку жаль кілька знаю собі роки ранок боку хочу уряд уряду влада влади ворог ворога
        ворогу держава державу перемога перемоги перемогу потреби
    """,
    "be": """
        і й ды у ў не на я з са што як гэта гэты гэтая гэтыя гэтага па але ад за да для так жа а то
        усе усё ўсё бы б быў была было былі быць яго яе іх мы вы ён яна яны ты мне мяне нас вас нам
        вам ужо яшчэ або ці ні пры калі толькі дзе хто чым тым тая тыя няма каб пасля перад праз
        паміж пад над без пра сябе свой свае сваіх больш можа будзе будуць які якая якія якіх
        таксама там тут цяпер зараз потым вельмі трэба можна супраць каля гадоў год году дзень дня
        чалавек аб ля разам лепш зноў яму ёй нашы нашай сваю свайго далей адзін адна два дзве загад
        улада улады расея беларусь
    """,
    "bg": """
        и в във не на аз с със че как това по но от за до към при след пред през между под над без а
        то все би бил била било били бъде са е сме съм сте си се ги го му им ни ви ние вие той тя те
        ти ме вече още или ако само когато къде кой коя кое кои което които който която какво най
        по-малко има няма да ще беше бяха тази този тези онези също тук там сега много повече
        няколко трябва може заради срещу край около година години ден хора души като защо един една
        едно според обяви заяви каза съобщи четирима стотици нов нова ново нови хиляди двама трима
        нея него русия украйна българия сащ продължава стана
    """,
    "sr": """
        и у не на ја с са да је као што шта ово ова овај по али из од за до код према при после пре
        преко између под над без а то све би био била било били бити су се га му их им нас нам вас
        вам ми ви он она они ти ме већ још или ако само када кад где ко који која које којих којима
        ће неће нема има није нису такође овде тамо сада сад много више треба може због против око
        година године дан људи јер док ни уз о пред свој своје ли нови нове нова ново рекао каже
        русија србија
    """,
    "mk": """
        и во не на јас со да дека како што ова овој оваа овие по но од за до кон кај при пред низ
        меѓу под над без а тоа се би бил била било биле биде сум сме сте е го ја ги му им ни ви ние
        вие тој таа тие ти ме веќе уште или ако само кога каде кој која кое кои ќе нема има беше беа
        исто тука таму сега многу повеќе треба може поради против околу година години ден луѓе зошто
        еден една едно врз ли сите нови нова ново нов рече вели русија македонија украина
    """,
    "kk": """
        және бұл мен үшін бір да де емес деп бар жоқ болды болып жатыр болған туралы кейін дейін осы
        сол не ол біз сіз мына өз ең та те қарсы
    """,
    "en": """
        the of to in a and for on with as is are was were be by at from that this it its not no over
        after has have had will says said say he she they we you i his her their our but or new us
        how why what who when where can could would if up out about into more than all
    """,
    "pl": """
        w we z ze na i do się nie jest są był była było byli od po za o przez dla co jak to że czy
        już jeszcze ma mają będzie oraz ale lub pod nad przed bez przy jego jej ich ten ta te tego
        tym tej który która które których nowe nowy nowa lat rok roku może tylko gdy kto gdzie
    """,
}
_Chances = Mapping[str, tuple[float, float, float, float]]
#: Which part of the words of each language the Russian and the Ukrainian dictionary know: neither,
#: only the Ukrainian, only the Russian, both. Counted in news, prose and the texts of programs:
#: halves of a corpus agree within .03, and so do the corpora. Capitalised words are often names,
#: which are spelled alike in many languages and stand in no dictionary.
_SMALL: _Chances = {
    "ru": (0.02, 0.004, 0.67, 0.306),
    "uk": (0.02, 0.645, 0.005, 0.33),
    "be": (0.66, 0.05, 0.10, 0.19),
    "bg": (0.49, 0.045, 0.125, 0.34),
    "sr": (0.55, 0.07, 0.12, 0.26),
    "mk": (0.49, 0.03, 0.09, 0.39),
    "kk": (0.92, 0.015, 0.025, 0.04),
}
_CAPITALISED: _Chances = {
    "ru": (0.15, 0.03, 0.51, 0.31),
    "uk": (0.08, 0.58, 0.03, 0.31),
    "be": (0.70, 0.10, 0.07, 0.13),
    "bg": (0.65, 0.03, 0.12, 0.20),
    "sr": (0.57, 0.06, 0.17, 0.20),
    "mk": (0.53, 0.07, 0.13, 0.27),
    "kk": (0.90, 0.01, 0.03, 0.06),
}
#: How words of six letters and more end: Bulgarian and Macedonian have articles instead of cases.
_ENDINGS = ("(?:та|то)", "те", "от", "(?:ът|ят)", "ия", "(?:у|их|им|има|ама|ом|ој|ог)", "ха", "ва")
_ENDING: Mapping[str, tuple[float, ...]] = {
    "ru": (0.02, 0.015, 0.006, 0.003, 0.03, 0.11, 0.003, 0.012),
    "uk": (0.01, 0.01, 0.003, 0.001, 0.001, 0.16, 0.003, 0.008),
    "be": (0.01, 0.002, 0.003, 0.001, 0.001, 0.10, 0.003, 0.012),
    "bg": (0.13, 0.09, 0.004, 0.03, 0.03, 0.02, 0.02, 0.05),
    "sr": (0.01, 0.04, 0.003, 0.001, 0.001, 0.18, 0.002, 0.015),
    "mk": (0.09, 0.09, 0.05, 0.001, 0.001, 0.03, 0.001, 0.025),
    "kk": (0.01, 0.01, 0.003, 0.003, 0.001, 0.03, 0.001, 0.001),
}
#: What a frequent word of other languages counts against one that has no such word.
_STRANGE = 2.0
_LONG_ENOUGH = 6

_Logs = dict[str, tuple[float, ...]]
_LOG_SMALL: _Logs = {code: tuple(map(math.log, chances)) for code, chances in _SMALL.items()}
_LOG_CAPITALISED: _Logs = {
    code: tuple(map(math.log, chances)) for code, chances in _CAPITALISED.items()
}
#: Where capitals tell nothing: the first word of a headline, and all words of one in capitals.
_LOG_EITHER: _Logs = {
    code: tuple(math.log(0.7 * a + 0.3 * b) for a, b in zip(small, _CAPITALISED[code], strict=True))
    for code, small in _SMALL.items()
}
_LOG_ENDING: _Logs = {
    code: (math.log(1 - sum(chances)), *map(math.log, chances)) for code, chances in _ENDING.items()
}
_LONG = re.compile("...." + "(?:" + "|".join(f"({ending})" for ending in _ENDINGS) + ")$")
_LANGUAGES_OF: dict[str, frozenset[str]] = {}
for _code, _words in _FREQUENT.items():
    for _word in fold_lower(_words).split():
        _LANGUAGES_OF[_word] = _LANGUAGES_OF.get(_word, frozenset()) | {_code}


def by_frequent(words: Iterable[str], among: Collection[str]) -> dict[str, float]:
    """Return what the frequent words say of each language, as a logarithm."""
    weight = dict.fromkeys(among, 0.0)
    for word in words:
        speakers = _LANGUAGES_OF.get(word)
        if speakers:
            for code in among:
                if code not in speakers:
                    weight[code] -= _STRANGE
    return weight


def by_dictionary(
    words: Collection[str], names: Mapping[str, bool], among: Collection[str]
) -> dict[str, float]:
    """Return what Russian and Ukrainian dictionaries say of words, and whether each is a name."""
    weight = dict.fromkeys(among, 0.0)
    for word in words:
        index = _knowing(word)
        is_name = names.get(word)
        chances = _LOG_EITHER if is_name is None else _LOG_CAPITALISED if is_name else _LOG_SMALL
        for code in among:
            weight[code] += chances[code][index]
    return weight


def by_ending(words: Iterable[str], among: Collection[str]) -> dict[str, float]:
    """Return what the endings of the longer words say of each language."""
    counts = [0] * (len(_ENDINGS) + 1)
    for word in words:
        # What a dictionary has is no word with an article: ракета, депутата.
        if len(word) >= _LONG_ENOUGH and not _knowing(word):
            found = _LONG.search(word)
            counts[(found.lastindex or 0) if found else 0] += 1
    return {code: sum(map(operator.mul, counts, _LOG_ENDING[code])) for code in among}


@lru_cache(maxsize=1 << 14)  # the news says the same words all day; 2 MB
def _knowing(word: str) -> int:
    """Return which dictionaries know a word, as an index of the tables above."""
    return 2 * dictionary("ru").knows(word) + dictionary("uk").knows(word)

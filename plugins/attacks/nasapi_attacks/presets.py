"""Attacks that go together under one name, and the reading of lists of attacks and names."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from nasapi.errors import InvalidOption, near
from nasapi.plugins import Spec
from nasapi_attacks.epsilon import Epsilon
from nasapi_attacks.specs import TITLES, Attack

_FGSM = ("0.1", "0.5", "1", "2", "3", "4", "5", "6", "7", "8", "255")
_OTHERS = ("0.1", "0.5", "1", "2", "3", "4", "8", "255")


def jung2023(eps: object = None) -> tuple[Attack, ...]:
    """What the published collection did: Jung, Lukasik & Keuper, ICLR 2023, appendix A.

    FGSM at 11 epsilons from 0.1/255 to 1, PGD, APGD-CE and Square at 8 of them, in Linf, untargeted. PGD takes 40 steps
    of 0.01/0.3 epsilon: it travels 1.33 epsilon from a random start and is weak. APGD has 100 iterations, Square 5,000
    queries on the schedule of 10,000, as AutoAttack has it. With `eps`, at that epsilon alone.
    """
    made = [Attack.make("fgsm", f"{over}/255") for over in _FGSM]
    for over in _OTHERS:
        made.append(Attack.make("pgd", f"{over}/255", steps=40, step=Fraction("0.01") / Fraction("0.3")))
    made += [Attack.make("apgd", f"{over}/255", steps=100) for over in _OTHERS]
    made += [Attack.make("square", f"{over}/255", steps=5_000, rescale=False) for over in _OTHERS]
    if eps is None:
        return tuple(made)
    wanted = Epsilon(eps)
    chosen = tuple(attack for attack in made if attack.epsilon == wanted)
    if not chosen:
        raise InvalidOption(f"jung2023 has no epsilon {wanted}; it has {', '.join(_FGSM)}, each over 255.")
    return chosen


def strong(eps: object = "1/255") -> tuple[Attack, ...]:
    """Four attacks that leave little to find: PGD of 50 steps, APGD-CE, APGD-T, and Square without gradients.

    PGD travels 5 epsilon from each of 3 starts, APGD-CE has 5 starts; it costs about half of AutoAttack.
    """
    return (
        Attack.make("pgd", eps, steps=50, step=Fraction(1, 10), restarts=3),
        Attack.make("apgd", eps, steps=100, restarts=5),
        Attack.make("apgd-t", eps, steps=100),
        Attack.make("square", eps, steps=5_000),
    )


PRESETS = {"jung2023": jung2023, "strong": strong}
"""The presets by name; each takes `eps`."""


def parse_attacks(texts: str | Iterable[str]) -> tuple[Attack, ...]:
    """The attacks of one text or several, presets among them: "fgsm[eps=8/255], strong[eps=0.03]".

    Raises InvalidOption for a text that is no attack, for one that stands twice, and for two attacks whose accuracies
    would have one name.
    """
    given = [texts] if isinstance(texts, str) else list(texts) if isinstance(texts, Iterable) else [None]
    if not all(isinstance(text, str) for text in given):
        raise InvalidOption(f"Attacks are texts such as fgsm[eps=8/255], not {texts!r:.80}.")
    found: list[Attack] = []
    for text in map(str, given):
        for part in _split(text):
            found += _made(part)
    if not found:
        raise InvalidOption("No attack was given; write for example fgsm[eps=8/255].")
    named: dict[str, Attack] = {}
    for attack in found:
        if attack.metric_name in named:
            raise InvalidOption(
                f"{named[attack.metric_name]} and {attack} would both be called {attack.metric_name!r}; leave one out."
            )
        named[attack.metric_name] = attack
    return tuple(found)


def _made(text: str) -> tuple[Attack, ...]:
    spec = Spec.parse(text)
    if spec.id in PRESETS:
        return _preset(spec)
    if "[" not in text and spec.id not in TITLES:
        raise InvalidOption(f"There is no attack and no preset {spec.id!r:.80}. {near(spec.id, [*TITLES, *PRESETS])}")
    return (Attack.parse(text),)


def _preset(spec: Spec) -> tuple[Attack, ...]:
    if spec.options.keys() - {"eps"}:
        raise InvalidOption(f"The preset {spec.id} takes `eps` alone, not {', '.join(spec.options)}.")
    return PRESETS[spec.id](**spec.options)


def _split(text: str) -> list[str]:
    """The parts between commas outside brackets; empty ones are left out."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += {"[": 1, "]": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]

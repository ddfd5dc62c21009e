"""Searches the help centre's articles. Knows nothing of models or tracing."""

import math
import re
from collections import Counter
from dataclasses import dataclass

from articles import Article

_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that was found, and how well it fits, 0.0 to 1.0."""

    article: Article
    score: float


class Search:
    """Finds the articles that share the rarest words with a question."""

    def __init__(self, articles: tuple[Article, ...]) -> None:
        self._articles = articles
        self._words = [Counter(words(f"{article.title} {article.title} {article.text}")) for article in articles]
        frequency = Counter(word for counted in self._words for word in counted)
        self._weight = {word: math.log(1 + len(articles) / count) for word, count in frequency.items()}

    def find(self, question: str, *, top_k: int) -> list[Hit]:
        """The ``top_k`` best articles, best first."""
        asked = [word for word in words(question) if word in self._weight]
        whole = sum(self._weight[word] for word in asked) or 1.0
        hits = []
        for article, counted in zip(self._articles, self._words, strict=True):
            found = sum(self._weight[word] * min(counted[word], 3) / 3 for word in asked)
            hits.append(Hit(article=article, score=round(found / whole, 4)))
        return sorted(hits, key=lambda hit: hit.score, reverse=True)[:top_k]


def words(text: str) -> list[str]:
    """Lower-case words and numbers."""
    return _WORD.findall(text.lower())

"""The detectors that come along: secrets, which are looked for unless told otherwise, and personal data, which is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spanhouse_collector.redaction import checksums


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One thing to find. `hint` must be found in any bytes that hold such a thing; None: derived from the expression."""

    name: str
    expression: str
    hint: str | None = None
    #: How many leading characters of a candidate are meant; 0: none.
    accepts: Callable[[str], int] = len


SECRETS = (
    # First, because what follows could match inside of it.
    Detector(
        name="private_key",
        expression=(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----(?s:.*?)"
            r"(?:-----END [A-Z ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----|\z)"
        ),
        hint="PRIVATE KEY",
    ),
    Detector(name="spanhouse_key", expression=r"\bsph_[A-Za-z0-9_-]{43}"),
    # OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse and others that took over the form.
    Detector(name="api_key", expression=r"\b(?:sk|pk)-[A-Za-z0-9_-]{20,}", accepts=checksums.token),
    # xAI, Perplexity, NVIDIA, Cerebras, GitLab, PyPI.
    Detector(name="api_key", expression=r"\b(?:xai|pplx|nvapi|csk|glpat|pypi)-[A-Za-z0-9_-]{20,}", accepts=checksums.token),
    # Groq, Hugging Face, Replicate, Fireworks, npm, Together, Stripe, LangSmith, Shopify, DigitalOcean, Tavily, Jina.
    Detector(
        name="api_key",
        expression=(
            r"\b(?:gsk|hf|r8|fw|npm|tgp_v1|(?:rk|sk)_(?:live|test)|whsec|lsv2_pt|lsv2_sk|shpat|shpss|dop_v1|tvly|jina)"
            r"_[A-Za-z0-9_-]{20,}"
        ),
        accepts=checksums.token,
    ),
    Detector(name="api_key", expression=r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    Detector(name="aws_key", expression=r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    Detector(
        name="aws_key",
        expression=r"(?i)secret_?access_?key[^A-Za-z0-9/+]{1,12}([A-Za-z0-9/+]{40})",
        hint="(?i)secret_?access_?key",
    ),
    Detector(name="azure_key", expression=r"(?i)(?:Account|SharedAccess)Key=([A-Za-z0-9/+]{40,}={0,2})", hint="(?i)Key="),
    Detector(name="github_token", expression=r"\bgh[pousr]_[A-Za-z0-9]{36,}"),
    Detector(name="github_token", expression=r"\bgithub_pat_[A-Za-z0-9_]{22,}"),
    Detector(name="slack_token", expression=r"\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}", accepts=checksums.token),
    Detector(name="slack_token", expression=r"hooks\.slack\.com/services/([A-Za-z0-9/]{20,})", hint=r"hooks\.slack\.com"),
    Detector(name="google_key", expression=r"\bAIza[A-Za-z0-9_-]{35}"),
    Detector(name="google_key", expression=r"\b(?:ya29\.|GOCSPX-)[A-Za-z0-9_-]{20,}"),
    Detector(name="jwt", expression=r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)?"),
    Detector(
        name="bearer",
        expression=r"(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{20,})",
        hint="(?i)bearer",
        accepts=checksums.token,
    ),
    Detector(name="url_password", expression=r"://[^\s/:@\"']*:([^\s/@\"']+)@", hint=r"/[^\s/:@\"']*:[^\s/@\"']+@"),
)

PERSONAL = (
    Detector(
        name="email",
        expression=r"[\pL\pN][\pL\pN._%+'-]*@(?:[\pL\pN](?:[\pL\pN-]*[\pL\pN])?\.)+\pL{2,}",
        hint=r"@[A-Za-z0-9.\x80-\xff-]+\.[A-Za-z\x80-\xff]",
    ),
    Detector(
        name="iban",
        expression=r"\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{1,4}){3,9}\b",
        hint=r"[A-Z]{2}[0-9]{2}[ -]?[A-Z0-9]",
        accepts=checksums.iban,
    ),
    Detector(
        name="card",
        expression=(
            r"\b(?:[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,4}(?:[ -]?[0-9]{3})?|3[0-9]{3}[ -]?[0-9]{6}[ -]?[0-9]{4,5})\b"
        ),
        hint=r"[0-9](?:[ -]?[0-9]){11}",
        accepts=checksums.card,
    ),
    Detector(
        name="phone",
        expression=r"(?:^|[^\w+.-])((?:\+|00)[1-9](?:[ ./-]?\(?[0-9]{1,5}\)?){2,7})\b",
        hint=r"(?:\+|00)[1-9][ ./(-]*[0-9]",
        accepts=checksums.phone,
    ),
    # North America, as it is written there; digits alone could be anything.
    Detector(
        name="phone",
        expression=r"(?:^|[^\w.-])(\(?[2-9][0-9]{2}\)?[ .-][2-9][0-9]{2}[.-][0-9]{4})\b",
        hint=r"[0-9]{3}[ .-][0-9]{3}[.-][0-9]{4}|\) ?[0-9]{3}[.-][0-9]{4}",
    ),
    Detector(
        name="ip",
        expression=r"(?:^|[^\w.])((?:[0-9]{1,3}\.){3}[0-9]{1,3})\b",
        hint=r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]",
        accepts=checksums.address,
    ),
    Detector(
        name="ip",
        expression=r"(?:^|[^\w:.])([0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})",
        hint=r":[0-9A-Fa-f]{0,4}:",
        accepts=checksums.address,
    ),
)

#: Keys whose values are credentials whatever they look like: of attributes, and of objects in JSON.
CREDENTIAL = "credential_field"
_CREDENTIAL_NAMES = (
    r"authorization|cookie|x-api-key|api[_-]?key|passw(?:or)?d|passphrase|client[_-]?secret|secret[_-]?(?:access[_-]?)?key|"
    r"private[_-]?key|(?:access|refresh|id|auth|bearer|security|session)[_-]?token"
)
CREDENTIAL_KEYS = rf"(?i)(?:^|[._ -]|set-|proxy-)(?:{_CREDENTIAL_NAMES})$"
CREDENTIAL_KEYS_HINT = f"(?i)(?:{_CREDENTIAL_NAMES})"

#: What a name in the configuration stands for.
GROUPS: dict[str, frozenset[str]] = {
    "secrets": frozenset({CREDENTIAL, *(detector.name for detector in SECRETS)}),
    "personal": frozenset(detector.name for detector in PERSONAL),
}

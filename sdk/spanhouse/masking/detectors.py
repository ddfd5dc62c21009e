"""The detectors that come along: secrets, which are looked for unless told otherwise, and personal data, which is not.

The same names and findings as the collector's; tests hold both to one file of examples. Written for an engine that goes
back and forth, so every repetition that could be split in many ways is bounded or possessive. A repetition that something
has to follow is bounded, too, so that how far an expression looks is known (``reach``) and long texts are searched in windows.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from spanhouse.masking import numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One thing to find: group 1 of the expression, or all of it, as far as ``accepts`` says.

    A text without any of the ``needles`` (small letters) holds no such thing; none of them: only the expression can tell.
    ``reach``: from where an attempt begins, the most characters that it looks at before it fails, and, where what is found may be
    longer, that it looks at behind the end of what it found. None where nobody knows; then a text is searched as a whole.
    """

    name: str
    expression: re.Pattern[str]
    needles: tuple[str, ...] = ()
    accepts: Callable[[str], int] = len
    reach: int | None = None


_SHORT: Final = 128  # reaches farther than all that is not said to reach farther


def _secret(name: str, expression: str, *, needles: str, accepts: Callable[[str], int] = len, reach: int = _SHORT) -> Detector:
    compiled = re.compile(expression, re.ASCII)
    return Detector(name=name, expression=compiled, needles=tuple(needles.split("|")), accepts=accepts, reach=reach)


SECRETS: Final = (
    # First, because what follows could match inside of it.
    _secret(
        "private_key",
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----(?s:.*?)(?:-----END [A-Z ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----|\Z)",
        needles="private key",
    ),
    _secret("spanhouse_key", r"\bsph_[A-Za-z0-9_-]{43}", needles="sph_"),
    # OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse and others that took over the form.
    _secret("api_key", r"\b(?:sk|pk)-[A-Za-z0-9_-]{20,}", needles="sk-|pk-", accepts=numbers.token),
    # xAI, Perplexity, NVIDIA, Cerebras, GitLab, PyPI.
    _secret(
        "api_key",
        r"\b(?:xai|pplx|nvapi|csk|glpat|pypi)-[A-Za-z0-9_-]{20,}",
        needles="xai-|pplx-|nvapi-|csk-|glpat-|pypi-",
        accepts=numbers.token,
    ),
    # Groq, Hugging Face, Replicate, Fireworks, npm, Together, Stripe, LangSmith, Shopify, DigitalOcean, Tavily, Jina.
    _secret(
        "api_key",
        r"\b(?:gsk|hf|r8|fw|npm|tgp_v1|(?:rk|sk)_(?:live|test)|whsec|lsv2_pt|lsv2_sk|shpat|shpss|dop_v1|tvly|jina)"
        r"_[A-Za-z0-9_-]{20,}",
        needles="gsk_|hf_|r8_|fw_|npm_|tgp_v1_|rk_|sk_|whsec_|lsv2_|shpat_|shpss_|dop_v1_|tvly_|jina_",
        accepts=numbers.token,
    ),
    _secret("api_key", r"\bSG\.[A-Za-z0-9_-]{16,1024}+\.[A-Za-z0-9_-]{16,}", needles="sg.", reach=1_100),
    _secret("aws_key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b", needles="akia|asia|abia|acca"),
    _secret(
        "aws_key",
        r"(?i)secret_?access_?key[^A-Za-z0-9/+]{1,12}([A-Za-z0-9/+]{40})",
        needles="secretaccess|secret_access",
    ),
    _secret("azure_key", r"(?i)(?:Account|SharedAccess)Key=([A-Za-z0-9/+]{40,}={0,2})", needles="key="),
    _secret("github_token", r"\bgh[pousr]_[A-Za-z0-9]{36,}", needles="ghp_|gho_|ghu_|ghs_|ghr_"),
    _secret("github_token", r"\bgithub_pat_[A-Za-z0-9_]{22,}", needles="github_pat_"),
    _secret("slack_token", r"\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}", needles="xox|xapp", accepts=numbers.token),
    _secret("slack_token", r"hooks\.slack\.com/services/([A-Za-z0-9/]{20,})", needles="hooks.slack.com"),
    _secret("google_key", r"\bAIza[A-Za-z0-9_-]{35}", needles="aiza"),
    _secret("google_key", r"\b(?:ya29\.|GOCSPX-)[A-Za-z0-9_-]{20,}", needles="ya29.|gocspx-"),
    _secret("jwt", r"\beyJ[A-Za-z0-9_-]{8,4096}+\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)?", needles="eyj", reach=4_224),
    _secret("bearer", r"(?i)\bbearer\s{1,1024}+([A-Za-z0-9._~+/=-]{20,})", needles="bearer", accepts=numbers.token, reach=1_100),
    _secret("url_password", r"://[^\s/:@\"']{0,2048}+:([^\s/@\"']{1,4096}+)@", needles="://", reach=6_200),
)

_CHARACTER: Final = r"[^\W_]"  # a letter or digit of any script
PERSONAL: Final = (
    Detector(
        name="email",
        expression=re.compile(
            rf"(?<!{_CHARACTER}){_CHARACTER}[\w.%+'-]{{0,254}}@"
            rf"(?:{_CHARACTER}(?:[^\W_]|-){{0,61}}(?<=[^\W_])\.){{1,10}}[^\W\d_]{{2,}}"
        ),
        needles=("@",),
        reach=1_024,
    ),
    Detector(
        name="iban",
        expression=re.compile(r"\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{1,4}){3,9}", re.ASCII),
        accepts=numbers.iban,
        reach=_SHORT,
    ),
    Detector(
        name="card",
        expression=re.compile(
            r"\b(?:[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,4}(?:[ -]?[0-9]{3})?|"
            r"3[0-9]{3}[ -]?[0-9]{6}[ -]?[0-9]{4,5})\b",
            re.ASCII,
        ),
        accepts=numbers.card,
        reach=_SHORT,
    ),
    Detector(
        name="phone",
        expression=re.compile(r"(?:^|[^\w+.-])((?:\+|00)[1-9](?:[ ./-]?\(?[0-9]{1,5}+\)?){2,7})\b", re.ASCII),
        needles=("+", "00"),
        accepts=numbers.phone,
        reach=_SHORT,
    ),
    # North America, as it is written there; digits alone could be anything.
    Detector(
        name="phone",
        expression=re.compile(r"(?:^|[^\w.-])(\(?[2-9][0-9]{2}\)?[ .-][2-9][0-9]{2}[.-][0-9]{4})\b", re.ASCII),
        accepts=numbers.phone,
        reach=_SHORT,
    ),
    Detector(
        name="ip",
        expression=re.compile(r"(?:^|[^\w.])((?:[0-9]{1,3}\.){3}[0-9]{1,3})\b", re.ASCII),
        accepts=numbers.address,
        reach=_SHORT,
    ),
    Detector(
        name="ip",
        expression=re.compile(r"(?:^|[^\w:.])([0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})", re.ASCII),
        needles=(":",),
        accepts=numbers.address,
        reach=_SHORT,
    ),
)

# Keys whose values are credentials whatever they look like: of attributes, and of objects in JSON.
CREDENTIAL: Final = "credential_field"
CREDENTIAL_KEYS: Final = (
    r"(?i)(?:^|[._ -]|set-|proxy-)(?:authorization|cookie|x-api-key|api[_-]?key|passw(?:or)?d|passphrase|client[_-]?secret|"
    r"secret[_-]?(?:access[_-]?)?key|private[_-]?key|(?:access|refresh|id|auth|bearer|security|session)[_-]?token)$"
)

# What a name in the rules stands for.
GROUPS: Final = {
    "secrets": frozenset({CREDENTIAL, *(detector.name for detector in SECRETS)}),
    "personal": frozenset(detector.name for detector in PERSONAL),
}

"""Providers by the names that OpenTelemetry knows them under. Must not know who says which."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects.reading import string

# Old spellings, and those of frameworks; what is not listed keeps its name.
_PROVIDERS = {
    "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai",
    "azure-openai": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "vertex_ai": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "google.vertex": "gcp.vertex_ai",
    "google-vertex": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "google.generative-ai": "gcp.gemini",
    "google-gla": "gcp.gemini",
    "google": "gcp.gen_ai",
    "google_genai": "gcp.gen_ai",
    "xai": "x_ai",
    "bedrock": "aws.bedrock",
    "amazon-bedrock": "aws.bedrock",
    "amazon_bedrock": "aws.bedrock",
    "aws_bedrock": "aws.bedrock",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "watsonx": "ibm.watsonx.ai",
    "moonshot": "moonshot_ai",
}
# Endpoints by the end of their host's name, for those who name a provider by its address.
_HOSTS = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "openai.azure.com": "azure.ai.openai",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
    "api.mistral.ai": "mistral_ai",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.x.ai": "x_ai",
    "api.perplexity.ai": "perplexity",
    "api.cohere.com": "cohere",
    "api.moonshot.ai": "moonshot_ai",
    "openrouter.ai": "openrouter",
    "api.together.xyz": "together",
    "api.fireworks.ai": "fireworks",
    "api.cerebras.ai": "cerebras",
}
# What the AI SDK puts behind a provider's name.
_SURFACES = (".chat", ".messages", ".responses", ".completion", ".completions", ".embedding", ".embeddings", ".image")


def provider(given: str) -> str:
    """The provider's newest name."""
    name = string(given).lower()
    for surface in _SURFACES:
        name = name.removesuffix(surface)
    return _PROVIDERS.get(name, name)


def provider_at(given: str) -> str:
    """The provider whose endpoint's host this is; others say nothing."""
    host = given.lower().partition(":")[0]
    return next((name for end, name in _HOSTS.items() if host == end or host.endswith(f".{end}")), "")

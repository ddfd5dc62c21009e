"""Language models as judges, behind any OpenAI-compatible endpoint: bounded prompts, constrained answers, capped spending."""

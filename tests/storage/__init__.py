"""Tests of the storage on the real engine."""

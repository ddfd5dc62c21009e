"""Tests of all packages. A package of its own, so that tests can import what they share by an unmistakable name."""

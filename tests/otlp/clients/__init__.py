"""Official exporters that live outside the environment of the tests, and what each sends."""

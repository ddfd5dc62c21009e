"""Other SDKs under the bench of ours, each in an environment of its own with the versions pinned in requirements/."""

"""The collector's parts, one by one; the folders mirror the package."""

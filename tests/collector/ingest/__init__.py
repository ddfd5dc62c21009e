"""Journal, frames, decoding and prices."""

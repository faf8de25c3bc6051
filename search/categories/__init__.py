"""Categories: what a taxonomy is, how pictures are given one, and how both are learned."""

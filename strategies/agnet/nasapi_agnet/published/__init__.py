"""AG-Net as published: its generator, its surrogate, its searches, and where they depart from the authors' code."""

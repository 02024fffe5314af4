"""What the documents claim: results that are kept, the blocks of pages made of them, and both held together."""

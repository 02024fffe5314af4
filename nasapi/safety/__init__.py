"""Safety: text, numbers, files and code of others, checked and fenced whatever they are."""

"""The words of the glossary as immutable values; nothing here does any input or output."""

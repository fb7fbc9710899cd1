"""Prompt files for answers that a language model writes; `rag.prompts` reads them.

`$name` is a variable; the code fills exactly the variables that the file names.
"""
